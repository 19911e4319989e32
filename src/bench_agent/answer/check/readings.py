"""Names in a sentence that may be plain English there: "hold." is a verdict, or a benchmark of that name. Pure.

A sentence with such a word is read both ways, and is complained about only where both readings are wrong.
"""

import re

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.records import Facts
from bench_agent.answer.check.wordings import lazy

_NAMED_AFTER = lazy(
    r"\s*(?:(?:itself|alone|also|now|still|then|too|really|only|clearly|certainly)\s+)?(?:is|was|are|were|got|gets|has|had|have"
    r"|regress\w*|slow(?:s|ed)|takes?|took|went|goes|rose|fell|improve[sd]|pass(?:es|ed)?|fail(?:s|ed)|bec[ao]mes?|may|might|could"
    r"|looks?|looked|seems?|appears?|needs?|costs?|stay(?:s|ed)|remain(?:s|ed)|miss(?:es|ed)|sits|did|does|do|isn|wasn|hasn|doesn"
    r"|didn|cannot|can|will|would|runs|ran|moved|changed|slower|faster|vanished|disappeared|ke(?:eps|pt)|meets|met|exceed\w*|varies"
    r"|holds|lost|gained|by|at|regression|slowdown|benchmark|test|and|or|nor)\b|\s*(?:[:(/&~=+±|-]|['’]s\b|->|→)|\s*\d"
)
_NAMED_BEFORE = lazy(
    r"(?:^|[(|/&]|\b(?:of|for|than|on|in|by|with|like|makes?|made|making|slowed|benchmarks?|test|and|or|both|only|while|but|except|besides"
    r"|Neither|neither|nor)\s+)$"
)
_MADE = lazy(
    r"\b(?:made|makes|making|slowed|compared with|unlike)\s+$", needs="compared with|made|makes|making|slowed|unlike"
)
_ENDED = lazy(r"\s*(?:$|[.,;!?)])")


def unsure_names(statement: Statement) -> frozenset[str]:
    """The names that stand outside of code, in small letters, where neither side says that a benchmark is meant."""
    sure: set[str] = set()
    unsure: set[str] = set()
    for at, name in statement.names:
        plain = re.fullmatch(r"[a-z]+", name) is not None and statement.text[at : at + len(name)] == name
        (sure if not plain or _is_meant(statement.text, at, name) else unsure).add(name)
    return frozenset(unsure - sure)


def _is_meant(text: str, at: int, name: str) -> bool:
    before, after = text[:at].replace("*", ""), text[at + len(name) :].replace("*", "")
    if _NAMED_AFTER.match(after):
        return True
    return _MADE.search(before) is not None or (
        _ENDED.match(after) is not None and _NAMED_BEFORE.search(before) is not None
    )


def without(statement: Statement, names: frozenset[str]) -> Statement:
    return statement._replace(names=tuple((at, name) for at, name in statement.names if name not in names))


def not_meaning(facts: Facts, names: frozenset[str]) -> Facts:
    return facts._replace(unsaid=names)
