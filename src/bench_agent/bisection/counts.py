"""Search by counts: where between counted versions the work grew, and what counts say of a step. Pure; nothing is counted here.

The work of a version is the number of lines and calls that one iteration executes, the same from run to run. Between two
neighbouring counted versions it grows by log((y + 1) / (x + 1)); the search narrows the gap where it grows most until its
ends are neighbours. With one commit that raises the work that takes about log2(n) / 1.6 rounds of two counts.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.bisection.span import Span, measurable, prior_of
from bench_agent.bisection.steps import LEAST
from bench_agent.records import Reach
from bench_agent.stats.noisy_search import choose

# Fitted on the planted ranges of tests/calibration/bisection.py ("loop" and "builtin", 64 and 256 commits).
# Part of the slowdown that the growth of the counts, both in log units, must be at least to be searched by counts.
COUNTS_TELL = 0.25
LEAST_GROWTH = 0.02  # log units of executed lines and calls: guards and renamed variables add about 1 %


def work(reach: Reach | None, functions: frozenset[str] | None = None) -> float | None:
    """Lines and calls of one iteration, of some functions or of all; None when they were not counted to the end."""
    if reach is None or not reach.complete:
        return None
    keys = reach.functions if functions is None else functions
    return float(sum(reach.functions.get(key, 0) + reach.lines.get(key, 0) for key in keys))


def is_the_same_work(one: Reach | None, other: Reach | None, functions: frozenset[str] | None = None) -> bool:
    """Whether each of these functions, or of all, is executed exactly as much at both."""
    if one is None or other is None or not one.complete or not other.complete:
        return False
    return all(
        (one.functions.get(key, 0), one.lines.get(key, 0)) == (other.functions.get(key, 0), other.lines.get(key, 0))
        for key in (one.functions.keys() | other.functions.keys() if functions is None else functions)
    )


def telling_functions(low: Reach | None, high: Reach | None, effect: float) -> frozenset[str] | None:
    """The functions whose counts to search by; None where to go by time, because counts don't tell of such a slowdown.

    effect: its size in log units. All of high's and low's functions when the whole work grew; else those that grew, where
    others shrank meanwhile.
    """
    before, after = work(low), work(high)
    if low is None or high is None or not before or not after:
        return None
    needed = max(COUNTS_TELL * effect, LEAST_GROWTH)
    every = frozenset(low.functions.keys() | high.functions.keys())
    if math.log(after / before) >= needed:
        return every
    # Only functions on both sides: what is new on one may have moved there, or have got another name.
    grown = frozenset(
        key
        for key in low.functions.keys() & high.functions.keys()
        if high.functions[key] + high.lines.get(key, 0) > low.functions[key] + low.lines.get(key, 0)
    )
    added = sum(high.functions[k] + high.lines.get(k, 0) - low.functions[k] - low.lines.get(k, 0) for k in grown)
    return grown if math.log1p(added / before) >= needed else None


def counts_agree(before: Reach | None, after: Reach | None, size: float) -> bool:
    """Whether exact counts say the same as the clock of a change of `size` (log units): more work, less, or as much."""
    if not work(before) or not work(after):
        return False
    grew, shrank = (telling_functions(*pair, max(abs(size), LEAST)) for pair in ((before, after), (after, before)))
    if size >= LEAST_GROWTH:
        return grew is not None
    return shrank is not None if size <= -LEAST_GROWTH else grew is None and shrank is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Two neighbours among the counted positions, and how much the work grew between them, in log units."""

    low: int
    high: int
    growth: float

    @property
    def positions(self) -> range:
        return range(self.low + 1, self.high + 1)


def largest_gap(counts: Mapping[int, float | None], span: Span) -> Gap | None:
    """The neighbouring counted positions between which the work grew most; None when it grew nowhere."""
    known = [(at, value) for at in range(span.low, span.high + 1) if (value := counts.get(at)) is not None]
    gaps = [Gap(low=a, high=b, growth=math.log((y + 1) / (x + 1))) for (a, x), (b, y) in itertools.pairwise(known)]
    best = max(gaps, key=lambda gap: gap.growth, default=None)
    return best if best is not None and best.growth > 0 else None


def mirrored(counts: Mapping[int, float | None]) -> dict[int, float | None]:
    """The counts turned over: what falls by a factor rises by it."""
    top = max((value for value in counts.values() if value), default=1.0)
    return {position: value and top * top / value for position, value in counts.items()}


def next_counts(gap: Gap, weights: Sequence[float], skipped: frozenset[int], count: int) -> list[int]:
    """The positions inside the gap to count next, at most `count`; none when the rise can't be narrowed further."""
    inside = Span(low=gap.low, high=gap.high)
    ordered = measurable(inside, skipped)
    chosen = choose(prior_of(weights, inside, skipped), count)
    return [ordered[number - 1] for number in chosen if ordered[number - 1] < gap.high]
