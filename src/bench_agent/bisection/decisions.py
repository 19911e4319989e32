"""What a search for the commits behind a slowdown does next, and what its measurements prove. Pure decisions; nothing is measured.

The model. Versions 0 to n stand on a line. The logarithm of version i's time, beside version 0 in the same set of sessions,
is y_i = s_1 + ... + s_i + noise: a sum of steps s_j of the commits, nearly all of them 0. Wanted are the commits with s_j > 0
that last to version n and matter (PART of the whole, and LEAST), each with a proof of its own.

The functional. By counts: the gap between counted neighbours whose work grew most (`counts.largest_gap`). By time, for a
stretch with one step: the posterior P(p | y) ~ prior(p) * sum over sizes s of w(s) * prod_{i < p} f(y_i) * prod_{i >= p}
f(y_i - s), with f the density of Student's t of 4 (`stats/noisy_search.locate`). The next versions are those expected to tell
most bits; at P >= SURE the commit is measured beside its parent, and named only if a test over sessions with error spending calls
it slower at 1 % (`stats/sequential`: bets, signed ranks, and Student's t of the first sets where counts or the search by time say
the same). What one step leaves unexplained is searched on both sides.

Complexity, in versions measured: about log2(n) counts, or log2(n) / C timings with C the bits one noisy timing tells (0.5 to 1
where the step is three times the noise), then 3 to 8 sets of sessions of at most 6 versions for a proof. For what that
comes to, see docs/accuracy.md and `python tests/calibration/bisection.py`.

Sources: noisy binary search: Burnashev, Zigangirov (1974); Waeber, Frazier, Henderson, SIAM J. Control 51 (2013). Group
sequential tests: Jennison, Turnbull (2000). For comparison: asv's `find` bisects on one timing of each version.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench_agent.bisection.counts import is_the_same_work, work
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import LEAST, Step, is_work_taken_back
from bench_agent.records import Reach
from bench_agent.results.comparison import ComparisonVerdict
from bench_agent.results.culprits import EXPLAINED
from bench_agent.stats.noisy_search import Posterior, choose, misreading
from bench_agent.stats.sequential import EARLY_LOOK, EARLY_LOOKS, LOOKS
from bench_agent.suspects.same_code import Bearing, is_moved_code

# Where no other source is named, values were chosen on the planted ranges of `python tests/calibration/bisection.py` (made-up
# repositories of 64 and 256 commits with one or two steps of 5 to 50 %): few measurements, and nobody wrongly named.
PART = 0.10  # of the whole slowdown (log units): what is left on one side must be at least this to be searched
MOST_SESSIONS = 48  # sets of sessions for one question: more would hardly decide it
# The search begins with three sets of sessions, all slower, and by 0.03 log units in the middle: it settles the rest itself. Of a
# third more, one will do.
PROMISING_SESSIONS, PROMISING_SIZE, PLAINLY_SLOWER = 3, 0.03, 0.3
PRECISE = (
    0.4  # of a step's size, either way: where few sessions say that it is slower but not by how much, more are taken
)
MEDIAN_LOSS = 1.25  # the spread of a median of normal values beside that of their mean
CLEAR = 0.02  # log units, at least: what may be left beside a proved step without a look at it
# Sets of sessions, and the part of a step that taking it back gives, where that is nothing.
FEWEST_BACK, NOTHING = 3, 0.25
STILL_SLOW = 0.5  # of the whole change: a version that is still so slow has not lost all of it
ABREAST = 3  # versions timed beside the good one in one set of sessions
SURE = 0.99  # the probability at which a commit is measured against its parent
PLAINLY = 0.001  # of misreading one timing, at most, where two levels are plainly apart

CLEARED: frozenset[ComparisonVerdict] = frozenset(
    {"same", "faster"}
)  # the whole line is not slower: no culprit is looked for


# --- is it real


def may_search(verdict: ComparisonVerdict, differences: Sequence[float], *, is_hopeless: bool) -> bool:
    """Whether no more is to be measured of the ends alone: they are settled, or look slower and the search settles them.

    differences: end - good in log units, one for each set of sessions. is_hopeless: more would hardly decide it.
    """
    promising = (
        len(differences) >= PROMISING_SESSIONS and min(differences) > 0 and median(differences) >= PROMISING_SIZE
    )
    plain = bool(differences) and min(differences) >= PLAINLY_SLOWER
    return promising or plain or verdict != "undecided" or is_hopeless


# --- which commit next


def next_timed(posterior: Posterior, scale: float) -> list[int]:
    """The numbers (from 1) of the measurable positions to time next; none when the best one is to be proved.

    scale: of the noise of one set of sessions, log units.
    """
    if posterior.surety >= SURE:
        return []
    return choose(posterior.places, ABREAST, error=misreading(posterior.size, scale))


def plain_rise(levels: Mapping[int, float], posterior: Posterior, scale: float) -> int | None:
    """The last of the likely places at which the level plainly rises; None where that is not seen of all of them.

    levels: number (from 1) of a measurable position -> its log ratio to the start of the stretch. Two rises with a fall
    between them explain a line with one step equally badly: more timing would not tell them apart, and a proof does.
    """
    likely = sorted(number for number, _ in posterior.top(posterior.among(SURE)))
    known = {0: 0.0, **levels}
    if not likely or any(place not in known for number in likely for place in (number - 1, number)):
        return None
    if misreading(posterior.size, scale) > PLAINLY:
        return None
    rising = [number for number in likely if known[number] - known[number - 1] >= posterior.size / 2]
    return max(rising, default=None)


# --- is this one proved


def is_side_clear(step: Step | None, whole: float, before: Reach | None, after: Reach | None) -> bool:
    """Whether it is known if anything worth a search is left on one side of a step. before, after: the counts of its ends."""
    if step is None:
        return False
    limit = max(2 * PART * whole, CLEAR)
    if step.analysis.n >= min(EARLY_LOOKS) and is_the_same_work(before, after):
        # Nothing but built-ins and data could differ: what would be named of that is asked for by its size, not made sure.
        return abs(step.size) < limit or step.is_decided or _tells_no_more(step, limit)
    if step.is_slower or step.is_faster or step.analysis.upper < limit:
        return True
    is_counted = bool(work(before) and work(after))  # and executes something else, which is more than a look can clear
    return (_looks_clear(step, limit) and not is_counted) or _tells_no_more(step, limit)


def _looks_clear(step: Step, limit: float) -> bool:
    """Whether so much on a side would lie two standard errors from what its first sets say. What is beside a proved step is
    asked for in case it is a second one: it needs no proof that it is none.
    """
    return step.analysis.n >= EARLY_LOOK and abs(step.size) + _two_errors(step) < limit


def _tells_no_more(step: Step, limit: float) -> bool:
    """Whether a side looks clear, and not even the most sets of sessions would make that sure: the machine is too noisy.

    On a machine whose sets differ by a tenth all of them were taken, three quarters of the time of a whole search.
    """
    n, most = step.analysis.n, MOST_SESSIONS // 2
    if n >= most:
        return True
    at_the_end = step.size + (step.analysis.upper - step.size) * math.sqrt(n / most)
    return n >= LOOKS[0] and abs(step.size) < limit < at_the_end


def is_too_small(step: Step, whole: float) -> bool:
    """Whether a step is surely no part of the whole change that would be named. whole: its size."""
    return step.analysis.n >= EARLY_LOOK and step.analysis.upper < max(PART * whole, LEAST)


def is_measured_enough(
    verdict: ComparisonVerdict, step: Step | None, whole: float, *, is_hopeless: bool, sides_are_clear: bool
) -> bool:
    """Whether a candidate and its parent need no more sets of sessions. verdict: on the whole line so far; whole: its size."""
    if verdict in CLEARED:
        return True
    if step is None or (verdict != "slower" and not is_hopeless):
        return False
    if step.analysis.n >= MOST_SESSIONS or is_too_small(step, whole):
        return True
    if step.analysis.n < LOOKS[0] and not step.is_known_within(PRECISE):
        return False
    return step.is_decided and sides_are_clear


ProofVerdict = Literal["proved", "refuted", "moved", "open"]
"""proved: it is a culprit. refuted: it did not do it, or too small a part. moved: it changes nothing the benchmark executes,
and the difference is no larger than what moving code in memory does. open: not known yet."""


def judge_proof(verdict: ComparisonVerdict, step: Step | None, whole: float, bearing: Bearing) -> ProofVerdict:
    """What the sessions of a candidate and its parent prove. whole: size of the whole change. bearing: of the candidate's edits."""
    if verdict != "slower" or step is None:
        return "open"
    if not step.is_slower:
        return "refuted" if step.is_decided or is_too_small(step, whole) else "open"
    if step.size < max(PART * whole, LEAST):
        return "refuted"
    return "moved" if is_moved_code(bearing, step.size) else "proved"


