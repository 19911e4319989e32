"""The memory of one call of each benchmark on two versions, in sessions of their own, after the timing and apart from it.

Takes two sides as trees; returns a row a benchmark. Two sessions of each version, with other hash seeds and the benchmarks in
another order; where those say that something changed, a third, in which the lines are looked for too. Where the sessions of
one version differ among themselves, up to five.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench_agent.compare.memory_sessions import (
    HASH_SEEDS,
    NOT_REACHED,
    Clock,
    Interpreters,
    MemoryLimits,
    judge_sides,
    trace_pair,
)
from bench_agent.compare.versions import TwoVersions
from bench_agent.detect.memory import (
    MemoryChange,
    grew_unseen,
    grown_lines,
)
from bench_agent.records import CallMemory, MemorySides, Say
from bench_agent.results.memory import MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

SHARE = 0.10  # of the budget for measuring, at most
LEAST_S = 4.0  # beyond the budget, where nothing of it is left: the start of two sessions, and some benchmarks
MOST_NAMED = 3  # of those that were not traced, for each reason


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryResult:
    """warnings: what could not be told, in one sentence each. left_out: why others have no row, by id.

    sides: what the rows were made from, by id.
    """

    rows: tuple[MemoryRow, ...] = ()
    warnings: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    sides: Mapping[str, MemorySides] = field(default_factory=dict)

    @property
    def untraced(self) -> tuple[str, ...]:
        """Ids that more time might have told of."""
        return tuple(id for id, why in self.left_out.items() if why == NOT_REACHED)


def compare_memory(
    versions: TwoVersions,
    ids: Sequence[str],
    *,
    limits: MemoryLimits,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    deadline: float,
    lines: bool = True,
) -> MemoryResult:
    """Trace these benchmarks, in this order, on both versions; what could not be, or in time, is in the warnings.

    budget_s: of what tracing may take, shared among the sessions. deadline: time.monotonic(); the sessions' starts, and those
    that look for lines, count. What would not end by then is not begun, but for the first. Never raises for a side.
    """
    began = time.monotonic()
    clock = Clock(deadline=deadline)
    if ids:
        say(f"memory: tracing {quantity.counted(len(ids), 'benchmark')} on both versions, up to {budget_s:.0f} s")
    rows: list[MemoryRow] = []
    sides: dict[str, MemorySides] = {}
    no_lines: list[str] = []
    left_out: dict[str, str] = {}
    for pair in versions.pairs:
        own = [id for id in ids if id in pair.ids]
        if not own:
            continue
        share_s = budget_s * len(own) / len(ids)
        with Interpreters(pair, environment, HASH_SEEDS) as held:
            found, traced = trace_pair(pair, own, held, share_s, limits, lines, left_out, clock)
        changes = {id: judge_sides(id, told, limits) for id, told in found.items()}
        rows += [_row(id, found[id], changes[id], limits, traced.get(id)) for id in own if id in found]
        sides |= found
        no_lines += [id for id, change in changes.items() if lines and change.is_regression and id not in traced]
    rows.sort(key=lambda row: (not row.is_regression, row.base_bytes - row.head_bytes))
    warnings = (*in_words(left_out), *no_lines_in_words(no_lines), *unseen_in_words(sides))
    return MemoryResult(
        rows=tuple(rows),
        warnings=warnings,
        left_out=left_out,
        seconds=time.monotonic() - began,
        sides=sides,
    )


def unseen_in_words(sides: Mapping[str, MemorySides]) -> tuple[str, ...]:
    """What is not seen on this machine at all, in a sentence."""
    if all(memory.native_seen for told in sides.values() for memory in (*told.base, *told.head)):
        return ()
    return ("memory that extensions take from malloc themselves is not seen here: this system's malloc does not tell",)


def in_words(left_out: Mapping[str, str]) -> tuple[str, ...]:
    """What was not traced, in a sentence for each reason. left_out: id -> why."""
    reasons: dict[str, list[str]] = {}
    for id, why in left_out.items():
        reasons.setdefault(why, []).append(id)
    return tuple(
        f"memory of {quantity.counted(len(ids), 'benchmark')} not traced ({_names(ids)}): {clean_text(why, limit=160)}"
        for why, ids in reasons.items()
    )


def no_lines_in_words(ids: Sequence[str]) -> tuple[str, ...]:
    """Whose memory grew without the lines that hold it: looked for in a few benchmarks, while there is time."""
    if not ids:
        return ()
    return (f"which lines hold more memory was not found in the time for {_names(ids)}: give it a larger --budget",)


def _names(ids: Sequence[str]) -> str:
    named = ", ".join(clean_text(id.rpartition("::")[2], limit=60) for id in ids[:MOST_NAMED])
    return f"{named} and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else named


def _row(
    id: str,
    told: MemorySides,
    change: MemoryChange,
    limits: MemoryLimits,
    traced: tuple[CallMemory, CallMemory] | None,
) -> MemoryRow:
    grown, left = change.head_bytes - change.base_bytes, change.head_left_bytes - change.base_left_bytes
    return MemoryRow(
        benchmark=id,
        verdict=change.verdict,
        base_bytes=change.base_bytes,
        head_bytes=change.head_bytes,
        exact=change.exact,
        sessions=len(told.head),
        regressed=change.regressed,
        leaks=change.leaks,
        base_left_bytes=change.base_left_bytes,
        head_left_bytes=change.head_left_bytes,
        native_bytes=min(m.native_bytes for m in told.head),
        limit=limits.limits.get(id, limits.limit),
        target_bytes=limits.targets.get(id),
        accepted_bytes=limits.accepted[id].held_bytes if id in limits.accepted else None,
        unseen_bytes=grew_unseen(told.base, told.head),
        lines=grown_lines(traced[0].lines, traced[1].lines, grown=grown) if traced else (),
        left_lines=grown_lines(traced[0].left_lines, traced[1].left_lines, grown=left) if traced else (),
    )
