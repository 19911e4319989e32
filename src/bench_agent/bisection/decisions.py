"""The logic of a search for the commits behind a slowdown: what to measure next, and what the measurements prove. Pure.

Comes in: a line of commits, what was counted and timed of them, a prior. Goes out: the next places to look at, candidates,
and the proof of a candidate from sessions in which it ran beside its parent. Nothing is measured here.

A place is a position on the line: 0 is the good version, 1..n the commits after it, oldest first.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench_agent.records import Reach
from bench_agent.stats.search import choose, mix_prior
from bench_agent.stats.sequential import Analysis, analyse

PART = 0.10  # of the slowdown: what is left on one side must be at least this to be searched
LEAST = 0.012  # log units, likewise: smaller steps are memory layout until counts say otherwise
ERROR = 0.01  # one-sided, of calling an unchanged commit slower
COUNTS_TELL = 0.25  # the growth of the counts must be at least this part of the slowdown to be searched by counts
BACK, BACK_LEAST = 0.6, 0.35  # of a step: less than that has lasted; to say that it was taken back takes
BACK_SESSIONS = 3  # sessions
LEAST_GROWTH = 0.02  # log units of executed lines: guards and renamed variables add about 1 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the line: something between the versions `low` and `high` made the benchmark slower."""

    low: int
    high: int

    @property
    def places(self) -> range:
        """The commits in it."""
        return range(self.low + 1, self.high + 1)


def stops(span: Span, skipped: frozenset[int]) -> list[int]:
    """The places of the span that can be measured, its last one included. Each stands for the skipped ones before it too."""
    return [place for place in span.places if place not in skipped or place == span.high]


def group_before(stop: int, span: Span, skipped: frozenset[int]) -> tuple[int, list[int]]:
    """(the newest measurable place before a stop, the places between it and the stop, the stop included)."""
    parent = stop - 1
    while parent > span.low and parent in skipped:
        parent -= 1
    return parent, list(range(parent + 1, stop + 1))


def prior_of_stops(weights: Sequence[float], span: Span, skipped: frozenset[int]) -> list[float]:
    """The prior over the stops of a span. weights: of places 1..n of the whole line, any scale."""
    mixed = dict(zip(span.places, mix_prior([weights[place - 1] for place in span.places]), strict=True))
    return [math.fsum(mixed[place] for place in group_before(stop, span, skipped)[1]) for stop in stops(span, skipped)]


# --- counts


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
    """The functions whose counts to search by, or None where counts don't tell of a slowdown of that size (log units).

    All of high's and low's functions when the whole work grew; else those that grew, where others shrank meanwhile.
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
    """Two neighbours among the counted places, and how much the work grew between them, in log units."""

    low: int
    high: int
    growth: float


def largest_gap(counts: Mapping[int, float | None], span: Span) -> Gap | None:
    """The neighbouring counted places between which the work grew most; None when it grew nowhere."""
    known = [(place, value) for place in range(span.low, span.high + 1) if (value := counts.get(place)) is not None]
    gaps = [Gap(low=a, high=b, growth=math.log((y + 1) / (x + 1))) for (a, x), (b, y) in itertools.pairwise(known)]
    best = max(gaps, key=lambda gap: gap.growth, default=None)
    return best if best is not None and best.growth > 0 else None


def mirrored(counts: Mapping[int, float | None]) -> dict[int, float | None]:
    """The counts turned over: what falls by a factor rises by it."""
    top = max((value for value in counts.values() if value), default=1.0)
    return {place: value and top * top / value for place, value in counts.items()}


def next_counts(gap: Gap, weights: Sequence[float], skipped: frozenset[int], count: int) -> list[int]:
    """The places inside the gap to count next; none when the rise can't be narrowed further."""
    inside = Span(low=gap.low, high=gap.high)
    ordered = stops(inside, skipped)
    return [
        ordered[i - 1] for i in choose(prior_of_stops(weights, inside, skipped), count) if ordered[i - 1] < gap.high
    ]


# --- time


def steepest(levels: Mapping[int, float], span: Span) -> Span | None:
    """The stretch between neighbouring timed places over which the level rises most; None when it is the whole span.

    levels: log ratios to the version at span.low. For a span with several rises, where a search for one finds no place.
    """
    known = {span.low: 0.0, **{place: level for place, level in levels.items() if place in span.places}}
    rises = [(known[b] - known[a], Span(low=a, high=b)) for a, b in itertools.pairwise(sorted(known))]
    rise, steep = max(rises, key=lambda pair: pair[0], default=(0.0, span))
    return steep if rise > 0 and steep != span else None


# --- proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The change between two versions that ran beside each other: its size in log units, and what is sure about it."""

    analysis: Analysis

    @property
    def size(self) -> float:
        return self.analysis.estimate

    @property
    def is_slower(self) -> bool:
        return self.analysis.p_greater <= ERROR and self.size >= LEAST

    @property
    def is_faster(self) -> bool:
        return self.analysis.p_less <= ERROR and self.size <= -LEAST

    @property
    def is_decided(self) -> bool:
        """More sessions would not change what is said: a step, or none that matters (within 3 %)."""
        a = self.analysis
        return self.is_slower or self.is_faster or (math.isfinite(a.lower) and a.lower > -0.03 and a.upper < 0.03)

    def is_known_within(self, part: float) -> bool:
        """Whether the interval reaches at most that part of the size to either side."""
        return self.analysis.upper - self.analysis.lower <= 2 * part * abs(self.size)

    @property
    def ratio(self) -> float:
        return math.exp(self.analysis.estimate)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the ratio."""
        return math.exp(self.analysis.lower), math.exp(self.analysis.upper)


def step_between(before: Sequence[float], after: Sequence[float], *, final: bool = False, early: bool = False) -> Step:
    """The change from one version to another, both as log ratios to the same base in the same sessions, in time order."""
    return Step(analysis=analyse([b - a for a, b in zip(before, after, strict=True)], final=final, early=early))


def later_places(place: int, span: Span, skipped: frozenset[int]) -> list[int]:
    """Where to look whether what a commit did lasted: soon after it, where changes are taken back, and half-way to the end."""
    after = [p for p in range(place + 1, span.high) if p not in skipped]
    if not after:
        return []
    return sorted({after[0], after[min(2, len(after) - 1)], after[len(after) // 2]})


def is_taken_back(step: Step, later: Sequence[float]) -> bool | None:
    """Whether a later version is again as fast as before a proved step; None: can't tell yet.

    later: its log ratios to the version of the step, one a session.
    """
    if not later or (len(later) < BACK_SESSIONS and median(later) < -BACK_LEAST * step.size):
        return None
    return median(later) < -BACK * step.size and max(later) < 0


def is_work_taken_back(before: float, after: float, later: float) -> bool:
    """Whether a later version does as little as before a step from `before` to `after`, by the same part as the clock must say."""
    return math.log(later / after) < -BACK * math.log(after / before)


def is_worth_searching(step: Step, whole: float) -> bool:
    """Whether what is left on one side of a culprit is surely there, and large enough to look for its own culprit."""
    return step.is_slower and step.size >= max(PART * whole, LEAST)
