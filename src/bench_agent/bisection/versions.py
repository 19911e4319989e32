"""Any versions of one repository made ready and measured together: in turns, or by counting.

Takes versions, and returns what fresh sessions of them gave and which can't be measured, with the reason. What to measure
next is decided elsewhere.
"""

import contextlib
import math
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

from bench_agent.bisection.kept_trees import KeptTrees
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.timeouts import Lasted, call_timeout_s, start_timeout_s
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.counts import Counted, Counting
from bench_agent.measure.paired.forkserver import ForkServers, is_possible
from bench_agent.measure.paired.interleave import Ring
from bench_agent.measure.paired.profiling import profile_sides
from bench_agent.measure.paired.same_process import root_in, side_of, start_environment
from bench_agent.measure.paired.side import Side, SideError
from bench_agent.measure.paired.trees import compiled_modules
from bench_agent.records import ModuleOrigin, PairSample, Profile, PytestProcess
from bench_agent.system.worktrees import Trees

PREPARED = 5  # interpreters for the sets of sessions that prove a culprit found by counts


@dataclass(slots=True)
class SessionSet:
    """One set of fresh sessions of one benchmark: observations against the first version, and what can't be measured."""

    samples: dict[Version, PairSample] = field(default_factory=dict)
    failed: dict[Version, str] = field(default_factory=dict)  # version -> reason
    fell_back: bool = False  # a version has its own benchmark files now: what was taken tells nothing, take it again
    sessions: int = 0
    notes: tuple[str, ...] = ()