# --- does it last


def has_lasted(before: float | None, after: float | None, later: Iterable[float | None]) -> bool:
    """Whether by counts none of the later versions lost what a step added; False where the counts can't tell.

    before, after: the work of the step's versions, in the functions that tell.
    """
    if not before or not after:
        return False
    return all(now and not is_work_taken_back(before, after, now) for now in later)


def is_still_slow(step: Step, falls: Sequence[float], whole: float) -> bool:
    """Whether a version far faster than a proved step's is still slower than its parent: something lasting came between.

    falls: the version - the step's version, log units, one for each set of sessions.
    """
    return bool(falls) and step.size + median(falls) >= STILL_SLOW * whole


def gives_nothing_back(given: Step, step: Step) -> bool:
    """Whether taking a proved step back from the newest version surely gives less than half of it back, and looks like nothing.

    given: the newest version without it to the newest.
    """
    a = given.analysis
    if a.n < FEWEST_BACK or not a.spread >= 0:
        return False
    return a.estimate <= NOTHING * step.size and a.estimate + _two_errors(given) < STILL_SLOW * step.size


def _two_errors(step: Step) -> float:
    return 2 * MEDIAN_LOSS * step.analysis.spread / math.sqrt(step.analysis.n)


def spans_around_passing(
    span: Span, parent: int, back: int, before: Step | None, size: float, whole: float
) -> list[Span]:
    """Where to search on after a step that was taken back at `back`: before it where that is slower too, and after it.

    before: the change from span.low to the step's parent. size: of the whole span.
    """
    found = []
    if before is not None and is_worth_searching(before, whole):
        found.append(Span(low=span.low, high=parent))
    explained = before is not None and before.size >= EXPLAINED * size
    if back < span.high and not explained:
        found.append(Span(low=back, high=span.high))  # what lasts came after it
    return found


