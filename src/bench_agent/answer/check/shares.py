"""Whether a percentage is a share that the findings have: of the suspicion, of the slowdown, of the time. Pure."""

import re

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.records import HEX, Fact
from bench_agent.answer.check.values import is_value
from bench_agent.answer.check.whose import is_said_of_next
from bench_agent.answer.check.wordings import lazy

OF_COMMIT = lazy(r"\b(?:commit|culprit|[0-9a-f]{7,40})\b", re.I)

_SHARES = {
    "cpu": lazy(r"\bcpu\b", re.I),
    "spread": lazy(r"\b(?:var(?:y|ies|iation|iance)|spread|nois[ey]\w*|scatter\w*|jitter)\b", re.I),
    "limit": lazy(r"\b(?:limit|threshold|allow\w*|toler\w*|exceed\w*|beyond|over|above|within|under|below)\b", re.I),
    "detectable": lazy(r"\b(?:detect\w*|seen?|found|from|smaller|below|under|less)\b", re.I),
    "reverted": lazy(r"\b(?:revert\w*|back|undo\w*|without it)\b", re.I),
    "told": lazy(r"\w"),
}
"""The words near a percentage that let it be a share of that role."""


def is_share(figure: Figure, fact: Fact, roles: frozenset[str], statement: Statement) -> bool:
    if OF_SPEED.match(figure.right) or _SLOWED_BY.search(figure.left):
        return False
    if figure.kind != "percent" or figure.sign or not is_value(figure, fact):
        return False
    role = fact.role
    if role.startswith("share"):
        if is_said_of_next(figure, statement) and not HEX.search(statement.text[: figure.at]):
            return "share" in roles or not OF_CHANGES.search(statement.shown)
        commit = _commit_of(figure, statement)
        if commit:
            return role[6:] == commit[:7]
        return "suspects" in statement.text or "share" in roles or not OF_CHANGES.search(statement.shown)
    near = statement.shown[max(0, figure.at - 40) : figure.at] + figure.right[:40] + statement.label
    return (not roles or role in roles or role == "detectable") and _SHARES[role].search(near) is not None


def _commit_of(figure: Figure, statement: Statement) -> str:
    """The commit that a share is of: the last one before it, else the first after it."""
    commits = [(m.start(), m[0]) for m in _COMMIT.finditer(statement.text)]
    before = [sha for at, sha in commits if at < figure.at]
    if before and _OF_COMMIT_NEXT.match(figure.right) is None:
        return before[-1]
    return next((sha for at, sha in commits if at > figure.at), before[-1] if before else "")


_COMMIT = lazy(rf"{HEX.pattern}|\buncommitted\b")
_OF_COMMIT_NEXT = lazy(r"^\s*(?:of \w+ \w+ )?(?:for|on|by|from|is|to)\s+`?$|^\s*(?:for|on) |^\s*[0-9a-f]{7,40}\b", re.I)


OF_SPEED = lazy(r"\s*(?:slower|faster|quicker|longer)\b", re.I, needs="faster|longer|quicker|slower")

OF_CHANGES = lazy(
    r"\b(?:slow\w*|fast\w*|quick\w*|long\w*|regress\w*|improv\w*|degrad\w*|increas\w*|decreas\w*|chang\w*|up|down|more|less|rose|fell"
    r"|gain\w*|los\w+|worse|better|went|costs?|by)\b|[+-]\d",
    re.I,
)
_SLOWED_BY = lazy(
    r"\b(?:slower|faster|slowed(?: down)?|regressed|degraded)(?: by)?[\s~]*$",
    re.I,
    needs="degraded|faster|regressed|slowed|slower",
)
