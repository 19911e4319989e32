"""Any versions of one repository made ready and measured together: in the ring, or by counting.

Comes in: versions by name (a sha; "" is the working tree; "-SHA" the newest commit without that one). Goes out: what fresh
sessions of them gave, and the versions that can't be measured, with the reason. What to measure next is decided elsewhere.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.comparison import PairSample
from bench_agent.errors import MeasureError
from bench_agent.measure.counting import Counted, count_sides
from bench_agent.measure.profiling import profile_sides
from bench_agent.measure.ring import Ring
from bench_agent.measure.ring_worker import Side, SideError
from bench_agent.measure.worktree import Trees
from bench_agent.own_times import Profile

WORKING_TREE = ""
END_SLOT, WITHOUT_SLOT = "s0", "s9"
SLOTS = tuple(f"s{n}" for n in range(1, 8))  # of one length: a path's length moves memory
START_FACTOR, START_LEAST_S = 10.0, 20.0  # a start may take so many times what the ends of the range took
CALL_FACTOR, CALL_LEAST_S = 20.0, 10.0  # likewise a call of the benchmark
FIRST_START_S, FIRST_CALL_S = 300.0, 120.0  # before the ends were measured


@dataclass(slots=True)
class Taken:
    """One set of fresh sessions of one benchmark: observations against the first version, and what can't be measured."""

    samples: dict[str, PairSample] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)  # version -> reason
    sessions: int = 0
    notes: tuple[str, ...] = ()


class Field:
    """Kept trees with the versions in use, moved from commit to commit. Belongs to one entered `Trees`."""

    def __init__(
        self,
        trees: Trees,
        *,
        end: str,
        end_sha: str,
        top: Path,
        below: Path,
        python: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        iterations: dict[str, int],
    ) -> None:
        """end: the newest version, whose benchmark files all others get. end_sha: its commit, HEAD for the working tree.

        top: the checkout the repository was found in; below: pytest's root in it; arguments: for pytest.
        iterations: of a round, if known.
        """
        self._trees, self._end, self._end_sha = trees, end, end_sha
        self._top, self._below, self._python = top, below, python
        self._arguments = tuple(arguments)
        self._env = dict(environment)
        self._iterations = iterations
        self._holds: dict[str, str] = {}  # slot -> version
        self._used: list[str] = []  # slots, longest unused first
        self.end_tree = trees.checkout_working_tree(END_SLOT) if end == WORKING_TREE else trees.checkout(end, END_SLOT)
        self.overlaid: Sequence[str] = ()  # paths that all versions take from the end
        self.start_s: float | None = None  # what starting a session took at most
        self.call_s: float | None = None

    # --- versions

    def sides(self, versions: Sequence[str]) -> list[Side]:
        """Trees holding these versions. Raises SideError for the first that can't be had."""
        keep = {slot for slot, version in self._holds.items() if version in versions}
        return [self._side(version, self._tree(version, keep)) for version in versions]

    def _side(self, version: str, tree: Path) -> Side:
        return Side(
            label=name_of(version), root=tree / self._below, tree=tree, python=(self._python,), not_from=self._top
        )

    def _tree(self, version: str, keep: set[str]) -> Path:
        if version == self._end:
            return self.end_tree
        found = next((slot for slot, held in self._holds.items() if held == version), None)
        if found is None and version.startswith("-"):
            raise MeasureError("prepare_without comes first")
        slot = found or next((s for s in SLOTS if s not in self._holds), None)
        slot = slot or next(s for s in self._used if s not in keep and s != WITHOUT_SLOT)
        if slot in self._used:
            self._used.remove(slot)
        self._used.append(slot)
        keep.add(slot)
        if found is None:
            self._holds.pop(slot, None)
            try:
                tree = self._trees.checkout(version, slot)
                self._trees.overlay(END_SLOT, slot, self.overlaid)
            except MeasureError as error:
                raise SideError(self._side(version, self.end_tree), error.message, hint=error.hint) from error
            self._holds[slot] = version
            return tree
        return self.end_tree.parent / slot

    def prepare_without(self, sha: str, *, parent: int | None) -> str:
        """The version that is the newest commit without `sha`; raises MeasureError where it can't be taken back."""
        version = f"-{sha}"
        if self._holds.get(WITHOUT_SLOT) != version:
            self._holds.pop(WITHOUT_SLOT, None)
            self._trees.checkout_without(self._end_sha, sha, WITHOUT_SLOT, parent=parent)
            self._trees.overlay(END_SLOT, WITHOUT_SLOT, self.overlaid)
            self._holds[WITHOUT_SLOT] = version
        return version

    # --- measuring

    @property
    def _start_timeout_s(self) -> float:
        return FIRST_START_S if self.start_s is None else max(START_FACTOR * self.start_s, START_LEAST_S)

    @property
    def _patience_s(self) -> float:
        return FIRST_CALL_S if self.call_s is None else max(CALL_FACTOR * self.call_s, CALL_LEAST_S)

    def count(self, versions: Sequence[str], ids: Sequence[str]) -> tuple[Counted, dict[str, str]]:
        """Counts by `name_of(version)`, and the versions whose tree could not be had."""
        sides, failed = [], {}
        for version in versions:
            try:
                keep = {slot for slot, held in self._holds.items() if held in versions}
                sides.append(self._side(version, self._tree(version, keep)))
            except SideError as error:
                failed[version] = error.message
        began = time.monotonic()
        counted = count_sides(
            sides,
            ids,
            arguments=self._arguments,
            env=self._env,
            start_timeout_s=self._start_timeout_s,
            patience_s=self._patience_s,
        )
        if self.start_s is None:
            self.start_s = time.monotonic() - began
        return counted, failed

    def profile(self, before: str, after: str, benchmark: str, *, budget_s: float) -> Profile:
        """Own time per function of one version beside another, about half a second; without turns where it can't be had."""
        try:
            one, other = self.sides([before, after])
        except SideError as error:
            return Profile(problem=error.message)
        return profile_sides(
            one,
            other,
            benchmark,
            arguments=self._arguments,
            env=self._env,
            start_timeout_s=self._start_timeout_s,
            patience_s=self._patience_s,
            budget_s=budget_s,
        )

    @contextmanager
    def ring(self, versions: Sequence[str], benchmark: str, *, budget_s: float) -> Iterator["Sessions"]:
        """Sessions of these versions, the base first, one set after the other. Raises SideError as `sides`."""
        with Ring(
            self.sides(versions),
            node_ids=(benchmark,),
            arguments=self._arguments,
            env=self._env,
            budget_s=budget_s,
            patience_s=self._patience_s,
            start_timeout_s=self._start_timeout_s,
            iterations=self._iterations,
        ) as ring:
            yield Sessions(ring, versions, benchmark, self)

    def learn(self, ring: Ring, samples: Mapping[str, PairSample]) -> None:
        """How long starts and calls take, for the timeouts of what is not known yet."""
        self.start_s = max(self.start_s or 0.0, ring.start_s)
        longest = max((max(s.base_s, s.head_s) for s in samples.values()), default=0.0)
        self.call_s = max(self.call_s or 0.0, longest)


