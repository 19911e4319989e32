"""Where between traced versions memory grows, and which versions to trace next. Pure; exact figures, so no statistics."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Two neighbours among the traced positions, and how much more the newer one has."""

    low: int
    high: int
    grown: float


def gaps_of(values: Mapping[int, float], *, least: float) -> list[Gap]:
    """All neighbouring traced positions between which at least `least` is gained, the largest first."""
    found = [Gap(low=a, high=b, grown=values[b] - values[a]) for a, b in itertools.pairwise(sorted(values))]
    return sorted((gap for gap in found if gap.grown >= max(least, 1.0)), key=lambda gap: -gap.grown)


def largest_gap(values: Mapping[int, float], skipped: Collection[int], *, least: float) -> Gap | None:
    """The largest one that can be narrowed; None when all that gain so much are single steps."""
    return next((gap for gap in gaps_of(values, least=least) if positions_inside(gap, skipped, 1)), None)


def positions_inside(gap: Gap, skipped: Collection[int], count: int) -> list[int]:
    """At most `count` positions that part what can be traced inside the gap evenly."""
    inside = [position for position in range(gap.low + 1, gap.high) if position not in skipped]
    if len(inside) <= count:
        return inside
    return [inside[(len(inside) * (number + 1)) // (count + 1)] for number in range(count)]