class Versions:
    """Kept trees with the versions in use, moved from commit to commit. A context manager; belongs to one entered `Trees`."""

    def __init__(
        self,
        trees: Trees,
        *,
        end: Version,
        end_sha: str,
        top: Path,
        root: Path,
        process: PytestProcess,
        environment: Mapping[str, str],
        iterations: dict[str, int],
        modules: Sequence[ModuleOrigin] = (),
        deadline: float = math.inf,
    ) -> None:
        """end: the newest version, whose benchmark files all others get. end_sha: its commit, HEAD for the working tree.

        top: the checkout the repository was found in; root: the project's folder in it; process: the suite's that the
        benchmark belongs to. environment: where the process's own is not known. iterations: of a round, if known. modules: of
        the run, that a version is held against. deadline: time.monotonic(); near it calls are waited for less long. Raises
        MeasureError where the end can't be had.
        """
        self._trees, self._top, self._root, self._process = trees, top, root, process
        self.below = root_in(process, top, root)
        self._modules = tuple(modules)
        self._env = dict(environment)
        self._iterations = iterations
        self._uses: dict[str, float] = {}  # CPU use of long benchmarks, by id
        self._deadline = deadline
        self.lasted = Lasted()  # what starts and calls took so far
        python, begun_in = (process.executable, *process.flags), process.environment or environment
        # Versions that are built have interpreters of their own, and coverage starts pytest itself: none is made ready for all.
        each_its_own = trees.has_setup or bool(process.under)
        self._ready = partial(Counting, None if each_its_own else python, env=begun_in)
        self._interpreters: dict[int, Counting] = {}  # by hash seed
        self._counting = self.interpreter(1)
        self._fork_servers = None if each_its_own else ForkServers(python, start_environment(begun_in), random.Random())
        try:  # the interpreters get ready meanwhile
            self.kept = KeptTrees(trees, end=end, end_sha=end_sha, below=self.below)
        except BaseException:
            self._end_interpreters()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kept.close()
        self._end_interpreters()

    def _end_interpreters(self) -> None:
        for counting in self._interpreters.values():
            counting.__exit__()
        if self._fork_servers is not None:
            self._fork_servers.close()

    # --- versions

    def sides(self, versions: Sequence[Version]) -> list[Side]:
        """Trees holding these versions. Raises SideError for the first that can't be had."""
        self.kept.prefetch(versions, beside=versions, needed=True)
        return [self._held(version) for version in versions]

    def sides_to_be_had(self, versions: Sequence[Version]) -> tuple[dict[Version, Side], dict[Version, str]]:
        """As `sides`, of those of which a tree can be had; of the others, why not."""
        self.kept.prefetch(versions, beside=versions, needed=True)
        sides: dict[Version, Side] = {}
        failed: dict[Version, str] = {}
        for version in versions:
            try:
                sides[version] = self._held(version)
            except SideError as error:
                failed[version] = error.message
        return sides, failed

    def _side(self, version: Version, tree: Path) -> Side:
        return side_of(
            self._process,
            label=version.label,
            tree=tree,
            top=self._top,
            root=self._root,
            python=self._trees.python(tree.name),  # a tree is called as its slot
            env=self._trees.variables(tree.name, self._process.environment or os.environ),
            compiled=compiled_modules(self._top, tree, self._modules, built=self._trees.has_setup),
        )

    def _held(self, version: Version) -> Side:
        try:
            tree = self.kept.tree_of(version)
        except MeasureError as error:
            raise SideError(self._side(version, self.kept.end_tree), error.message, hint=error.hint) from error
        return self._side(version, tree)

    # --- measuring

    @property
    def _left_s(self) -> float:
        return self._deadline - time.monotonic()

    @property
    def start_timeout_s(self) -> float:
        """How long the start of a session may take."""
        return start_timeout_s(self.lasted, self._left_s)

    @property
    def patience_s(self) -> float:
        """How long one call of the benchmark may take."""
        return call_timeout_s(self.lasted, self._left_s)

    def count(self, versions: Sequence[Version], ids: Sequence[str]) -> tuple[Counted, dict[Version, str]]:
        """Counts by the labels of the versions, and the versions whose tree could not be had."""
        sides, failed = self.sides_to_be_had(versions)
        if not sides:
            return Counted(), failed
        began = time.monotonic()
        counted = self._count(list(sides.values()), ids)
        told = {v: counted.problems.get(v.label, {}) for v in versions}
        again = [v for v in versions if any(self.kept.fall_back(v, ids[0], why) for why in told[v].values())]
        if again:
            more = self._count([sides[version] for version in again], ids)
            counted.reaches.update(more.reaches)
            counted.problems.update(more.problems)
        hung = any(counted.problems.values())  # perhaps; then it says nothing of the others
        if not hung and self.learn_start(time.monotonic() - began):
            self.expect(PREPARED)  # meanwhile one core has little to do
        return counted, failed

    def _count(self, sides: Sequence[Side], ids: Sequence[str]) -> Counted:
        return self._counting.count(sides, ids, start_timeout_s=self.start_timeout_s, patience_s=self.patience_s)

    def expect(self, sets: int = 1) -> None:
        """That many sets of sessions will follow: their interpreters get ready while something else is measured."""
        if is_possible() and self._fork_servers is not None:
            self._fork_servers.prepare(sets)

    def profile(self, before: Version, after: Version, benchmark: str, *, budget_s: float) -> Profile:
        """Own time per function of one version beside another, about half a second; without turns where it can't be had."""
        try:
            one, other = self.sides([before, after])
        except SideError as error:
            return Profile(problem=error.message)
        return profile_sides(
            self._counting,
            one,
            other,
            benchmark,
            start_timeout_s=self.start_timeout_s,
            patience_s=self.patience_s,
            budget_s=budget_s,
            call_s=self.lasted.call_s or 0.0,
        )

    @contextlib.contextmanager
    def ring(self, versions: Sequence[Version], benchmark: str, *, budget_s: float) -> Iterator["OpenSessions"]:
        """OpenSessions of these versions, the base first, one set after the other. Raises SideError as `sides`."""
        with self.turns(versions, (benchmark,), budget_s=budget_s) as ring:
            yield OpenSessions(ring, versions, benchmark, self)

    def turns(self, versions: Sequence[Version], ids: Sequence[str], *, budget_s: float) -> Ring:
        """The ring of these versions, the base first, with several benchmarks; to be entered. Raises SideError as `sides`."""
        return Ring(
            self.sides(versions),
            node_ids=tuple(ids),
            env=self._env,
            budget_s=budget_s,
            patience_s=self.patience_s,
            start_timeout_s=self.start_timeout_s,
            iterations=self._iterations,
            uses=self._uses,
            fork_servers=self._fork_servers,
        )

    def interpreter(self, hash_seed: int) -> Counting:
        """What starts sessions with this hash seed that count or are traced; from its first mention on it gets ready."""
        if hash_seed not in self._interpreters:
            self._interpreters[hash_seed] = self._ready(hash_seed=hash_seed)
        return self._interpreters[hash_seed]

    def learn_start(self, took_s: float) -> bool:
        """The first sessions came to their end after that long. False where that was known already."""
        if self.lasted.start_s is not None:
            return False
        self.lasted = replace(self.lasted, start_s=took_s, counted_s=took_s)
        self.kept.end_has_run = True
        return True

    def learn(self, ring: Ring, samples: Mapping[Version, PairSample]) -> None:
        """How long starts and calls take, for the timeouts of what is not known yet."""
        longest = max((max(s.base_s, s.head_s) for s in samples.values()), default=0.0)
        self.lasted = replace(
            self.lasted,
            start_s=max(self.lasted.start_s or 0.0, ring.start_s),
            call_s=max(self.lasted.call_s or 0.0, longest),
        )
        self.kept.end_has_run = True


class OpenSessions:
    """Sets of fresh sessions of the same versions."""

    def __init__(self, ring: Ring, versions: Sequence[Version], benchmark: str, owner: Versions) -> None:
        self._ring, self._versions, self._benchmark, self._owner = ring, tuple(versions), benchmark, owner
        self._first = True

    def take(self, *, last: bool = False) -> SessionSet:
        """One set. last: no more will be asked for. A version that can't be measured is in `failed`, then nothing else is sure."""
        by_label = {version.label: version for version in self._versions}
        taken = SessionSet(sessions=len(self._versions))
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
            elif problem.side in by_label and self._owner.kept.fall_back(
                by_label[problem.side], self._benchmark, problem.message
            ):
                taken.fell_back = True
            elif problem.side in by_label:
                taken.failed.setdefault(by_label[problem.side], f"{problem.kind}: {problem.message}")
            elif not taken.samples:
                raise MeasureError(f"{self._benchmark} can't be measured: {problem.message}")
        if taken.samples:
            self._owner.learn(self._ring, taken.samples)
        return taken
