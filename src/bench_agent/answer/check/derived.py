"""Whether somebody can have worked a figure out from those of the findings: divided, subtracted, added, or told a span.

Pure. Asked for a figure that no finding has as it stands. Each way needs its words ("than", "in total", "by"), so that a
wrong figure is rarely taken for one.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bench_agent.answer.check.attribution import OTHERS
from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.multiples import FASTER, SLOWER, TIMES, is_against_another
from bench_agent.answer.check.numbers import Figure, figures
from bench_agent.answer.check.records import Fact, Facts, Subject
from bench_agent.answer.check.roles import CHANGES, is_range
from bench_agent.answer.check.values import is_direction, is_value, of_role
from bench_agent.answer.check.whose import subjects_of
from bench_agent.answer.check.wordings import lazy

DEFAULT_LIMIT = 0.2  # of a change, where the project sets none: as in the configuration, which the hook does not import

Around = tuple[Figure | None, Figure | None]


def is_derived(figure: Figure, around: Around, statement: Statement, facts: Facts) -> bool:
    names = [name for _, name in statement.names] or list(statement.section)
    named = [facts.subjects[name] for name in dict.fromkeys(names) if name in facts.subjects]
    own = named or list(facts.subjects.values())
    if OTHERS.search(statement.shown[: figure.at]) or OTHERS.search(figure.right[:25]):
        own = list(facts.subjects.values())
    if (len(own) > len(named) or len(subjects_of(figure, statement, facts)) != 1) and _is_end_of_span(
        figure, around, statement, own
    ):
        return True
    if not named and _is_between_two(figure, statement, own):
        return True
    if _is_of_two_said(figure, statement) or _is_bound(figure, statement, own):
        return True
    if figure.kind in ("time", "size"):
        return _is_difference(figure, statement, own) or _is_sum(figure, statement, own)
    return (
        _is_limit(figure, own) or _is_of_target(figure, statement, own) or is_against_another(figure, statement, facts)
    )


_PAIR = lazy(r"\bpairs?\b", re.I, needs="pair")
_FROM = lazy(r"\bfrom\s*$", re.I, needs="from")  # from one time to another is a change of one


def _is_end_of_span(figure: Figure, around: Around, statement: Statement, own: Sequence[Subject]) -> bool:
    """ "All three are 13 to 16 % slower": each end is a figure of one of several benchmarks."""
    before, after = around
    ranged = (after is not None and is_range(figure, after, statement.shown)) or (
        before is not None and is_range(before, figure, statement.shown)
    )
    low = before if before is not None and is_range(before, figure, statement.shown) else figure
    if len(own) < 2 or not ranged or (figure.kind in ("time", "size") and _FROM.search(low.left)):
        return False
    changes = CHANGES | ({"pair"} if _PAIR.search(statement.shown) else frozenset())
    roles = changes if figure.kind in ("percent", "factor") else frozenset(TIMES)
    kind = {"percent": "change", "factor": "change"}.get(figure.kind, figure.kind)
    ending = after if before is None or not is_range(before, figure, statement.shown) else figure
    said = figure._replace(right=ending.right if ending is not None else figure.right)
    return any(
        fact.kind == kind and fact.role in roles and is_value(figure, fact) and is_direction(said, fact)
        for subject in own
        for fact in subject.facts
    )


_CHANGED_BY = lazy(
    r"\b(?:by|increases?|decreases?|difference|margin|los[ets]+|sav\w+|gain\w*|costs?|adds?|added|extra|another|additional|exceed\w*"
    r"|up|down|dropp?\w*|headroom|i\.e\.)(?: \w+){0,2}[\s~]*$",
    re.I,
)
_VERB = lazy(
    r"\b(?:you|it|we|that|this|which|users?)\s(?:\w+ )?(?:los[et]|sav\w+|gain\w*|costs?|adds?)\b",
    re.I,
    needs="add|cost|gain|los|sav",
)
_CHANGED = lazy(
    r"^\s*(?:(?:more|less|slower|faster|longer|shorter|over|under|above|below|extra|worse|better|on top"
    r"|too (?:much|long|slow)"
    r"|of (?:headroom|margin|difference))\b|on\s*$|that\b.{0,60}\b(?:gain|los[te]|add|sav|gr[eo]w|cost)\w*)",
    re.I,
    needs="above|below|better|difference|extra|faster|headroom|less|margin|more|on|over|shorter|slower|that|too |under|worse",
)
_OR_SO_MUCH = lazy(
    r"\s*(?:or|,|\()\s*[\d.]+ ?% (?:more|less|slower|faster|longer)\b", needs="faster|less|longer|more|slower"
)  # "0.78 ms or 42 % more"
_PAIRS = (("current", "baseline"), ("median", "past"), ("mean", "past"), ("latest", "past"), ("p95", "target"))


def _is_difference(figure: Figure, statement: Statement, own: Sequence[Subject]) -> bool:
    """ "An increase of 0.56 ms", "23 ms over its target": one of a benchmark's figures less another."""
    earlier = [other for other in figures(statement) if other.kind == figure.kind and other.at < figure.at]
    said = (
        _CHANGED_BY.search(figure.left)
        or _CHANGED.match(figure.right)
        or _VERB.search(statement.shown[: figure.at])
        or any(_CHANGED.match(other.right) for other in earlier)
        or _OR_SO_MUCH.match(statement.shown[figure.at + len(figure.text) :])
    )
    if not said and (statement.names or statement.section):
        return False
    return any(
        is_value(figure, fact := Fact(figure.kind, "difference", one - other), slack=_ROUNDED * max(one, other))
        and is_direction(figure, fact)
        for subject in own
        for one, other in _pairs(subject, figure.kind, named=bool(said))
    )


