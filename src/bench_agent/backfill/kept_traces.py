"""Traced versions that are remembered: each answer is kept before it is used, so that a search goes on where it was stopped.

Takes what traces versions and a journal; answers what the journal knows without a session. What could not be traced is not kept:
that may have been the machine's doing, and one session tells it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bench_agent.backfill.journal import Journal
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.traced_versions import Look, TracedSet
from bench_agent.records import CallMemory


class TracesAll(Protocol):
    """What traces versions: `bisection/traced_versions.TracedVersions`."""

    def trace_all(self, versions: Sequence[Version], benchmarks: Sequence[str], look: Look) -> TracedSet: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedAnswer:
    """What one session of a commit told. memory: by benchmark."""

    commit: str
    hash_seed: int
    lines: bool
    memory: dict[str, CallMemory]


class KeptTraces:
    """Traces versions, but for what is known."""

    def __init__(self, versions: TracesAll, journal: Journal[TracedAnswer], known: Sequence[TracedAnswer]) -> None:
        self._versions, self._journal = versions, journal
        self.sessions = 0  # begun, beside what was known
        self._known: dict[tuple[str, int, bool], dict[str, CallMemory]] = {}
        for answer in known:
            self._add(answer)

    def trace_all(self, versions: Sequence[Version], benchmarks: Sequence[str], look: Look) -> TracedSet:
        """As `TracedVersions.trace_all`. Raises OSError, StoreError where an answer can't be kept."""
        lacking = {v: [id for id in benchmarks if not self._knows(v, id, look)] for v in versions}
        asked = [version for version in versions if lacking[version]]
        wanted = [id for id in benchmarks if any(id in lacking[version] for version in asked)]
        told = self._versions.trace_all(asked, wanted, look) if asked else TracedSet()
        for version in asked:
            memory = told.memory.get(version, {})
            answer = TracedAnswer(commit=version.sha, hash_seed=look.hash_seed, lines=look.lines, memory=memory)
            self._journal.write(answer)
            self.sessions += 1
            self._add(answer)
        known = {version: self._of(version, look) for version in versions}
        return TracedSet(
            memory={v: {id: memory[id] for id in benchmarks if id in memory} for v, memory in known.items()},
            failed=told.failed,
            not_reached=told.not_reached,
        )

    def _of(self, version: Version, look: Look) -> dict[str, CallMemory]:
        return self._known.get((version.sha, look.hash_seed, look.lines), {})

    def _knows(self, version: Version, benchmark: str, look: Look) -> bool:
        memory = self._of(version, look).get(benchmark)
        return memory is not None and bool(memory.calls or not look.left)

    def _add(self, answer: TracedAnswer) -> None:
        self._known.setdefault((answer.commit, answer.hash_seed, answer.lines), {}).update(answer.memory)
