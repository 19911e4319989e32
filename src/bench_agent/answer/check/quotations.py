"""Whether a sentence of the report has a figure between the same words: what is quoted is supported. Pure."""

import re
from collections.abc import Sequence

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.fields import UNITS
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.records import Facts
from bench_agent.answer.check.wordings import lazy

MIN_QUOTE = 20  # characters of a text that is taken for a quotation


def is_quoted(figure: Figure, statement: Statement, facts: Facts, *, loosely: bool) -> bool:
    """Whether a sentence of the report has this figure between the same words; loosely: or about the same things."""
    whole = statement.text.replace("\\", "")
    if any(figure.text in text and len(text) >= MIN_QUOTE and text in whole for text in facts.texts):
        return True  # a sentence of the report, as it stands
    token = re.escape(figure.text)
    before = re.findall(r"[\w%.]+", figure.left)[-1:] if figure.left.strip() else []
    after = re.findall(r"[\w%.]+", figure.right)[:1]
    pattern = (rf"\b{re.escape(before[0])}\W+" if before else r"(?<![\d.])") + token
    pattern += rf"\W+{re.escape(after[0])}" if after else r"(?![\d.]*\w)"
    if not before and not after and not loosely:
        return False
    looked = re.compile(pattern)
    subjects = {name for _, name in statement.names} or set(statement.section)
    for text in facts.texts:
        if figure.text not in text:
            continue
        if looked.search(text) and (not subjects or any(name in text for name in subjects) or (before and after)):
            return True
        if (
            loosely
            and re.search(rf"(?<![\d.]){token}(?![\d.]*\w)", text)
            and len(_content(text) & _content(statement.shown)) >= 1
        ):
            return True
    return False


def _content(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z]{4,}", text)}


_NUMBER = lazy(r"(?<![\w.])([+-]?)(\d+(?:\.\d+)?) ?(%|ns|µs|ms|s|min|[kMG]?B)?(?![\w.]*\w)")


def is_in_notes(figure: Figure, statement: Statement, facts: Facts, names: Sequence[str] = ()) -> bool:
    """Whether a warning about the same thing, or these benchmarks, has the number, rounded: a load of 10.4 for 10.41."""
    said = _content(statement.shown)
    return any(
        abs(float(found[2]) * UNITS.get(found[3] or "", 1.0) - figure.value) <= figure.step * 0.5000001
        and _KINDS.get(found[3] or "", "time") == figure.kind
        and found[1] == figure.sign
        for note in facts.notes
        if said & _content(note) and (not names or any(name in note for name in names))
        for found in _NUMBER.finditer(note)
    )


_KINDS = {"": "plain", "%": "percent", "B": "size", "kB": "size", "MB": "size", "GB": "size"}  # of another unit: time