_ROUNDED = 0.005  # somebody subtracts figures of three digits: half of the last one is at most so much of each


def _pairs(subject: Subject, kind: str, *, named: bool) -> Iterable[tuple[float, float]]:
    """What somebody may subtract; not named as a difference: only what a finding has as before and now."""
    for one, other in _PAIRS if named else _PAIRS[:1]:
        for value in of_role(subject, kind, one):
            yield from ((value, before) for before in of_role(subject, kind, other))
    ratios = [fact.value for fact in subject.facts if fact.kind == "change" and fact.role in CHANGES and fact.value > 0]
    for role in ("median", "mean", "current") if named else ():
        for value in of_role(subject, kind, role):
            yield from ((value, value / ratio) for ratio in ratios)


_ADDED = lazy(
    r"\b(?:total|altogether|in all|together|sum|combined|add up|whole|roughly all)\b",
    re.I,
    needs="add up|combined|in all|roughly all|sum|together|total|whole",
)


_BOUND = lazy(
    r"\b(?P<over>above|over|more than|at least|exceed\w*|beyond)|(?P<under>below|under|within|less than|at most|no more than|up to)"
    r"[\s~]*$",
    re.I,
    needs="above|at least|at most|below|beyond|exceed|less than|more than|over|under|up to|within",
)
BOUNDED = 4.0  # times: somebody who says "below 1.5 ms" means figures near it


def _is_bound(figure: Figure, statement: Statement, own: Iterable[Subject]) -> bool:
    """ "All below 1.5 ms", "within 2.5 %": true of one of the benchmarks, and not far off."""
    said = _BOUND.search(figure.left)
    if (
        said is None
        or figure.left[said.end() :].strip(" ~")
        or _LIMITED.search(statement.shown)
        or "target" in statement.shown
    ):
        return False
    kind = {"percent": "change", "factor": "change"}.get(figure.kind, figure.kind)
    roles = CHANGES | {"low", "high"} if kind == "change" else frozenset(TIMES)
    values = [fact for subject in own for fact in subject.facts if fact.kind == kind and fact.role in roles]
    return any(
        _is_beyond(figure, fact, over=said["over"] is not None) and is_direction(figure, fact) for fact in values
    )


def _is_beyond(figure: Figure, fact: Fact, *, over: bool) -> bool:
    value = fact.value
    if figure.kind == "percent":
        value = abs(value - 1) * 100
    elif figure.kind == "factor":
        value = max(value, 1 / value) if value > 0 else 0.0
    return (
        figure.value <= value <= BOUNDED * figure.value
        if over
        else figure.value / BOUNDED <= value <= figure.value * 1.02
    )


