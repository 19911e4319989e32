"""One benchmark's search on one line of commits: what is done in which order, until what got slower is explained.

Takes what is measured of a line (`Measurements`, which it holds), a prior and a deadline; finds proved steps, and says what is
left undecided and what was not searched for lack of time. This module only carries it out: candidates come from
`bisection/next_commit.py`, and each decision is a pure function of `bisection/decisions.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench_agent.bisection import counts, decisions
from bench_agent.bisection.decisions import ProofVerdict
from bench_agent.bisection.lasting import Lasting
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.measurements import Measurements, OutOfTime
from bench_agent.bisection.next_commit import Narrowing
from bench_agent.bisection.span import Group, Span, group_at
from bench_agent.bisection.steps import Proof, Step
from bench_agent.stats.sequential import EARLY_LOOK, LOOKS
from bench_agent.suspects.same_code import Bearing

MOST_CULPRITS = 6  # proved commits, those that were taken back included: more are not read, and each costs seconds
MOST_RETRIES = 8  # of a search by time whose candidate, or its parent, turned out not to be measurable


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A stretch beside a proved commit that made up for some of the slowdown, or may have changed it, and the position that
    did it where counts tell.
    """

    span: Span
    step: Step
    position: int | None
    is_sure: bool


def _nothing(_position: int) -> None:
    return None


def _executed(_group: Group, _size: float) -> Bearing:
    return "executed"


