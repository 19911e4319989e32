"""Whether a figure says anything of what was measured: else nobody knows what it is of, and nothing is complained about. Pure."""

import re

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.records import Facts
from bench_agent.answer.check.shares import OF_SPEED
from bench_agent.answer.check.wordings import lazy


def is_of_work(figure: Figure) -> bool:
    """ "12 % more iterations", "2.3 times as many lines": of what the code does."""
    return (figure.kind == "percent" and _WORK.match(figure.right) is not None) or (
        figure.kind == "factor" and _MANY.match(figure.right) is not None
    )


def is_against_work(figure: Figure, facts: Facts) -> bool:
    """Whether it is a factor of lines, which the findings have counted, and not that one."""
    said = _LINES.match(figure.right) if figure.kind == "factor" else None
    counted = [float(times) for text in facts.texts for times in _TIMES_LINES.findall(text)] if said else []
    return bool(counted) and not any(abs(figure.value - times) <= max(figure.step, 0.1) for times in counted)


_LINES = lazy(r"^\s*as many lines\b", needs="as many lines")
_OF_A_TIME = lazy(
    r"^\s*of (?:the|its|their|that)(?: (?:current|old|new|previous|former|total|whole|CPU|measured))* (?:run ?)?times?\b",
    re.I,
    needs="time",
)


_BACK = lazy(
    r"\b(?:back|revert\w*|recover\w*|restor\w*)\b", re.I, needs="back|recover|restor|revert"
)  # that was measured


def is_of_a_time(figure: Figure) -> bool:
    """ "85 % of the current time": somebody divided two times, and of which is anybody's guess."""
    if figure.kind != "percent" or figure.sign or _BACK.search(figure.left):
        return False
    return _OF_A_TIME.match(figure.right) is not None


_TIMES_LINES = lazy(r"\b(\d+(?:\.\d+)?)x as many lines\b", needs="x as many lines")
_MANY = lazy(r"^\s*(?:as )?(?:many|often)\b", re.I, needs="many|often")
_WORK = lazy(
    r"^\s*(?:more|fewer|less|extra|additional) (?:\w+ )?(?:iterations?|calls?|loops?|items?|work|rows?|elements?|allocations?|lines"
    r"|steps?|passes|tokens?|comparisons?|lookups?|objects?|requests?|queries|copies|characters|numbers|entries"
    r"|rounds? of the loop)\b",
    re.I,
    needs="additional|extra|fewer|less|more",
)


NEAR = 50  # characters before a figure and after it: half a sentence
_CLAIMS = lazy(
    r"\b(?:slower|faster|longer|shorter|quicker|regress\w*|improv\w*|degrad\w*|slow\w*|medians?|means?|average|P95|target\w*|limit"
    r"|threshold|peak\w*|memory|suite|run|took|moved|overall|together|geometric|now|before|baseline|current\w*|suspicion|suspects?"
    r"|search\w*|measure\w*|revert\w*|parent|chang\w*|interval|trend\w*|load|benchmark\w*|went|rose|fell|dropped|increas\w*"
    r"|decreas\w*|was|were|grew|settle|enough|so far|at (?:the|this) moment|pairs?|against|compared|more|less|extra|explain\w*"
    r"|account\w*|spent|per call"
    r"|in (?:a|one) call|commits?)\b",
    re.I,
)


_TOLD = lazy(
    r"\b(?:slow\w*|fast\w*|quick\w*|long\w*|short\w*|regress\w*|improv\w*|degrad\w*|suspicion|suspect\w*|chang\w*|explain\w*|account\w*"
    r"|revert\w*|back|moved|up|down|increas\w*|decreas\w*|gain\w*|los\w+|limit|threshold|var(?:y|ies)|spread|dropp?\w*|rose|fell"
    r"|less|more|of it|memory|peak|median|mean|average|P95|overall|together|by|per run|uncertain\w*|interval|pairs)\b",
    re.I,
)


def is_told(figure: Figure, statement: Statement) -> bool:
    """Whether the words beside a share or a factor make it a change, or a part of one."""
    if figure.kind == "percent" and figure.value == 100 and not OF_SPEED.match(figure.right):
        return False
    return (
        bool(figure.sign)
        or _TOLD.search(statement.shown[max(0, figure.at - 40) : figure.at] + " " + figure.right[:40]) is not None
    )


def is_claim(figure: Figure, statement: Statement, facts: Facts) -> bool:
    """Whether a sentence that names nobody tells of the run: by the words near the figure, or code that the findings name."""
    near = statement.shown[max(0, figure.at - NEAR) : figure.at + len(figure.text) + NEAR]
    names = [code for code in statement.quoted if " " not in code]  # a command says nothing of what was measured
    return _CLAIMS.search(near) is not None or any(code in text for code in names for text in facts.texts)


_LOAD = lazy(r"\bload\b", re.I, needs="load")


def is_judged(figure: Figure, statement: Statement) -> bool:
    """Whether a number without a unit is one that the findings have: a load of 3.67. Of any other nobody knows what it is of."""
    return "." in figure.text and _LOAD.search(statement.shown) is not None
