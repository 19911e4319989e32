"""What is asserted of several benchmarks at once: both, all, neither, two of two. Pure."""

import re
from collections.abc import Iterable

from bench_agent.answer.check.clauses import BE, HEDGE, NOT, WORSE, group_before, subjects_in
from bench_agent.answer.check.comparisons import counted_by_eye
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.wordings import lazy

_NEITHER = lazy(rf"\bneither\b(?P<who>.{{1,200}}\bnor\b.{{1,100}})\b{WORSE}\b", re.I, needs="neither")

_UNWORSE = lazy(
    r"\b(?:unchanged|unaffected|untouched|stable|steady|as fast as (?:before|ever|it was)|no slower|not affected|(?:is"
    r"|are|was|were) fine"
    r"|(?:is|are) (?:ok|okay|healthy|good|all right)|the same (?:speed|as before|time)|(?:is|are|was"
    r"|were) (?:just |exactly )?as before|(?:passes|passed)(?! (?:its|the|their|our)\b)"
    r"|(?:did|does|do|is|was|has|have|are|were)(?: not|n[’']t)(?: \w+)? ?(?:slower|regress(?:ed)?|slow(?:ed)? down|degraded?|worse)"
    r"|(?:did not|didn[’']t|has not|hasn[’']t) changed?(?: \w+)?|no (?:regression|slowdown|change in speed))\b",
    re.I,
    needs=(
        " change| down| fine|are|as before|as fast as |change in speed|degrade|is|not affected|passe|regress|slowdown"
        "|slower|stable|steady|the same |unaffected|unchanged|untouched|worse"
    ),
)

_CLAIM_WORSE = lazy(
    r"\b(?:regressed|(?:got|became|become|is|are|was|were|getting|both|all)\s+(?:[\w.]+ )?slower|slowed(?: down)?|degraded"
    r"|(?:are|is)(?: both| all)? (?:confirmed )?regressions?)\b",
    re.I,
    needs="degraded|regressed|regression|slowed|slower",
)

_ALL_WORSE = lazy(
    rf"\b(?P<who>both|all|every|each|everything)\b(?: of (?:the|them|these))?(?: the| \d+| two| three)?(?: of them)?"
    rf"(?: \w+)?(?: benchmarks?| tests?| ones?)? {BE}(?P<how>regressed|slower|slowed|degraded|worse|regressions)\b",
    re.I,
    needs="both|all|every|each",
)

_ALL_BETTER = lazy(
    rf"\b(?P<who>both|all|every|each|everything)\b(?: of (?:the|them|these))?(?: the| \d+| two| three)?(?: of them)?"
    rf"(?: benchmarks?| tests?| ones?)? {BE}(?:improved|faster|quicker|sped up)\b",
    re.I,
    needs="both|all|every|each",
)


def _is_worse(subject: Subject) -> bool:
    return subject.mark in ("regressed", "slower", "suspected") or (subject.confirmed and subject.slower)


def _looks_worse(subject: Subject) -> bool:
    """Undecided, and far from unchanged so far."""
    return subject.mark == "undecided" and any(
        fact.role == "turns" and fact.value > LOOKS_WORSE for fact in subject.facts
    )


LOOKS_WORSE = 1.2  # the limit that a change has by default
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]

_PASSING = lazy(
    rf"\b(?P<some>\d+|all|{'|'.join(_NUMBERS)})\s*(?:of|out of|/)\s*(?:the |all |our )?(?P<all>\d+|{'|'.join(_NUMBERS)})\s+"
    r"(?:(?:benchmarks?|tests?|are|is|do|have|all)\s+)*(?:pass(?:es|ed|ing)?|fine|ok|okay|healthy|green)\b",
    re.I,
    needs="pass|fine|ok|healthy|green",
)


def judge_all(clause: str, facts: Facts, *, hedged: bool) -> Iterable[tuple[str, str]]:
    """Counts in words: both, all, two of two."""
    summary = facts.summary
    if (said := _PASSING.search(clause)) and said["some"].lower() != "all":
        passing = summary.get("passing") or 0
        right = {passing, sum(subject.mark in ("pass", "faster", "untouched") for subject in facts.subjects.values())}
        if _number(said["some"]) not in right:
            yield said[0], f"{passing} pass"
    if (said := _ALL_WORSE.search(clause)) and not hedged:
        key = "regressed" if said["how"].lower().startswith("regress") else "slower"
        count = max(summary.get(key) or 0, *(_by_eye(facts, slower=True) if key == "slower" else ()), 0)
        needed = 2 if said["who"].lower() == "both" else (summary.get("benchmarks") or 0)
        if count < needed and not group_before(clause, said.start(), facts):
            yield said[0], f"the findings have {count} of {summary.get('benchmarks')} {key}"
    if (said := _ALL_BETTER.search(clause)) and not hedged:
        count = max(summary.get("improved") or 0, *_by_eye(facts, slower=False))
        needed = 2 if said["who"].lower() == "both" else (summary.get("benchmarks") or 0)
        if count < needed and not group_before(clause, said.start(), facts):
            yield said[0], f"the findings have {count} of {summary.get('benchmarks')} faster"


def _by_eye(facts: Facts, *, slower: bool) -> set[int]:
    suspected = int(facts.summary.get("suspected") or 0) if slower else 0
    return counted_by_eye(facts, slower=slower) | {suspected}


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.index(word.lower()) + 1


def judge_groups(clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    """A predicate and the benchmarks just before it."""
    if HEDGE.search(clause):
        return
    if said := _NEITHER.search(clause):
        bad = [subject for subject in subjects_in(said["who"], facts) if _is_worse(subject)]
        if bad:
            yield said[0], f"{bad[0].name} is {bad[0].mark}"
    said = _UNWORSE.search(clause)
    if said and not NOT.search(clause[: said.start()]):
        group = group_before(clause, said.start(), facts)
        bad = [subject for subject in group if _is_worse(subject) or _looks_worse(subject)]
        if bad:
            yield said[0], f"{bad[0].name} is {bad[0].mark}"
    said = _CLAIM_WORSE.search(clause)
    if said and not NOT.search(clause):
        group = group_before(clause, said.start(), facts)
        for subject in group if len(group) > 1 else []:
            if not (subject.slower or subject.mark == "environment") or (
                re.search("regress|confirmed", said[0], re.I) and not subject.confirmed
            ):
                yield said[0], f"{subject.name} is {subject.mark}"
