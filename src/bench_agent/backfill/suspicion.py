"""Between which of the measured commits something changed, as far as that is known. Pure; a search begins only there."""

import math

from bench_agent.backfill.known import Known
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.bisection import counts
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import Step
from bench_agent.stats.sequential import spread

# What a change must look like to be searched for, parts of the resolution and numbers of standard errors. A search that begins in
# vain costs a few rings, and its candidate is refuted: so this may be wrong in one gap of twenty. tests/calibration/backfill.py.
SEARCHED = 0.8  # of the resolution, by the estimate
ERRORS = 2.0  # of the estimate: sd of a set / sqrt(sets)
FLAT = 0.5  # of the resolution: an estimate below it is left at that
MOST_LOOKS = 12  # sets of sessions, of what is not flat and does not stand out either
LIKE_COUNTS = 0.5  # of the resolution: where exact counts say that the work changed, the clock need only not deny it


def is_suspect(stretch: Stretch, known: Known, benchmark: str, gap: Span, wish: Wish) -> bool:
    """Whether a change of at least the resolution seems to lie in the gap."""
    low, high = stretch.sha(gap.low), stretch.sha(gap.high)
    step = known.step(benchmark, low, high)
    if step is None or math.isnan(step.size):
        return False
    if _counts_changed(known, benchmark, low, high, wish):
        return abs(step.size) >= LIKE_COUNTS * wish.resolution and _stands_out(step, errors=1.0)
    return abs(step.size) >= SEARCHED * wish.resolution and _stands_out(step, errors=ERRORS)


def needs_another_look(stretch: Stretch, known: Known, benchmark: str, gap: Span, wish: Wish) -> bool:
    """Whether the sets so far leave open if there is a change: a suspect gap is searched, and one that looks flat is left."""
    step = known.step(benchmark, stretch.sha(gap.low), stretch.sha(gap.high))
    if step is None:
        return True
    if step.analysis.n >= MOST_LOOKS or abs(step.size) < FLAT * wish.resolution:
        return False
    return not is_suspect(stretch, known, benchmark, gap, wish)


def _stands_out(step: Step, *, errors: float) -> bool:
    n, sd = step.analysis.n, step.analysis.spread
    return math.isnan(sd) or abs(step.size) >= errors * sd / math.sqrt(n)


def _counts_changed(known: Known, benchmark: str, low: str, high: str, wish: Wish) -> bool:
    before, after = (counts.work(known.reach(sha, benchmark)) for sha in (low, high))
    return bool(before and after) and abs(math.log((after or 1) / (before or 1))) >= LIKE_COUNTS * wish.resolution


def scale_of(known: Known, benchmark: str, low: str, high: str) -> float:
    """Robust standard deviation of the change between two commits in one set of sessions; NaN below three."""
    return spread(known.differences(benchmark, low, high))
