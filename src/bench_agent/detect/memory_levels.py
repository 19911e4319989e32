"""Where the memory of one call changed over stored runs, from one exact figure a run. Pure.

Takes what the traced runs of one benchmark hold, oldest first; returns the levels they are on. Figures of one level are the same
but for what an interpreter does on its own. What allocates at random is on no level, and nothing is told of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench_agent.detect.memory import TOLD_BYTES, TOLD_SHARE

FEWEST = 2  # runs of a level that another one follows or precedes: one alone may be another environment's
ALONE = 0.5  # a larger share of runs that are on no level with a neighbour: it allocates at random


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLevel:
    """Runs that follow each other and hold the same. first, last: their places in the series."""

    first: int
    last: int
    bytes: float

    @property
    def runs(self) -> int:
        return self.last - self.first + 1


def find_levels(held: Sequence[float]) -> tuple[MemoryLevel, ...] | None:
    """The levels, oldest first; None where it differs from run to run. O(runs).

    A level of a single run is one only where it is the newest: it has nothing after it that could disagree. Others are left
    out, and the levels around them joined where they are the same.
    """
    groups: list[list[int]] = []
    for place, size in enumerate(held):
        if groups and is_same(median([held[p] for p in groups[-1]]), size):
            groups[-1].append(place)
        else:
            groups.append([place])
    alone = sum(len(group) == 1 for group in groups[:-1])
    if len(groups) > FEWEST and alone > ALONE * (len(held) - 1):
        return None
    kept: list[list[int]] = []
    for number, group in enumerate(groups):
        if len(group) < FEWEST and number < len(groups) - 1:
            continue
        if kept and is_same(_bytes(held, kept[-1]), _bytes(held, group)):
            kept[-1] += group
        else:
            kept.append(group)
    return tuple(MemoryLevel(first=g[0], last=g[-1], bytes=_bytes(held, g)) for g in kept)


def is_same(before: float, after: float) -> bool:
    """Whether so small a difference is told of no version."""
    return abs(after - before) < max(TOLD_SHARE * before, TOLD_BYTES)


def _bytes(held: Sequence[float], places: Sequence[int]) -> float:
    return float(median([held[place] for place in places]))


def leaking_since(left: Sequence[float], *, least: float) -> int | None:
    """Place of the first of the newest runs that all leave something behind; None where the newest does not."""
    place = len(left)
    while place and left[place - 1] >= least:
        place -= 1
    return place if place < len(left) else None
