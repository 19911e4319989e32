"""Positions on the line that is searched, and stretches of it. Pure values; nothing is measured here.

A position is 0 for the good version and 1 to n for the commits after it, oldest first. A position that can't be measured is
skipped; the next one that can stands for it too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.stats.noisy_search import mix_prior


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the line: something between the versions `low` and `high` made the benchmark slower."""

    low: int
    high: int

    @property
    def positions(self) -> range:
        """The commits in it."""
        return range(self.low + 1, self.high + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Commits that can't be told apart, because all but the last can't be measured; and the newest measurable one before."""

    parent: int
    members: tuple[int, ...]  # oldest first, at least one


def measurable(span: Span, skipped: frozenset[int]) -> list[int]:
    """The positions of the span that can be measured, and its last one in any case."""
    return [position for position in span.positions if position not in skipped or position == span.high]


def group_at(position: int, span: Span, skipped: frozenset[int]) -> Group:
    """What a measurable position stands for: itself and the skipped ones before it."""
    parent = position - 1
    while parent > span.low and parent in skipped:
        parent -= 1
    return Group(parent=parent, members=tuple(range(parent + 1, position + 1)))


def prior_of(weights: Sequence[float], span: Span, skipped: frozenset[int]) -> list[float]:
    """The prior over the measurable positions of a span. weights: of positions 1 to n of the whole line, any scale."""
    mixed = dict(zip(span.positions, mix_prior([weights[position - 1] for position in span.positions]), strict=True))
    return [
        math.fsum(mixed[member] for member in group_at(position, span, skipped).members)
        for position in measurable(span, skipped)
    ]
