"""A line of versions whose times and counts are made up: searches run on it in milliseconds, without processes."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_agent.bisection.versions import SessionSet
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.counts import Counted
from bench_agent.records import PairSample, Profile, Reach

BENCHMARK = "tests/benchmark/test_x.py::test_x"


@dataclass(slots=True, kw_only=True)
class SimulatedVersions:
    """Stands where `Versions` stands: the same questions, answered from `levels`.

    levels: key of a version -> log units above the good one. work: key -> lines of one iteration; all 1000 where left out.
    noise: spread of one session, log units. broken: key -> why it can't be measured. limit: sets of sessions and counts
    until `spent` is called, such as to end the time.
    """

    levels: Mapping[str, float]
    work: Mapping[str, int] = field(default_factory=dict)
    noise: float = 0.005
    broken: Mapping[str, str] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    limit: int = 1_000_000
    spent: Any = None
    asked: int = 0
    below: Path = Path()  # the suite's folder in the repository
    overlaid: tuple[str, ...] = ()
    with_own_files: frozenset[Any] = frozenset()

    @property
    def kept(self) -> "SimulatedVersions":
        """Its own trees, of which there are none."""
        return self

    def _ask(self) -> None:
        self.asked += 1
        if self.asked == self.limit and self.spent is not None:
            self.spent()

    def prefetch(self, versions: Sequence[Any], *, beside: Sequence[Any], needed: bool = False) -> None:
        pass

    def make_ready(self, count: int) -> None:
        pass

    def expect(self) -> None:
        pass

    def held_files(self, benchmark: str, executed: Iterable[str]) -> frozenset[str]:
        return frozenset()

    def prepare_without(self, sha: str, *, parent: int | None) -> Any:
        raise MeasureError("nothing is taken back on a made-up line")

    def profile(self, before: Any, after: Any, benchmark: str, *, budget_s: float) -> Profile:
        return Profile(problem="made up")

    def count(self, versions: Sequence[Any], ids: Sequence[str]) -> tuple[Counted, dict[Any, str]]:
        self._ask()
        found = {}
        for version in versions:
            lines = self.work.get(version.key, 1000)
            found[version.label] = {
                BENCHMARK: Reach(functions={"m.py::f": 1}, lines={"m.py::f": lines}, files=("m.py",), complete=True)
            }
        failed = {version: self.broken[version.key] for version in versions if version.key in self.broken}
        return Counted(reaches=found), failed

    @contextmanager
    def ring(self, versions: Sequence[Any], benchmark: str, *, budget_s: float) -> Iterator["_Sessions"]:
        yield _Sessions(self, versions)

    def sample(self, base: Any, version: Any) -> PairSample:
        """One session pair: the difference of the levels and noise."""
        ratio = self.levels[version.key] - self.levels[base.key] + self.rng.gauss(0, self.noise)
        return PairSample(
            cpu_log_ratio=ratio, wall_log_ratio=ratio, base_s=1e-3, head_s=1e-3, base_cpu_s=1e-3, head_cpu_s=1e-3,
            cpu_use=1.0, rounds=50, iterations=1, seconds=0.1,
        )  # fmt: skip


@dataclass(slots=True)
class _Sessions:
    owner: SimulatedVersions
    versions: Sequence[Any]

    def take(self, *, last: bool = False) -> SessionSet:
        self.owner._ask()
        base, *others = self.versions
        failed = {
            version: self.owner.broken[version.key] for version in self.versions if version.key in self.owner.broken
        }
        samples = {version: self.owner.sample(base, version) for version in others if version not in failed}
        return SessionSet(samples=samples if not failed else {}, failed=failed, sessions=len(self.versions))
