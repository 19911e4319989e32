"""One benchmark's search on one line of commits: measures what the logic of culprit/bisection.py asks for, until it is settled.

Comes in: the line, a field to measure on, a prior, a deadline. Goes out: the whole change, proved steps, and what is left
undecided. Everything measured is written down in `Findings` before it is used, so that a search goes on where it stopped.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench_agent import quantity
from bench_agent.comparison import ComparisonVerdict, PairSample
from bench_agent.culprit import bisection
from bench_agent.culprit.bisection import Gap, Span, Step
from bench_agent.culprit.line import Line
from bench_agent.detect.verdict import judge, log_ratios
from bench_agent.errors import MeasureError
from bench_agent.history.searches import Findings, Session
from bench_agent.measure.field import Field, name_of
from bench_agent.measure.ring_worker import SideError
from bench_agent.records import Reach
from bench_agent.stats.search import Posterior, choose, locate, misreading, noise_scale
from bench_agent.stats.sequential import LOOKS, spread
from bench_agent.units import clean_text

ABREAST = 3  # commits timed against the good one in one ring
COUNTED_ABREAST = 2  # as many as there are cores on the smallest machines
MOST_SESSIONS = 48  # for one proof
MOST_STEPS = 120  # of one search by time
MOST_CULPRITS = 6
PROMISING, WORTH_A_LOOK = 3, 0.03  # so many sessions, all slower and by so much in the middle: the search may begin
UNKNOWN_SCALE = 0.02  # of the noise (log units), at least, before there are sessions enough to know it
MOST_RETRIES = 8


class OutOfTime(Exception):  # noqa: N818  what is known is reported
    """The budget is used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A place against the newest measurable one before it, in the same sessions."""

    place: int
    parent: int
    among: tuple[int, ...]  # places that can't be told apart, `place` last
    step: Step


@dataclass(slots=True)
class Hunt:
    """The state of one search. `run` fills proofs; all other fields tell how it went."""

    ground: Field
    findings: Findings
    line: Line
    benchmark: str
    weights: Sequence[float]  # prior of places 1..n
    deadline: float  # time.monotonic()
    say: Callable[[str], None]
    save: Callable[[], None]
    extra: Callable[[int], str | None] = lambda place: None  # a version to run beside the proof of a place
    assumed: float = (
        0.0  # size of the whole change (log units) where it is known from elsewhere: then it is not measured first
    )
    verdict: ComparisonVerdict = "inconclusive"
    clock: str = "cpu"
    whole: Step | None = None
    proofs: list[Proof] = field(default_factory=list)
    made_up: list[tuple[Span, Step]] = field(default_factory=list)  # stretches that got faster
    undecided: list[Span] = field(default_factory=list)  # slower, without a proved culprit
    left: list[int] = field(default_factory=list)  # places the answer lies among, where a search ended early
    methods: set[str] = field(default_factory=set)  # "counts", "time": how candidates were found
    notes: list[str] = field(default_factory=list)

    # --- the order of things

    def run(self) -> None:
        """Search until everything that is surely slower is explained, or time is up. Raises MeasureError for the ends' sake."""
        ends = Span(low=0, high=self.line.last)
        candidate = self._by_counts(ends)
        try:
            if candidate is None and not self.assumed:
                self._settle_whole((self._version(0), self._version(ends.high)))
            self._search(ends, candidate)
        except OutOfTime:
            self.notes.append("the time was used up (--budget)")
        if self.whole is None:
            self._judge(final=True)

    def _search(self, ends: Span, candidate: int | None) -> None:
        waiting = [ends]
        while waiting and len(self.proofs) < MOST_CULPRITS:
            span = waiting.pop(0)
            proof = self._prove(span, candidate) if candidate is not None else None
            if self._is_cleared:
                return
            if proof is None and span is not ends:
                candidate = self._by_counts(span)
                proof = self._prove(span, candidate) if candidate is not None else None
            candidate = None
            for _ in range(MOST_RETRIES):
                skipped = self.skipped
                if proof is None and (found := self._by_time(span)) is not None:
                    proof = self._prove(span, found)
                if self.skipped == skipped:  # else its parent turned out to be one that can't be measured
                    break
            if self._is_cleared:
                return
            if proof is None:
                self.undecided.append(span)
                continue
            self.proofs.append(proof)
            for side in (Span(low=span.low, high=proof.parent), Span(low=proof.place, high=span.high)):
                step = self.step(side.low, side.high)
                if side.low == side.high or step is None:
                    continue
                if bisection.is_worth_searching(step, self._whole_size):
                    waiting.append(side)
                elif step.is_faster and -step.size >= bisection.PART * self._whole_size:
                    self.made_up.append((side, step))
            waiting.sort(key=self._size_of, reverse=True)

    def _size_of(self, span: Span) -> float:
        step = self.step(span.low, span.high)
        return step.size if step else 0.0

    @property
    def _whole_size(self) -> float:
        return self.whole.size if self.whole else 0.0

    def share(self, size: float) -> float | None:
        """Of the whole change's logarithm."""
        return size / self._whole_size if self._whole_size > 0 else None

    # --- what is known

    def _version(self, place: int) -> str:
        return self.line.versions[place]

    @property
    def skipped(self) -> frozenset[int]:
        """Places that can't be measured; never the ends."""
        versions = self.line.versions
        return frozenset(p for p in range(1, self.line.last) if versions[p] in self.findings.skipped)

    def values(self, one: str, other: str) -> list[tuple[float, float]]:
        """(one, other) as log ratios to the base of each set of sessions that held both, in time order."""
        found = []
        for session in self.findings.sessions:
            if session.benchmark == self.benchmark:
                pair = [self._log(session, version) for version in (one, other)]
                if pair[0] is not None and pair[1] is not None:
                    found.append((pair[0], pair[1]))
        return found

    def _log(self, session: Session, version: str) -> float | None:
        if version == session.base:
            return 0.0
        sample = session.samples.get(version)
        return None if sample is None else log_ratios([sample], self.clock)[0]

    def step_of(self, one: str, other: str) -> Step | None:
        """The change from one version to another; None when they never ran beside each other."""
        pairs = self.values(one, other)
        if not pairs:
            return None
        return bisection.step_between([a for a, _ in pairs], [b for _, b in pairs], final=True)

    def step(self, low: int, high: int) -> Step | None:
        return self.step_of(self._version(low), self._version(high))

    # --- is it real

    def _end_samples(self) -> list[PairSample]:
        base, end = self._version(0), self._version(self.line.last)
        return [
            s.samples[end]
            for s in self.findings.sessions
            if s.benchmark == self.benchmark and s.base == base and end in s.samples
        ]

    def _judge(self, *, final: bool = False) -> None:
        """The verdict on the whole line so far."""
        samples = self._end_samples()
        found = judge({self.benchmark: samples}, final=final).get(self.benchmark)
        if found is None:
            return
        self.clock = found.clock
        self.verdict = found.verdict
        self.whole = Step(analysis=found.analysis)

    def _settle_whole(self, versions: Sequence[str]) -> None:
        """Measure until the verdict on the whole line stands, or it looks slower: then the search goes on to settle it."""
        if not self._is_settled():
            self._measure(versions, self._is_settled)

    def _is_settled(self) -> bool:
        self._judge()
        values = [b - a for a, b in self.values(self._version(0), self._version(self.line.last))]
        promising = len(values) >= PROMISING and min(values) > 0 and median(values) >= WORTH_A_LOOK
        return promising or self.verdict != "inconclusive"

    @property
    def _is_cleared(self) -> bool:
        """The whole line is known not to be slower: nobody is looked for."""
        return self.verdict in ("same", "faster")

    # --- counts

    def reach(self, place: int) -> Reach | None:
        return self.findings.reaches.get(self._version(place), {}).get(self.benchmark)

    def count(self, places: Sequence[int]) -> None:
        """Count what is not counted yet; what can't be is skipped from now on."""
        wanted = [p for p in places if self.reach(p) is None and self._version(p) not in self.findings.skipped]
        if not wanted:
            return
        self._check_time()
        versions = [self._version(p) for p in wanted]
        counted, failed = self.ground.count(versions, [self.benchmark])
        self.findings.measured += len(versions)
        for place, version in zip(wanted, versions, strict=True):
            label = name_of(version)
            self.findings.reaches.setdefault(version, {}).update(counted.reaches.get(label, {}))
            problems = counted.problems.get(label, {})
            why = failed.get(version) or problems.get(self.benchmark) or problems.get("")
            if why:
                self._fail(version, place, why)
        self.save()

    def _fail(self, version: str, place: int, why: str) -> None:
        if place in (0, self.line.last):
            raise MeasureError(
                f"{clean_text(self.benchmark)} can't be measured at {name_of(version)}, an end of the range: {why}",
                hint="choose another --good or --bad at which the benchmark passes",
            )
        self.findings.skipped[version] = clean_text(why, limit=160)
        self.say(f"{name_of(version)} can't be measured: {clean_text(why, limit=120)}")

    def count_ends(self) -> None:
        """What both ends execute, for the ranking; nothing when there is no time."""
        with contextlib.suppress(OutOfTime):
            self.count([0, self.line.last])

    def _by_counts(self, span: Span) -> int | None:
        """The commit of the span after which the benchmark executes most more; None when counts don't tell."""
        effect = step.size if (step := self.step(span.low, span.high)) else 0.0
        try:
            self.count([span.low, span.high])
            telling = bisection.telling_functions(self.reach(span.low), self.reach(span.high), effect)
            while telling is not None:
                counts = {p: bisection.work(self.reach(p), telling) for p in range(span.low, span.high + 1)}
                gap = bisection.largest_gap(counts, span)
                if gap is None:
                    return None
                wanted = bisection.next_counts(gap, self.weights, self.skipped, COUNTED_ABREAST)
                if not wanted:
                    self.methods.add("counts")
                    return gap.high
                self._tell_counts(gap)
                self.count(wanted)
        except OutOfTime:
            pass
        return None

    def _tell_counts(self, gap: Gap) -> None:
        left = quantity.counted(gap.high - gap.low, "commit")
        self.say(f"counting: {left} left, {self.findings.measured} measurements, {self._left_s:.0f} s left")

    # --- time

    def _by_time(self, span: Span) -> int | None:
        """The most probable place once it is 99 % sure; None when time, or what can be measured, ends before."""
        for _ in range(MOST_STEPS):
            ordered = bisection.stops(span, self.skipped)
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
            ends = (0, self.line.last) if self.verdict != "slower" else ()
            self._measure([self._version(p) for p in sorted({span.low, *places, *ends})], None)
            self._judge()
            if self._is_cleared:
                return None
        return None

    def _posterior(self, span: Span, ordered: Sequence[int]) -> Posterior | None:
        base = self._version(span.low)
        observations = {
            number: [b - a for a, b in self.values(base, self._version(place))]
            for number, place in enumerate(ordered, start=1)
        }
        step = self.step(span.low, span.high)
        size = step.size if step else self.assumed
        if size <= 0:
            return None
        prior = bisection.prior_of_stops(self.weights, span, self.skipped)
        return locate(prior, observations, size=size, scale=self._scale(span))

    def _scale(self, span: Span) -> float:
        values = [b - a for a, b in self.values(self._version(span.low), self._version(span.high))]
        scale = noise_scale(spread(values))
        return scale if len(values) >= LOOKS[0] else max(scale, UNKNOWN_SCALE)

    def _tell_search(self, ordered: Sequence[int], posterior: Posterior) -> None:
        few = ", ".join(f"{name_of(self._version(ordered[i - 1]))[:8]} {p:.0%}" for i, p in posterior.top(3))
        left = sum(p > 0.001 for p in posterior.places)
        self.say(
            f"timing: {quantity.counted(left, 'commit')} left ({few}), {self.findings.measured} measurements, "
            f"{self._left_s:.0f} s left"
        )

    # --- proof

    def _prove(self, span: Span, place: int) -> Proof | None:
        """The place against the newest measurable one before it; None when it is not the cause."""
        parent, among = bisection.group_before(place, span, self.skipped)
        extra = self.extra(place)
        ends = (0, self.line.last) if self.verdict != "slower" else ()
        places = sorted({*ends, span.low, parent, place, span.high})
        versions = [*(self._version(p) for p in places), *([extra] if extra else [])]
        which = name_of(self._version(place))
        self.say(f"proving {which[:12]} against its parent, {self._left_s:.0f} s left")

        def is_enough() -> bool:
            if self.verdict != "slower":
                self._judge()
                if self._is_cleared:
                    return True
            step = self.step(parent, place)
            if step is None or self.verdict != "slower":
                return False
            if step.analysis.n >= MOST_SESSIONS:
                return True
            return step.is_decided and all(
                self._is_clear(low, high) for low, high in ((span.low, parent), (place, span.high)) if low != high
            )

        try:
            while not is_enough() and not {self._version(parent), self._version(place)} & self.findings.skipped.keys():
                self._measure([v for v in versions if v not in self.findings.skipped], is_enough)
        except OutOfTime:
            self._judge(final=True)
        step = self.step(parent, place)
        if self.verdict != "slower" or step is None:
            return None
        least = max(bisection.PART * self._whole_size, bisection.LEAST)
        if not step.is_slower or step.size < least:
            return None
        return Proof(place=place, parent=parent, among=tuple(among) if len(among) > 1 else (), step=step)

    def _is_clear(self, low: int, high: int) -> bool:
        """Whether it is known if anything worth a search is left there."""
        step = self.step(low, high)
        if step is None:
            return False
        limit = max(2 * bisection.PART * self._whole_size, 0.02)
        return step.is_slower or step.is_faster or step.analysis.upper < limit or step.analysis.n >= MOST_SESSIONS // 2

    # --- measuring

    @property
    def _left_s(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)

    def _check_time(self) -> None:
        if self._left_s <= 0:
            raise OutOfTime

    def _measure(self, versions: Sequence[str], enough: Callable[[], bool] | None) -> None:
        """Sets of sessions of these versions, the base first, until it is enough; one when that is None.

        A version that fails is skipped from now on, and ends it.
        """
        self._check_time()
        try:
            with self.ground.ring(versions, self.benchmark, budget_s=max(self._left_s, 10.0)) as sessions:
                while True:
                    taken = sessions.take(last=enough is None)
                    self.findings.measured += taken.sessions
                    if taken.samples:
                        self.findings.sessions.append(
                            Session(benchmark=self.benchmark, base=versions[0], samples=taken.samples)
                        )
                    self.notes += [note for note in taken.notes if note not in self.notes]
                    for version, why in taken.failed.items():
                        self._fail(version, self._place(version), why)
                    self.save()
                    if taken.failed or enough is None or enough():
                        return
                    self._check_time()
        except SideError as error:
            version = next(v for v in versions if name_of(v) == error.side.label)
            self._fail(version, self._place(version), error.message)

    def _place(self, version: str) -> int:
        return self.line.versions.index(version) if version in self.line.versions else -1