class Sessions:
    """Sets of fresh sessions of the same versions."""

    def __init__(self, ring: Ring, versions: Sequence[str], benchmark: str, owner: Field) -> None:
        self._ring, self._versions, self._benchmark, self._owner = ring, tuple(versions), benchmark, owner
        self._first = True

    def take(self, *, last: bool = False) -> Taken:
        """One set. last: no more will be asked for. A version that can't be measured is in `failed`, then nothing else is sure."""
        by_label = {name_of(version): version for version in self._versions}
        taken = Taken(sessions=len(self._versions))
        try:
            step = self._ring.step((self._benchmark,) if not self._first else None, last=last)
        except SideError as error:
            taken.failed[by_label[error.side.label]] = error.message
            return taken
        self._first = False
        for (_, label), sample in step.samples.items():
            taken.samples[by_label[label]] = sample
        for problem in step.problems:
            if problem.kind == "in_turns":
                taken.notes = (*taken.notes, problem.message)
            elif problem.side in by_label:
                taken.failed.setdefault(by_label[problem.side], f"{problem.kind}: {problem.message}")
            elif not taken.samples:
                raise MeasureError(f"{self._benchmark} can't be measured: {problem.message}")
        if taken.samples:
            self._owner.learn(self._ring, taken.samples)
        return taken


def name_of(version: str) -> str:
    """What people call a version, and unlike any other's."""
    if version == WORKING_TREE:
        return "working tree"
    return f"end without {version[1:13]}" if version.startswith("-") else version[:12]
