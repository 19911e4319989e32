"""The memory of one call of benchmarks in fresh sessions of any versions.

Takes versions that are made ready elsewhere, and returns what each allocated and which can't tell, with the reason. What to trace
next is decided elsewhere.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench_agent.bisection.lineage import Version
from bench_agent.bisection.versions import Versions
from bench_agent.measure.paired.memory import CALL_S, LINES_S, trace_memory
from bench_agent.measure.paired.session import Session
from bench_agent.measure.paired.side import Side
from bench_agent.records import CallMemory

UNTOLD = "it does not tell"

Traced = tuple[dict[Version, CallMemory], dict[Version, str]]


@dataclass(slots=True)
class TracedSet:
    """By version: the memory of one call of each benchmark, and why others could not be told."""

    memory: dict[Version, dict[str, CallMemory]] = field(default_factory=dict)
    failed: dict[Version, dict[str, str]] = field(default_factory=dict)
    not_reached: set[str] = field(default_factory=set)  # benchmarks for which the time did not suffice


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How versions are traced. lines: also where it is allocated. left: also what calls leave behind."""

    hash_seed: int = 1
    lines: bool = False
    left: bool = True
    seconds: float | None = None  # after the start; then no further benchmark is begun


class TracedVersions:
    """Versions of which memory is told instead of times and counts."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._begun: dict[int, tuple[tuple[Side, ...], list[Session]]] = {}  # by hash seed, until they are asked for

    def prepare_without(self, sha: str, *, parent: int | None) -> Version:
        return self._versions.kept.prepare_without(sha, parent=parent)

    def begin(self, versions: Sequence[Version], benchmark: str, *, hash_seed: int) -> None:
        """Sessions that `trace` will be asked for: they start beside what is traced before."""
        interpreter = self._versions.interpreter(hash_seed)
        sides, failed = self._versions.sides_to_be_had(versions)
        if not failed:
            self._begun[hash_seed] = tuple(sides.values()), interpreter.start(list(sides.values()), [benchmark])

    def trace(
        self,
        versions: Sequence[Version],
        benchmark: str,
        *,
        hash_seed: int = 1,
        lines: bool = False,
        left: bool = True,
    ) -> Traced:
        """The memory of one call in a session of each version with this hash seed, and why others could not be told."""
        told = self.trace_all(versions, [benchmark], Look(hash_seed=hash_seed, lines=lines, left=left))
        found = {version: known[benchmark] for version, known in told.memory.items() if benchmark in known}
        return found, {version: why.get(benchmark, UNTOLD) for version, why in told.failed.items() if why}

    def trace_all(self, versions: Sequence[Version], benchmarks: Sequence[str], look: Look) -> TracedSet:
        """The same of several benchmarks, in this order, in one session of each version."""
        sides, failed = self._versions.sides_to_be_had(versions)
        began = time.monotonic()
        told = self._at_once(sides, benchmarks, look)
        for version, why in list(told.failed.items()) if len(sides) > 1 else []:
            if why:  # perhaps only because the others ran at the same time
                alone = self._at_once({version: sides[version]}, list(why), look)
                told.memory[version] |= alone.memory[version]
                told.failed[version] = alone.failed[version]
        if any(told.memory.values()):
            self._versions.learn_start(time.monotonic() - began)
        told.failed |= {version: dict.fromkeys(benchmarks, why) for version, why in failed.items()}
        return told

    def _at_once(self, sides: Mapping[Version, Side], benchmarks: Sequence[str], look: Look) -> TracedSet:
        begun_sides, begun = self._begun.pop(look.hash_seed, ((), []))
        told = trace_memory(
            self._versions.interpreter(look.hash_seed),
            list(sides.values()),
            benchmarks,
            start_timeout_s=self._versions.start_timeout_s,
            patience_s=self._versions.patience_s,
            call_s=LINES_S if look.lines else CALL_S,
            lines=look.lines,
            left=look.left,
            seconds=look.seconds,
            at_once=True,
            begun=begun if begun_sides == tuple(sides.values()) else (),
        )
        found = TracedSet(not_reached=told.not_reached)
        for version, side in sides.items():
            known, problems = told.memory[side.label], told.problems[side.label]
            found.memory[version] = known
            lacking = [id for id in benchmarks if id not in known and id not in told.not_reached]
            found.failed[version] = {id: problems.get(id) or problems.get("") or UNTOLD for id in lacking}
        return found
