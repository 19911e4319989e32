"""Text of others made safe to show, short commits, finite numbers. Imports nothing of bench-agent: every layer uses it."""

import math
import re
import unicodedata

MAX_ID = 1000  # of what is looked up again: cut, it would be another benchmark's
MAX_TEXT = 200  # characters of repository text shown in one place; long enough for a subject or a test id

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")


def clean_text(text: object, *, limit: int = MAX_TEXT) -> str:
    """Text from a repository made safe to show: one line, no control, escape or direction characters, bounded.

    limit: characters at most; what is cut is marked with an ellipsis. Markup is the renderer's to escape.
    Terminal escape sequences go whole, so that no "[31m" is left behind; line breaks and tabs become one space.
    """
    raw = str(text)[: 20 * limit]  # bounded before the expressions: a subject of a megabyte must not cost a second
    if len(raw) <= limit and raw.isprintable():  # nearly all text: nothing to take out, a tenth of the time
        return " ".join(raw.split())
    plain = _ANSI.sub("", raw)
    # Cc control, Cf format (direction overrides, zero width), Cs lone surrogates, Co private use: none is readable text.
    kept = "".join(c if c.isprintable() or unicodedata.category(c) not in _HIDDEN else " " for c in plain)
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clean_id(text: object) -> str:
    """A benchmark's id or name as `clean_text` makes it, whole but for the absurd: it is looked up, and told from others, by it."""
    return clean_text(text, limit=MAX_ID)


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def finite_or_none(value: object) -> float | None:
    """The value as a finite float, else None: NaN, infinities, booleans and text are no measurements."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number of 400 digits
        return None


def short_sha(sha: str | None) -> str:
    """Eight digits of a commit, or "uncommitted"."""
    return clean_text(sha or "", limit=40)[:8] if sha != "uncommitted" else "uncommitted"
