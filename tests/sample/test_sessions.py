"""Signed sessions."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from benchmark.agent.sessions import AUDIENCE, ISSUER, InvalidSession, Sessions

SECRET = "a secret of at least thirty-two bytes"


def test_a_session_says_who_asks_and_for_how_long():
    session = Sessions(SECRET).validate(Sessions(SECRET).issue("user:ana", lifetime=timedelta(hours=2)))

    assert session.user == "user:ana"
    assert timedelta(hours=1) < session.expires_at - datetime.now(UTC) <= timedelta(hours=2)


def test_a_session_that_has_run_out_is_invalid():
    with pytest.raises(InvalidSession, match="expired"):
        Sessions(SECRET).validate(Sessions(SECRET).issue("user:ana", lifetime=timedelta(seconds=-1)))


def test_a_session_signed_with_another_secret_is_invalid():
    with pytest.raises(InvalidSession, match="Signature"):
        Sessions(SECRET).validate(Sessions(SECRET[::-1]).issue("user:ana"))


@pytest.mark.parametrize("change", [{"aud": "billing"}, {"iss": "elsewhere"}, {"exp": None}, {"sub": None}])
def test_a_session_for_something_else_is_invalid(change):
    claims = {"sub": "user:ana", "iss": ISSUER, "aud": AUDIENCE, "exp": datetime.now(UTC) + timedelta(hours=1)}
    claims = {name: value for name, value in (claims | change).items() if value is not None}

    with pytest.raises(InvalidSession):
        Sessions(SECRET).validate(jwt.encode(claims, SECRET, algorithm="HS256"))


def test_an_unsigned_session_is_invalid():
    claims = {"sub": "user:ana", "iss": ISSUER, "aud": AUDIENCE, "exp": datetime.now(UTC) + timedelta(hours=1)}

    with pytest.raises(InvalidSession):
        Sessions(SECRET).validate(jwt.encode(claims, None, algorithm="none"))


@pytest.mark.parametrize("token", ["", "no token", "a.b.c"])
def test_what_is_no_token_is_invalid(token):
    with pytest.raises(InvalidSession):
        Sessions(SECRET).validate(token)
