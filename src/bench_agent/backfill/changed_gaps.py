"""Between which of the measured commits something changed, as far as that is known. Pure; a search begins only there."""

import math
from collections.abc import Sequence
from statistics import NormalDist, median
from typing import Literal

from bench_agent.backfill.known import Known
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.bisection import counts
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import Step

# What a change must look like to be searched for, parts of the resolution and numbers of standard errors. A search that begins in
# vain costs a few rings, and its candidate is refuted: so this may be wrong in one gap of twenty. tests/calibration/backfill.py.
SEARCHED = 0.8  # of the resolution, by the estimate
ERRORS = 2.0  # of the estimate: sd of a set / sqrt(sets); at least, and more where many gaps are looked at:
IN_VAIN = 3.0  # gaps of a whole range in which nothing changed may be searched
LIKE_COUNTS = 0.5  # of the resolution: where exact counts say that the work changed, the clock need only not deny it
FLAT = 0.65  # of the resolution: an estimate below it is left at that
FEWEST_SETS = 4  # below, nothing is said
# Sets of sessions, of what is not flat and does not stand out either; on a busy machine a large difference needs many.
LARGE, MOST_LOOKS, MOST_OF_LARGE = 1.4, 8, 27  # LARGE: of the resolution

Looks = Literal["flat", "unclear", "look", "suspect"]
"""flat: left alone. unclear: more sets of both ends will tell whether there is a small change, look: a larger one.
suspect: something changed in between, it seems."""


def judge_gap(
    stretch: Stretch, known: Known, benchmark: str, gap: Span, wish: Wish, proved: Sequence[Proved] = ()
) -> Looks:
    """Whether a change of at least the resolution seems to lie in the gap. proved: steps of this benchmark."""
    step = known.step(benchmark, stretch.sha(gap.low), stretch.sha(gap.high))
    if step is None or step.analysis.n < FEWEST_SETS:
        # Steps that together are more, or less, than what was measured around them: what lies between is measured, sure or not.
        return "look" if not proved or rest_around(stretch, known, benchmark, gap, wish, proved, errors=0) else "flat"
    if _is_suspect(stretch, known, step, benchmark, gap, wish):
        return "suspect"
    if abs(step.size) >= LARGE * wish.resolution:
        return "look" if step.analysis.n < MOST_OF_LARGE else "flat"
    is_flat = step.analysis.n >= MOST_LOOKS or abs(step.size) < FLAT * wish.resolution
    return "flat" if is_flat else "unclear"


def errors_of(stretch: Stretch) -> float:
    """Standard errors from which a difference stands out of all those that are looked at."""
    gaps = (len(stretch.survey) - 1) * len(stretch.benchmarks)
    return max(ERRORS, NormalDist().inv_cdf(1 - min(0.5, IN_VAIN / 2 / max(gaps, 1))))


def _is_suspect(stretch: Stretch, known: Known, step: Step, benchmark: str, gap: Span, wish: Wish) -> bool:
    ends = stretch.sha(gap.low), stretch.sha(gap.high)
    before, after = (counts.work(known.reach(sha, benchmark)) for sha in ends)
    grew = math.log(after / before) if before and after else 0.0
    if abs(grew) >= LIKE_COUNTS * wish.resolution and grew * step.size > 0:
        return abs(step.size) >= LIKE_COUNTS * wish.resolution and abs(step.size) >= _error(step)
    return abs(step.size) >= SEARCHED * wish.resolution and abs(step.size) >= errors_of(stretch) * _error(step)


def _error(step: Step) -> float:
    """Standard error of the estimate."""
    n, sd = step.analysis.n, step.analysis.spread
    return 0.0 if math.isnan(sd) else sd / math.sqrt(n)


def rest_around(
    stretch: Stretch,
    known: Known,
    benchmark: str,
    gap: Span,
    wish: Wish,
    proved: Sequence[Proved],
    *,
    errors: float = ERRORS,
) -> tuple[Span, float] | None:
    """What the proved steps around a gap that was never measured itself leave of what was measured around them, and where.

    Log units. None: nothing that matters, by the resolution and by so many standard errors. proved: steps of this benchmark.
    """
    around = _around(stretch, known, benchmark, gap)
    if around is None:
        return None
    inside = [proof for proof in proved if proof.position in around.positions]
    whole = known.step(benchmark, stretch.sha(around.low), stretch.sha(around.high))
    if not inside or whole is None:
        return None
    left = whole.size - math.fsum(proof.step.size for proof in inside)
    error = math.hypot(_error(whole), *(_error(proof.step) for proof in inside))
    return (around, left) if abs(left) >= max(SEARCHED * wish.resolution, errors * error) else None


def _around(stretch: Stretch, known: Known, benchmark: str, gap: Span) -> Span | None:
    """The neighbouring positions of the first look that the gap lies between."""
    there = [p for p in stretch.survey if known.is_measurable(stretch.sha(p), benchmark)]
    low = max((p for p in there if p <= gap.low), default=None)
    high = min((p for p in there if p >= gap.high), default=None)
    return None if low is None or high is None else Span(low=low, high=high)


def change_of(stretch: Stretch, known: Known, benchmark: str, gap: Span, proved: Sequence[Proved]) -> float:
    """What was seen across a gap, log units; where it was never measured itself, what proved steps leave around it."""
    values = known.differences(benchmark, stretch.sha(gap.low), stretch.sha(gap.high))
    around = None if values else _around(stretch, known, benchmark, gap)
    if around is None:
        return median(values) if values else 0.0
    whole = known.step(benchmark, stretch.sha(around.low), stretch.sha(around.high))
    inside = [
        proof.step.size for proof in proved if proof.benchmark == benchmark and proof.position in around.positions
    ]
    return whole.size - math.fsum(inside) if whole else 0.0