def _is_of_two_said(figure: Figure, statement: Statement) -> bool:
    """ "Seven times faster (212 µs vs 1.54 ms)": worked out from two figures of the same sentence, which are judged themselves."""
    said = [other for other in figures(statement) if other.kind in ("time", "size") and other.value > 0]
    for one, other in pairwise(said):
        if one.kind != other.kind or figure in (one, other):
            continue
        ratio = Fact("change", "", other.value / one.value)
        if figure.kind == "factor" and is_value(figure, ratio, slack=_ROUNDED * figure.value):
            return True
        if figure.kind == "percent" and any(
            is_value(figure, Fact("share", "", share)) for share in (ratio.value, 1 / ratio.value)
        ):
            return True
        if figure.kind == "percent" and is_value(figure, ratio) and is_direction(figure, ratio):
            return True
        if figure.kind == one.kind and is_value(figure, Fact(one.kind, "difference", other.value - one.value)):
            return True
    return False


_SAVES = lazy(
    r"\b(?:sav\w+|costs?|adds?|gains?|buys?|difference|cheaper|dearer)\b",
    re.I,
    needs="add|buy|cheaper|cost|dearer|difference|gain|sav",
)
FEW_BENCHMARKS = 6  # of more, some two differ by almost any figure


def _is_between_two(figure: Figure, statement: Statement, own: Sequence[Subject]) -> bool:
    """ "Caching saves 64 µs, 10 %": the time of one benchmark less that of another, where none is named."""
    if len(own) > FEW_BENCHMARKS or not _SAVES.search(statement.shown) or figure.kind not in ("time", "percent"):
        return False
    medians = [time for subject in own for time in of_role(subject, "time", "median")[:1]]
    return any(
        is_value(figure, Fact("time", "difference", one - other), slack=_ROUNDED * one)
        if figure.kind == "time"
        else is_value(figure, Fact("share", "", 1 - other / one))
        for one in medians
        for other in medians
        if one > other > 0
    )


def _is_sum(figure: Figure, statement: Statement, own: Sequence[Subject]) -> bool:
    """ "Some 5.3 s in total": one figure of each benchmark added up."""
    if len(own) < 2 or not _ADDED.search(statement.shown):
        return False
    for role in ("median", "mean", "settle"):
        values = [next(iter(of_role(subject, figure.kind, role)), 0.0) for subject in own]
        if is_value(figure, Fact(figure.kind, role, sum(values)), slack=_ROUNDED * sum(values)):
            return True
    return False


_CHANGE = lazy(
    r"\b(?:slower|faster|slowed(?: down)?|regressed|degraded|improved|up|down)(?: by)?[\s~]*$",
    re.I,
    needs="degraded|down|faster|improved|regressed|slowed|slower|up",
)
_LIMITED = lazy(
    r"\b(?:limit|threshold|allowed|toler\w+|flag\w*|trip\w*|default|alarm)\b",
    re.I,
    needs="alarm|allowed|default|flag|limit|threshold|toler|trip",
)


def _is_limit(figure: Figure, own: Iterable[Subject]) -> bool:
    """The limit that a change may have, of any benchmark, or the one that is set where nothing is."""
    if figure.kind != "percent" or not _LIMITED.search(figure.left + " " + figure.right[:40]):
        return False
    if _CHANGE.search(figure.left) or SLOWER.match(figure.right) or FASTER.match(figure.right):
        return False
    limits = {fact.value for subject in own for fact in subject.facts if fact.role == "limit"} or {DEFAULT_LIMIT}
    return any(is_value(figure, Fact("share", "limit", limit)) for limit in limits)


_PAST = lazy(r"^\s*(?:over|above|beyond|past|too (?:slow|long|much))\b", re.I, needs="above|beyond|over|past|too ")


def _is_of_target(figure: Figure, statement: Statement, own: Iterable[Subject]) -> bool:
    """ "Over its target by a factor of 85", "35,000 times faster than it needs to be"."""
    if not re.search(r"\b(?:targets?|allowed|goal)\b", statement.shown, re.I) or figure.sign:
        return False
    if figure.kind == "percent" and (
        SLOWER.match(figure.right) or FASTER.match(figure.right) or _CHANGE.search(figure.left)
    ):
        return False
    kind = "share" if figure.kind == "percent" else "change"
    bound = _BOUND.search(figure.left) is not None
    return any(
        is_value(figure, fact := Fact(kind, "target", time / target))
        or (bound and 100 * fact.value <= figure.value)
        or (kind == "share" and _PAST.match(figure.right) and is_value(figure, Fact("share", "", time / target - 1)))
        for subject in own
        for target in of_role(subject, "time", "target")
        for role in TIMES
        for time in of_role(subject, "time", role)
        if target > 0 and time > 0
    )
