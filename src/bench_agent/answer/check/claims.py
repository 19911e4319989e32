"""Statements of a Markdown text: what somebody claims of which benchmark. Code is not read, but for the names in it.

Pure: text in, records out; nothing is judged here. The figures in them are read by `numbers`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from bench_agent.answer.check.wordings import lazy

_CITED = lazy(r"[\w./-]+\.\w{1,5}:\d+")

_FENCE = lazy(r"^\s*(`{3,}|~{3,})")


class Statement(NamedTuple):
    """A sentence, a line or a cell, with the names in it and those that its section is about.

    label: the column's heading. cited: it names a place in the code, and so tells what somebody read there.
    """

    text: str
    shown: str
    label: str
    names: tuple[tuple[int, str], ...]
    section: tuple[str, ...]
    cited: bool
    quoted: tuple[str, ...]
    topic: tuple[str, ...] = ()  # benchmarks that the sentences before it named last


def lines_of(rendered: str) -> frozenset[tuple[str, str]]:
    """The lines of a text, each with the heading that it stands under."""
    heading, found = "", set[tuple[str, str]]()
    for line in map(str.strip, rendered.splitlines()):
        heading = line if line.startswith("#") else heading
        found.add((heading, line))
    return frozenset(found)


def statements(
    text: str, find: Callable[[str], str | None], known: frozenset[tuple[str, str]] = frozenset()
) -> Iterable[Statement]:
    """The statements of a text in their order. find: the benchmark that a word or a code span names.

    known: lines that claim nothing new where they stand under their own heading, and are passed over.
    """
    section: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    headings: list[str] = []
    fence = heading = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence or mark:
            fence = "" if fence and line.strip().startswith(fence) else fence or (mark[1] if mark else "")
            continue
        if line.lstrip().startswith("#") and len(line) <= MAX_PIECE:
            section = tuple(name for _, name in _names(line, find))
            heading = line.strip()
        if line.lstrip().startswith("|") and len(line) <= 4 * MAX_PIECE:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if not headings:
                headings = cells
            elif not set(line) <= set("|-: ") and (heading, line.strip()) not in known:
                yield from _row(cells, headings, find, section)
            continue
        headings = []
        if (heading, line.strip()) in known:
            continue
        for piece in _pieces(line):
            for sentence in _sentences(piece):
                made = _statement(sentence, "", find, section)
                yield made._replace(topic=topic)
                topic = tuple(dict.fromkeys(name for _, name in made.names)) or topic


MAX_PIECE = 600  # characters read together: the work for a piece grows with the square of its length


def _pieces(line: str) -> Iterable[str]:
    """A line; one that is too long in pieces, cut between words where it has any."""
    while len(line) > MAX_PIECE:
        cut = line.rfind(" ", MAX_PIECE // 2, MAX_PIECE)
        cut = cut if cut > 0 else MAX_PIECE
        yield line[:cut]
        line = line[cut:]
    yield line


def _row(
    cells: Sequence[str], headings: Sequence[str], find: Callable[[str], str | None], section: tuple[str, ...]
) -> Iterable[Statement]:
    names = tuple(name for cell in cells for _, name in _names(cell, find))[:1]
    for i, cell in enumerate(cells):
        label = headings[i] if i < len(headings) else ""
        if cell:
            made = _statement(cell, label, find, names or section)
            yield made._replace(names=()) if names else made


def _statement(text: str, label: str, find: Callable[[str], str | None], section: tuple[str, ...]) -> Statement:
    quoted = tuple(re.findall(r"`([^`]+)`", text))
    return Statement(
        text=text,
        shown=_LIST_MARK.sub(_blank, re.sub(r"`[^`]*`", _blank, text)).replace("\\", " ").replace("*", " "),
        label=label,
        names=tuple(sorted(_names(text, find))),
        section=section,
        cited=":" in text and bool(_CITED.search(text)),
        quoted=quoted,
    )


def places_of_code(statement: Statement) -> list[int]:
    """Where the statement cites a place in the code."""
    return [found.start() for found in _CITED.finditer(statement.text)] if statement.cited else []


_LIST_MARK = re.compile(r"^\s*(?:[-*+>]|\d+[.)])\s")


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _sentences(line: str) -> list[str]:
    """The sentences of a line; a full stop inside a number, a name or a code span ends none."""
    hidden = re.sub(r"`[^`]*`", lambda code: "x" * len(code[0]), line)
    cuts = [0, *(found.end() for found in _STOP.finditer(hidden)), len(line)]
    return [line[a:b].strip() for a, b in pairwise(cuts) if line[a:b].strip()]


_STOP = lazy(r"(?<=[\w)%”\"])(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)[.!?](?=\s+[A-Za-z`*“\"\d(\[])")


def _names(text: str, find: Callable[[str], str | None]) -> Iterable[tuple[int, str]]:
    done = []
    for code in re.finditer(r"`([^`]+)`", text):
        name = find(code[1])
        if name is not None:
            yield code.start(), name
        done.append(code.span())
    for word in re.finditer(r"[\w…][\w…./:-]*(?:\[[^\]\s]*\])?", re.sub(r"\\(?=[\[\]_])", "\u200b", text)):
        if not any(a <= word.start() < b for a, b in done):
            name = find(word[0].replace("\u200b", "").rstrip(".:"))
            if name is not None and not is_english(name, text[max(0, word.start() - 12) : word.start()]):
                yield word.start(), name


_ARTICLE = lazy(
    r"\b(?:no|any|the|each|every|all|some|its|this|an)\s+$", re.I, needs="all|an|each|every|its|no|some|the|this"
)
_ADVERBS = frozenset({"first", "last", "next", "second", "third", "now", "then", "once", "again", "new", "old"})
# "I'd hold the deploy", "to parse it": not "compared to parse"
_BEFORE_A_VERB = lazy(
    r"(?:\b(?:would|will|should|must|can|could|may|might|not|don['’]t|didn['’]t|please|I|we|you|they)|['’](?:d|ll)"
    r"|(?<!compared )(?<!relative )(?<!next )(?<!due )\bto)\s+$",
    re.I,
)
_OPENING = lazy(r"(?:^|[.;:,(|]|\b(?:and|or|both|of|in|for|on|but|while))\s*$", re.I)  # before a noun


def is_english(name: str, before: str) -> bool:
    """Whether a benchmark's name outside code is the English word: "no other", "in total", "it first looked".

    before: the text up to it.
    """
    if re.fullmatch(r"[a-z]+", name) is None:
        return False
    if name == "a":
        return True
    if name in _ADVERBS and _OPENING.search(before) is None:
        return True
    return (
        _ARTICLE.search(before) is not None
        or _BEFORE_A_VERB.search(before) is not None
        or (name == "total" and re.search(r"\bin\s+$", before) is not None)
    )
