"""Whether a change that is said to be proved, confirmed or measured in turns was. Pure."""

from collections.abc import Iterable

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.clauses import HEDGE, NOT
from bench_agent.answer.check.records import Facts
from bench_agent.answer.check.wordings import wording

_SURE = wording(
    "proved|proven|confirmed|verified|in turns",
    r"\b(?:(?P<sure>proved|proven|confirmed|verified)|(?P<turns>in turns))\b",
)
_CHANGED = wording(
    "x|slower|faster|regress|improve|slowed|sped|degraded|%|times",
    r"\b(?:slower|faster|regress\w*|improve\w*|slowed|sped|degraded)\b|\d ?%|\dx\b",
)


def judge_certainty(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """A change that is said to be proved, or measured in turns, of the one benchmark that the sentence names."""
    names = {name for _, name in statement.names}
    said = _SURE.search(statement.shown) if len(names) <= 1 else None
    text = statement.shown
    if said is None or NOT.search(text) or HEDGE.search(text) or not _CHANGED.search(text) or "target" in text:
        return
    if not names:
        if (
            said["sure"] == "confirmed"
            and not statement.section
            and not any(s.confirmed for s in facts.subjects.values())
        ):
            yield said[0], "nothing was confirmed by measuring in turns"
        return
    subject = facts.subjects.get(next(iter(names)))
    if subject is None or subject.mark == "environment":
        return
    measured = any(fact.role == "turns" for fact in subject.facts) or subject.confirmed
    if (said["sure"] and not subject.confirmed and not subject.proved) or not measured:
        yield said[0], f"{subject.name} is {subject.mark}: its change was not confirmed by measuring in turns"
