"""Whether the findings have a figure: of the benchmark that its sentence gives it, in that role, with that sign and verb. Pure."""

import re
from collections.abc import Sequence

from bench_agent.answer.claims import Statement
from bench_agent.answer.counted import is_counted
from bench_agent.answer.facts import HEX, MEMORY, Fact, Facts
from bench_agent.answer.numbers import Figure
from bench_agent.answer.quotations import is_quoted
from bench_agent.answer.roles import CHANGES, roles_of
from bench_agent.answer.whose import subjects_of

_OVERALL = re.compile(
    r"\b(?:overall|altogether|together|in total|geometric|over (?:the|all)|on average|across|suite|whole|everything|machine)\b",
    re.I,
)

_OF_CHANGES = CHANGES | {"low", "high", "limit", "trend_low", "trend_high", "spread"}


def is_supported(
    figure: Figure, around: tuple[Figure | None, Figure | None], statement: Statement, facts: Facts
) -> bool:
    if figure.kind == "plain":
        return not _is_judged(figure) or is_quoted(figure, statement, facts, loosely=True)
    if figure.kind == "percent" and _WORK.match(figure.right):
        return True  # of what the code does, which somebody read there
    if figure.kind == "count":
        return is_counted(figure, statement, facts) or is_quoted(figure, statement, facts, loosely=False)
    if statement.cited and figure.kind in ("time", "size", "factor"):
        return True  # what somebody read in the code
    subjects = subjects_of(figure, statement, facts)
    roles = roles_of(figure, around, statement)
    pools: list[Sequence[Fact]] = [subject.facts for subject in subjects]
    overall = _OVERALL.search(figure.left + figure.right + statement.label)
    if not subjects or overall:
        pools.append(facts.overall)
    for pool in pools:
        if any(_fits(figure, fact, roles, statement) for fact in pool):
            return True
    if is_quoted(figure, statement, facts, loosely=bool(overall)):
        return True
    return not subjects and not overall and figure.kind != "size" and _is_somebodys(figure, roles, statement, facts)


_WORK = re.compile(
    r"^\s*(?:more|fewer|less|extra|additional) (?:\w+ )?(?:iterations?|calls?|loops?|items?|work|rows?|elements?|allocations?|lines"
    r"|steps?|passes|tokens?|comparisons?|lookups?|objects?|requests?|queries|copies|characters|numbers|entries"
    r"|rounds? of the loop)\b",
    re.I,
)


def _is_judged(figure: Figure) -> bool:
    """Whether a number without a unit is one that only the findings can have: a load of 3.67."""
    return "." in figure.text


_OF_MEMORY = re.compile(r"\b(?:memory|holds?|held|bytes|allocat\w*|[kMG]B)\b", re.I)


def _fits(figure: Figure, fact: Fact, roles: frozenset[str], statement: Statement) -> bool:
    role = fact.role
    if role == MEMORY:
        named = _OF_MEMORY.search(statement.text) and not _OF_SPEED.match(figure.right)
        return (
            bool(named)
            and figure.kind in ("percent", "factor")
            and _is_value(figure, fact)
            and _is_direction(figure, fact)
        )
    if fact.kind == "share":
        if _OF_SPEED.match(figure.right) or _SLOWED_BY.search(figure.left):
            return False
        if role.startswith("share"):
            commits = _named_commits(statement.text)
            named = any(role[6:] == sha[:7] for sha in commits) or (not commits and "suspects" in statement.text)
            return named and figure.kind == "percent" and not figure.sign and _is_value(figure, fact)
        if roles and role not in roles and role != "detectable":
            return False
        return figure.kind == "percent" and not figure.sign and _is_value(figure, fact)
    kinds = {"time": ("time",), "size": ("size",), "change": ("percent", "factor")}.get(fact.kind, ())
    if figure.kind not in kinds:
        return False
    if roles:
        base = "run" if role.startswith("run") and role not in roles else role
        if base not in roles and not (
            fact.kind == "change"
            and not roles & (CHANGES | {"low", "high", "limit", "trend_low", "trend_high", "spread"})
            and role in CHANGES
        ):
            return False
    elif role in ("low", "high", "trend_low", "trend_high", "spread"):
        return False
    return _is_value(figure, fact) and (fact.kind != "change" or _is_direction(figure, fact))


