"""What a figure is said to be, by the words around it: the median, a target, the low end of a range, a difference. Pure."""

import re
from collections.abc import Iterable

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.wordings import Wording, lazy

_NOW = frozenset(["current", "median", "latest", "mean", "cpu"])
_THEN = frozenset(["baseline", "past", "median", "run"])


def _compiled(*rows: tuple[str, str]) -> tuple[tuple[Wording, frozenset[str]], ...]:
    return tuple((lazy(pattern, re.IGNORECASE), frozenset(roles.split())) for pattern, roles in rows)


_STATISTICS = _compiled(
    (r"\bmedians?\b", "median"),
    (r"\b(?:mean|average|avg)\b", "mean average"),
    (r"\bP95\b|\b95th\b", "p95 target"),
    (r"\btarget|\bgoal\b|[<>≤≥]|\ballowed\b", "target"),
    (r"\bmax(?:imum)?\b", "max p95"),
    (r"\bmin(?:imum)?\b", "min"),
    (r"\bpeak(?:s|ed)?\b", "peak"),
    (r"\bper run\b|\bvelocity\b", "velocity"),
    (r"\bin turns\b", "turns"),
    (r"\bparent\b|\bcommit (?:\w+ )?before\b|\bpredecessor\b", "parent"),
    (r"\brevert\w*|\bgiv(?:es|ing) back\b", "reverted"),
    (r"\bvs\.? last\b|\bloose\b", "loose"),
    (r"\b(?:limit|threshold)\b", "limit"),
    (r"\bvaries\b|\bspread\b", "spread"),
    (r"\bsettle\b", "settle"),
    (r"\bsuspicion\b", "share"),
)
"""What of a benchmark's figures a word stands for; of several the nearest to the figure counts."""

_WHEN = (
    (lazy(r"\b(?:current(?:ly)?|now|today|takes)\b", re.I), _NOW),
    (
        lazy(
            r"\b(?:baseline|before(?! \w+ing\b)|was|previously|used to|formerly|from)\b|\binstead of\s*$",
            re.I,
        ),
        _THEN,
    ),
    (lazy(r"\b(?:compared (?:with|to)|vs\.?|against)\s*$", re.I), _THEN | {"target"}),
)

_RIGHT = lazy(
    r"^\s*(?:\(|at |on |in |as |of |the |its )*(?P<word>median|mean|average|avg|P95|target|limit|threshold|per run|a run)\b",
    re.I,
    needs="a run|average|avg|limit|mean|median|p95|per run|target|threshold",
)
_BESIDE = lazy(
    r"^\s*(?:of CPU time )?(?:(?P<now>now|today|currently)|(?P<then>before|then|previously|earlier|at that time|originally))\b",
    re.I,
    needs="at that time|before|currently|earlier|now|originally|previously|then|today",
)
_OF_SHARE = lazy(
    r"^\s*of (?:the (?:whole )?(?:suspicion|slowdown|change|regression)|it|this|that)\b", re.I, needs="of "
)
_EXPLAINS = lazy(r"\b(?:explains?|accounts? for|makes? up)(?: \w+)?\s*$", re.I, needs="account|explain|make")
_PARENT = lazy(
    r"^\s*(?:\w+ )?(?:against|over|than|compared (?:with|to)|on top of|vs\.?) (?:its|the)(?: own)? parent\b",
    re.I,
    needs=" parent",
)

_DIFFERENCE = lazy(
    r"^\s*(?:\w+ )?(?:slower|faster|quicker|longer|shorter|more|less|saved|lost)\b",
    re.I,
    needs="faster|less|longer|lost|more|quicker|saved|shorter|slower",
)

_ENDS = lazy(r"\b(?:at least|at most|up to|between|from)\s*$", re.I, needs="at least|at most|between|from|up to")

_ENDS_AFTER = lazy(
    r"\s*(?:\w+ )?(?:at (?:the )?(?:very )?(?:least|most|worst|best)|or more|in the (?:best|worst) case)\b",
    needs="best|in the |least|most|or more|worst",
)
_RANGE = lazy(r"^\s*(?:(?:slower|faster|longer|shorter)\s+)?(?:(?:up |all the way )?to|–|-|and|\.\.\.?)\s*$")

_SETTLE = lazy(
    r"\b(?:would (?:tell|settle)|(?:of|more) measuring|settle|measur\w+ (?:for )?(?:about |another )?(?=$))\b"
    r"|^\s*more (?:would|should|will|are|is|to)\b|(?<!was )(?<!were )\benough\b",
    needs="enough|measur|more |settle|would ",
)

_BREAK = re.compile(r"[,;:()|]")

CHANGES = frozenset({"turns", "loose", "trend", "level", "accepted", "together", "all"})


def roles_of(figure: Figure, around: tuple[Figure | None, Figure | None], statement: Statement) -> frozenset[str]:
    """The roles that the words around a figure allow; none said: empty."""
    before = around[0]
    if before is not None and before.kind == "plain" and before.text.startswith("-") and figure.left.strip() == ":":
        return frozenset({f"run{before.text}", f"run-{before.text.lstrip('-')}"})
    found = _of_neighbours(figure, around, statement.shown)
    if found:
        return found
    if (_ENDS.search(figure.left) or _ENDS_AFTER.match(figure.right)) and figure.kind in ("percent", "factor"):
        return frozenset({"low", "high", "trend_low", "trend_high"}) | CHANGES
    found = _of_words(figure, statement)
    if not found and figure.kind in ("percent", "factor") and _is_of_commit(figure, statement):
        return frozenset({"parent", "share", "reverted"})
    return found


