"""What a clause says of a benchmark, read as a predicate and what it may be true of; held against the benchmark's findings.

Pure. A predicate is a way of saying something, the findings of which it is true, and how firmly it must be said: most are judged
where they are asserted, a few (an open question, a presupposed slowdown) are claims even where the clause hedges or denies.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.clauses import HEDGE, NOT, group_before, subjects_in
from bench_agent.answer.check.numbers import figures
from bench_agent.answer.check.records import CLEARED, MEMORY, Facts, Subject
from bench_agent.answer.check.wordings import Wording, lazy, wording

_SLOW = ("regressed", "slower", "suspected", "environment", "undecided", "over_target")
_SMALL_CHANGE = 1.03  # of a benchmark that passes: up to here nobody calls it slower, beyond it a guess may be honest
_LOOSE_LIMIT = (
    10.0  # per cent: a slowdown of more, said of a benchmark that passes, is one that measuring did not confirm
)


class _Predicate(NamedTuple):
    """fits: the benchmarks that it may be said of. firm: it is judged only where it is neither hedged nor denied."""

    way: Wording
    fits: Callable[[Subject], bool]
    why: str
    firm: bool = True


def _ratios(subject: Subject) -> list[float]:
    return [f.value for f in subject.facts if f.kind == "change" and f.role in ("turns", "loose", "trend", "accepted")]


def _is_open(subject: Subject) -> bool:
    return subject.undecided or not (subject.mark in CLEARED or (subject.confirmed and subject.mark != "environment"))


def _may_be_slower(subject: Subject) -> bool:
    return subject.mark not in CLEARED or any(ratio > _SMALL_CHANGE for ratio in _ratios(subject))


def _may_be_faster(subject: Subject) -> bool:
    return subject.faster or not _ratios(subject)


def _over_target(subject: Subject) -> bool:
    targets = [f.value for f in subject.facts if f.role == "target" and f.kind == "time"]
    p95 = [f.value for f in subject.facts if f.role == "p95"]
    return subject.mark == "over_target" or bool(targets and p95 and max(p95) > min(targets))


def _has_target(subject: Subject) -> bool:
    return any(fact.role == "target" for fact in subject.facts)


_TARGET = r"(?:its |the |their |our )?(?:P95 )?(?:[\d.,]+ ?\w+ )?target"
_SUBJECT = (
    _Predicate(wording("fail", r"\bfail(?:ed|s)\b(?! (?:its|the|their|to)\b)"), lambda s: s.mark == "failed", "did not fail"),
    _Predicate(
        wording("gone|vanished|there any", r"\b(?:is|are|was) (?:now )?gone\b|\bvanished\b|\bis(?: not|n[’']t) there any ?more\b"),
        lambda s: s.mark not in (*CLEARED, *_SLOW, "new"), "was measured", firm=False,
    ),
    _Predicate(
        wording(
            "not measured|n't measured|n’t measured",
            r"\b(?:was|were)(?: not|n[’']t) measured (?:this time|at all|in this run)\b",
        ),
        lambda s: s.mark not in (*CLEARED, *_SLOW, "new"), "was measured", firm=False,
    ),
    _Predicate(wording("target", rf"\b(?:over|above|beyond) {_TARGET}"), _over_target, "is not over its target"),
    _Predicate(
        wording("limit", r"\b(?:over|above|beyond|exceeds) (?:its|the|their) (?:[\d.]+ ?% )?limit\b"),
        lambda s: s.mark not in CLEARED, "passes",
    ),
    _Predicate(wording("target", rf"\b(?:keeps|meets|holds|under|below|within) {_TARGET}"), _has_target, "has no target"),
    _Predicate(
        wording("before|ever|as it", r"\bas (?:fast|quick|slow) as (?:\w+ ){0,3}(?:before|ever|earlier)\b"),
        lambda s: s.mark not in ("new", "failed", "vanished"), "was compared with nothing",
    ),
    _Predicate(
        wording("move|budge|change", r"(?:\bnot|n[’']t) (?:really )?(?:move|budge|change)d?\b(?! (?:the|any|its|what|in)\b)"),
        lambda s: not (s.confirmed and s.slower and s.mark != "environment"), "was confirmed slower", firm=False,
    ),
    _Predicate(
        wording("faster", r"\b(?:is|got|became) (?:now )?faster\b"), lambda s: s.mark != "environment", "is slower here",
    ),
)  # fmt: skip
"""Said of the benchmark that stands just before."""

_ABOUT = (
    _Predicate(
        wording(
            "decided|neither|settle|early|open|undecided|unclear",
            r"\b(?:can[’']?t|cannot) be decided\b|\b(?:is|are|stays?|remains?) (?:still |also )?(?:undecided|unclear)\b"
            r"|\bneither passed nor\b|\b(?:more|further|longer) measuring (?:would|will|can) (?:settle|decide)\b"
            r"|\btoo early to (?:call|say|tell)\b|\bopen whether\b",
        ),
        _is_open, "is decided", firm=False,
    ),
    _Predicate(
        wording(
            "slower|slowed|regressed",
            r"\b(?:may|might) (?:well |even |still )?(?:be|have|have become|have got(?:ten)?) (?:slower|regressed|slowed)"
            r"|\b(?:looks|seems|appears) (?:to be )?slower\b",
        ),
        _may_be_slower, "passes, and nothing says that it is slower", firm=False,
    ),
    _Predicate(
        wording(
            "faster|improved",
            r"\b(?:may|might) (?:well |even |still )?(?:be|have|have become) (?:faster|improved)(?! (?:if|once|with|when|by|after))"
            r"|\b(?:looks|seems|appears) (?:to be )?faster\b",
        ),
        _may_be_faster, "is not faster by any measurement", firm=False,
    ),
)  # fmt: skip
"""Said of the one benchmark that the clause names."""


def judge_predicates(statement: Statement, clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why) for what is said of benchmarks that it is not true of."""
    firm = not HEDGE.search(clause) and not NOT.search(clause)
    for one in _SUBJECT:
        said = one.way.search(clause) if firm or not one.firm else None
        if said:
            yield from _wrong(one, said[0], _in_front(clause, said.start(), facts))
    about = subjects_in(clause, facts)
    for one in _ABOUT if len(about) == 1 else ():
        if said := one.way.search(clause):
            yield from _wrong(one, said[0], about)
    yield from _of_noun(clause, facts, firm=firm)
    yield from _of_sped(clause, facts) if firm else ()
    if len(about) == 1 and firm:
        yield from _of_loose(statement, clause, about[0])
    yield from _of_memory(clause, about, facts, firm=firm)


