"""Whether a figure has the value of a fact, rounded as far as it is written, and goes the same way. Pure."""

import re

from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.records import Fact, Subject
from bench_agent.answer.check.wordings import lazy


def is_value(figure: Figure, fact: Fact, *, slack: float = 0.0) -> bool:
    """Whether the figure is the fact, rounded as far as it is written. slack: how far it may be off besides, in the fact's unit."""
    return any(
        abs(abs(value) - figure.value)
        <= max(_half(figure), _of_factor(figure.kind, fact)) + slack + abs(value) * max(figure.about, 1e-9)
        for value in _forms(figure.kind, fact)
    )


def _half(figure: Figure) -> float:
    """Half of the last digit; of a factor 15 % at most: 1.55 times is not twice."""
    half = figure.step * 0.5000001
    return min(half, 0.15 * figure.value) if figure.kind == "factor" else half


def _of_factor(kind: str, fact: Fact) -> float:
    """How far a percentage may be off that somebody worked out from a factor of two digits: 390 % from 4.9x."""
    if kind != "percent" or fact.kind != "change" or fact.value < SHOWN_AS_FACTOR:
        return 0.0
    return 5.0 if fact.value < 10 else 50.0


SHOWN_AS_FACTOR = 3.0  # as text/quantity, which the hook does not import, writes changes
ALMOST_ALL = 0.99  # a share of more is written "over 99 %"


def _forms(kind: str, fact: Fact) -> tuple[float, ...]:
    if fact.kind == "share":
        return (fact.value * 100, 99.0) if fact.value > ALMOST_ALL else (fact.value * 100,)
    if fact.kind != "change":
        return (fact.value,)
    if kind == "percent":
        return ((fact.value - 1) * 100,)
    return (fact.value, 1 / fact.value if fact.value else 0.0)


_UP = lazy(
    r"\b(?:slow(?:er|ed|down)?|longer|regress\w*|degrad\w*|increas\w*|grew|grown|worse\w*|rose|higher"
    r"|more than (?:before|it|last|in|at|on)|(?<!speed-)up|gained)\b",
    re.I,
    needs="degrad|gained|grew|grown|higher|increas|longer|more than |regress|rose|slow|up|worse",
)

_DOWN = lazy(
    r"\b(?:fast(?:er)?|quick(?:er)?|improv\w*|decreas\w*|drop\w*|reduc\w*|lower|fell|shorter"
    r"|less than (?:before|it|last|in|at|on)|down|sped|saved|speed-?ups?)\b",
    re.I,
    needs="decreas|down|drop|fast|fell|improv|less than |lower|quick|reduc|saved|shorter|sped|speed",
)


def is_direction(figure: Figure, fact: Fact) -> bool:
    """Whether sign and verb agree with the change."""
    if fact.kind in ("time", "size"):
        return fact.role not in ("difference", "velocity") or _is_gain(figure, fact)
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


def _is_gain(figure: Figure, fact: Fact) -> bool:
    """Whether a difference in time goes the way that its sign, or the word after it, says."""
    rise = fact.value > 0
    if figure.sign in ("+", "-"):
        return (figure.sign == "+") == rise
    said = re.match(r"\s*(?:(?P<up>slower|longer|more)|(?P<down>faster|quicker|shorter|less))\b", figure.right, re.I)
    return said is None or bool(said["up"]) == rise


def of_role(subject: Subject, kind: str, role: str) -> list[float]:
    return [fact.value for fact in subject.facts if fact.kind == kind and fact.role == role]
