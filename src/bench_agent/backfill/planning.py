"""What to measure next of a stretch of history, from what is known of it. Pure: the same knowledge gives the same tasks.

First the spread-out commits are counted, then timed against the anchor, neighbours in one ring. A gap between two of them is
searched only where a change of the resolution seems to lie in it, by all benchmarks that changed there at once. What is found is
proved, and what the proof leaves of the gap is searched on.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from bench_agent.backfill.known import Known
from bench_agent.backfill.narrowing import Move, next_move, parent_of
from bench_agent.backfill.proofs import Proved, gaps_of, proofs_in, refuted_in, sets_to_prove, unmeasurable
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.backfill.suspicion import is_suspect, needs_another_look
from bench_agent.bisection import counts
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import LEAST
from bench_agent.records import MOST_ABREAST, MeasuringTask, Purpose

COUNTED_TOGETHER = 4  # commits of one counting task: their sessions start together
MOST_PARTS = 8  # of one question: who asks more often gets no useful answer
NARROWING_SETS = 2  # of one step of a search by time


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """tasks: what to measure now, empty when all is done. given_up: (benchmark, gap) in which what changed is not found."""

    tasks: tuple[MeasuringTask, ...]
    proved: tuple[Proved, ...] = ()
    open: tuple[Move, ...] = ()
    given_up: tuple[tuple[str, Span], ...] = ()


def plan(stretch: Stretch, known: Known, wish: Wish, weights: Sequence[float] | None = None) -> Plan:
    """The tasks that can be done now, all at once or in any order. weights: prior of positions 1 to n."""
    tasks = _survey_counts(stretch, known, wish) or _survey_times(stretch, known, wish)
    if tasks:
        return Plan(tasks=_unasked(tasks, known))
    proved = proofs_in(stretch, known, wish)
    moves = [
        next_move(stretch, known, benchmark, gap, wish, weights or [1.0] * stretch.line.last)
        for benchmark in stretch.benchmarks
        for gap in gaps_of(stretch, known, benchmark, proved)
        if is_suspect(stretch, known, benchmark, gap, wish)
    ]
    open_ = _joined([move for move in moves if not move.given_up], stretch, known, wish)
    tasks = [
        *_counting(stretch, open_, wish),
        *_timing(stretch, known, open_, wish),
        *_proving(stretch, known, open_, wish),
    ]
    given_up = tuple((move.benchmark, move.gap) for move in moves if move.given_up)
    return Plan(tasks=_unasked(tasks, known), proved=tuple(proved), open=tuple(open_), given_up=given_up)


def _unasked(tasks: Sequence[MeasuringTask], known: Known) -> tuple[MeasuringTask, ...]:
    """Each as the first part of its question that was not answered yet."""
    found = []
    for task in tasks:
        while task.key in known.tasks:
            task = replace(task, part=task.part + 1)
        if task.part < MOST_PARTS:
            found.append(task)
    return tuple(found)


def _chunks(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[at : at + size] for at in range(0, len(values), size)]


# --- the first look


def _survey_counts(stretch: Stretch, known: Known, wish: Wish) -> list[MeasuringTask]:
    wanted = [
        sha
        for sha in stretch.shas(stretch.survey)
        if not all(known.is_counted(sha, benchmark) for benchmark in stretch.benchmarks)
    ]
    return [_count_task(stretch, some, stretch.benchmarks, wish) for some in _chunks(wanted, COUNTED_TOGETHER)]


def _survey_times(stretch: Stretch, known: Known, wish: Wish) -> list[MeasuringTask]:
    """Rings of neighbours beside the anchor; each begins with the last of the one before, so that all neighbours meet."""
    by_positions: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for benchmark in stretch.benchmarks:
        skipped = unmeasurable(stretch, known, benchmark)
        there = [p for p in stretch.survey if p not in skipped and stretch.sha(p) != stretch.anchor]
        for ring in _rings(there):
            gaps = [Span(low=low, high=high) for low, high in _neighbours(stretch, ring)]
            if any(needs_another_look(stretch, known, benchmark, gap, wish) for gap in gaps):
                by_positions[ring].append(benchmark)
    return [
        _ring_task(stretch, "survey", stretch.anchor, stretch.shas(ring), some, wish.sets, wish)
        for ring, some in by_positions.items()
    ]


def _rings(positions: Sequence[int]) -> list[tuple[int, ...]]:
    if len(positions) < 2:
        return [tuple(positions)] if positions else []
    step = MOST_ABREAST - 1
    return [tuple(positions[at : at + MOST_ABREAST]) for at in range(0, len(positions) - 1, step)]


def _neighbours(stretch: Stretch, ring: Sequence[int]) -> list[tuple[int, int]]:
    last = stretch.line.last
    return [*pairwise(ring), *([(ring[-1], last)] if stretch.sha(last) == stretch.anchor else [])]


# --- the search


def _counting(stretch: Stretch, moves: Sequence[Move], wish: Wish) -> list[MeasuringTask]:
    wanted = sorted({p for move in moves for p in move.count})
    some = tuple(dict.fromkeys(move.benchmark for move in moves if move.count))
    return [_count_task(stretch, stretch.shas(ps), some, wish) for ps in _chunks(wanted, COUNTED_TOGETHER)]


def _timing(stretch: Stretch, known: Known, moves: Sequence[Move], wish: Wish) -> list[MeasuringTask]:
    """One ring for each gap, with the positions and benchmarks of all that search in it."""
    by_gap: dict[Span, list[Move]] = defaultdict(list)
    for move in moves:
        if move.time:
            by_gap[move.gap].append(move)
    tasks = []
    for gap, wanting in by_gap.items():
        positions: dict[int, None] = dict.fromkeys([gap.high])
        for place in range(max(len(move.time) for move in wanting)):
            positions |= dict.fromkeys(move.time[place] for move in wanting if place < len(move.time))
        chosen = sorted([p for p in positions if p != gap.low][:MOST_ABREAST])
        some = [
            move.benchmark for move in wanting if not unmeasurable(stretch, known, move.benchmark).intersection(chosen)
        ] or [wanting[0].benchmark]
        anchor = stretch.sha(gap.low)
        tasks.append(_ring_task(stretch, "narrow", anchor, stretch.shas(chosen), some, NARROWING_SETS, wish))
    return tasks


def _joined(moves: Sequence[Move], stretch: Stretch, known: Known, wish: Wish) -> list[Move]:
    """What one benchmark wants to prove is tried by all that search where it lies: one commit often changes several."""
    candidates = dict.fromkeys(move.prove for move in moves if move.prove is not None)
    joined = []
    for move in moves:
        tried = refuted_in(stretch, known, move.benchmark, wish) | unmeasurable(stretch, known, move.benchmark)
        near = next((p for p in candidates if p in move.gap.positions and p not in tried), None)
        joined.append(move if move.prove is not None or near is None else replace(move, count=(), time=(), prove=near))
    return joined


def _proving(stretch: Stretch, known: Known, moves: Sequence[Move], wish: Wish) -> list[MeasuringTask]:
    """One ring for each candidate beside its parent, with the ends of the gaps it was found in: they tell what is left there.

    Both are counted before: where the counts agree with the clock a few sets will do, and they name the function.
    """
    by_pair: dict[tuple[int, int], list[Move]] = defaultdict(list)
    for move in moves:
        if move.prove is not None:
            parent = parent_of(move.prove, stretch, known, move.benchmark, move.gap)
            by_pair[parent, move.prove].append(move)
    tasks = []
    for (parent, position), wanting in by_pair.items():
        some = [move.benchmark for move in wanting]
        ends = [stretch.sha(parent), stretch.sha(position)]
        uncounted = [sha for sha in ends if not all(known.is_counted(sha, benchmark) for benchmark in some)]
        if uncounted:
            tasks.append(_count_task(stretch, uncounted, some, wish))
            continue
        skipped = {p for benchmark in some for p in unmeasurable(stretch, known, benchmark)}
        sides = dict.fromkeys(end for move in wanting for end in (move.gap.low, move.gap.high))
        beside = [p for p in sides if p not in (parent, position) and p not in skipped]
        shas = stretch.shas([position, *beside][:MOST_ABREAST])
        sets = max(_sets_for(stretch, known, benchmark, parent, position) for benchmark in some)
        tasks.append(_ring_task(stretch, "prove", ends[0], shas, some, sets, wish))
    return tasks


def _sets_for(stretch: Stretch, known: Known, benchmark: str, parent: int, position: int) -> int:
    low, high = stretch.sha(parent), stretch.sha(position)
    agreed = counts.telling_functions(known.reach(low, benchmark), known.reach(high, benchmark), LEAST)
    shrunk = counts.telling_functions(known.reach(high, benchmark), known.reach(low, benchmark), LEAST)
    return sets_to_prove(known.step(benchmark, low, high, proof=True), agreed=(agreed or shrunk) is not None)


# --- tasks


def _count_task(stretch: Stretch, shas: Sequence[str], some: Sequence[str], wish: Wish) -> MeasuringTask:
    return MeasuringTask(
        purpose="count",
        repository=stretch.repository,
        anchor=stretch.anchor,
        commits=tuple(shas),
        benchmarks=tuple(some),
        counts=True,
        seconds=wish.task_s,
        conditions=stretch.conditions,
    )


def _ring_task(
    stretch: Stretch,
    purpose: Purpose,
    anchor: str,
    shas: Sequence[str],
    some: Sequence[str],
    sets: int,
    wish: Wish,
) -> MeasuringTask:
    return MeasuringTask(
        purpose=purpose,
        repository=stretch.repository,
        anchor=anchor,
        commits=tuple(shas),
        benchmarks=tuple(dict.fromkeys(some)),
        sets=sets,
        seconds=wish.task_s,
        conditions=stretch.conditions,
    )
