"""The memory of one call of each benchmark on two versions, in sessions of their own, after the timing and apart from it.

Takes two sides as trees; returns a row a benchmark. Two sessions of each version, with other hash seeds and the benchmarks in
another order; where those say that something changed, a third, in which the lines are looked for too. Where the sessions of
one version differ among themselves, up to five.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.compare.versions import Pair, TwoVersions
from bench_agent.detect import memory as judged
from bench_agent.detect.memory import (
    ENOUGH,
    MemoryChange,
    grew_unseen,
    grown_lines,
    is_in_question,
    judge_memory,
)
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.memory import CALL_S, LINES_S, Remembered, trace_memory
from bench_agent.measure.paired.side import Side
from bench_agent.records import CallMemory, MemorySides, Say
from bench_agent.results.memory import MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

SHARE = 0.10  # of the budget for measuring, at most
LEAST_S = 4.0  # the start of two sessions, and some benchmarks
START_TIMEOUT_S = 60.0
# Of the time for tracing; after it no further sessions are begun. Starts come to that time, and on a busy machine a call of
# two seconds of CPU lasts twenty: `ci` of a real project spent 130 s in what was said to take 4.
MOST_OVER = 3.0
MOST_OVER_S = 15.0  # nor so much longer, where a comparison of a minute leaves half of it
PATIENCE_S = 10.0  # for what a test does before it calls its benchmark
MOST_LINES = 3  # benchmarks whose lines are looked for
HASH_SEEDS = (1, 2)  # of the first two sessions
LINES_SEED = 3
NOT_REACHED = "not reached in the time that was left for it; allow more with --budget"
MOST_NAMED = 3  # of those that were not traced, for each reason
MORE_SEEDS = (4, 5, 6)  # of those that are undecided because they differ from session to session


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """limit: of benchmarks without their own. limits: id -> max_memory_regression. targets: id -> bytes. accepted: by id."""

    limit: float = judged.LIMIT
    limits: Mapping[str, float] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    accepted: Mapping[str, CallMemory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryResult:
    """warnings: what could not be told, in one sentence each. untraced: ids that more time might have told of.

    sides: what the rows were made from, by id.
    """

    rows: tuple[MemoryRow, ...] = ()
    warnings: tuple[str, ...] = ()
    untraced: tuple[str, ...] = ()
    seconds: float = 0.0
    sides: Mapping[str, MemorySides] = field(default_factory=dict)


def compare_memory(
    versions: TwoVersions,
    ids: Sequence[str],
    *,
    limits: MemoryLimits,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    lines: bool = True,
    deadline: float = math.inf,
) -> MemoryResult:
    """Trace these benchmarks, in this order, on both versions; what could not be, or in time, is in the warnings.

    budget_s: for tracing; the sessions' starts, and those that look for lines, come to it. Never raises for a side.
    deadline: time.monotonic(), of a budget that is not for tracing alone: starts count, and it is kept to one session.
    """
    began = time.monotonic()
    traced_s = max(budget_s, LEAST_S)
    until = min(began + min(MOST_OVER * traced_s, traced_s + MOST_OVER_S), deadline)
    clock = Clock(until=until, deadline=deadline)
    if ids:
        say(f"memory: tracing {quantity.counted(len(ids), 'benchmark')} on both versions, up to {budget_s:.0f} s")
    rows: list[MemoryRow] = []
    sides: dict[str, MemorySides] = {}
    left_out: dict[str, str] = {}
    for pair in versions.pairs:
        own = [id for id in ids if id in pair.ids]
        if not own:
            continue
        share_s = budget_s * len(own) / len(ids)
        found = _trace_pair(pair, own, environment, share_s, left_out, clock)
        _settle(pair, found, environment, share_s, limits, clock)
        changes = {id: judge_sides(id, told, limits) for id, told in found.items()}
        asked = [id for id, change in changes.items() if is_in_question(found[id].base, found[id].head, change)]
        worst = sorted(
            asked, key=lambda id: (not changes[id].regressed, changes[id].base_bytes - changes[id].head_bytes)
        )
        asked_lines = worst[:MOST_LINES] if lines and not clock.is_over else []
        traced = _with_lines(pair, asked_lines, environment, clock)
        for id, (one, other) in traced.items():
            found[id] = MemorySides(base=(*found[id].base, one), head=(*found[id].head, other))
        _settle(pair, found, environment, share_s, limits, clock)
        changes = {id: judge_sides(id, told, limits) for id, told in found.items()}
        rows += [_row(id, found[id], changes[id], limits, traced.get(id)) for id in own if id in found]
        sides |= found
    rows.sort(key=lambda row: (not row.is_regression, row.base_bytes - row.head_bytes))
    warnings = (*in_words(left_out), *unseen_in_words(sides))
    untraced = tuple(id for id, why in left_out.items() if why == NOT_REACHED)
    return MemoryResult(
        rows=tuple(rows),
        warnings=warnings,
        untraced=untraced,
        seconds=time.monotonic() - began,
        sides=sides,
    )


@dataclass(slots=True, kw_only=True)
class Clock:
    """When no further sessions are begun: what the last ones took to start and trace no longer fits. time.monotonic()."""

    until: float
    deadline: float  # when those under way are ended too
    least_s: float = 0.0  # what the quickest pair of sessions took, where there is a deadline

    @property
    def is_over(self) -> bool:
        return time.monotonic() + (self.least_s if self.deadline < math.inf else 0.0) > self.until

    def took(self, seconds: float) -> None:
        self.least_s = min(self.least_s or seconds, seconds)


def unseen_in_words(sides: Mapping[str, MemorySides]) -> tuple[str, ...]:
    """What is not seen on this machine at all, in a sentence."""
    if all(memory.native_seen for told in sides.values() for memory in (*told.base, *told.head)):
        return ()
    return ("memory that extensions take from malloc themselves is not seen here: this system's malloc does not tell",)


def judge_sides(id: str, told: MemorySides, limits: MemoryLimits) -> MemoryChange:
    """What is proved, by two sessions of each version at least; one of each leaves it open."""
    change = judge_memory(
        told.base,
        told.head,
        limit=limits.limits.get(id, limits.limit),
        target_bytes=limits.targets.get(id),
        accepted=limits.accepted.get(id),
    )
    if min(len(told.base), len(told.head)) > 1 or (change.verdict == "same" and not change.is_regression):
        return change
    return replace(change, verdict="undecided", unsettled=True, regressed=False, leaks=False)


def _trace_pair(
    pair: Pair,
    ids: Sequence[str],
    environment: Mapping[str, str],
    budget_s: float,
    left_out: dict[str, str],
    clock: Clock,
) -> dict[str, MemorySides]:
    """What all sessions of both sides told, of the benchmarks that each of them could tell of."""
    rounds: list[Remembered] = []
    order = list(ids)
    for seed in HASH_SEEDS:
        if not order or ((rounds or clock.deadline < math.inf) and clock.is_over):
            break
        rounds.append(_session_pair(pair, order, environment, seed, clock, seconds=budget_s / len(HASH_SEEDS)))
        lost = {
            id for problems in rounds[-1].problems.values() for id in problems
        }  # half a minute each, on a busy machine
        order = [id for id in reversed(order) if id not in rounds[-1].not_reached and id not in lost]
    labels = [side.label for side in _sides_of(pair)]
    found = {}
    for id in ids:
        told = [[r.memory.get(label, {}).get(id) for r in rounds] for label in labels]
        known = [tuple(m for m in side if m is not None) for side in told]
        if all(known):
            found[id] = MemorySides(base=known[0], head=known[1])
        else:
            left_out[id] = _why(id, rounds)
    return found


def _settle(
    pair: Pair,
    found: dict[str, MemorySides],
    environment: Mapping[str, str],
    budget_s: float,
    limits: MemoryLimits,
    clock: Clock,
) -> None:
    """More sessions of what differs from session to session, until they are enough or the time is up. Changes `found`."""
    for seed in MORE_SEEDS:
        open_ = [id for id, told in found.items() if judge_sides(id, told, limits).unsettled]
        if not open_ or clock.is_over:
            return
        share_s = budget_s / (ENOUGH - len(HASH_SEEDS))
        memory = _session_pair(pair, open_, environment, seed, clock, seconds=share_s).memory
        base, head = (memory.get(side.label, {}) for side in _sides_of(pair))
        for id in open_:
            if id in base and id in head:
                found[id] = MemorySides(base=(*found[id].base, base[id]), head=(*found[id].head, head[id]))


def _sides_of(pair: Pair) -> tuple[Side, Side]:
    return pair.base, pair.head


def _session_pair(
    pair: Pair,
    ids: Sequence[str],
    environment: Mapping[str, str],
    seed: int,
    clock: Clock,
    *,
    seconds: float | None = None,
    lines: bool = False,
) -> Remembered:
    began = time.monotonic()
    same = pair.base.python == pair.head.python and not pair.head.under
    with Counting(pair.head.python if same else None, env=pair.head.environment or environment, hash_seed=seed) as held:
        told = trace_memory(
            held,
            _sides_of(pair),
            ids,
            start_timeout_s=START_TIMEOUT_S,
            patience_s=PATIENCE_S,
            lines=lines,
            seconds=seconds,
            deadline=clock.deadline,
            call_s=LINES_S if lines else CALL_S,
        )
    clock.took(time.monotonic() - began)
    return told


def _with_lines(
    pair: Pair, ids: Sequence[str], environment: Mapping[str, str], clock: Clock
) -> dict[str, tuple[CallMemory, CallMemory]]:
    """One more session of both sides in which the lines are looked for; nothing where one of them can't be told."""
    if not ids:
        return {}
    told = _session_pair(pair, ids, environment, LINES_SEED, clock, lines=True).memory
    base, head = (told.get(side.label, {}) for side in _sides_of(pair))
    return {id: (base[id], head[id]) for id in ids if id in base and id in head}


def _why(id: str, rounds: Sequence[Remembered]) -> str:
    if not rounds:
        return NOT_REACHED
    for told in rounds:
        if id in told.not_reached:
            return NOT_REACHED
        for problems in told.problems.values():
            if why := problems.get(id) or problems.get(""):
                return why
    return "one of the versions does not tell"


def in_words(left_out: Mapping[str, str]) -> tuple[str, ...]:
    """What was not traced, in a sentence for each reason. left_out: id -> why."""
    reasons: dict[str, list[str]] = {}
    for id, why in left_out.items():
        reasons.setdefault(why, []).append(id)
    return tuple(
        f"memory of {quantity.counted(len(ids), 'benchmark')} not traced "
        f"({', '.join(clean_text(id.rpartition('::')[2], limit=60) for id in ids[:MOST_NAMED])}"
        f"{f' and {len(ids) - MOST_NAMED} more' if len(ids) > MOST_NAMED else ''}): {clean_text(why, limit=160)}"
        for why, ids in reasons.items()
    )


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