@dataclass(slots=True, kw_only=True)
class Strategy:
    """The state of one search. `run` fills proofs; all other fields tell how it went."""

    measured: Measurements
    weights: Sequence[float]  # prior of positions 1..n
    extra: Callable[[int], Version | None] = _nothing  # a version to run beside the proof of a position
    bearing: Callable[[Group, float], Bearing] = _executed  # of commits on the benchmark, whose step has that size
    assumed: float = 0.0  # size of the whole change (log units) where that is known and not to be measured first
    first: int | None = None  # the position to prove before any is searched for: it did it to another benchmark
    proofs: list[Proof] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    passing: list[tuple[Proof, int]] = field(default_factory=list)  # proved, but taken back by that position
    replaced: list[Proof] = field(default_factory=list)  # proved, but taking it back from the newest gives nothing back
    moved: list[Proof] = field(default_factory=list)  # slower, though nothing that is executed changed: moved memory
    undecided: list[Span] = field(default_factory=list)  # searched, slower, and without a proved culprit
    unsearched: list[Span] = field(default_factory=list)  # not searched to the end
    out_of_time: bool = False
    narrowing: Narrowing = field(init=False)
    _ask_counts: bool = field(init=False, default=True)  # of the span that comes next

    def __post_init__(self) -> None:
        self.narrowing = Narrowing(measured=self.measured, weights=self.weights, assumed=self.assumed)

    # --- what is done in which order

    def run(self) -> None:
        """Search until everything that is surely slower is explained, or time is up. Raises MeasureError for the ends' sake."""
        ends = Span(low=0, high=self.measured.line.last)
        waiting = [ends]
        try:
            self._search(waiting, self._open(ends))
        except OutOfTime:
            self.out_of_time = True
            self.unsearched += waiting
            self.measured.notes.append("the time was used up (--budget)")
        except KeyboardInterrupt:
            self.unsearched += waiting
            raise
        finally:
            self._place_replaced()
        if self.measured.verdict == "undecided":
            self.measured.judge_whole(final=True)

    def _open(self, ends: Span) -> int | None:
        """The first candidate; without one the whole change is measured until the search may begin."""
        if self.first is not None:
            # Where counts say the same, a few sessions will do.
            self.measured.count([group_at(self.first, ends, self.measured.skipped).parent, self.first])
            return self.first
        candidate = self.narrowing.by_counts(ends)
        self._ask_counts = False  # of the ends they were asked just now
        if candidate is None and not self.assumed and not self._may_search():
            self.measured.measure([self.measured.version_at(p) for p in (0, ends.high)], self._may_search)
        return candidate

    def _may_search(self) -> bool:
        m = self.measured
        m.judge_whole()
        differences = m.differences(m.version_at(0), m.version_at(m.line.last))
        return decisions.may_search(m.verdict, differences, is_hopeless=m.is_hopeless)

    def _search(self, waiting: list[Span], candidate: int | None) -> None:
        """Search the spans, and what proofs leave of them. The span in work stays in `waiting` until it is done with."""
        while waiting and not self.measured.is_cleared:
            if len(self.proofs) + len(self.passing) + len(self.replaced) >= MOST_CULPRITS:
                self.undecided += waiting
                return
            span = waiting[0]
            proof = self._find(span, candidate, ask_counts=self._ask_counts)
            self._ask_counts, candidate = True, None
            if self.measured.is_cleared:
                return
            found = self._settle(span, proof)
            waiting.remove(span)
            waiting += found
            waiting.sort(key=self._size_of, reverse=True)

    def _find(self, span: Span, candidate: int | None, *, ask_counts: bool) -> Proof | None:
        """A proved step of the span: the candidate, or one found by counts, by time, or on the steepest stretch alone."""
        proof = self._prove(span, candidate) if candidate is not None else None
        if proof is None and ask_counts:
            proof = self._prove_found(span, self.narrowing.by_counts(span))
        for _ in range(MOST_RETRIES):
            skipped = self.measured.skipped
            if proof is None:
                proof = self._prove_found(span, self._located(span, self.narrowing.by_time(span)))
            if self.measured.skipped == skipped:  # else its parent turned out to be one that can't be measured
                break
        if proof is None:
            proof = self._prove_found(span, self.narrowing.by_steepest(span))
        return proof

    def _located(self, span: Span, candidate: int | None) -> int | None:
        if candidate is not None:
            m = self.measured
            m.located.add((m.version_at(group_at(candidate, span, m.skipped).parent).key, m.version_at(candidate).key))
        return candidate

    def _prove_found(self, span: Span, candidate: int | None) -> Proof | None:
        return None if candidate is None or self.measured.is_cleared else self._prove(span, candidate)

    def _settle(self, span: Span, proof: Proof | None) -> list[Span]:
        """Note what was found of a span; what is to be searched next because of it."""
        if proof is None:
            self.measured.check_time()  # without time it was not searched to its end
            self.undecided.append(span)
            return []
        self.narrowing.forget()
        whole = self.measured.whole_size
        if (back := Lasting(measured=self.measured).taken_back(span, proof)) is not None:
            self.passing.append((proof, back))
            return self._around(span, proof, back)
        if self._gives_nothing_back(proof):
            self.replaced.append(proof)
            return self._around(span, proof, proof.position)
        self.proofs.append(proof)
        beside = (Span(low=span.low, high=proof.parent), Span(low=proof.position, high=span.high))
        sides = decisions.judge_sides(((side, self.measured.step(side.low, side.high)) for side in beside), whole)
        for told in (sides.faster, sides.unsure):
            for side, step in told:
                by = self.narrowing.by_counts(side, falling=step.size < 0)
                self.beside.append(Beside(span=side, step=step, position=by, is_sure=told is sides.faster))
        if not self.measured.left_s:  # with more of it they would have been made sure
            self.unsearched += [side for side, step in sides.unsure if step.size > 0]
        return list(sides.waiting)

    def _around(self, span: Span, proof: Proof, back: int) -> list[Span]:
        """What is to be searched where a proved step does not last."""
        before = self.measured.step(span.low, proof.parent)
        whole, size = self.measured.whole_size, self._size_of(span)
        return decisions.spans_around_passing(span, proof.parent, back, before, size, whole)

    def _gives_nothing_back(self, proof: Proof) -> bool:
        """Whether the newest version without the commit is as slow: it was taken back, or something later did the same."""
        without = self.extra(proof.position) if proof.position < self.measured.line.last and not proof.among else None
        if without is None or self.measured.is_skipped(without):
            return False
        given = self.measured.step_of(without, self.measured.version_at(self.measured.line.last), early=True)
        return given is not None and decisions.gives_nothing_back(given, proof.step)

    def _place_replaced(self) -> None:
        """Where a later commit is proved, it is that which lasts; without one they stay the answer."""
        last = max((proof.position for proof in self.proofs), default=0)
        for proof in self.replaced:
            if proof.position < last:
                self.passing.append((proof, self.measured.line.last))
            else:
                self.proofs.append(proof)
        self.replaced.clear()

    def _size_of(self, span: Span) -> float:
        step = self.measured.step(span.low, span.high)
        return step.size if step else 0.0

    # --- proof

    def _prove(self, span: Span, position: int) -> Proof | None:
        """The position against the newest measurable one before it; None when it is not the cause. Raises OutOfTime before
        that is known."""
        m = self.measured
        group = group_at(position, span, m.skipped)
        extra = self.extra(position)
        positions = sorted({*self.narrowing.open_ends(), span.low, group.parent, position, span.high})
        versions = [*map(m.version_at, positions), *([extra] if extra else [])]
        parent, commit = m.version_at(group.parent), m.version_at(position)
        m.say(f"proving {commit.label} against its parent, {m.left_s:.0f} s left")

        def is_enough() -> bool:
            if m.verdict != "slower":
                m.judge_whole()
            return self._is_measured_enough(span, group)

        counted = m.counts_agree(parent, commit, counts.LEAST_GROWTH)
        late: OutOfTime | None = None
        try:
            for wanted in (versions, (parent, commit)):  # at last only the step itself is to be known better
                alone = wanted is not versions

                def stop(alone: bool = alone) -> bool:
                    return is_enough() or (not alone and self._is_known_beside(span, group))

                while not stop() and not m.is_skipped(parent) and not m.is_skipped(commit):
                    known = [version for version in wanted if not m.is_skipped(version)]
                    m.measure(known, stop, expected=EARLY_LOOK if counted else LOOKS[0])
        except OutOfTime as error:
            m.judge_whole(final=True)
            late = error
        verdict = self._judge_proof(group)
        if verdict == "open" and late is not None:
            raise late
        return self._note_proof(group, verdict)

    def _is_known_beside(self, span: Span, group: Group) -> bool:
        """Whether the whole line is known to be slower, and what is left on both sides of the group."""
        return self.measured.verdict == "slower" and self._are_sides_clear(span, group)

    def _are_sides_clear(self, span: Span, group: Group) -> bool:
        m = self.measured
        sides = [(a, b) for a, b in ((span.low, group.parent), (group.members[-1], span.high)) if a != b]
        return all(decisions.is_side_clear(m.step(a, b), m.whole_size, m.reach(a), m.reach(b)) for a, b in sides)

    def _is_measured_enough(self, span: Span, group: Group) -> bool:
        m, position = self.measured, group.members[-1]
        return decisions.is_measured_enough(
            m.verdict,
            m.step(group.parent, position),
            m.whole_size,
            is_hopeless=m.is_hopeless,
            sides_are_clear=self._are_sides_clear(span, group),
        )

    def _judge_proof(self, group: Group) -> ProofVerdict:
        m = self.measured
        step = m.step(group.parent, group.members[-1])
        verdict = decisions.judge_proof(m.verdict, step, m.whole_size, "executed")
        if verdict != "proved" or step is None:
            return verdict
        parent, commit = m.version_at(group.parent), m.version_at(group.members[-1])
        if m.counts_agree(parent, commit, counts.LEAST_GROWTH):
            return verdict  # what is executed is more: there is no need to read the patch for that
        return decisions.judge_proof(m.verdict, step, m.whole_size, self.bearing(group, step.size))

    def _note_proof(self, group: Group, verdict: ProofVerdict) -> Proof | None:
        """The proof where there is one; else the position is no longer believed to be it, unless nothing is known."""
        position = group.members[-1]
        step = self.measured.step(group.parent, position)
        if step is None or verdict == "open":
            return None
        among = group.members if len(group.members) > 1 else ()
        proof = Proof(position=position, parent=group.parent, among=among, step=step)
        if verdict == "proved":
            return proof
        if verdict == "moved" and position not in {known.position for known in self.moved}:
            self.moved.append(proof)
        self.narrowing.exclude(group.members)
        return None
