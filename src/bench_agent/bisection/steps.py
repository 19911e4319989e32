"""The change between two versions that ran beside each other: how large, how sure, and whether it lasts. Pure.

Sizes are log ratios, after / before. What is done about a step is decided in `bisection/decisions.py`.
"""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench_agent.bisection.span import Span
from bench_agent.stats.sequential import EARLY_LOOKS, Analysis, analyse

# Log units: smaller steps are memory layout until counts say otherwise. Of harmless edits about one in ten is measured that
# large in eight sets of sessions on a busy machine (`python tests/calibration/same_code.py`).
LEAST = 0.012
ERROR = 0.01  # one-sided, of calling an unchanged commit slower; for the whole of a proof, however often one looks
NO_MATTER = 0.03  # log units: an interval within it says that there is no change that matters
# Parts of a step, chosen on the planted ranges of `python tests/calibration/bisection.py`: a later version that has lost more
# than TAKEN_BACK of it has lost it. Where sessions say more than DOUBT, there must be BACK_SESSIONS of them before it is said.
TAKEN_BACK, DOUBT = 0.6, 0.35
BACK_SESSIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The change between two versions, in log units, and what is sure about it."""

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
        """More sessions would not change what is said: a step, or none that matters."""
        a = self.analysis
        within = math.isfinite(a.lower) and a.lower > -NO_MATTER and a.upper < NO_MATTER
        may_be_small = abs(a.estimate) >= LEAST and not a.looks  # it waits for the first look at its ranks
        return self.is_slower or self.is_faster or (within and not may_be_small)

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


def step_between(
    before: Sequence[float],
    after: Sequence[float],
    *,
    final: bool = False,
    early: Sequence[Mapping[str, float]] | None = None,
    earliest: int = min(EARLY_LOOKS),
) -> Step:
    """The change from one version to another, both as log ratios to the same base in the same sessions, in time order.

    early, earliest: as for `sequential.analyse`.
    """
    differences = [b - a for a, b in zip(before, after, strict=True)]
    return Step(analysis=analyse(differences, final=final, early=early, earliest=earliest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A position on the line against the newest measurable one before it, in the same sessions."""

    position: int
    parent: int
    among: tuple[int, ...] = ()  # positions that can't be told apart, `position` last; empty where it is that one
    step: Step


def steepest(levels: Mapping[int, float], span: Span) -> Span | None:
    """The stretch between neighbouring timed positions over which the level rises most; None when it is the whole span.

    levels: log ratios to the version at span.low. For a span with several rises, where a search for one finds nothing.
    """
    known = {span.low: 0.0, **{at: level for at, level in levels.items() if at in span.positions}}
    rises = [(known[b] - known[a], Span(low=a, high=b)) for a, b in itertools.pairwise(sorted(known))]
    rise, steep = max(rises, key=lambda pair: pair[0], default=(0.0, span))
    return steep if rise > 0 and steep != span else None


def later_positions(
    position: int, span: Span, skipped: frozenset[int], known: Collection[int] = frozenset()
) -> list[int]:
    """Where to look whether what a commit did lasted: soon after it, where changes are taken back, and half-way to the end.

    known: positions of which something tells already; such a one near by does as well.
    """
    after = [p for p in range(position + 1, span.high) if p not in skipped]
    if not after:
        return []
    count = len(after)
    looks = ((0, 0, 2), (min(2, count - 1), 1, 5), (count // 2, count // 4, 3 * count // 4 + 1))
    return sorted({_near(after[wanted], after[low:high], known) for wanted, low, high in looks})


def _near(wanted: int, choices: Sequence[int], known: Collection[int]) -> int:
    return min((p for p in choices if p in known), key=lambda p: abs(p - wanted), default=wanted)


def is_taken_back(step: Step, later: Sequence[float]) -> bool | None:
    """Whether a later version is again as fast as before a proved step; None: can't tell yet.

    later: its log ratios to the version of the step, one a session.
    """
    if not later or (len(later) < BACK_SESSIONS and median(later) < -DOUBT * step.size):
        return None
    return median(later) < -TAKEN_BACK * step.size and max(later) < 0


def seems_to_last(step: Step, later: Sequence[float]) -> bool:
    """Whether that much is left of a step at a later version, by sets in which only the version before it ran beside that one.

    later: as for `is_taken_back`, worked out.
    """
    return bool(later) and median(later) > -DOUBT * step.size


def is_work_taken_back(before: float, after: float, later: float) -> bool:
    """Whether a later version does as little as before a step from `before` to `after`, by the same part as the clock must say."""
    return math.log(later / after) < -TAKEN_BACK * math.log(after / before)
