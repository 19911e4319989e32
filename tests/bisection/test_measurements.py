"""What a search has measured, and what it does not measure again."""

import os
import sys
import time
from pathlib import Path

from bench_agent.bisection.checkpoint import Checkpoint
from bench_agent.bisection.lineage import Version, read_line
from bench_agent.bisection.measurements import Measurements
from bench_agent.bisection.versions import Versions
from bench_agent.records import PytestProcess
from bench_agent.system.git import open_repository
from bench_agent.system.worktrees import Trees
from planted import SUITE, plant


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
