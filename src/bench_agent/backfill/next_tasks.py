"""What to measure next of a stretch of history, from what is known of it. Pure: the same knowledge gives the same tasks.

First the spread-out commits are counted, then timed against the anchor, neighbours in one ring. A gap between two of them is
searched only where a change of the resolution seems to lie in it, by all benchmarks that changed there at once. What is found is
proved, and what the proof leaves of the gap is searched on. What is cheap and may explain the rest comes first: counts, proofs.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bench_agent.backfill.changed_gaps import change_of, judge_gap
from bench_agent.backfill.known import Known
from bench_agent.backfill.narrowing import Move, next_move, parent_of
from bench_agent.backfill.proofs import Proved, Trials, gaps_of, sets_to_prove, trials_in, unmeasurable
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.backfill.tasks import counting_tasks, ring_tasks, unasked
from bench_agent.bisection import counts
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import LEAST
from bench_agent.records import MOST_ABREAST, MeasuringTask

IDLE = 0.1  # of the suspicion that an average gap of that length has: where there is less, an unclear difference is left at that
NARROWING_SETS = 2  # of one step of a search by time
LOOKING_SETS = 4  # of another look at the ends of a gap

Weights = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """tasks: what to measure now, the most useful first; empty when all is done.

    open: what is still searched for. given_up: (benchmark, gap) in which what changed is not found.
    """

    tasks: tuple[MeasuringTask, ...]
    sizes: tuple[float, ...] = ()  # of what each task may explain, log units; infinite: it comes first
    proved: tuple[Proved, ...] = ()
    open: tuple[Move, ...] = ()
    given_up: tuple[tuple[str, Span], ...] = ()
    waiting: tuple[tuple[str, Span], ...] = ()  # of which it is to be looked at first if something changed there


def plan(stretch: Stretch, known: Known, wish: Wish, weights: Weights | None = None) -> Plan:
    """The tasks that can be done now, in any order. weights: by benchmark, the prior of positions 1 to n, any scale."""
    tasks = _first_counts(stretch, known, wish) or _first_times(stretch, known, wish)
    if tasks:
        first = unasked(tasks, known)
        return Plan(tasks=first, sizes=(math.inf,) * len(first))
    trials = trials_in(stretch, known, wish)
    looks: dict[Span, list[str]] = defaultdict(list)
    moves: list[Move] = []
    for benchmark in stretch.benchmarks:
        if not known.is_measurable(stretch.anchor, benchmark):
            continue
        own = [proof for proof in trials.proved if proof.benchmark == benchmark]
        for gap in gaps_of(stretch, known, benchmark, own):
            verdict = judge_gap(stretch, known, benchmark, gap, wish, own)
            prior = (weights or {}).get(benchmark) or [1.0] * stretch.line.last
            if verdict == "look" or (verdict == "unclear" and not is_idle(prior, gap)):
                looks[gap].append(benchmark)
            elif verdict == "suspect":
                moves.append(
                    next_move(stretch, known, benchmark, gap, trials.refuted.get(benchmark, frozenset()), prior)
                )
    open_ = _joined([move for move in moves if not move.given_up], stretch, known, trials)
    tasks = [
        *_counting(stretch, open_, wish),
        *_proving(stretch, known, open_, wish),
        *_timing(stretch, known, open_, wish),
        *_looking(stretch, looks, wish),
    ]
    waiting = tuple((benchmark, gap) for gap, some in looks.items() for benchmark in some)
    places = [*((move.benchmark, move.gap) for move in open_), *waiting]
    sizes = {
        (benchmark, stretch.sha(position)): size
        for benchmark, gap in places
        for size in [abs(change_of(stretch, known, benchmark, gap, trials.proved))]
        for position in gap.positions
    }
    wanted = unasked(tasks, known)
    return Plan(
        tasks=wanted,
        sizes=tuple(_size_of(task, sizes) for task in wanted),
        proved=trials.proved,
        open=tuple(open_),
        given_up=tuple((move.benchmark, move.gap) for move in moves if move.given_up),
        waiting=waiting,
    )


def _size_of(task: MeasuringTask, sizes: Mapping[tuple[str, str], float]) -> float:
    """The largest change that was seen where the task looks. sizes: by benchmark and commit."""
    return max(sizes.get((benchmark, commit), 0.0) for benchmark in task.benchmarks for commit in task.commits)


def is_idle(prior: Sequence[float], gap: Span) -> bool:
    """Whether the commits of a gap are far less suspicious than others. prior: of positions 1 to n, any scale."""
    own = math.fsum(prior[position - 1] for position in gap.positions) / len(gap.positions)
    return own < IDLE * math.fsum(prior) / len(prior)


# --- the first look


def _first_counts(stretch: Stretch, known: Known, wish: Wish) -> list[MeasuringTask]:
    wanted = [p for p in stretch.survey if not _are_counted(stretch, known, p, stretch.benchmarks)]
    return counting_tasks(stretch, wanted, stretch.benchmarks, wish)


def _are_counted(stretch: Stretch, known: Known, position: int, benchmarks: Iterable[str]) -> bool:
    return all(known.is_counted(stretch.sha(position), benchmark) for benchmark in benchmarks)


def _first_times(stretch: Stretch, known: Known, wish: Wish) -> list[MeasuringTask]:
    """Rings of neighbours beside the anchor; each begins with the last of the one before, so that all neighbours meet."""
    last = stretch.line.last
    by_ring: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for benchmark in stretch.benchmarks:
        skipped = unmeasurable(stretch, known, benchmark)
        if last in skipped:
            continue
        for ring in _rings([p for p in stretch.survey if p not in skipped and p != last]):
            neighbours = [*pairwise(ring), (ring[-1], last)]
            if not all(known.have_met(benchmark, *stretch.shas(pair)) for pair in neighbours):
                by_ring[ring].append(benchmark)
    return [
        task
        for ring, some in by_ring.items()
        for task in ring_tasks("survey", stretch, last, ring, some, wish.sets, wish)
    ]


def _rings(positions: Sequence[int]) -> list[tuple[int, ...]]:
    if len(positions) < 2:
        return [tuple(positions)] if positions else []
    step = MOST_ABREAST - 1
    return [tuple(positions[at : at + MOST_ABREAST]) for at in range(0, len(positions) - 1, step)]


def _looking(stretch: Stretch, looks: Mapping[Span, Sequence[str]], wish: Wish) -> list[MeasuringTask]:
    """Both ends of a gap once more, alone."""
    return [
        task
        for gap, some in looks.items()
        for task in ring_tasks("survey", stretch, gap.low, [gap.high], some, LOOKING_SETS, wish)
    ]


# --- the search


def _counting(stretch: Stretch, moves: Sequence[Move], wish: Wish) -> list[MeasuringTask]:
    wanted = sorted({p for move in moves for p in move.count})
    return counting_tasks(stretch, wanted, [move.benchmark for move in moves if move.count], wish)


def _timing(stretch: Stretch, known: Known, moves: Sequence[Move], wish: Wish) -> list[MeasuringTask]:
    """One ring for each gap, with the positions and benchmarks of all that search in it."""
    by_gap: dict[Span, list[Move]] = defaultdict(list)
    for move in moves:
        if move.time:
            by_gap[move.gap].append(move)
    tasks: list[MeasuringTask] = []
    for gap, wanting in by_gap.items():
        chosen = _shared(gap, wanting)
        some = [m.benchmark for m in wanting if not unmeasurable(stretch, known, m.benchmark).intersection(chosen)]
        if not some:
            some, chosen = [wanting[0].benchmark], _shared(gap, wanting[:1])
        tasks += ring_tasks("narrow", stretch, gap.low, chosen, some, NARROWING_SETS, wish)
    return tasks


def _shared(gap: Span, wanting: Sequence[Move]) -> list[int]:
    """The positions for one ring: the far end, and of each benchmark's choices the first, the second and so on."""
    positions: dict[int, None] = dict.fromkeys([gap.high])
    for place in range(max(len(move.time) for move in wanting)):
        positions |= dict.fromkeys(move.time[place] for move in wanting if place < len(move.time))
    return sorted([p for p in positions if p != gap.low][:MOST_ABREAST])


