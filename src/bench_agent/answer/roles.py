"""What a figure is said to be, by the words around it: the median, a target, the low end of a range, a difference. Pure."""

import re

from bench_agent.answer.claims import Statement
from bench_agent.answer.numbers import Figure

_ROLES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(roles.split()))
    for pattern, roles in (
        (r"\bmedian", "median"),
        (r"\b(?:mean|average|avg)\b", "mean average"),
        (r"\bP95\b|\b95th\b", "p95 target"),
        (r"\btarget|\bgoal\b|[<>≤≥]|\ballowed\b", "target"),
        (r"\bmax(?:imum)?\b", "max p95"),
        (r"\bmin(?:imum)?\b", "min"),
        (r"\b(?:current(?:ly)?|now|today|takes)\b", "current median latest mean cpu"),
        (r"\b(?:baseline|before|was|previously|used to|formerly|from)\b", "baseline past median run"),
        (r"\bpeak\b", "peak"),
        (r"\bper run\b|\bvelocity\b", "velocity"),
        (r"\bin turns\b", "turns"),
        (r"\bvs\.? last\b|\bloose\b", "loose"),
        (r"\b(?:limit|threshold)\b", "limit"),
        (r"\bvaries\b|\bspread\b", "spread"),
        (r"\bsettle\b", "settle"),
    )
)

_RIGHT = re.compile(
    r"^\s*(?:\(|at |on |in |as |of |the |its )*(?P<word>median|mean|average|avg|P95|target|limit|threshold|per run|a run|before)\b",
    re.I,
)

_DIFFERENCE = re.compile(r"^\s*(?:\w+ )?(?:slower|faster|quicker|longer|shorter|more|less|saved|lost)\b", re.I)

_ENDS = re.compile(r"\b(?:at least|at most|up to|between|from)\s*$", re.I)

_RANGE = re.compile(r"^\s*(?:to|–|-|and|\.\.\.?)\s*$")

_SETTLE = re.compile(r"\b(?:would (?:tell|settle)|(?:of|more) measuring|settle)\b")

_BREAK = re.compile(r"[,;:()|]")

CHANGES = frozenset({"turns", "loose", "trend", "level", "accepted", "together", "all"})


def roles_of(figure: Figure, around: tuple[Figure | None, Figure | None], statement: Statement) -> frozenset[str]:
    """The roles that the words around a figure allow; none said: empty."""
    before, after = around
    text = statement.shown
    left = figure.left if figure.left.strip() or not statement.label else ""
    if before is not None and before.kind == "plain" and before.text.startswith("-") and figure.left.strip() == ":":
        return frozenset({f"run{before.text}", f"run-{before.text.lstrip('-')}"})
    first = after is not None and is_range(figure, after, text)
    second = before is not None and is_range(before, figure, text)
    if figure.kind in ("percent", "factor") and (first or second):
        return frozenset({"low", "trend_low"}) if first else frozenset({"high", "trend_high"})
    if _SETTLE.search(figure.left + _BREAK.split(figure.right)[0]):
        return frozenset({"settle"})
    if figure.kind in ("time", "size"):
        if (after is not None and after.kind == figure.kind and "->" in between(text, figure, after)) or (
            first and re.search(r"\bfrom\s*$", figure.left)
        ):
            return frozenset({"baseline", "past", "run"})
        if before is not None and before.kind == figure.kind and "->" in between(text, before, figure):
            return frozenset({"current", "latest"})
        if _DIFFERENCE.match(figure.right):
            return frozenset({"difference", "velocity"})
    if _ENDS.search(figure.left):
        return frozenset({"low", "high", "trend_low", "trend_high"}) | CHANGES
    found = [roles for pattern, roles in _ROLES if pattern.search(left)]
    right = _RIGHT.match(figure.right)
    if not found and right is not None:
        found = [roles for pattern, roles in _ROLES if pattern.search(right["word"])]
    if not found and statement.label:
        found = [roles for pattern, roles in _ROLES if pattern.search(statement.label)]
        if re.search(r"target", statement.label, re.IGNORECASE):
            found = [frozenset({"target"})]
        elif re.search(r"\bP95\b", statement.label):
            found = [frozenset({"p95"})]
    return frozenset().union(*found) if found else frozenset()


def is_range(low: Figure, high: Figure, text: str) -> bool:
    words = between(text, low, high)
    if low.kind != high.kind or not _RANGE.match(words):
        return False
    return "and" not in words or re.search(r"\bbetween\s*$", low.left, re.IGNORECASE) is not None


def between(text: str, one: Figure, other: Figure) -> str:
    return text[one.at + len(one.text) : other.at]
