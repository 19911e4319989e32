"""A step of one series of memory: whether sessions prove it, and what it is. Pure.

Takes what sessions of a commit and of its parent told; what is traced when is decided in `memory_line`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench_agent.detect.memory import (
    LEFT_BYTES,
    differ_within,
    grown_lines,
    is_above,
)
from bench_agent.records import AllocatingLine, CallMemory
from bench_agent.results.memory import GrownLine
from bench_agent.results.memory_history import MemoryMetric

# As in bisection/memory: where two sessions differ by more of what parts the commits, a third is asked.
EXACT_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class Series:
    """What is followed along the line: one benchmark's peak, or what its calls leave behind."""

    benchmark: str
    metric: MemoryMetric

    def value(self, memory: CallMemory) -> float:
        return float(memory.held_bytes) if self.metric == "peak" else memory.left_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedStep:
    """One series changes between two positions: each session of the one lies apart from each of the other."""

    series: Series
    low: int
    high: int
    before_bytes: float
    after_bytes: float
    sessions: int
    lines: tuple[GrownLine, ...] = ()

    @property
    def size(self) -> float:
        return self.after_bytes - self.before_bytes


def lie_apart(series: Series, before: Sequence[CallMemory], after: Sequence[CallMemory]) -> bool:
    one, other = ([series.value(memory) for memory in side] for side in (before, after))
    if series.metric == "left":  # as detect/memory: a leak is no exact figure, a cache that grows takes room by leaps
        return any(min(high) >= max(LEFT_BYTES, 2 * max(low)) for low, high in ((one, other), (other, one)))
    differs = differ_within([*before, *after])
    return is_above(one, other, differs=differs) or is_above(other, one, differs=differs)


def agree(series: Series, before: Sequence[CallMemory], after: Sequence[CallMemory]) -> bool:
    """Whether two sessions of each are enough."""
    if series.metric == "left":
        return True
    one, other = ([series.value(memory) for memory in side] for side in (before, after))
    gap = max(min(other) - max(one), min(one) - max(other))
    return max(max(side) - min(side) for side in (one, other)) <= EXACT_SHARE * gap


def proved_step(
    series: Series, low: int, high: int, before: Sequence[CallMemory], after: Sequence[CallMemory]
) -> ProvedStep:
    was, now = (median(series.value(memory) for memory in side) for side in (before, after))
    one, other = (_lines(series, side) for side in (before, after))
    lines = grown_lines(one, other, grown=now - was) if now > was else grown_lines(other, one, grown=was - now)
    return ProvedStep(
        series=series,
        low=low,
        high=high,
        before_bytes=was,
        after_bytes=now,
        sessions=min(len(before), len(after)),
        lines=lines if now > was else tuple(_turned(line) for line in lines),
    )


def _lines(series: Series, sessions: Sequence[CallMemory]) -> tuple[AllocatingLine, ...]:
    """Those of the one session in which they were looked for."""
    told = [memory.lines if series.metric == "peak" else memory.left_lines for memory in sessions]
    return next((lines for lines in told if lines), ())


def _turned(line: GrownLine) -> GrownLine:
    """Of a line that holds less: before is what it was."""
    return replace(
        line,
        base_bytes=line.head_bytes,
        head_bytes=line.base_bytes,
        base_blocks=line.head_blocks,
        head_blocks=line.base_blocks,
    )
