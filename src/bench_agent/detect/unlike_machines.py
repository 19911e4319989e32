"""One change, measured on machines of several kinds: whether they agree on it, and if not, what each says. Pure.

Takes log ratios (after / before), one per set of fresh sessions, by kind of machine: CPU model and Python's minor version.
Ratios of unlike machines may be pooled only where they agree: "on ARM it is +40 %, on x86 nothing" is a finding of its own, and
its mean would be true of neither.
"""

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Literal

from bench_agent.records import Machine
from bench_agent.stats.sequential import Analysis, analyse
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

LEVEL = 0.01  # of calling machines unlike that are not, for one change; as of every other verdict
# Log units: machines seldom agree on a ratio to the last percent (caches, branch predictors), which nobody needs to be told.
LEAST_DIFFERENCE = math.log(1.03)
MOST_SPLITS = (
    20_000  # exact up to there (8 and 8 sets are 12,870 splits), sampled beyond: p is then known to a tenth at 1 %
)

Agreement = Literal["agree", "size", "kind", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfMachine:
    """What one kind of machine says of the change."""

    kind: str
    analysis: Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossMachines:
    """agreement: "agree": they may be pooled; "size": all changed, but not by the same; "kind": some changed and some did not, or
    the other way; "unknown": too few sets to say.
    """

    agreement: Agreement
    p: float  # that kinds which agree differ so much
    kinds: tuple[KindOfMachine, ...]  # the largest change first
    pooled: Analysis | None  # None where they don't agree


def kind_of(machine: Machine) -> str:
    """What must be alike for ratios to be pooled without a question: the CPU's model and Python's minor version."""
    python = ".".join(machine.python.split(".")[:2])
    return f"{machine.cpu or machine.arch or 'an unknown CPU'}, {machine.implementation or 'Python'} {python}".strip()


def across_machines(logs: Mapping[str, Sequence[float]], *, level: float = LEVEL) -> AcrossMachines:
    """What the kinds of machines say together. logs: by kind, each in time order; kinds without any are left out."""
    known = {kind: list(values) for kind, values in logs.items() if values}
    kinds = [KindOfMachine(kind=kind, analysis=analyse(values, final=True)) for kind, values in known.items()]
    kinds.sort(key=lambda each: -each.analysis.estimate)
    everything = list(itertools.chain.from_iterable(itertools.zip_longest(*known.values())))
    pooled = analyse([value for value in everything if value is not None], final=True) if known else None
    if len(known) < 2:
        return AcrossMachines(agreement="agree" if known else "unknown", p=1.0, kinds=tuple(kinds), pooled=pooled)
    tests = [difference_p(known[a], known[b]) for a, b in itertools.combinations(known, 2)]
    p = min(min(tests) * len(tests), 1.0)  # Bonferroni: kinds are few
    differ = kinds[0].analysis.estimate - kinds[-1].analysis.estimate
    if p > level or differ < LEAST_DIFFERENCE:
        could = all(
            _least_p(len(known[a]), len(known[b])) * len(tests) <= level for a, b in itertools.combinations(known, 2)
        )
        return AcrossMachines(agreement="agree" if could else "unknown", p=p, kinds=tuple(kinds), pooled=pooled)
    changed = [abs(each.analysis.estimate) >= LEAST_DIFFERENCE for each in kinds]
    signs = {each.analysis.estimate > 0 for each in kinds}
    agreement: Agreement = "size" if all(changed) and len(signs) == 1 else "kind"
    return AcrossMachines(agreement=agreement, p=p, kinds=tuple(kinds), pooled=None)


def difference_p(one: Sequence[float], other: Sequence[float]) -> float:
    """Two-sided p-value that two groups have one centre: all ways to deal the values out, by Welch's statistic.

    Exact where both have the same distribution, and near where only their spreads differ, which a statistic without that
    division is not. Source: Janssen, Statistics & Probability Letters 36 (1997) 9-21. O(splits * n).
    """
    if len(one) < 2 or len(other) < 2:
        return 1.0
    middle = median([*one, *other])  # sums of squares of values near zero lose no digits
    values = [value - middle for value in (*one, *other)]
    squares = [value * value for value in values]
    totals = math.fsum(values), math.fsum(squares)
    size, n = len(one), len(values)

    def welch(chosen: Sequence[int]) -> float:
        """The difference of the means by its standard error, without its sign."""
        first = sum([values[at] for at in chosen])
        square = sum([squares[at] for at in chosen])
        last, rest = totals[0] - first, n - size
        own = max(square - first * first / size, 0.0) / (size - 1) / size
        others = max(totals[1] - square - last * last / rest, 0.0) / (rest - 1) / rest
        difference = abs(first / size - last / rest)
        # Values that are all equal have no spread to divide by.
        return difference / math.sqrt(max(own + others, 1e-24))

    observed = welch(range(size)) * (1 - 1e-9)
    splits = _splits(size, n)
    return sum(welch(chosen) >= observed for chosen in splits) / len(splits)


def _least_p(one: int, other: int) -> float:
    """What the test can say at best of so many values."""
    return (2 if one == other else 1) / math.comb(one + other, one)


@lru_cache(maxsize=16)
def _splits(size: int, n: int) -> tuple[tuple[int, ...], ...]:
    """All ways to choose, or MOST_SPLITS of them by a fixed seed; the observed one is the first."""
    if math.comb(n, size) <= MOST_SPLITS:
        return tuple(itertools.combinations(range(n), size))
    rng = random.Random(n * 1000 + size)  # the same values give the same answer
    drawn = [tuple(rng.sample(range(n), size)) for _ in range(MOST_SPLITS - 1)]
    return (tuple(range(size)), *drawn)


def say_across(found: AcrossMachines) -> str | None:
    """A sentence where machines don't agree: "on ARM +40 %, on x86 -0.2 %"; None where they do."""
    if found.agreement not in ("size", "kind"):
        return None
    parts = [f"{quantity.change(math.exp(each.analysis.estimate))} on {clean_text(each.kind)}" for each in found.kinds]
    return f"machines disagree: {', '.join(parts)}"
