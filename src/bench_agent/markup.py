"""Repository text made safe inside GitHub markdown: shown as it is, never as a link, a mention, a picture or HTML."""

import re

from bench_agent.units import clean_text

_BREAK = "\u200b"  # a space without width, after what GitHub would make a mention, a reference or a link of
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$-])")
_LINKS = re.compile(r"(?<=[@#])|(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)


def code(text: object, *, limit: int = 200) -> str:
    """The text as a code span, which GitHub reads nothing into. Safe in a table cell; a backtick becomes an apostrophe."""
    plain = clean_text(text, limit=limit).replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain else ""


def prose(text: object, *, limit: int = 400) -> str:
    """The text as running text: markdown escaped, mentions and links broken by a character without width."""
    return _SPECIAL.sub(r"\\\1", _LINKS.sub(_BREAK, clean_text(text, limit=limit)))


def fenced(text: str, *, limit: int = 4_000) -> str:
    """Several lines as a code block that nothing in them can end."""
    lines = [" ".join(clean_text(word) for word in line.split(" ")) for line in text[:limit].splitlines()]
    ticks = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return "\n".join((fence, *lines, fence))
