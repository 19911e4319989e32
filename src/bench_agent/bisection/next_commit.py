"""Narrows a stretch of the line down to the commit that most likely made it slower: by counts, by time, or on its steepest part.

Asks `bisection/counts.py` and `bisection/decisions.py` what to measure next, has it measured, and keeps what is believed of
each position meanwhile. Whether the commit did it is for a proof to say (`bisection/strategy.py`).
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench_agent.bisection import counts, decisions, steps
from bench_agent.bisection.counts import Gap
from bench_agent.bisection.decisions import MOST_SESSIONS
from bench_agent.bisection.measurements import Measurements, OutOfTime
from bench_agent.bisection.span import Span, group_at, measurable, prior_of
from bench_agent.stats.noisy_search import Posterior, locate, noise_scale
from bench_agent.stats.sequential import LOOKS, spread
from bench_agent.text import quantity

COUNTED_ABREAST = 2  # as many as there are cores on the smallest machines
MOST_STEPS = 120  # sets of sessions of one search by time
UNKNOWN_SCALE = 0.02  # of the noise (log units), at least, before there are sessions enough to know it
LIKELY = 0.25  # what is believed of a position whose tree is made ahead
MOST_LEFT = 20  # positions; more are no answer


@dataclass(slots=True, kw_only=True)
class Narrowing:
    """The narrowing of one search, span after span."""

    measured: Measurements
    weights: Sequence[float]  # prior of positions 1..n, any scale
    assumed: float = 0.0  # size of the whole change (log units) where it is known from elsewhere
    methods: set[str] = field(default_factory=set)  # "counts", "time": how candidates were found
    # Position -> how likely it is the culprit of the span in work, by what was measured; None: nothing tells yet.
    belief: dict[int, float] | None = None

    @property
    def left(self) -> list[int]:
        """The few positions that hold the answer with 99 %, most likely first; none where they are many, or nothing tells."""
        known, found, total = self.belief or {}, list[int](), 0.0
        for position in sorted(known, key=lambda p: (-known[p], p)):
            if total < decisions.SURE:
                found.append(position)
            total += known[position]
        return found if len(found) <= MOST_LEFT else []

    def forget(self) -> None:
        """Begin with another span."""
        self.belief = None

    def exclude(self, positions: Sequence[int]) -> None:
        """These were measured and are not the culprit."""
        kept = {p: weight for p, weight in (self.belief or {}).items() if p not in positions}
        self.belief = None
        if kept:
            self._believe(kept)

    def _believe(self, weights: dict[int, float]) -> None:
        total = sum(weights.values())
        even = 1 / len(weights)
        self.belief = {p: weight / total if total else even for p, weight in weights.items()}

    def open_ends(self) -> tuple[int, ...]:
        """Both ends, as long as it is not certain that the whole is slower: they run beside everything else."""
        return (0, self.measured.line.last) if self.measured.verdict != "slower" else ()

    # --- counts

    def by_counts(self, span: Span, *, falling: bool = False) -> int | None:
        """The commit of the span after which the benchmark executes most more, or most less; None when counts don't tell."""
        with contextlib.suppress(OutOfTime):
            self.measured.count([span.low, span.high])
            ends = (span.high, span.low) if falling else (span.low, span.high)
            less, more = (self.measured.reach(p) for p in ends)
            telling = counts.telling_functions(less, more, self._effect(span))
            if telling is None:
                return None
            gap = self._narrow_counts(span, telling, falling=falling)
            if gap is not None and not falling:
                self.methods.add("counts")
            return gap.high if gap is not None else None
        return None

    def _effect(self, span: Span) -> float:
        step = self.measured.step(span.low, span.high)
        return abs(step.size) if step else 0.0

    def _narrow_counts(self, span: Span, telling: frozenset[str], *, falling: bool) -> Gap | None:
        """The gap that can't be narrowed further; None when the work grew nowhere."""
        m = self.measured
        while True:
            m.check_time()
            known = {p: counts.work(m.reach(p), telling) for p in m.counted if span.low <= p <= span.high}
            gap = counts.largest_gap(counts.mirrored(known) if falling else known, span)
            if gap is None:
                return None
            if not falling:
                self._believe({p: self.weights[p - 1] for p in gap.positions})
            # What differs from call to call was counted, and can't be compared.
            useless = {p for p, value in known.items() if value is None and m.reach(p) is not None}
            wanted = counts.next_counts(gap, self.weights, m.skipped | useless, COUNTED_ABREAST)
            if not wanted:
                return gap
            self._tell_counts(gap)
            likely = max(range(gap.low + 1, gap.high + 1), key=lambda p: self.weights[p - 1])
            self._expect(likely, span, beside=wanted)
            m.count(wanted)

    def _expect(self, position: int, span: Span, *, beside: Sequence[int]) -> None:
        """This position and its parent may be asked for next: their trees are made after those wanted now.

        Only where that is not just a guess: a tree takes the better part of a core while it is made.
        """
        m = self.measured
        if (self.belief or {}).get(position, 0.0) < LIKELY:
            return
        parent = group_at(position, span, m.skipped).parent
        m.versions.kept.prefetch(
            [m.version_at(p) for p in (*beside, parent, position) if p not in m.skipped],
            beside=[m.version_at(p) for p in (*beside, 0, m.line.last)],
        )

    def _tell_counts(self, gap: Gap) -> None:
        left = quantity.counted(gap.high - gap.low, "commit")
        self.measured.say(f"counting: {left} left, {self._cost()}")

    def _cost(self) -> str:
        return f"{self.measured.checkpoint.measured} measurements, {self.measured.left_s:.0f} s left"

    # --- time

    def by_time(self, span: Span) -> int | None:
        """The most probable position once it is 99 % sure; None when time, or what can be measured, ends before."""
        m = self.measured
        for _ in range(MOST_STEPS):
            if m.is_cleared:
                return None
            ordered = measurable(span, m.skipped)
            posterior = self._posterior(span, ordered)
            if posterior is None:
                return None
            self._believe_posterior(span, ordered, posterior)
            wanted = decisions.next_timed(posterior, self._scale(span))
            best = ordered[posterior.best - 1]
            if not wanted:
                return best
            if (plain := decisions.plain_rise(self._levels(span, ordered), posterior, self._scale(span))) is not None:
                return ordered[plain - 1]
            self._tell_search(ordered, posterior)
            self.methods.add("time")
            positions = [ordered[number - 1] for number in wanted]
            self._expect(best, span, beside=[span.low, *positions])
            m.measure([m.version_at(p) for p in sorted({span.low, *positions, *self.open_ends()})], None)
            m.judge_whole()
        return None

    def by_steepest(self, span: Span) -> int | None:
        """The most probable position of the steepest stretch alone: several rises in one span can hide each other."""
        m = self.measured
        if m.is_cleared:
            return None
        base = m.version_at(span.low)
        timed = {p: m.differences(base, m.version_at(p)) for p in sorted(m.timed & set(span.positions))}
        levels = {p: median(values) for p, values in timed.items() if values and p not in m.skipped}
        steep = steps.steepest(levels, span)
        if steep is None:
            return None

        def is_enough() -> bool:
            step = m.step(steep.low, steep.high)
            return step is not None and (step.is_decided or step.analysis.n >= MOST_SESSIONS // 2)

        if not is_enough():
            m.measure([m.version_at(steep.low), m.version_at(steep.high)], is_enough)
        return self.by_time(steep)

    def _posterior(self, span: Span, ordered: Sequence[int]) -> Posterior | None:
        m = self.measured
        base, timed = m.version_at(span.low), m.timed
        observations = {
            number: m.differences(base, m.version_at(position))
            for number, position in enumerate(ordered, start=1)
            if position in timed
        }
        step = m.step(span.low, span.high)
        size = step.size if step else self.assumed
        if size <= 0:
            return None
        return locate(prior_of(self.weights, span, m.skipped), observations, size=size, scale=self._scale(span))

    def _levels(self, span: Span, ordered: Sequence[int]) -> dict[int, float]:
        """The medians of what was timed, by the position's number from 1."""
        m = self.measured
        base = m.version_at(span.low)
        values = {n: m.differences(base, m.version_at(p)) for n, p in enumerate(ordered, start=1) if p in m.timed}
        return {number: median(timed) for number, timed in values.items() if timed}

    def _believe_posterior(self, span: Span, ordered: Sequence[int], posterior: Posterior) -> None:
        """Each measurable position's probability, spread over the skipped ones it stands for."""
        found: dict[int, float] = {}
        for position, probability in zip(ordered, posterior.places, strict=True):
            members = group_at(position, span, self.measured.skipped).members
            found.update(dict.fromkeys(members, probability / len(members)))
        self._believe(found)

    def _scale(self, span: Span) -> float:
        m = self.measured
        values = m.differences(m.version_at(span.low), m.version_at(span.high))
        scale = noise_scale(spread(values))
        return scale if len(values) >= LOOKS[0] else max(scale, UNKNOWN_SCALE)

    def _tell_search(self, ordered: Sequence[int], posterior: Posterior) -> None:
        names = [(self.measured.version_at(ordered[number - 1]).short, p) for number, p in posterior.top(3)]
        few = ", ".join(f"{name} {p:.0%}" for name, p in names)
        left = posterior.among(decisions.SURE)
        self.measured.say(f"timing: {quantity.counted(left, 'commit')} left ({few}), {self._cost()}")
