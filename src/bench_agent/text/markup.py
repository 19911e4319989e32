"""Text from a repository made safe for GitHub's Markdown, and text of several lines made safe anywhere.

The result shows the characters of the text: GitHub makes no link, mention, picture or HTML of them.
"""

import re

from bench_agent.text.clean import clean_text

_BREAK = "\u200b"  # a space without width, put where GitHub would see a mention, a reference or a link
_SPECIAL = re.compile(r"([\\`*_{}\[\]<#|~&$])")
# After what GitHub or GitLab would make a mention, an issue, a label, a milestone, an epic or a link of.
_LINKS = re.compile(r"(?<=[@#])|(?<=[!%~])(?=\w)|(?<=&)(?=\d)|(?<=\bGH)(?=-\d)|(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)


def code(text: object, *, limit: int = 200) -> str:
    """The text as a code span, in which GitHub interprets nothing. Safe in a table cell; a backtick becomes an apostrophe."""
    plain = clean_text(text, limit=limit).replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain else ""


def prose(text: object, *, limit: int = 400) -> str:
    """The text for a sentence: Markdown escaped, mentions and links broken by a character without width."""
    return _SPECIAL.sub(r"\\\1", _LINKS.sub(_BREAK, clean_text(text, limit=limit)))


def spoken(text: object, *, limit: int = 400) -> str:
    """The text as running text of an answer in a terminal: nothing of it is markup. Underscores inside words stay bare."""
    return _MARKUP.sub(r"\\\1", clean_text(text, limit=limit)).replace("](", "]\\(")


_MARKUP = re.compile(r"([\\`*<|]|(?<!\w)_|_(?!\w)|~(?=~))")


def clean_lines(text: str, *, limit: int) -> str:
    """A text of several lines made safe; line breaks and spaces stay, they carry meaning in code and lists."""
    return "\n".join(" ".join(clean_text(word) for word in line.split(" ")) for line in text[:limit].split("\n"))


def fenced(text: str, *, limit: int = 4_000) -> str:
    """Several lines as a code block that nothing in them can end."""
    body = clean_lines(text, limit=limit)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", body)), default=0))
    return f"{fence}\n{body}\n{fence}"
