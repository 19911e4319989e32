"""Inside a gap in which something changed: what to measure next to find the commit, or which commit to prove. Pure.

By counts where they tell of the change: the place where the work grew or shrank most. Else by time: the posterior over the
positions of a single step (stats/noisy_search), and where that leads nowhere the steepest part of the gap alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench_agent.backfill.known import Known
from bench_agent.backfill.proofs import unmeasurable
from bench_agent.backfill.stretch import Stretch
from bench_agent.bisection import counts, decisions, steps
from bench_agent.bisection.span import Span, group_at, measurable, prior_of
from bench_agent.stats.noisy_search import locate, noise_scale
from bench_agent.stats.sequential import LOOKS

COUNTED_ABREAST = 2  # positions of one gap; those of all gaps are counted together
UNKNOWN_SCALE = 0.02  # log units, of the noise where there are too few sets to know it
MOST_RINGS = 16  # that search one gap by time; a single step takes log2(n) / 1.6 and a few more where it is small
MORE_RINGS, MOST_IN_VAIN = 8, 2  # more of them for each refuted candidate, whom noise had put forward
STEEPEST_AFTER = 8  # rings without an answer: then the gap perhaps holds several steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one benchmark's search in one gap wants next."""

    benchmark: str
    gap: Span
    count: tuple[int, ...] = ()  # positions to count
    time: tuple[int, ...] = ()  # positions to time beside gap.low and gap.high
    prove: int | None = None  # the position to prove
    given_up: bool = False  # what changed here is not found


def next_move(
    stretch: Stretch, known: Known, benchmark: str, gap: Span, refuted: frozenset[int], weights: Sequence[float]
) -> Move:
    """What to do about a suspect gap. refuted: positions that are not the cause. weights: prior of positions 1 to n, any scale."""
    skipped = unmeasurable(stretch, known, benchmark)
    ordered = [p for p in measurable(gap, skipped) if p not in refuted]
    if not ordered:
        return Move(benchmark=benchmark, gap=gap, given_up=True)
    if len(measurable(gap, skipped)) == 1:
        return Move(benchmark=benchmark, gap=gap, prove=ordered[0])
    move = _by_counts(stretch, known, benchmark, gap, skipped, weights)
    if move is not None and move.prove not in refuted:
        return move
    return _by_time(stretch, known, benchmark, gap, skipped, refuted, weights)


def _by_counts(
    stretch: Stretch, known: Known, benchmark: str, gap: Span, skipped: frozenset[int], weights: Sequence[float]
) -> Move | None:
    """None where the counts don't tell of the change."""
    step = known.step(benchmark, stretch.sha(gap.low), stretch.sha(gap.high))
    falling = step is not None and step.size < 0
    ends = [known.reach(stretch.sha(p), benchmark) for p in (gap.low, gap.high)]
    less, more = reversed(ends) if falling else ends
    telling = counts.telling_functions(less, more, abs(step.size) if step else 0.0)
    if telling is None:
        return None
    known_work = {
        p: counts.work(reach, telling)
        for p in range(gap.low, gap.high + 1)
        if (reach := known.reach(stretch.sha(p), benchmark)) is not None
    }
    found = counts.largest_gap(counts.mirrored(known_work) if falling else known_work, gap)
    if found is None:
        return None
    useless = {p for p, value in known_work.items() if value is None}
    wanted = counts.next_counts(found, weights, skipped | useless, COUNTED_ABREAST)
    if wanted:
        return Move(benchmark=benchmark, gap=gap, count=tuple(wanted))
    return Move(benchmark=benchmark, gap=gap, prove=found.high)


def _by_time(
    stretch: Stretch,
    known: Known,
    benchmark: str,
    gap: Span,
    skipped: frozenset[int],
    refuted: frozenset[int],
    weights: Sequence[float],
) -> Move:
    rings = _rings_in(stretch, known, benchmark, gap)
    in_vain = len(refuted.intersection(gap.positions))
    if rings >= MOST_RINGS + MORE_RINGS * min(in_vain, MOST_IN_VAIN):
        return Move(benchmark=benchmark, gap=gap, given_up=True)
    inside = gap
    if rings >= STEEPEST_AFTER:
        steep = steps.steepest(_levels(stretch, known, benchmark, gap, skipped), gap)
        if steep is not None and not refuted.issuperset(measurable(steep, skipped)):  # else noise made it steep
            inside = steep
    step = known.step(benchmark, stretch.sha(inside.low), stretch.sha(inside.high))
    if step is None or not step.size:
        return Move(benchmark=benchmark, gap=gap, time=(inside.low, inside.high))
    sign = math.copysign(1.0, step.size)
    ordered = measurable(inside, skipped)
    low = stretch.sha(inside.low)
    observations = {
        number: [sign * value for value in known.differences(benchmark, low, stretch.sha(position))]
        for number, position in enumerate(ordered, start=1)
    }
    scale = _scale(known, benchmark, low, stretch.sha(inside.high))
    prior = prior_of(weights, inside, skipped)
    prior = [0.0 if p in refuted else weight for p, weight in zip(ordered, prior, strict=True)]
    if not math.fsum(prior):
        return Move(benchmark=benchmark, gap=gap, given_up=True)
    posterior = locate(prior, observations, size=abs(step.size), scale=scale)
    wanted = decisions.next_timed(posterior, scale)
    if wanted:
        return Move(benchmark=benchmark, gap=gap, time=tuple(ordered[number - 1] for number in wanted))
    return Move(benchmark=benchmark, gap=gap, prove=ordered[posterior.best - 1])


def _scale(known: Known, benchmark: str, low: str, high: str) -> float:
    step = known.step(benchmark, low, high)
    if step is None or math.isnan(step.analysis.spread):
        return UNKNOWN_SCALE
    scale = noise_scale(step.analysis.spread)
    return scale if step.analysis.n >= LOOKS[0] else max(scale, UNKNOWN_SCALE)


def _levels(stretch: Stretch, known: Known, benchmark: str, gap: Span, skipped: frozenset[int]) -> dict[int, float]:
    """Log ratios to gap.low of what was timed beside it, turned so that the gap rises."""
    low, step = stretch.sha(gap.low), known.step(benchmark, stretch.sha(gap.low), stretch.sha(gap.high))
    sign = -1.0 if step is not None and step.size < 0 else 1.0
    found = {}
    for position in gap.positions:
        values = [] if position in skipped else known.differences(benchmark, low, stretch.sha(position))
        if values:
            found[position] = sign * median(values)
    return found


def _rings_in(stretch: Stretch, known: Known, benchmark: str, gap: Span) -> int:
    """How many sets of sessions were taken to search this gap by time."""
    low, high = stretch.sha(gap.low), stretch.sha(gap.high)
    return sum(
        one.purpose == "narrow" and one.anchor == low and high in one.logs for one in known.sets.get(benchmark, ())
    )


def parent_of(position: int, stretch: Stretch, known: Known, benchmark: str, gap: Span) -> int:
    """The newest measurable position before this one."""
    return group_at(position, gap, unmeasurable(stretch, known, benchmark)).parent