_RESTORES = lazy(
    r"\b(?:restor\w*|brings?|bringing|back|fix\w*|revert\w*|undo\w*|undoes)\b",
    re.I,
    needs="back|bring|fix|restor|revert|undo",
)
_P95 = lazy(r"\bP95\b|\b95th\b", needs="95th|p95")
_PARENTS = lazy(
    r"\b(?:its|the)(?: own)? (?:parent|predecessor)\b|\bthe commit (?:\w+ )?before\b",
    re.I,
    needs="arent|redecessor|the commit ",
)


def _is_of_commit(figure: Figure, statement: Statement) -> bool:
    """ "it was measured against its parent and costs 45 %": said of the commit, unless a benchmark is named in between."""
    said = [found.end() for found in _PARENTS.finditer(statement.shown[: figure.at])]
    return (
        bool(said)
        and not any(said[-1] < at < figure.at for at, _ in statement.names)
        and ";" not in statement.shown[said[-1] : figure.at]
    )


def _of_neighbours(figure: Figure, around: tuple[Figure | None, Figure | None], text: str) -> frozenset[str]:
    """From the figure before and the one after: a range, an arrow, one instead of the other; and from what directly follows."""
    before, after = around
    first = after is not None and is_range(figure, after, text)
    second = before is not None and is_range(before, figure, text)
    if figure.kind in ("percent", "factor"):
        if (first or second) and figure.kind == "percent" and not _is_signed(figure, before, after):
            return frozenset(
                {"low", "high", "trend_low", "trend_high"}
            )  # "between 2.2 % and 6.6 % faster": of -6.6 % to -2.2 %
        if first or second:
            return frozenset({"low", "trend_low"}) if first else frozenset({"high", "trend_high"})
        if _PARENT.search(figure.right):
            return frozenset({"parent"})
        if _OF_SHARE.search(figure.right) and not re.search(r"\brevert|\bback\b", figure.left, re.I):
            return frozenset({"share"})
        return frozenset()
    if figure.kind == "time" and _SETTLE.search(figure.left + _BREAK.split(figure.right)[0]):
        return frozenset({"settle"})
    if figure.kind not in ("time", "size"):
        return frozenset()
    following = after is not None and after.kind == figure.kind
    preceding = before is not None and before.kind == figure.kind
    if (first or second) and _RESTORES.search(text):
        return _NOW | _THEN
    if (following and after is not None and "->" in between(text, figure, after)) or (
        first and re.search(r"\bfrom\s*$", figure.left)
    ):
        return frozenset({"baseline", "past", "run"})
    if before is not None and (
        (preceding and "->" in between(text, before, figure)) or (second and re.search(r"\bfrom\s*$", before.left))
    ):
        return frozenset({"current", "latest", "median", "mean", "cpu", "peak"})
    if (
        following
        and after is not None
        and re.fullmatch(r"\s*(?:instead of|compared (?:with|to)|rather than|vs\.?)\s*", between(text, figure, after))
    ):
        return _NOW | {"p95"} if _P95.search(text) else _NOW
    if _DIFFERENCE.match(figure.right):
        return frozenset({"difference", "velocity"})
    return frozenset()


def _is_signed(*ends: Figure | None) -> bool:
    return any(end is not None and end.sign in ("+", "-") for end in ends)


def _of_words(figure: Figure, statement: Statement) -> frozenset[str]:
    left = figure.left if figure.left.strip() or not statement.label else ""
    statistic = _nearest(_STATISTICS, left)
    beside = _BESIDE.match(figure.right)
    when = (_NOW if beside["now"] else _THEN) if beside is not None else _nearest(_WHEN, left)
    if when and figure.kind == "time" and _RESTORES.search(statement.shown):
        when = _NOW | _THEN  # the other way round: "restores it from 919 µs to 134 µs"
    right = _RIGHT.match(figure.right)
    if right is not None and (not statistic or right["word"].lower() not in ("target", "limit", "threshold")):
        statistic = _nearest(_STATISTICS, right["word"]) or statistic
    if _EXPLAINS.search(left) and figure.kind == "percent":
        return frozenset({"share"})
    if not statistic and not when and statement.label:
        statistic = _of_label(statement.label)
    if not statistic or not when:
        return statistic or when
    return statistic | when if statistic == frozenset({"median"}) else statistic


def _of_label(label: str) -> frozenset[str]:
    if re.search(r"target", label, re.IGNORECASE):
        return frozenset({"target"})
    if re.search(r"\bP95\b", label):
        return frozenset({"p95"})
    return _nearest(_STATISTICS, label) or _nearest(_WHEN, label)


def _nearest(table: Iterable[tuple[Wording, frozenset[str]]], text: str) -> frozenset[str]:
    """The roles of the word that stands last."""
    at, found = -1, frozenset[str]()
    for pattern, roles in table:
        for match in pattern.finditer(text):
            if match.end() > at:
                at, found = match.end(), roles
    return found


def is_range(low: Figure, high: Figure, text: str) -> bool:
    words = between(text, low, high)
    are_changes = {low.kind, high.kind} <= {"percent", "factor"}  # "+170 % to 12x"
    if low.kind != high.kind and not are_changes:
        return False
    if (
        words.strip() == ","
        and text[: low.at].rstrip().endswith("[")
        and text[high.at + len(high.text) :].lstrip().startswith("]")
    ):
        return True  # "[+40 %, +45 %]"
    if not _RANGE.match(words):
        return False
    return "and" not in words or re.search(r"\bbetween\s*$", low.left, re.IGNORECASE) is not None


def between(text: str, one: Figure, other: Figure) -> str:
    return text[one.at + len(one.text) : other.at].replace("→", "->")