def _wrong(one: _Predicate, said: str, subjects: Sequence[Subject]) -> Iterable[tuple[str, str]]:
    bad = [subject for subject in subjects if not one.fits(subject)]
    if bad:
        yield said, f"{bad[0].name} {one.why}"


_INSIDE = lazy(r"\b(?:of|in|for|on|by|than|with|from|to|at|like|slowdown|regression)\W*$|[’']s\b", re.I)


def _in_front(clause: str, at: int, facts: Facts) -> list[Subject]:
    """The benchmarks that are the subject of a predicate: named before it, and not inside of another noun's phrase."""
    group = group_before(clause, at, facts)
    if not group:
        return []
    places = [clause.find(subject.name) for subject in group]
    first, last = min(places), max(places) + len(group[0].name)
    between = clause[last:at]
    return [] if _INSIDE.search(clause[:first].rstrip("`")) or len(between.split()) > 6 else group


_NOUN = wording(
    "regression|slowdown",
    r"\b(?P<which>one|a|an|the|its)(?: (?:only|confirmed|proved|real|single|main|worst))? (?:regression|slowdown)s?\b,?"
    r"(?: is)? (?:of|in|on|for)(?: the)?\s+`?(?P<name>[\w\[\].:-]+)",
)


def _of_noun(clause: str, facts: Facts, *, firm: bool) -> Iterable[tuple[str, str]]:
    """ "the slowdown of x" says that there is one, even where the sentence denies something else of it."""
    said = _NOUN.search(clause)
    subject = facts.subjects.get(said["name"].removeprefix("test_")) if said is not None else None
    if (
        said is not None
        and subject is not None
        and subject.mark in CLEARED
        and (firm or said["which"].lower() == "the")
    ):
        yield said[0], f"{subject.name} is {subject.mark}"


_SPED = wording(
    "speeds|sped|accelerat",
    r"\b(?:speeds|sped)(?: up)?\s+`?(?P<name>[\w\[\].:-]+)`?(?: up)?|\baccelerate[sd]\s+`?(?P<other>[\w\[\].:-]+)",
)


def _of_sped(clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    """ "This commit speeds up x"."""
    said = _SPED.search(clause)
    subject = facts.subjects.get(said["name"] or said["other"]) if said is not None else None
    if said is not None and subject is not None and not subject.faster:
        yield said[0], f"the findings do not show {subject.name} faster"


_QUALIFIED = wording(
    "stored|last|loose|vs|against|than|noise|within|trend|over ",
    r"\b(?:stored|last run|loose(?:ly)?|vs|against|than (?:the|its|in) (?:\w+ )?(?:last|previous|run|stored)\w*|noise|within|trend"
    r"|over (?:the last )?\d+ runs)\b",
)
_WORSE = wording("slower|slowed|regressed|degraded", r"\b(?:slower|slowed|regressed|degraded)\b")


def _of_loose(statement: Statement, clause: str, subject: Subject) -> Iterable[tuple[str, str]]:
    """A figure against stored runs, said of a benchmark that passes as if it were its change."""
    said = _WORSE.search(clause) if subject.mark in CLEARED and not _QUALIFIED.search(statement.text) else None
    if said is None:
        return
    sizes = [
        f.value if f.kind == "percent" else (f.value - 1) * 100
        for f in figures(statement)
        if f.kind in ("percent", "factor")
    ]
    if any(size > _LOOSE_LIMIT for size in sizes):
        yield said[0], f"{subject.name} is {subject.mark}"


_MEMORY = wording(
    "memory",
    r"\b(?:needs?|uses?|holds?|takes?|allocates?)\b (?:\w+ ){0,2}(?P<more>more|less) memory\b"
    r"|\bmemory\b[^.;]{0,40}\b(?:(?P<up>grew|rose|increased|went up)|(?P<down>fell|dropped|shrank|decreased|went down))\b",
)


def _of_memory(clause: str, about: Sequence[Subject], facts: Facts, *, firm: bool) -> Iterable[tuple[str, str]]:
    said = _MEMORY.search(clause) if facts.memory and firm and len(about) == 1 else None
    if said is None:
        return
    rise = said["up"] is not None or (said["more"] or "").lower() == "more"
    ratios = [fact.value for fact in about[0].facts if fact.role == MEMORY]
    if not any((ratio > 1) == rise for ratio in ratios):
        yield said[0], f"the findings do not say that of the memory of {about[0].name}"
