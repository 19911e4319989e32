"""Whether what a proved commit did lasts to the end of the span, or a later commit took it back. Measures until that is known."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench_agent.bisection import counts, decisions, steps
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.measurements import Measurements, OutOfTime
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """Asks what is measured of a line."""

    measured: Measurements

    def taken_back(self, span: Span, proof: Proof) -> int | None:
        """A later position of the span, its end included, at which it was again as fast as before; None when it seems to last."""
        if proof.position == span.high:
            return None
        m = self.measured
        timed = {p for p in m.timed if proof.position < p < span.high and self._since(span, proof, p)}
        positions = [*steps.later_positions(proof.position, span, m.skipped, timed), span.high]
        if self._lasts_by_counts(proof, positions):
            return None
        version = m.version_at(proof.position)

        def told() -> dict[int, bool | None]:
            return {p: self._is_back_or_lasts(span, proof, p) for p in positions if p not in m.skipped}

        with self._noting_time(version):
            while None in told().values():
                known = m.skipped
                later = [m.version_at(p) for p, back in told().items() if back is None]
                m.measure([version, *later], lambda: None not in told().values())
                if m.skipped == known and None in told().values():
                    break
        back = max((p for p, back in told().items() if back), default=None)
        return back if back is None or not self._is_still_slow(proof, back) else self._first_back(proof, back)

    @contextlib.contextmanager
    def _noting_time(self, version: Version) -> Iterator[None]:
        try:
            yield
        except OutOfTime:
            self.measured.notes.append(f"whether what {version.label} did lasts was not measured to the end (--budget)")

    def _is_back(self, proof: Proof, position: int) -> bool | None:
        m = self.measured
        later = m.differences(m.version_at(proof.position), m.version_at(position))
        return steps.is_taken_back(proof.step, later)

    def _is_back_or_lasts(self, span: Span, proof: Proof, position: int) -> bool | None:
        """As `_is_back`; that it lasts is told too by the sets of the search, in which the start of the span ran beside it."""
        told = self._is_back(proof, position)
        if told is None and steps.seems_to_last(proof.step, self._since(span, proof, position)):
            return False
        return told

    def _since(self, span: Span, proof: Proof, position: int) -> list[float]:
        """The change from the proved commit to the position, where only the start of the span ran beside either."""
        m = self.measured
        low, commit, later = (m.version_at(p) for p in (span.low, proof.position, position))
        step = m.step_of(low, commit)
        return [] if step is None else [change - step.size for change in m.differences(low, later)]

    def _settle_back(self, proof: Proof, position: int) -> None:
        """Measure until `_is_back` is known of the position, or it can't be measured."""
        if self._is_back(proof, position) is None:
            versions = [self.measured.version_at(proof.position), self.measured.version_at(position)]
            self.measured.measure(versions, lambda: self._is_back(proof, position) is not None)

    def _is_still_slow(self, proof: Proof, back: int) -> bool:
        m = self.measured
        falls = m.differences(m.version_at(proof.position), m.version_at(back))
        return decisions.is_still_slow(proof.step, falls, m.whole_size)

    def _first_back(self, proof: Proof, back: int) -> int | None:
        """The first position up to `back` at which the proof was taken back; None when it was so in part only, and so lasts."""
        low = proof.position
        with self._noting_time(self.measured.version_at(proof.position)):
            while inside := [p for p in range(low + 1, back) if p not in self.measured.skipped]:
                middle = inside[len(inside) // 2]
                self._settle_back(proof, middle)
                if self._is_back(proof, middle):
                    back = middle
                elif middle not in self.measured.skipped:
                    low = middle
            return None if self._is_still_slow(proof, back) else back
        return back

    def _lasts_by_counts(self, proof: Proof, positions: Sequence[int]) -> bool:
        """Whether counts tell, and the benchmark executes at each of the positions what the proof added."""
        m = self.measured
        telling = counts.telling_functions(m.reach(proof.parent), m.reach(proof.position), proof.step.size)
        if telling is None:
            return False
        if counts.is_the_same_work(m.reach(proof.position), m.reach(m.line.last), telling):
            return True  # nobody took it back and brought it again, line by line
        try:
            m.count(positions)
        except OutOfTime:
            return False
        wanted = [p for p in (proof.parent, proof.position, *positions) if p not in m.skipped]
        before, after, *later = (counts.work(m.reach(p), telling) for p in wanted)
        return decisions.has_lasted(before, after, later)
