"""The memory of one call of a benchmark in fresh sessions of any versions.

Takes versions that are made ready elsewhere, and returns what each allocated and which can't tell, with the reason. What to trace
next is decided elsewhere.
"""

import time
from collections.abc import Mapping, Sequence

from bench_agent.bisection.lineage import Version
from bench_agent.bisection.versions import Versions
from bench_agent.measure.paired.memory import CALL_S, LINES_S, trace_memory
from bench_agent.measure.paired.session import Session
from bench_agent.measure.paired.side import Side
from bench_agent.records import CallMemory

Traced = tuple[dict[Version, CallMemory], dict[Version, str]]


class TracedVersions:
    """Versions of which memory is told instead of times and counts."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._begun: dict[int, tuple[tuple[Side, ...], list[Session]]] = {}  # by hash seed, until they are asked for

    def prepare_without(self, sha: str, *, parent: int | None) -> Version:
        return self._versions.prepare_without(sha, parent=parent)

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
        sides, failed = self._versions.sides_to_be_had(versions)
        began = time.monotonic()
        found, why = self._at_once(sides, benchmark, hash_seed, lines, left)
        for version in list(why) if len(sides) > 1 else []:  # perhaps only because the others ran at the same time
            alone, still = self._at_once({version: sides[version]}, benchmark, hash_seed, lines, left)
            found |= alone
            why = {v: text for v, text in (why | still).items() if v not in alone}
        if found:
            self._versions.learn_start(time.monotonic() - began)
        return found, failed | why

    def _at_once(
        self, sides: Mapping[Version, Side], benchmark: str, hash_seed: int, lines: bool, left: bool
    ) -> Traced:
        begun_sides, begun = self._begun.pop(hash_seed, ((), []))
        told = trace_memory(
            self._versions.interpreter(hash_seed),
            list(sides.values()),
            [benchmark],
            start_timeout_s=self._versions.start_timeout_s,
            patience_s=self._versions.patience_s,
            call_s=LINES_S if lines else CALL_S,
            lines=lines,
            left=left,
            at_once=True,
            begun=begun if begun_sides == tuple(sides.values()) else (),
        )
        found = {v: m for v, side in sides.items() if (m := told.memory[side.label].get(benchmark)) is not None}
        why = {v: told.problems[side.label] for v, side in sides.items() if v not in found}
        return found, {v: text.get(benchmark) or text.get("") or "it does not tell" for v, text in why.items()}
