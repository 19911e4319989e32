"""Requests to the API of the service that runs the job: JSON both ways, few tries, errors that a person can act on.

The only place that opens a connection. Takes a method, an address below the API's own and a token; returns what came back.
A redirect to another host is not followed: the token would go with it.
"""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench_agent import __version__
from bench_agent.errors import BenchAgentError, UsageError
from bench_agent.text.clean import clean_text

TIMEOUT_S = 20.0
TRIES = 3
LONGEST_WAIT_S = 20.0  # between two tries, whatever the service asks for
MAX_ANSWER = 8_000_000  # bytes
MAX_PAGES = 30  # of 100 entries each
_AGAIN = frozenset({429, 500, 502, 503, 504})
_HINTS = {
    401: "the token is not valid",
    403: "the job's token may not do this: permissions: pull-requests: write; a fork's token may only read",
    404: "there is no such pull request, or the token may not see it",
}


class ApiError(BenchAgentError):
    """The service did not do what it was asked for."""

    kind = "api"
    exit_code = 3


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One service's API. headers: the token in the service's own way. sleep: seconds between tries; a test gives its own."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the service answered, parsed. Raises ApiError with its own words; what may pass is tried again, twice."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(method, path, body)
            except urllib.error.HTTPError as error:
                limited = error.code == 403 and error.headers.get("Retry-After") is not None
                if attempt == TRIES or not (error.code in _AGAIN or limited):
                    raise self._explained(method, path, error) from error
                self.sleep(_wait_of(error, attempt))
            except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
                # What may have been written is not written twice.
                if attempt == TRIES or method == "POST":
                    raise ApiError(
                        f"{method} {path}: {self._shown(error)}", hint="is the API reachable from here?"
                    ) from error
                self.sleep(float(attempt))
        raise AssertionError("unreachable")

    def pages(self, path: str) -> Iterator[Any]:
        """The entries of a list, page by page, at most MAX_PAGES pages. Raises ApiError."""
        joint = "&" if "?" in path else "?"
        for page in range(1, MAX_PAGES + 1):
            entries = self.request("GET", f"{path}{joint}per_page=100&page={page}")
            if not isinstance(entries, list):
                raise ApiError(f"GET {path}: the answer is no list")
            yield from entries
            if len(entries) < 100:
                return

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": f"bench-agent/{__version__}", "Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(self.url.rstrip("/") + path, data=data, headers=headers, method=method)
        opener = urllib.request.build_opener(_NoRedirect)
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            raw = answer.read(MAX_ANSWER + 1)
        if len(raw) > MAX_ANSWER:
            raise ApiError(f"{method} {path}: the answer has more than {MAX_ANSWER // 1_000_000} MB")
        try:
            return json.loads(raw) if raw else None
        except (ValueError, RecursionError) as error:
            raise ApiError(f"{method} {path}: the answer is no JSON that can be read") from error

    def _explained(self, method: str, path: str, error: urllib.error.HTTPError) -> ApiError:
        try:
            told = json.loads(error.read(100_000))
            message = self._shown(told.get("message") or told.get("error") or error.reason)
        except (ValueError, AttributeError, RecursionError, OSError, http.client.HTTPException):
            message = self._shown(error.reason)
        return ApiError(f"{method} {path}: {error.code} {message}", hint=_HINTS.get(error.code))

    def _shown(self, text: object) -> str:
        """What was answered, for a person: without the token, which a service may repeat."""
        raw = str(text)
        for secret in (value.rsplit(" ", 1)[-1] for value in self.headers.values()):
            raw = raw.replace(secret, "***") if len(secret) >= 8 else raw
        return clean_text(raw)


def open_api(url: str, headers: Mapping[str, str], *, sleep: Callable[[float], None] = time.sleep) -> Api:
    """An API by its address. Raises ApiError for anything but https, or http on this machine: a token is sent there.

    Raises UsageError for a token that no header can hold; it is not shown.
    """
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise UsageError("the token holds a character that no token has", hint="is there a line break in its variable?")
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise ApiError("the API's address cannot be read", hint="the token of the job is not sent there") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise ApiError(f"{clean_text(url)} is no https address", hint="the token of the job is not sent there")
    return Api(url=url, headers=headers, sleep=sleep)


def _wait_of(error: urllib.error.HTTPError, attempt: int) -> float:
    asked = error.headers.get("Retry-After") or ""
    return min(float(asked) if asked.isdigit() else float(attempt), LONGEST_WAIT_S)
