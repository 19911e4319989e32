"""The newest version without one commit: made ready beside a proof, and what taking that commit back would give."""

from dataclasses import dataclass, field

from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.steps import Proof
from bench_agent.bisection.strategy import Strategy
from bench_agent.bisection.versions import Versions
from bench_agent.errors import GitError, MeasureError
from bench_agent.results.culprits import Restored


@dataclass(slots=True, kw_only=True)
class Reverting:
    """Of the commits of one line; remembers which could be had, and why others could not."""

    versions: Versions
    line: Line
    skipped: dict[str, str]  # key of a version -> why it can't be measured
    _without: dict[int, Version | None] = field(default_factory=dict)  # by position
    _why_not: dict[int, str] = field(default_factory=dict)

    def prepare(self, position: int) -> Version | None:
        """The newest version without the commit at that position; None where it can't be had, or tells nothing."""
        if self.line.versions[position - 1].key in self.skipped:
            return None  # a set of commits is the answer: taking its last one back would tell nothing
        if position not in self._without:
            self._without[position] = self._make(position)
        return self._without[position]

    def _make(self, position: int) -> Version | None:
        commit = self.line.commit(position)
        if not commit.sha or commit.sha == self.line.newest_commit.sha:
            return None  # the newest version without it is its parent, which the proof has
        try:
            return self.versions.kept.prepare_without(commit.sha, parent=1 if len(commit.parents) > 1 else None)
        except (MeasureError, GitError) as error:
            self._why_not[position] = error.message
            return None

    def restored(self, strategy: Strategy, proof: Proof) -> Restored | None:
        """What taking the culprit back gave; None where nothing was tried."""
        measured, version = strategy.measured, self._without.get(proof.position)
        if measured.line is not self.line or proof.among:
            return None
        if version is None:
            note = self._why_not.get(proof.position)
            return Restored(share=None, note=note) if note else None
        if version.key in self.skipped:
            return Restored(share=None, note=f"the newest version without it: {self.skipped[version.key]}")
        step = measured.step_of(version, self.line.versions[-1], early=True)
        if step is None or not measured.whole_size:
            return None
        whole = measured.whole_size
        interval = (step.analysis.lower / whole, step.analysis.upper / whole)
        return Restored(share=step.size / whole, interval=interval, pairs=step.analysis.n)