# --- search both sides


def is_worth_searching(step: Step, whole: float) -> bool:
    """Whether what is left on one side of a culprit is surely there, and large enough to look for its own culprit."""
    return step.is_slower and step.size >= max(PART * whole, LEAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is left beside a proved commit: stretches to search, those that made up for some of the slowdown, and those that
    look as if they did something and were not made sure.
    """

    waiting: tuple[Span, ...] = ()
    faster: tuple[tuple[Span, Step], ...] = ()
    unsure: tuple[tuple[Span, Step], ...] = ()


def judge_sides(sides: Iterable[tuple[Span, Step | None]], whole: float) -> Sides:
    """What to do with both sides of a proved commit. A side without commits, or never measured, is nothing."""
    waiting, faster, unsure = [], [], []
    for span, step in sides:
        if span.low == span.high or step is None:
            continue
        if is_worth_searching(step, whole):
            waiting.append(span)
        elif step.is_faster and -step.size >= PART * whole:
            faster.append((span, step))
        elif not step.is_decided and abs(step.size) >= max(2 * PART * whole, CLEAR):
            unsure.append((span, step))
    return Sides(waiting=tuple(waiting), faster=tuple(faster), unsure=tuple(unsure))


# --- how it ended


Ending = Literal["settled", "unproved", "no_time", "interrupted"]
"""settled: what got slower is explained, or nothing did. unproved: all was searched, and something is not explained.
no_time, interrupted: something was not searched to its end: that is no result."""


def judge_ending(
    verdict: ComparisonVerdict, *, proofs: int, undecided: int, unsearched: int, out_of_time: bool, interrupted: bool
) -> Ending:
    """How a search ended. undecided: stretches searched in vain; unsearched: those not searched to their end."""
    if verdict in CLEARED:
        return "settled"
    if interrupted:
        return "interrupted"
    if unsearched or (verdict == "undecided" and out_of_time):
        return "no_time"
    return "settled" if verdict == "slower" and proofs and not undecided else "unproved"


def explains(sizes: Iterable[float], whole: float) -> bool:
    """Whether steps of these sizes explain most of a change (log units): then it is they, and not the change as one."""
    return math.fsum(sizes) >= EXPLAINED * whole
