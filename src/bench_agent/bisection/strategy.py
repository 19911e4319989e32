"""One benchmark's search on one line of commits: measures what the logic of bisection/decisions.py asks for, until it is settled.

Comes in: the line, a versions to measure on, a prior, a deadline. Goes out: the whole change, proved steps, and what is left
undecided. Everything measured is written down in `Checkpoint` before it is used, so that a search goes on where it stopped.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench_agent.bisection import decisions
from bench_agent.bisection.decisions import Gap, Span, Step
from bench_agent.bisection.measurements import MOST_SESSIONS, Measurements, OutOfTime
from bench_agent.bisection.versions import name_of
from bench_agent.results.culprits import EXPLAINED
from bench_agent.stats.search import Posterior, choose, locate, misreading, noise_scale
from bench_agent.stats.sequential import EARLY_LOOK, LOOKS, spread
from bench_agent.text import quantity

ABREAST = 3  # commits timed against the good one in one ring
COUNTED_ABREAST = 2  # as many as there are cores on the smallest machines
MOST_STEPS = 120  # of one search by time
MOST_CULPRITS = 6
PROMISING, WORTH_A_LOOK = 3, 0.03  # so many sessions, all slower and by so much in the middle: the search may begin
PRECISE = 0.25  # of a culprit's size: where few sessions say that it is slower but not by how much, more are taken
UNKNOWN_SCALE = 0.02  # of the noise (log units), at least, before there are sessions enough to know it
MOST_RETRIES = 8
STILL_SLOW = 0.5  # of the whole change: a place that slow was not all taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A place against the newest measurable one before it, in the same sessions."""

    place: int
    parent: int
    among: tuple[int, ...]  # places that can't be told apart, `place` last
    step: Step


