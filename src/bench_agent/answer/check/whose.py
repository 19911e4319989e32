"""Whose a figure is: the benchmarks that its sentence, or its section, says it of. Pure."""

import re
from collections.abc import Sequence

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.numbers import Figure, figures
from bench_agent.answer.check.records import HEX, Facts, Subject
from bench_agent.answer.check.wordings import lazy


def subjects_of(figure: Figure, statement: Statement, facts: Facts) -> list[Subject]:
    """The benchmarks that a figure may be of: those named together just before it, or just after "of" and the like."""
    places = list(statement.names)
    if not places:
        section = [facts.subjects[name] for name in statement.section if name in facts.subjects]
        return section or _of_commits(statement, facts)
    if respective := _in_order(figure, statement):
        return [facts.subjects[respective]]
    after = [name for at, name in places if at > figure.at]
    if is_said_of_next(figure, statement):
        return [facts.subjects[after[0]]]
    before = [(at, name) for at, name in places if at < figure.at]
    if not before:
        return [facts.subjects[name] for name in dict.fromkeys(after)]
    numbers = [other.at for other in figures(statement) if other.at < before[-1][0]]
    since = max(numbers, default=-1)
    group = [name for at, name in before if at > since] or [before[-1][1]]
    return [facts.subjects[name] for name in dict.fromkeys(group)]


def is_said_of_next(figure: Figure, statement: Statement) -> bool:
    """Whether "on `a`", "for `a`" follows."""
    following = _following(figure, statement)
    if found := _IN_BRACKETS.match(following):
        end = figure.at + len(figure.text) + found.end()
        return any(end <= at <= end + 1 for at, _ in statement.names)
    return _SAID_OF.search(following) is not None and _is_next(figure, statement.names)


_IN_BRACKETS = lazy(r"\s*\((?:for |in |the |on |of )?")
_SAID_OF = lazy(
    r"^[\s*(]*(?:slower |faster |lower |higher )?(?:on|for|in|of|at|by)\s+(?:`|the\b|$)?", needs="at|by|for|in|of|on"
)


def _following(figure: Figure, statement: Statement) -> str:
    """What stands after a figure, code and all."""
    end = figure.at + len(figure.text)
    return statement.text[end : end + len(figure.right)]


def _of_commits(statement: Statement, facts: Facts) -> list[Subject]:
    """Those that a commit is suspected for, or is proved to have slowed, where the sentence names no benchmark."""
    commits = [sha for sha in HEX.findall(statement.text) if not sha.isdigit()]
    return [
        subject
        for subject in facts.subjects.values()
        if any(known.startswith(sha) for sha in commits for known in subject.suspects)
    ]


_AND = lazy(r"\s*(?:,|and|,\s*and|&)\s*")


def _in_order(figure: Figure, statement: Statement) -> str:
    """ "a and b are slower by 42 % and 25 %": the name at the figure's place among as many figures."""
    row: list[Figure] = []
    for other in figures(statement):
        joined = row and _AND.fullmatch(statement.shown[row[-1].at + len(row[-1].text) : other.at])
        if joined and any(row[-1].at < at < other.at for at, _ in statement.names):
            joined = None
        row = [*row, other] if joined and other.kind == row[-1].kind else [other]
        if figure in row and len(row) > 1:
            names = [name for at, name in statement.names if at < row[0].at]
            following = figures(statement)[figures(statement).index(row[-1]) + 1 :]
            more = following and _AND.fullmatch(statement.shown[row[-1].at + len(row[-1].text) : following[0].at])
            if not more and len(names) == len(row) and not re.search(r"\b(?:between|both)\s*$", row[0].left):
                return names[row.index(figure)]
    return ""


def _is_next(figure: Figure, places: Sequence[tuple[int, str]]) -> bool:
    """Whether a name follows before the next figure does, with no more than a word between."""
    end = figure.at + len(figure.text)
    return any(end <= at <= end + len(figure.right) and at - end < 14 for at, _ in places)