_OF_SPEED = re.compile(r"\s*(?:slower|faster|quicker|longer)\b", re.I)

_SLOWED_BY = re.compile(r"\b(?:slower|faster|slowed(?: down)?|regressed|degraded)(?: by)?[\s~]*$", re.I)


def _named_commits(text: str) -> list[str]:
    return [*HEX.findall(text), *(["uncommitted"] if "uncommitted" in text else [])]


def _is_value(figure: Figure, fact: Fact) -> bool:
    """Whether the figure is the fact, rounded as far as it is written."""
    return any(
        abs(abs(value) - figure.value) <= _half(figure) + abs(value) * max(figure.about, 1e-9)
        for value in _forms(figure.kind, fact)
    )


def _half(figure: Figure) -> float:
    """Half of the last digit; of a factor 15 % at most: 1.55 times is not twice."""
    half = figure.step * 0.5000001
    return min(half, 0.15 * figure.value) if figure.kind == "factor" else half


def _forms(kind: str, fact: Fact) -> tuple[float, ...]:
    if fact.kind == "share":
        return (fact.value * 100,)
    if fact.kind != "change":
        return (fact.value,)
    if kind == "percent":
        return ((fact.value - 1) * 100,)
    return (fact.value, 1 / fact.value if fact.value else 0.0)


_UP = re.compile(
    r"\b(?:slow(?:er|ed|down)?|longer|regress\w*|degrad\w*|increas\w*|grew|grown|worse\w*|rose|higher|up|gained)\b",
    re.I,
)

_DOWN = re.compile(
    r"\b(?:fast(?:er)?|quick(?:er)?|improv\w*|decreas\w*|drop\w*|reduc\w*|lower|fell|shorter|down|sped|saved)\b", re.I
)


def _is_direction(figure: Figure, fact: Fact) -> bool:
    """Whether sign and verb agree with the change."""
    rise = fact.value > 1
    if figure.sign in ("+", "-") and abs(fact.value - 1) > 0.0005:
        return (figure.sign == "+") == rise
    if figure.kind == "factor":
        less = re.match(r"\s*(?:less|faster|quicker|shorter)\b", figure.right) is not None
        return (
            rise != less
            if re.match(r"\s*(?:less|faster|quicker|shorter|slower|longer|as long|as slow)\b", figure.right)
            else True
        )
    near = figure.left[-40:] + " " + figure.right[:25]
    up, down = bool(_UP.search(near)), bool(_DOWN.search(near))
    return up in (down, rise)


def _is_somebodys(figure: Figure, roles: frozenset[str], statement: Statement, facts: Facts) -> bool:
    """A figure of a sentence that names nobody: written whole, and in one role, as one of the benchmarks has it."""
    exact = figure if figure.left.rstrip().endswith("~") else figure._replace(about=0.0)  # ~: "a third", as it is said
    return any(_fits(exact, fact, roles, statement) for subject in facts.subjects.values() for fact in subject.facts)


def told_instead(figure: Figure, statement: Statement, facts: Facts) -> str:
    """What the findings say of whom the figure is said of."""
    from bench_agent.text import quantity

    subjects = subjects_of(figure, statement, facts)
    name = f" of {subjects[0].name}" if len(subjects) == 1 else ""
    shown = []
    for fact in subjects[0].facts if len(subjects) == 1 else facts.overall:
        if fact.kind == "time" and figure.kind == "time":
            shown.append(f"{fact.role} {quantity.duration(abs(fact.value))}")
        elif fact.kind == "change" and figure.kind in ("percent", "factor"):
            shown.append(f"{fact.role} {quantity.change(fact.value)}")
        elif fact.kind == "size" and figure.kind == "size":
            shown.append(f"{fact.role} {quantity.size(fact.value)}")
    known = f"; they have: {', '.join(dict.fromkeys(shown[:8]))}" if shown else ""
    return f"not what the findings say{name}{known}"