@dataclass(slots=True, kw_only=True)
class Strategy(Measurements):
    """The state of one search. `run` fills proofs; all other fields tell how it went."""

    weights: Sequence[float]  # prior of places 1..n
    extra: Callable[[int], str | None] = lambda place: None  # a version to run beside the proof of a place
    assumed: float = (
        0.0  # size of the whole change (log units) where it is known from elsewhere: then it is not measured first
    )
    first: int | None = None  # the place to prove before any is searched for: it did it to another benchmark
    proofs: list[Proof] = field(default_factory=list)
    # Stretches that got faster, and the place that did it where counts tell.
    made_up: list[tuple[Span, Step, int | None]] = field(default_factory=list)
    passing: list[tuple[Proof, int]] = field(default_factory=list)  # proved, but taken back by that place
    undecided: list[Span] = field(default_factory=list)  # slower, without a proved culprit
    left: list[int] = field(default_factory=list)  # places the answer lies among, where a search ended early
    methods: set[str] = field(default_factory=set)  # "counts", "time": how candidates were found

    # --- what is done in which order

    def run(self) -> None:
        """Search until everything that is surely slower is explained, or time is up. Raises MeasureError for the ends' sake."""
        ends = Span(low=0, high=self.line.last)
        candidate = self._by_counts(ends) if self.first is None else self.first
        try:
            if self.first is not None:  # where counts say the same, a few sessions will do
                self.count([decisions.group_before(self.first, ends, self.skipped)[0], self.first])
            if candidate is None and not self.assumed:
                self._settle_whole((self.version_at(0), self.version_at(ends.high)))
            self._search(ends, candidate)
        except OutOfTime:
            self.notes.append("the time was used up (--budget)")
        if self.verdict == "inconclusive":
            self.judge_whole(final=True)

    def _search(self, ends: Span, candidate: int | None) -> None:
        waiting = [ends]
        while waiting and len(self.proofs) + len(self.passing) < MOST_CULPRITS:
            span = waiting.pop(0)
            proof = self._prove(span, candidate) if candidate is not None else None
            if self.is_cleared:
                return
            if proof is None and (span is not ends or self.first is not None):
                candidate = self._by_counts(span)
                proof = self._prove(span, candidate) if candidate is not None else None
            candidate = None
            for _ in range(MOST_RETRIES):
                skipped = self.skipped
                if proof is None and (found := self._by_time(span)) is not None:
                    proof = self._prove(span, found)
                if self.skipped == skipped:  # else its parent turned out to be one that can't be measured
                    break
            if proof is None and not self.is_cleared and (found := self._by_steepest(span)) is not None:
                proof = self._prove(span, found)
            if self.is_cleared:
                return
            if proof is None:
                self.undecided.append(span)
                continue
            if (back := self._taken_back(span, proof)) is not None:
                self.passing.append((proof, back))
                before = self.step(span.low, proof.parent)
                if before is not None and decisions.is_worth_searching(before, self.whole_size):
                    waiting.append(Span(low=span.low, high=proof.parent))
                explained = before is not None and before.size >= EXPLAINED * self._size_of(span)
                if back < span.high and not explained:
                    waiting.append(Span(low=back, high=span.high))  # what lasts came after it
                continue
            self.proofs.append(proof)
            for side in (Span(low=span.low, high=proof.parent), Span(low=proof.place, high=span.high)):
                step = self.step(side.low, side.high)
                if side.low == side.high or step is None:
                    continue
                if decisions.is_worth_searching(step, self.whole_size):
                    waiting.append(side)
                elif step.is_faster and -step.size >= decisions.PART * self.whole_size:
                    self.made_up.append((side, step, self._by_counts(side, falling=True)))
            waiting.sort(key=self._size_of, reverse=True)

    def _size_of(self, span: Span) -> float:
        step = self.step(span.low, span.high)
        return step.size if step else 0.0

    # --- is it real

    def _settle_whole(self, versions: Sequence[str]) -> None:
        """Measure until the verdict on the whole line stands, or it looks slower: then the search goes on to settle it."""
        if not self._is_settled():
            self.measure(versions, self._is_settled)

    def _is_settled(self) -> bool:
        self.judge_whole()
        values = [b - a for a, b in self.values(self.version_at(0), self.version_at(self.line.last))]
        promising = len(values) >= PROMISING and min(values) > 0 and median(values) >= WORTH_A_LOOK
        return promising or self.verdict != "inconclusive" or self.is_hopeless

    # --- counts

    def count_ends(self) -> None:
        """What both ends execute, for the ranking; nothing when there is no time."""
        with contextlib.suppress(OutOfTime):
            self.count([0, self.line.last])

    def _by_counts(self, span: Span, *, falling: bool = False) -> int | None:
        """The commit of the span after which the benchmark executes most more, or most less; None when counts don't tell."""
        effect = abs(step.size) if (step := self.step(span.low, span.high)) else 0.0
        try:
            self.count([span.low, span.high])
            less, more = (self.reach(p) for p in ((span.high, span.low) if falling else (span.low, span.high)))
            telling = decisions.telling_functions(less, more, effect)
            while telling is not None:
                self.check_time()
                counts = {p: decisions.work(self.reach(p), telling) for p in self.counted if span.low <= p <= span.high}
                gap = decisions.largest_gap(decisions.mirrored(counts) if falling else counts, span)
                if gap is None:
                    return None
                # What differs from call to call was counted, and can't be compared.
                useless = {p for p, value in counts.items() if value is None and self.reach(p) is not None}
                wanted = decisions.next_counts(gap, self.weights, self.skipped | useless, COUNTED_ABREAST)
                if not wanted:
                    if not falling:
                        self.methods.add("counts")
                    return gap.high
                self._tell_counts(gap)
                likely = max(range(gap.low + 1, gap.high + 1), key=lambda p: self.weights[p - 1])
                self._expect(likely, span, beside=wanted)
                self.count(wanted)
        except OutOfTime:
            pass
        return None

    def _expect(self, place: int, span: Span, *, beside: Sequence[int]) -> None:
        """This place and its parent will probably be asked for next: their trees are made after those wanted now."""
        parent, _ = decisions.group_before(place, span, self.skipped)
        self.ground.prefetch(
            [self.version_at(p) for p in (*beside, parent, place) if p not in self.skipped],
            beside=[self.version_at(p) for p in (*beside, 0, self.line.last)],
        )

    def _tell_counts(self, gap: Gap) -> None:
        left = quantity.counted(gap.high - gap.low, "commit")
        self.say(f"counting: {left} left, {self.checkpoint.measured} measurements, {self.left_s:.0f} s left")

    # --- time

    def _by_time(self, span: Span) -> int | None:
        """The most probable place once it is 99 % sure; None when time, or what can be measured, ends before."""
        for _ in range(MOST_STEPS):
            ordered = decisions.stops(span, self.skipped)
            posterior = self._posterior(span, ordered)
            if posterior is None:
                return None
            self.left = [ordered[i - 1] for i, p in posterior.top(20) if p > 0.001]
            if posterior.surety >= 0.99:
                return ordered[posterior.best - 1]
            scale = self._scale(span)
            wanted = choose(posterior.places, ABREAST, error=misreading(posterior.size, scale))
            if not wanted:
                return ordered[posterior.best - 1]
            self._tell_search(ordered, posterior)
            self.methods.add("time")
            places = [ordered[i - 1] for i in wanted]
            self._expect(ordered[posterior.best - 1], span, beside=[span.low, *places])
            ends = (0, self.line.last) if self.verdict != "slower" else ()
            self.measure([self.version_at(p) for p in sorted({span.low, *places, *ends})], None)
            self.judge_whole()
            if self.is_cleared:
                return None
        return None

    def _by_steepest(self, span: Span) -> int | None:
        """The most probable place of the steepest stretch alone: several rises in one span can hide each other."""
        places = sorted(self.timed & set(span.places))
        timed = {p: self.values(self.version_at(span.low), self.version_at(p)) for p in places}
        levels = {p: median(b - a for a, b in pairs) for p, pairs in timed.items() if pairs and p not in self.skipped}
        steep = decisions.steepest(levels, span)
        if steep is None:
            return None

        def is_enough() -> bool:
            step = self.step(steep.low, steep.high)
            return step is not None and (step.is_decided or step.analysis.n >= MOST_SESSIONS // 2)

        if not is_enough():
            self.measure([self.version_at(steep.low), self.version_at(steep.high)], is_enough)
        return self._by_time(steep)

    def _posterior(self, span: Span, ordered: Sequence[int]) -> Posterior | None:
        base, timed = self.version_at(span.low), self.timed
        observations = {
            number: [b - a for a, b in self.values(base, self.version_at(place))]
            for number, place in enumerate(ordered, start=1)
            if place in timed
        }
        step = self.step(span.low, span.high)
        size = step.size if step else self.assumed
        if size <= 0:
            return None
        prior = decisions.prior_of_stops(self.weights, span, self.skipped)
        return locate(prior, observations, size=size, scale=self._scale(span))

    def _scale(self, span: Span) -> float:
        values = [b - a for a, b in self.values(self.version_at(span.low), self.version_at(span.high))]
        scale = noise_scale(spread(values))
        return scale if len(values) >= LOOKS[0] else max(scale, UNKNOWN_SCALE)

    def _tell_search(self, ordered: Sequence[int], posterior: Posterior) -> None:
        few = ", ".join(f"{name_of(self.version_at(ordered[i - 1]))[:8]} {p:.0%}" for i, p in posterior.top(3))
        left = posterior.among(0.99)
        self.say(
            f"timing: {quantity.counted(left, 'commit')} left ({few}), {self.checkpoint.measured} measurements, "
            f"{self.left_s:.0f} s left"
        )

    # --- proof

    def _prove(self, span: Span, place: int) -> Proof | None:
        """The place against the newest measurable one before it; None when it is not the cause."""
        parent, among = decisions.group_before(place, span, self.skipped)
        extra = self.extra(place)
        ends = (0, self.line.last) if self.verdict != "slower" else ()
        places = sorted({*ends, span.low, parent, place, span.high})
        versions = [*(self.version_at(p) for p in places), *([extra] if extra else [])]
        which = name_of(self.version_at(place))
        self.say(f"proving {which[:12]} against its parent, {self.left_s:.0f} s left")

        def is_enough() -> bool:
            if self.verdict != "slower":
                self.judge_whole()
                if self.is_cleared:
                    return True
            step = self.step(parent, place)
            if step is None or (self.verdict != "slower" and not self.is_hopeless):
                return False
            if step.analysis.n >= MOST_SESSIONS:
                return True
            if step.analysis.n < LOOKS[0] and not step.is_known_within(PRECISE):
                return False
            return step.is_decided and all(
                self._is_clear(low, high) for low, high in ((span.low, parent), (place, span.high)) if low != high
            )

        counted = self._counts_agree(self.version_at(parent), self.version_at(place), decisions.LEAST_GROWTH)
        try:
            while (
                not is_enough()
                and not {self.version_at(parent), self.version_at(place)} & self.checkpoint.skipped.keys()
            ):
                known = [v for v in versions if v not in self.checkpoint.skipped]
                self.measure(known, is_enough, expected=EARLY_LOOK if counted else LOOKS[0])
        except OutOfTime:
            self.judge_whole(final=True)
        step = self.step(parent, place)
        if self.verdict != "slower" or step is None:
            return None
        least = max(decisions.PART * self.whole_size, decisions.LEAST)
        if not step.is_slower or step.size < least:
            return None
        return Proof(place=place, parent=parent, among=tuple(among) if len(among) > 1 else (), step=step)

    def _taken_back(self, span: Span, proof: Proof) -> int | None:
        """A later place of the span, its end included, at which it was again as fast as before; None when it seems to last."""
        if proof.place == span.high:
            return None
        places = [*decisions.later_places(proof.place, span, self.skipped), span.high]
        if self._lasts_by_counts(proof, places):
            return None
        version = self.version_at(proof.place)

        def told() -> dict[int, bool | None]:
            return {p: self._is_back(proof, p) for p in places if p not in self.skipped}

        with contextlib.suppress(OutOfTime):
            while None in told().values():
                known = self.skipped
                open_places = {p for p, back in told().items() if back is None} | {span.high}
                self.measure(
                    [version, *(self.version_at(p) for p in sorted(open_places))], lambda: None not in told().values()
                )
                if self.skipped == known and None in told().values():
                    break
        back = max((p for p, back in told().items() if back), default=None)
        return back if back is None or not self._is_still_slow(proof, back) else self._first_back(proof, back)

    def _is_back(self, proof: Proof, place: int) -> bool | None:
        later = self.values(self.version_at(proof.place), self.version_at(place))
        return decisions.is_taken_back(proof.step, [b - a for a, b in later])

    def _settle_back(self, proof: Proof, place: int) -> None:
        """Measure until `_is_back` is known of the place, or it can't be measured."""
        if self._is_back(proof, place) is None:
            versions = [self.version_at(proof.place), self.version_at(place)]
            self.measure(versions, lambda: self._is_back(proof, place) is not None)

    def _is_still_slow(self, proof: Proof, back: int) -> bool:
        """Whether a place far faster than the proof's is slower than its parent: something lasting came between."""
        fall = [b - a for a, b in self.values(self.version_at(proof.place), self.version_at(back))]
        return bool(fall) and proof.step.size + median(fall) >= STILL_SLOW * self.whole_size

    def _first_back(self, proof: Proof, back: int) -> int | None:
        """The first place up to `back` at which the proof was taken back; None when it was so in part only, and so lasts."""
        low = proof.place
        with contextlib.suppress(OutOfTime):
            while inside := [p for p in range(low + 1, back) if p not in self.skipped]:
                middle = inside[len(inside) // 2]
                self._settle_back(proof, middle)
                if self._is_back(proof, middle):
                    back = middle
                elif middle not in self.skipped:
                    low = middle
            return None if self._is_still_slow(proof, back) else back
        return back

    def _lasts_by_counts(self, proof: Proof, places: Sequence[int]) -> bool:
        """Whether counts tell, and the benchmark executes at each of the places what the proof added."""
        telling = decisions.telling_functions(self.reach(proof.parent), self.reach(proof.place), proof.step.size)
        if telling is None:
            return False
        if decisions.is_the_same_work(self.reach(proof.place), self.reach(self.line.last), telling):
            return True  # nobody took it back and brought it again, line by line
        try:
            self.count(places)
        except OutOfTime:
            return False
        before, after, *later = (
            decisions.work(self.reach(p), telling)
            for p in (proof.parent, proof.place, *places)
            if p not in self.skipped
        )
        if not before or not after:
            return False
        return all(now and not decisions.is_work_taken_back(before, after, now) for now in later)

    def _is_clear(self, low: int, high: int) -> bool:
        """Whether it is known if anything worth a search is left there."""
        step = self.step(low, high)
        if step is None:
            return False
        limit = max(2 * decisions.PART * self.whole_size, 0.02)
        if step.analysis.n >= EARLY_LOOK and decisions.is_the_same_work(self.reach(low), self.reach(high)):
            return abs(step.size) < limit / 2 or step.is_decided  # nothing but built-ins and data could differ
        return step.is_slower or step.is_faster or step.analysis.upper < limit or step.analysis.n >= MOST_SESSIONS // 2
