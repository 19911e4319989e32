"""Ways of saying something: expressions that are compiled when a text first needs them. Pure.

Compiling all of them takes several times as long as reading an answer, and a hook of the client waits for that.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple


class Wording(NamedTuple):
    """An expression. needs: one of these is in every text that it is found in, in small letters; none: not known."""

    pattern: str
    flags: int = 0
    needs: tuple[str, ...] = ()

    def search(self, text: str) -> re.Match[str] | None:
        return _compiled(self.pattern, self.flags).search(text) if self._may_be_in(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return _compiled(self.pattern, self.flags).finditer(text) if self._may_be_in(text) else iter(())

    def findall(self, text: str) -> list[str]:
        return _compiled(self.pattern, self.flags).findall(text) if self._may_be_in(text) else []

    def sub(self, put: str | Callable[[re.Match[str]], str], text: str) -> str:
        return _compiled(self.pattern, self.flags).sub(put, text) if self._may_be_in(text) else text

    def match(self, text: str) -> re.Match[str] | None:
        return _compiled(self.pattern, self.flags).match(text) if self._may_be_in(text) else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return _compiled(self.pattern, self.flags).fullmatch(text) if self._may_be_in(text) else None

    def _may_be_in(self, text: str) -> bool:
        if not self.needs:
            return True
        small = text.lower()
        for word in self.needs:  # noqa: SIM110  a generator takes three times as long, and this is asked most
            if word in small:
                return True
        return False


@cache
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def wording(needs: str, pattern: str, *, exact: bool = False) -> Wording:
    """needs: words with a bar between them. exact: capital letters matter."""
    return Wording(pattern, 0 if exact else re.IGNORECASE, tuple(needs.split("|")))


def lazy(pattern: str, flags: int = 0, *, needs: str = "") -> Wording:
    """What `re.compile` takes, compiled at its first use."""
    return Wording(pattern, flags, tuple(needs.split("|")) if needs else ())
