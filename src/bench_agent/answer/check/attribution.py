"""Whether a figure is surely said of one benchmark; and where it is not, whether it may be anything that the findings have.

Pure. A complaint needs a sentence that can be read in one way. Where several benchmarks, a comparison or another clause stand
between a name and a figure, or where the sentence only supposes, a figure that is true of something near is let pass.
"""

import re

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.numbers import Figure, figures
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.values import is_direction, is_value
from bench_agent.answer.check.whose import is_said_of_next
from bench_agent.answer.check.wordings import lazy

_OTHER_CLAUSE = lazy(
    r"[;:—]|\b(?:but|while|whereas|where|although|though|because|since|so|then|on balance|overall)\b", re.I
)
_COMPARED = lazy(
    r"\b(?:than|as|unlike|versus|vs\.?|against|compared (?:with|to)|relative to)\s+(?:the |in )?\W*$",
    re.I,
    needs="against|as|compared |relative to|than|unlike|versus|vs",
)
OTHERS = lazy(
    r"\b(?:others?|ones|theirs|rest|remaining|latter|former|sibling\w*|counterpart\w*"
    r"|(?<!over )all(?! in all| the suite)|each(?! call| run| time| round))\b",
    re.I,
    needs="all|counterpart|each|former|latter|ones|other|remaining|rest|sibling|theirs",
)
INTERVAL = lazy(
    r"\b(?:interval|(?:upper|lower|optimistic|pessimistic|far|near) end|confidence|bounds?)\b",
    re.I,
    needs=" end|bound|confidence|interval",
)
_WHOLE = lazy(
    r"\b(?:over all|overall|suite|geometric|on average|as a whole)\b",
    re.I,
    needs="as a whole|geometric|on average|over all|overall|suite",
)
KINDS = {"time": ("time",), "size": ("size",), "change": ("percent", "factor")}


def is_sure(figure: Figure, statement: Statement) -> bool:
    """Whether no other benchmark than the one that the figure is taken to be of can be meant."""
    named = {name for _, name in statement.names}
    if statement.label or not named:
        return bool(statement.label) or len(statement.section) == 1
    if is_said_of_next(figure, statement):
        return True
    if is_of_the_compared(statement):
        return False
    before = [(at, name) for at, name in statement.names if at < figure.at]
    if not before:
        return len(named) == 1 and not _is_of_clause_before(figure, statement)
    at, name = before[-1]
    if len(named) == 1:
        return not OTHERS.search(statement.shown[at : figure.at])
    if _COMPARED.search(statement.shown[:at]) or _BESIDE.search(statement.shown[: figure.at]):
        return False
    between = statement.shown[at + len(name) : figure.at]
    others = [other for other in figures(statement) if at < other.at < figure.at]
    return (
        not _OTHER_CLAUSE.search(between)
        and not OTHERS.search(between)
        and (not others or "," not in between.rpartition(")")[2])
    )


def may_be_of_any(figure: Figure, roles: frozenset[str], statement: Statement, facts: Facts) -> bool:
    """Whether a benchmark has that figure that the sentence, its section or the sentences before it name.

    roles: what the sentence says that it is; a median is no P95, however unsure it is whose.
    """
    names = [name for _, name in statement.names] or [*statement.section, *statement.topic]
    if _is_of_clause_before(figure, statement) or is_of_the_compared(statement):
        names = list(facts.subjects)
    others = OTHERS.search(statement.shown[: figure.at]) and not _WHOLE.search(figure.left)
    if others or (len(names) > 1 and _BESIDE.search(statement.shown[: figure.at])):
        names = list(facts.subjects)
    near: list[Subject] = [facts.subjects[name] for name in dict.fromkeys(names) if name in facts.subjects]
    said = roles if roles & _STATISTICS else frozenset[str]()
    return any(
        figure.kind in KINDS.get(fact.kind, ())
        and (fact.role in said if said else (fact.role not in _NAMED_ONLY or INTERVAL.search(statement.shown)))
        and is_value(figure, fact)
        and is_direction(figure, fact)
        for subject in near
        for fact in subject.facts
    )


def is_of_the_compared(statement: Statement) -> bool:
    """Whether the one benchmark that is named is what another thing is compared with: "that parser is faster than `a`"."""
    return len({name for _, name in statement.names}) == 1 and all(
        _COMPARED.search(statement.shown[:at]) for at, _ in statement.names
    )


def _is_of_clause_before(figure: Figure, statement: Statement) -> bool:
    """Whether its clause names nobody, and the next one names somebody with figures of its own: "all by 21 %, `a` by 67 %"."""
    first = min((at for at, _ in statement.names), default=0)
    if figure.at > first or not _OTHER_CLAUSE_BEGINS.search(statement.shown[figure.at + len(figure.text) : first]):
        return False
    return any(other.at > first for other in figures(statement))


