"""Two commits of a real project measured against each other, as somebody does who has just written a benchmark."""

import os
import sys
from pathlib import Path

import pytest

from bench_agent.compare.revisions import (
    _is_enough,
    compare_revisions,
    describe_not_reached,
    not_reached,
    without_noise,
)
from bench_agent.config import Config
from bench_agent.measure.collect import look_at_suite
from bench_agent.measure.paired.compare_sides import RingResult
from bench_agent.records import PairSample, Problem
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.system.git import open_repository
from planted import git

BENCH = "import code_under_test\ndef test_work(benchmark): benchmark(code_under_test.work)\n"


@pytest.mark.long
def test_a_benchmark_newer_than_both_commits_is_measured_under_the_options_it_was_collected_with(
    tmp_path: Path,
) -> None:
    root = tmp_path / "project"
    (root / "src" / "code_under_test").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    shas = []
    for size in (20_000, 60_000):
        module = root / "src" / "code_under_test" / "__init__.py"
        module.write_text(f"def work():\n    return sum(range({size}))\n")
        # A section that this pytest refuses to start with, as many old projects have it.
        (root / "setup.cfg").write_text("[pytest]\naddopts = --strict\n")
        git(root, "add", "-A")
        git(root, "commit", "-qm", str(size))
        shas.append(git(root, "rev-parse", "HEAD").strip())
    (root / "speed.py").write_text(BENCH)
    (root / "speed.ini").write_text("[pytest]\n")
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    repository = open_repository(root)
    assert repository is not None
    config = Config(root=root, command=f"{sys.executable} -m pytest -c speed.ini --rootdir . speed.py")
    suite = look_at_suite(config, keyword=None, environment=environment)
    result = compare_revisions(
        config, repository, base=shas[0], head=shas[1], suite=suite, ids=suite.ids, budget_s=20.0,
        environment=environment, say=lambda text: None,
    )  # fmt: skip
    assert result.warnings == ()
    assert [row.benchmark for row in result.benchmarks] == ["speed.py::test_work"]
    assert result.benchmarks[0].ratio > 1.5


def test_benchmarks_whose_turn_never_came_are_counted() -> None:
    problem = Problem(benchmark="a.py::test_slow", kind="slow", side=None, message="")
    result = RingResult(
        base="b", head="h", samples={"a.py::test_done": ()}, problems=(problem,), steps=1, seconds=9.0, start_s=8.0,
        stopped="budget",
    )  # fmt: skip
    assert not_reached(result, ["a.py::test_done", "a.py::test_slow"]) == []
    left = not_reached(result, ["a.py::test_done", "a.py::test_x", "a.py::test_y"])
    (told,) = describe_not_reached(result, left, 10.0)
    assert told.startswith(
        "2 benchmarks were not reached in the 10 s of the budget that were left for timing; starting the suite alone took 8 s"
    )
    assert "--budget" in told


@pytest.mark.parametrize(
    ("other", "seconds", "left_s", "enough"),
    [
        ([0.0] * 6, 0.1, 19.0, True),
        ([0.0] * 6, 0.1, 21.0, False),  # there is still time beyond what is kept
        ([0.6, 0.5, 0.6], 0.1, 19.0, False),  # one more pair will probably confirm it too
        ([0.6, 0.5, 0.6], 9.0, 19.0, True),  # but that takes half of what is left
    ],
)
def test_what_is_kept_for_the_search_is_left_once_a_slowdown_is_confirmed(
    other: list[float], seconds: float, left_s: float, enough: bool
) -> None:
    samples = {"slow": pairs([0.7 + 0.01 * (n % 3) for n in range(9)], 0.1), "other": pairs(other, seconds)}
    assert _is_enough(20.0, 0, samples, left_s) == enough
    assert not _is_enough(20.0, 0, {"other": samples["other"]}, left_s)


def pairs(logs: list[float], seconds: float) -> list[PairSample]:
    return [
        PairSample(
            cpu_log_ratio=log, wall_log_ratio=log, base_s=0.001, head_s=0.001, base_cpu_s=0.001, head_cpu_s=0.001,
            cpu_use=1.0, rounds=20, iterations=1, seconds=seconds,
        )
        for log in logs
    ]  # fmt: skip


def test_same_code_is_neither_slower_nor_faster_whatever_was_measured() -> None:
    verdicts = {"a": "slower", "b": "faster", "c": "same", "d": "slower"}
    rows = tuple(
        ComparedBenchmark(
            benchmark=id, base=1.0, head=1.1, unit="s", clock="cpu", ratio=1.1, interval=(1.05, 1.2), verdict=verdict,  # type: ignore[arg-type]
            detectable=0.1, pairs=11, seconds_to_settle=None, p_slower=0.001, p_faster=1.0,
        )
        for id, verdict in verdicts.items()
    )  # fmt: skip
    comparison = Comparison(base="x", head="y", benchmarks=rows, geomean=1.1)
    told = without_noise(comparison, {"a", "b", "c"}).benchmarks
    assert [row.verdict for row in told] == ["undecided", "undecided", "same", "slower"]
    assert [bool(row.note) for row in told] == [True, True, False, False]
