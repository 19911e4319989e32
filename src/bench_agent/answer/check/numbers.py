"""The figures of a statement, as digits or in words, with their units and the words around them. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.number_words import with_digits
from bench_agent.answer.check.wordings import lazy

_TIMES = {
    "ns": 1e-9, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0,
    "sec": 1.0, "second": 1.0, "seconds": 1.0, "minute": 60.0, "minutes": 60.0, "hour": 3600.0, "hours": 3600.0,
    "nanoseconds": 1e-9, "microseconds": 1e-6, "milliseconds": 1e-3, "millisecond": 1e-3, "microsecond": 1e-6,
}  # fmt: skip

_SIZES = {"B": 1.0, "bytes": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}

_NOUNS = tuple(
    (lazy(rf"\s+(?:of\s+)?(?:{words})\b", re.IGNORECASE), noun)
    for words, noun in (
        (r"benchmarks? failed", "failed"),
        (r"benchmarks? (?:got |is |are )?slower(?! by)", "slower"),
        (r"benchmarks? (?:was |were )?measured", "benchmark"),
        (r"benchmarks? over target|over target", "over target"),
        (r"benchmarks? (?:has|have) no target", "no target"),
        (r"benchmarks? of one round|benchmarks? together", ""),
        (r"suspected slowdowns?", "suspected"),
        (r"(?:not measured|unmeasured)", "not measured"),
        (r"slower (?:by|because of) the environment", "environment"),
        (r"suspected slower|suspected", "suspected"),
        (r"improving|degrading|stable", "direction"),
        (r"regressions?|regressed", "regression"),
        (r"slowdowns?", "slowdown"),
        (r"improvements?|improved|(?:looks? )?faster", "faster"),
        (r"pass(?:ing|ed)?", "passing"),
        (r"(?:decided )?slower", "slower"),
        *(
            (rf"(?:(?:is|are|was|were)\s+)?{word}", word)
            for word in ("undecided", "failed", "new", "vanished", "untouched")
        ),
        ("measured in turns", "measured in turns"),
        ("lines", "line"),
        *((rf"{word}s?", word) for word in ("benchmark", "pair", "run", "round", "commit")),
    )
)

_RATIOS = ("%", "percent", "per cent", "x", "×", "-fold", "fold", "times as", "times")

_UNITS = "|".join(sorted([*_TIMES, *_SIZES, *_RATIOS], key=len, reverse=True))

_NUMBER = r"(?P<sign>[+\-−±]?)(?P<times>[×x]\s?)?(?P<number>\d[\d,]*(?:\.\d+)?)"

_FIGURE = lazy(rf"(?<![\w.#\-/]){_NUMBER}(?:\s?(?P<unit>{_UNITS})(?![\w/])|(?![\d.]*\w))")

_SKIP = lazy(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?(?: UTC|Z)?)?|\d\d:\d\d(?: UTC)?|\b\d+\.\d+\.\d+\w*|https?://\S+|\bP(?:95|99)\b|"
    r"\b(?:95|99)th\b|(?<=[\w./])\.\w{1,4}:\d+(?:-\d+)?|[\w./-]+\.\w{1,4}:\d+(?:-\d+)?|\b[0-9a-f]{7,40}\b|(?<=CPython )[\d.]+|"
    r"(?<=Python )[\d.]+"
)

_DIGIT = lazy(r"\d")


class Figure(NamedTuple):
    """A number as it is written. value: in seconds, bytes, percent or times. step: what its last digit stands for.

    kind: time, size, percent, factor, count, or plain for a number without a unit. left, right: the words around it, up to the
    next figure or the end of the clause. noun: what is counted. about: how far it may be off besides, as a share.
    """

    text: str
    kind: str
    value: float
    step: float
    sign: str
    left: str
    right: str
    noun: str
    at: int
    about: float


@lru_cache(maxsize=8)  # asked again for each figure of the statement
def figures(statement: Statement) -> tuple[Figure, ...]:
    """The figures of a statement in their order, those in code, dates, versions and places in files left out."""
    words = with_digits(statement.shown)
    if not _DIGIT.search(words):
        return ()
    text = _SKIP.sub(
        lambda found: " " * (len(found[0]) - 1) + ("§" if found[0] in ("P95", "P99", "95th", "99th") else " "),
        words,
    )
    found = [match for match in _FIGURE.finditer(text) if match["number"]]
    made: list[Figure] = []
    for i, match in enumerate(found):
        start = max([found[i - 1].end() if i else 0, *_breaks(words[: match.start()])])
        stop = found[i + 1].start() if i + 1 < len(found) else len(words)
        right = words[match.end() : stop]
        left = words[start : match.start()]
        made.append(_figure(match, left, right))
    return tuple(_joined(made, text))


_BREAKS = lazy(r"[,;:()|·“”]|\. |->|→|\band\b|\bbut\b|\bwhile\b|—")


def _breaks(text: str) -> Iterable[int]:
    """Where clauses end. A colon ends one unless what stands before it is a label: "Baseline: 1.82 ms"."""
    for found in _BREAKS.finditer(text):
        if found[0] != ":" or len(text[: found.start()].split()) > LABEL_WORDS:
            yield found.end()


LABEL_WORDS = 3

_ABOUT = (
    (
        lazy(
            r"\b(?:roughly|around|nearly|almost|approximately|some|circa|close to|just over|just under)\s*$|[~≈]\s*$",
            re.I,
        ),
        0.1,
    ),
    (lazy(r"\b(?:about|over|under|more than|less than)\s*$", re.I), 0.025),
)


_MULTIPLIES = lazy(
    r"\s*(?:slower|faster|quicker|longer|shorter|more|less|higher|lower|larger|smaller|bigger|worse|better|as\b|the\b|what\b|its\b"
    r"|their\b|that\b|of\b|over\b|than\b|above\b|below\b|[.,;)]|$)",
    re.I,
)  # else it is how often something is done
_DOES = lazy(
    r"\b(?:does|do|did|so|it|that|runs?|ran|called|calls|executed|sorts?|sorted|loops|repeat\w*|happens?)\s+$",
    re.I,
    needs="called|calls|did|do|executed|happen|it|loops|ran|repeat|run|so|that",
)
_FACTOR_OF = lazy(
    r"\b(?:factor|ratio)s?:?\s(?:of |is |was |lies |between |from |at )*(?:about |nearly |almost |over |roughly |around |some )?$"
    r"|\b(?:factor|ratio)\b[^.;]{0,30}\bbetween [\d.]+ and $",
    re.I,
    needs="between |factor|ratio",
)
ROUND_FROM = 1000  # from here on zeros at the end are taken for rounding
_INSTEAD = lazy(r"\binstead of\s*$", re.I, needs="instead of")  # of how often something is done, not of its time


def _is_how_often(left: str, right: str) -> bool:
    return not _MULTIPLIES.match(right) or _INSTEAD.search(left) is not None or _DOES.search(left) is not None


def _figure(match: re.Match[str], left: str, right: str) -> Figure:
    number, unit = match["number"], match["unit"] or ("x" if match["times"] else "")
    value = float(number.replace(",", ""))
    step = 10.0 ** -len(number.partition(".")[2])
    if value >= ROUND_FROM and "." not in number:
        step = 10.0 ** (len(number) - len(number.rstrip("0")))  # "3,400 times" for 3,448
    about = next((share for words, share in _ABOUT if words.search(left)), 0.0)
    kind, noun = "plain", ""
    if unit in _TIMES:
        kind, value, step = "time", value * _TIMES[unit], step * _TIMES[unit]
    elif unit in _SIZES:
        kind, value, step = "size", value * _SIZES[unit], step * _SIZES[unit]
    elif unit in ("%", "percent", "per cent"):
        kind = "percent"
    elif (unit and not (unit == "times" and _is_how_often(left, right))) or (not unit and _FACTOR_OF.search(left)):
        kind = "factor"
    else:
        noun = "times" if unit else next((noun for words, noun in _NOUNS if words.match(right)), "")
        kind = "count" if noun else "plain"
    sign = {"−": "-", "±": "±"}.get(match["sign"], match["sign"])
    return Figure(match[0].strip(), kind, value, step, sign, left, right, noun, match.start(), about)


def _joined(made: list[Figure], text: str) -> list[Figure]:
    """ "1 min 28 s" is one time; "+116 to +129 %" has one unit for both ends."""
    done: list[Figure] = []
    for figure in made:
        before = done[-1] if done else None
        between = text[before.at + len(before.text) : figure.at] if before is not None else ""
        if (
            before is not None
            and before.kind == figure.kind == "time"
            and not between.strip()
            and before.step >= 60 > figure.step
        ):
            text_of_both = f"{before.text} {figure.text}"
            whole = before.value + figure.value
            done[-1] = before._replace(text=text_of_both, value=whole, step=figure.step, right=figure.right)
            continue
        if before is not None and before.kind == "plain" and _TO.fullmatch(between) and figure.kind in _WITH_UNIT:
            done[-1] = before._replace(
                kind=figure.kind, value=before.value * _unit(figure), step=before.step * _unit(figure)
            )
        if before is not None and before.kind == "factor" and figure.kind == "plain" and _TO.fullmatch(between):
            figure = figure._replace(kind="factor")  # "a factor of 2.4 to 3.6"
        done.append(figure)
    return done


_TO = lazy(r"\s*(?:to|–|-|and|\.\.\.?)\s*")

_WITH_UNIT = ("percent", "factor", "time", "size")


def _unit(figure: Figure) -> float:
    """What one of the figure's unit is in seconds or bytes."""
    number = re.search(r"\d[\d,]*(?:\.\d+)?", figure.text)
    written = float(number[0].replace(",", "")) if number else 0.0
    return figure.value / written if written else 1.0