def _joined(moves: Sequence[Move], stretch: Stretch, known: Known, trials: Trials) -> list[Move]:
    """What one benchmark wants to prove is tried by all that search where it lies: one commit often changes several."""
    candidates = dict.fromkeys(move.prove for move in moves if move.prove is not None)
    joined = []
    for move in moves:
        tried = trials.refuted.get(move.benchmark, frozenset()) | unmeasurable(stretch, known, move.benchmark)
        near = next((p for p in candidates if p in move.gap.positions and p not in tried), None)
        keep = move.prove is not None or near is None
        joined.append(move if keep else replace(move, count=(), time=(), prove=near))
    return joined


def _proving(stretch: Stretch, known: Known, moves: Sequence[Move], wish: Wish) -> list[MeasuringTask]:
    """One ring for each candidate beside its parent.

    Both are counted before: where the counts agree with the clock a few sets will do, and they name the function.
    """
    by_pair: dict[tuple[int, int], list[str]] = defaultdict(list)
    for move in moves:
        if move.prove is not None:
            parent = parent_of(move.prove, stretch, known, move.benchmark, move.gap)
            by_pair[parent, move.prove].append(move.benchmark)
    tasks: list[MeasuringTask] = []
    for pair, some in by_pair.items():
        uncounted = [p for p in pair if not _are_counted(stretch, known, p, some)]
        if uncounted:
            tasks += counting_tasks(stretch, uncounted, some, wish)
            continue
        sets = max(_sets_for(stretch, known, benchmark, *pair) for benchmark in some)
        tasks += ring_tasks("prove", stretch, pair[0], [pair[1]], some, sets, wish)
    return tasks


def _sets_for(stretch: Stretch, known: Known, benchmark: str, parent: int, position: int) -> int:
    low, high = stretch.sha(parent), stretch.sha(position)
    one, other = known.reach(low, benchmark), known.reach(high, benchmark)
    tell = counts.telling_functions(one, other, LEAST) or counts.telling_functions(other, one, LEAST)
    return sets_to_prove(known.step(benchmark, low, high, proof=True), agreed=tell is not None)