_OTHER_CLAUSE_BEGINS = lazy(r"[,;:—(]|\b(?:but|while|whereas|and)\b")
_BESIDE = lazy(
    r"\b(?:vs\.?|versus|against|compared (?:with|to))\s*$", re.I, needs="against|compared |versus|vs"
)  # another figure, which it is put beside
_NAMED_ONLY = frozenset({"pair", "low", "high", "trend_low", "trend_high", "spread", "parent", "limit"})
_STATISTICS = frozenset(
    {"median", "mean", "p95", "target", "max", "min", "peak", "average", "settle", "parent", "reverted", "share"}
)


_SUPPOSED = lazy(
    r"\b(?:would|could|expect\w*|guess|estimate\w*|hope|imagine|suppose|assum\w+|e\.g|for example|for instance|such as|say"
    r"|typical\w*|usual\w*|normal\w*|rule of thumb|recommend|suggest\w*|try|let['’]s|aim|if|perhaps|maybe|presumably|I['’]d|it['’]d"
    r"|(?:rais|loosen|relax|lower|set|chang|mov|increas)(?:e|ing)?\b(?: \w+){0,2} targets?"
    r"|that['’]d|or so|ish|should (?:bring|get|save|give|take|drop|fall|be back))\b",
    re.I,
)
_HYPOTHETICAL = lazy(
    r"\bsay,|\b(?:net (?:effect|result|change|gain|loss|cost)|in my experience|in theory|in general|hypothetically|as a rule"
    r"|(?:as|than) (?:it should|needed|necessary)|(?:on|for) an? \w+ (?:that|which))\b",
    re.I,
    needs="as a rule|hypothetically|in general|in my experience|in theory|it should|necessary|needed|net |say,|that|which",
)
_RATE = lazy(
    r"\b(?:an?|per|every|each) (?:second|minute|hour|day|week|month|year|request|page|user)\b"
    r"|\b(?:per|for|with|at|every|of) (?:\d{1,3}(?:,\d{3})+|\d{2,}|a (?:hundred|thousand|million)) (?:\w+ )?(?:calls|requests|rows"
    r"|items|products|lookups|users|pages|orders|entries|elements|hits|documents)\b",
    re.I,
    needs="calls|day|documents|elements|entries|hits|hour|items|lookups|minute|month|orders|page|products|request|rows|second|user|week|year",
)  # of use: told, not measured
_OF_EACH = lazy(  # of a part of what was measured, as somebody worked it out
    r"\s*(?:(?:→|->|to|vs\.?|and|instead of)\s*[\d.]+ ?\w+\s*)?(?:each\b(?! (?:run|call|iteration|round|time|benchmark)\b)|apiece\b"
    r"|per\b(?! (?:run|call|iteration|benchmark)\b))",
    needs="apiece|each|per",
)
_CONDITION = lazy(
    r"\W*(?:(?:so|and|but|even|then|or)\b,? )?(?:if|assuming|suppose|provided|say)\b",
    re.I,
    needs="assuming|if|provided|say|suppose",
)
_MEASURING = lazy(r"\b(?:settle\w*|measuring|enough|decide\w*)\b", re.I, needs="decide|enough|measuring|settle")
_OF_CHANGE = lazy(
    r"^\s*(?:slower|faster|quicker|longer|more time|less time|as slow|as long)\b",
    re.I,
    needs="as long|as slow|faster|less time|longer|more time|quicker|slower",
)
_CLAUSE = lazy(r"[;:()—.]\s|,\s|\bbut\b")


def is_supposed(figure: Figure, statement: Statement) -> bool:
    """Whether the clause of the figure tells no finding: it advises, guesses or speaks of what would be."""
    text = statement.shown
    end = figure.at + len(figure.text)
    start = max((found.end() for found in _CLAUSE.finditer(text[: figure.at])), default=0)
    stop = next((end + found.start() for found in _CLAUSE.finditer(text[end:])), len(text))
    if not statement.label and (_HYPOTHETICAL.search(text) or (figure.kind == "time" and _RATE.search(text))):
        return True
    if figure.kind == "time" and not statement.names and _OF_EACH.match(text[end:]):
        return True
    if statement.label or not (
        _SUPPOSED.search(text[start:stop]) or (_CONDITION.match(text) and ":" not in text[: figure.at])
    ):
        return False
    named = any(start <= at < stop for at, _ in statement.names)
    told = _OF_CHANGE.match(text[end:]) or figure.sign in ("+", "-")
    return not (named and told) and not _MEASURING.search(text[start:stop])
