"""Whether a factor is the time of one benchmark as a multiple of another's: "`a` is 3.4 times slower than `b`". Pure."""

import re

from bench_agent.answer.check.attribution import is_of_the_compared
from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.records import Fact, Facts, Subject
from bench_agent.answer.check.values import is_value, of_role
from bench_agent.answer.check.wordings import lazy

TIMES = ("median", "mean", "p95", "current")
_COMPARES = lazy(
    r"\b(?:than|as|where|against|compared|vs|versus|whereas|of|more|less)\b",
    re.I,
    needs="against|as|compared|less|more|of|than|versus|vs|where",
)
SLOWER = lazy(r"^\s*(?:slower|longer|more|(?:as )?long|(?:as )?slow|the time)\b", re.I, needs="long|more|slow|the time")
FASTER = lazy(
    r"^\s*(?:faster|quicker|shorter|less|(?:as )?fast|(?:as )?quick)\b", re.I, needs="fast|less|quick|shorter"
)


def is_against_another(figure: Figure, statement: Statement, facts: Facts) -> bool:
    """ "`a` is 3.4 times slower than `b`": the time of one benchmark as a multiple of another's."""
    names = [name for _, name in statement.names if name in facts.subjects]
    than = _THAN.search(figure.right)
    after = [name for at, name in statement.names if than and at >= figure.at + len(figure.text) + than.end()]
    others = after[:1] if than and _name_follows(figure, than.end(), statement) else names
    if _RANKING.search(statement.shown):
        others = list(facts.subjects)
    if than and not after and is_of_the_compared(statement):
        names = others = list(facts.subjects)  # both are named in other words
    return _COMPARES.search(figure.text + figure.right) is not None and any(
        _is_multiple(figure, facts.subjects[one], facts.subjects[other])
        for other in others
        for one in names
        if one != other
    )


def _name_follows(figure: Figure, end: int, statement: Statement) -> bool:
    at = figure.at + len(figure.text) + end
    return any(at <= place <= at + 6 for place, _ in statement.names)


_RANKING = lazy(
    r"\b(?:comparison|rank\w*|fastest|slowest|comes? (?:first|second|third|last)|competitor\w*)\b",
    re.I,
    needs="come|comparison|competitor|fastest|rank|slowest",
)
_THAN = lazy(r"\b(?:than|as)\s", needs="as|than")


def _is_multiple(figure: Figure, one: Subject, other: Subject) -> bool:
    slower, faster = SLOWER.match(figure.right), FASTER.match(figure.right)
    return any(
        is_value(figure, Fact("change", role, time / against))
        for role in TIMES
        for time in of_role(one, "time", role)
        for against in of_role(other, "time", role)
        if against > 0 and not (slower and time < against) and not (faster and time > against)
    )
