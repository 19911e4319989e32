"""Sessions of two versions in which the memory of one call is told, until that is enough or the time is up.

Takes a pair of sides; returns what each session told, by benchmark, and why others could not be told. What follows from it is
said in `compare/memory`.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from bench_agent.compare.versions import Pair
from bench_agent.detect import memory as judged
from bench_agent.detect.memory import (
    ENOUGH,
    MemoryChange,
    is_in_question,
    judge_memory,
)
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.memory import CALL_S, LINES_S, Remembered, trace_memory
from bench_agent.measure.paired.side import Side
from bench_agent.records import CallMemory, MemorySides

START_TIMEOUT_S = 60.0
PATIENCE_S = 10.0  # for what a test does before it calls its benchmark
MOST_LINES = 3  # benchmarks whose lines are looked for
HASH_SEEDS = (1, 2)  # of the first two sessions
LINES_SEED = 3
NOT_REACHED = "not reached in the time that was left for it; allow more with --budget"
MORE_SEEDS = (4, 5, 6)  # of those that are undecided because they differ from session to session


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """limit: of benchmarks without their own. limits: id -> max_memory_regression. targets: id -> bytes. accepted: by id."""

    limit: float = judged.LIMIT
    limits: Mapping[str, float] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    accepted: Mapping[str, CallMemory] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Clock:
    """When no further sessions are begun: what the quickest took to start and trace no longer fits. time.monotonic()."""

    deadline: float
    least_s: float = 0.0  # what the quickest pair of sessions took

    @property
    def is_past(self) -> bool:
        """What proves something, the second pair of sessions, and what names the lines is still begun up to here."""
        return time.monotonic() > self.deadline

    @property
    def is_over(self) -> bool:
        return time.monotonic() + self.least_s > self.deadline

    def took(self, seconds: float) -> None:
        self.least_s = min(self.least_s or seconds, seconds)


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


class Interpreters:
    """What starts the sessions of a pair, one a hash seed; those that are sure to be asked for get ready at once."""

    def __init__(self, pair: Pair, environment: Mapping[str, str], seeds: Sequence[int]) -> None:
        same = pair.base.python == pair.head.python and not pair.head.under
        self._python = pair.head.python if same else None
        self._env = pair.head.environment or environment
        self._held = contextlib.ExitStack()
        self._ready: dict[int, Counting] = {}
        for seed in seeds:
            self.of(seed)

    def of(self, seed: int) -> Counting:
        if seed not in self._ready:
            counting = Counting(self._python, env=self._env, hash_seed=seed)
            self._ready[seed] = self._held.enter_context(counting)
        return self._ready[seed]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()


def trace_pair(
    pair: Pair,
    ids: Sequence[str],
    held: Interpreters,
    budget_s: float,
    limits: MemoryLimits,
    lines: bool,
    left_out: dict[str, str],
    clock: Clock,
) -> tuple[dict[str, MemorySides], dict[str, tuple[CallMemory, CallMemory]]]:
    """What all sessions told, and of those that changed most the session with the lines."""
    found = _first_sessions(pair, ids, held, budget_s, left_out, clock)
    _settle(pair, found, held, budget_s, limits, clock)
    changes = {id: judge_sides(id, told, limits) for id, told in found.items()}
    asked = [id for id, change in changes.items() if is_in_question(found[id].base, found[id].head, change)]
    worst = sorted(
        asked, key=lambda id: (not changes[id].is_regression, changes[id].base_bytes - changes[id].head_bytes)
    )
    traced = _with_lines(pair, worst[:MOST_LINES] if lines and not clock.is_past else [], held, clock)
    for id, (one, other) in traced.items():
        found[id] = MemorySides(base=(*found[id].base, one), head=(*found[id].head, other))
    _settle(pair, found, held, budget_s, limits, clock)
    return found, traced


def _first_sessions(
    pair: Pair,
    ids: Sequence[str],
    held: Interpreters,
    budget_s: float,
    left_out: dict[str, str],
    clock: Clock,
) -> dict[str, MemorySides]:
    """What all sessions of both sides told, of the benchmarks that each of them could tell of."""
    rounds: list[Remembered] = []
    order = list(ids)
    for seed in HASH_SEEDS:
        if not order or clock.is_past:
            break
        rounds.append(_session_pair(pair, order, held, seed, clock, seconds=budget_s / len(HASH_SEEDS)))
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
    held: Interpreters,
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
        memory = _session_pair(pair, open_, held, seed, clock, seconds=share_s).memory
        base, head = (memory.get(side.label, {}) for side in _sides_of(pair))
        for id in open_:
            if id in base and id in head:
                found[id] = MemorySides(base=(*found[id].base, base[id]), head=(*found[id].head, head[id]))


def _sides_of(pair: Pair) -> tuple[Side, Side]:
    return pair.base, pair.head


def _session_pair(
    pair: Pair,
    ids: Sequence[str],
    held: Interpreters,
    seed: int,
    clock: Clock,
    *,
    seconds: float | None = None,
    lines: bool = False,
) -> Remembered:
    began = time.monotonic()
    told = trace_memory(
        held.of(seed),
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
    pair: Pair, ids: Sequence[str], held: Interpreters, clock: Clock
) -> dict[str, tuple[CallMemory, CallMemory]]:
    """One more session of both sides in which the lines are looked for; nothing where one of them can't be told."""
    if not ids:
        return {}
    told = _session_pair(pair, ids, held, LINES_SEED, clock, lines=True).memory
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
