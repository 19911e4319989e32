"""Sessions: a signed token that says who asks. Nothing is stored; the signature is the proof."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

ALGORITHM = "HS256"
ISSUER = "bicycle-shop"
AUDIENCE = "support-agent"


class InvalidSession(Exception):  # noqa: N818 - it is what the caller has, not what went wrong here
    """The token is not ours, is not meant for the agent, or has run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    user: str  # "user:ana", as permissions name people
    expires_at: datetime


class Sessions:
    """Issues and validates tokens with one secret of at least 32 bytes."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, user: str, *, lifetime: timedelta = timedelta(hours=1)) -> str:
        now = datetime.now(UTC)
        claims = {"sub": user, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + lifetime}
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def validate(self, token: str) -> Session:
        """The session the token proves. Raises InvalidSession."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],  # never the token's own header: it could say "none"
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidSession(str(error)) from error
        return Session(user=claims["sub"], expires_at=datetime.fromtimestamp(claims["exp"], UTC))
