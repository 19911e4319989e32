"""Ways of saying something, each an expression that is compiled when a text first has a word that it can't do without. Pure.

Compiling all of them takes longer than reading an answer, and a hook of the client waits for that.
"""

import re
from functools import cache
from typing import NamedTuple


class Wording(NamedTuple):
    """needs: one of these is in every text that the pattern matches, in small letters."""

    needs: tuple[str, ...]
    pattern: str
    exact: bool = False  # whether capital letters matter

    def search(self, text: str) -> re.Match[str] | None:
        small = text.lower()
        return _compiled(self.pattern, self.exact).search(text) if any(word in small for word in self.needs) else None


@cache
def _compiled(pattern: str, exact: bool) -> re.Pattern[str]:
    return re.compile(pattern, 0 if exact else re.IGNORECASE)


def wording(needs: str, pattern: str, *, exact: bool = False) -> Wording:
    """needs: words with a bar between them."""
    return Wording(tuple(needs.split("|")), pattern, exact)
