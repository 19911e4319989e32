"""What a search has measured, and what it does not measure again."""

import os
import sys
import time
from pathlib import Path

from bench_agent.bisection.checkpoint import Checkpoint, StoredSession
from bench_agent.bisection.lineage import Line, Version, read_line
from bench_agent.bisection.measurements import Measurements
from bench_agent.bisection.versions import Versions
from bench_agent.records import Commit, PairSample, PytestProcess, Reach
from bench_agent.system.git import open_repository
from bench_agent.system.worktrees import Trees
from planted import SUITE, plant
from simulated import BENCHMARK, SimulatedVersions

GOOD, PARENT, COMMIT = ("1" * 40, "2" * 40, "3" * 40)
NOISE = (0.048, -0.064, 0.032, -0.032, 0.016)


def sample(level: float) -> PairSample:
    return PairSample(
        cpu_log_ratio=level, wall_log_ratio=level, base_s=1e-3, head_s=1e-3, base_cpu_s=1e-3, head_cpu_s=1e-3,
        cpu_use=1.0, rounds=50, iterations=1, seconds=0.1,
    )  # fmt: skip


def measured(size: float, *, sets: int = 5, lines: tuple[int, int] | None = None) -> Measurements:
    """Sets of three versions, the last slower than the second by `size`. lines: that both of them execute, where counted."""
    checkpoint = Checkpoint()
    for number in range(sets):
        samples = {PARENT: sample(NOISE[number]), COMMIT: sample(size + NOISE[-1 - number])}
        checkpoint.sessions.append(StoredSession(benchmark=BENCHMARK, base=GOOD, samples=samples))
    for key, count in zip((PARENT, COMMIT), lines or (), strict=False):
        reach = Reach(functions={"m.py::f": 1}, lines={"m.py::f": count}, files=("m.py",), complete=True)
        checkpoint.reaches[key] = {BENCHMARK: reach}
    line = Line(
        versions=tuple(map(Version, (GOOD, PARENT, COMMIT))),
        commits=(Commit(sha=PARENT, subject="", parents=(GOOD,)), Commit(sha=COMMIT, subject="", parents=(PARENT,))),
    )
    return Measurements(
        versions=SimulatedVersions(levels={}),  # type: ignore[arg-type]
        checkpoint=checkpoint, line=line, benchmark=BENCHMARK, deadline=0.0, say=print, save=lambda: None,
    )  # fmt: skip


def is_slower(found: Measurements) -> bool:
    step = found.step(1, 2)
    assert step is not None
    return step.is_slower


def test_a_large_step_that_a_search_by_time_ended_with_is_told_in_five_sets() -> None:
    found = measured(0.2)
    assert not is_slower(found)
    found.located.add((PARENT, COMMIT))
    assert is_slower(found)
    four, small = measured(0.2, sets=4), measured(0.14)
    for few in (four, small):
        few.located.add((PARENT, COMMIT))
        assert not is_slower(few)


def test_where_counts_agree_three_sets_tell_by_the_noise_of_all_their_versions() -> None:
    assert is_slower(measured(0.8, sets=3, lines=(1000, 2000)))
    assert not is_slower(measured(0.8, sets=3, lines=(1000, 1000)))
    assert not is_slower(measured(0.8, sets=3))


def test_ends_that_cannot_be_counted_are_said_and_not_counted_again(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", commits=2)
    repository = open_repository(planted.root)
    assert repository is not None
    checkpoint, said = Checkpoint(), list[str]()
    process = PytestProcess(executable=sys.executable, rootdir=str(planted.root))
    with (
        Trees(repository, cache=tmp_path) as trees,
        Versions(
            trees, end=Version(planted.head), end_sha=planted.head, top=planted.root, root=planted.root,
            process=process, environment=os.environ, iterations={},
        ) as versions,
    ):  # fmt: skip
        measurements = Measurements(
            versions=versions, checkpoint=checkpoint, line=read_line(repository, planted.good, planted.head),
            benchmark=f"{SUITE}::test_nothing", deadline=time.monotonic() + 300, say=said.append, save=lambda: None,
        )  # fmt: skip
        measurements.count([0, 2])
        counted = checkpoint.measured
        assert counted > 0
        measurements.count([0, 2])
    assert checkpoint.measured == counted
    assert checkpoint.skipped == {}
    assert [note for note in measurements.notes if planted.good[:12] in note and "no such benchmark there" in note]
    assert len(measurements.notes) == 2
