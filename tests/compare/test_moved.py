"""Small differences of what executes nothing that differs, on real trees and with real counts."""

import os
import sys
from pathlib import Path

import pytest

from bench_agent.compare.moved import NOTE, without_moved
from bench_agent.compare.versions import TwoVersions, two_sides
from bench_agent.config import load_config
from bench_agent.records import PytestProcess, Suite
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.system.git import open_repository
from projects import Project, make_project

CODE = """
def rest(n):
    return {rest}

def work(n=300):
    if n < 0:
        return rest(n)
    return sum(i * i for i in range({n}))

def other(n=300):
    return sum(i for i in range(n))
"""
SUITE = """
import sys
sys.path.insert(0, "src")
import toy

def test_work(benchmark): benchmark(toy.work)
def test_other(benchmark): benchmark(toy.other)
"""
WORK, OTHER = (f"tests/benchmark/test_it.py::test_{name}" for name in ("work", "other"))


def row(id: str, ratio: float, verdict: str) -> ComparedBenchmark:
    return ComparedBenchmark(
        benchmark=id, base=1.0, head=ratio, unit="s", clock="cpu", ratio=ratio, interval=(0.99 * ratio, 1.01 * ratio),
        verdict=verdict, detectable=0.01, pairs=11, seconds_to_settle=None, p_slower=0.001, p_faster=1.0,  # type: ignore[arg-type]
    )  # fmt: skip


def told(project: Project, cache: Path, rows: tuple[ComparedBenchmark, ...]) -> dict[str, ComparedBenchmark]:
    repository = open_repository(project.root)
    assert repository is not None
    base, head = repository.resolve("HEAD~1"), repository.resolve("HEAD")
    assert base is not None
    ids = (WORK, OTHER)
    process = PytestProcess(executable=sys.executable, rootdir=str(project.root), ids=ids)
    said: list[str] = []
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    with two_sides(
        load_config(project.root, environment=environment), repository, base=base, head=head,
        suite=Suite(processes=(process,)), ids=ids, environment=environment, say=said.append,
    ) as sides:  # fmt: skip
        found = without_moved(
            Comparison(base="x", head="y", benchmarks=rows, geomean=1.0), sides, repository,
            base_sha=base, head_sha=head, environment=environment, say=said.append,
        )  # fmt: skip
    return {each.benchmark: each for each in found.benchmarks}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("src/toy.py", CODE.format(rest="n", n="n"))
    project.commit()
    return project


def test_a_small_difference_of_what_executes_nothing_that_differs_is_called_nothing(
    project: Project, tmp_path: Path
) -> None:
    project.write("src/toy.py", CODE.format(rest="[n] * 3", n="n"))
    project.commit("Another rest")
    found = told(project, tmp_path, (row(WORK, 1.02, "slower"), row(OTHER, 0.98, "faster")))
    assert {id: each.verdict for id, each in found.items()} == {WORK: "undecided", OTHER: "undecided"}
    assert all(each.note == NOTE for each in found.values())


def test_larger_ones_and_those_of_executed_code_stay_what_they_are(project: Project, tmp_path: Path) -> None:
    project.write("src/toy.py", CODE.format(rest="[n] * 3", n="n + 6"))
    project.commit("A little more work")
    found = told(project, tmp_path, (row(WORK, 1.02, "slower"), row(OTHER, 1.05, "slower")))
    assert {id: each.verdict for id, each in found.items()} == {WORK: "slower", OTHER: "slower"}


def test_data_that_differs_may_be_what_is_read(project: Project, tmp_path: Path) -> None:
    project.write("src/words.json", "[1]")
    project.commit("Add words")
    assert told(project, tmp_path, (row(WORK, 1.02, "slower"),))[WORK].verdict == "slower"


def test_what_cannot_be_counted_stays_as_it_was_measured(project: Project) -> None:
    repository = open_repository(project.root)
    assert repository is not None
    head = repository.resolve("HEAD")
    assert head is not None
    comparison = Comparison(base="x", head="y", benchmarks=(row(WORK, 1.02, "slower"),), geomean=1.0)
    sides = TwoVersions(pairs=())
    assert (
        without_moved(comparison, sides, repository, base_sha=head, head_sha=head, environment={}, say=print)
        == comparison
    )
