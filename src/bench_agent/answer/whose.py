"""Whose a figure is: the benchmarks that its sentence, or its section, says it of. Pure."""

import re
from collections.abc import Sequence

from bench_agent.answer.claims import Statement
from bench_agent.answer.facts import Facts, Subject
from bench_agent.answer.numbers import Figure, figures


def subjects_of(figure: Figure, statement: Statement, facts: Facts) -> list[Subject]:
    """The benchmarks that a figure may be of: those named together just before it, or just after "of" and the like."""
    places = list(statement.names)
    if not places:
        return [facts.subjects[name] for name in statement.section if name in facts.subjects]
    after = [name for at, name in places if at > figure.at]
    if (
        after
        and re.search(r"^\W*(?:slower |faster |lower |higher )?(?:on|for|in|of|at|by)\s+(?:`|the\b|$)?", figure.right)
        and _is_next(figure, places)
    ):
        return [facts.subjects[after[0]]]
    before = [(at, name) for at, name in places if at < figure.at]
    if not before:
        return [facts.subjects[name] for name in dict.fromkeys(after)]
    numbers = [other.at for other in figures(statement) if other.at < before[-1][0]]
    since = max(numbers, default=-1)
    group = [name for at, name in before if at > since] or [before[-1][1]]
    return [facts.subjects[name] for name in dict.fromkeys(group)]


def _is_next(figure: Figure, places: Sequence[tuple[int, str]]) -> bool:
    """Whether a name follows before the next figure does, with no more than a word between."""
    end = figure.at + len(figure.text)
    return any(end <= at <= end + len(figure.right) and at - end < 14 for at, _ in places)
