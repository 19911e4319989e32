"""What is measured again must be what was run, or there is no verdict."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.compare.witness import other_time, other_work, withhold
from bench_agent.records import CountedWork, ModuleOrigin, PytestProcess, Reach, Run, Sample, Suite
from bench_agent.records.suite import ModuleKind
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from projects import make_project

SAMPLE = Sample(
    id="t.py::a",
    name="a",
    rounds=100,
    iterations=1,
    median_s=1e-3,
    cpu_s=1e-3,
    min_s=0.9e-3,
    max_s=9e-3,
    quantiles_s=(0.9e-3, *([1e-3] * 39), 1.2e-3),
)
ROW = ComparedBenchmark(
    benchmark="t.py::a", base=1e-3, head=1e-3, unit="s", clock="cpu", ratio=1.0, interval=(0.99, 1.01), verdict="same",
    detectable=0.01, pairs=8, seconds_to_settle=None, p_slower=0.5, p_faster=0.5,
)  # fmt: skip


@pytest.mark.parametrize("head", [0.6e-3, 1e-3, 1.9e-3])
def test_the_same_work_on_a_machine_that_is_faster_or_slower_for_a_while_is_the_same(head: float) -> None:
    assert other_time(replace(ROW, head=head), SAMPLE) is None


@pytest.mark.parametrize("head", [1e-6, 0.4e-3, 3e-3])
def test_a_time_the_run_never_had_is_not_the_same_work(head: float) -> None:
    why = other_time(replace(ROW, head=head), SAMPLE)
    assert why
    assert why.startswith("measured again ")
    assert "the run had 1 ms: not the same work" in why


def test_rounds_that_vary_much_allow_as_much() -> None:
    varied = replace(SAMPLE, quantiles_s=(0.1e-3,) * 5 + (1e-3,) * 30 + (8e-3,) * 5)
    assert other_time(replace(ROW, head=10e-3), varied) is None
    assert other_time(replace(ROW, head=0.08e-3), varied) is None


def test_work_that_waits_is_compared_by_the_wall_and_less_strictly() -> None:
    assert other_time(replace(ROW, clock="wall", head=3e-3), SAMPLE) is None
    assert other_time(replace(ROW, clock="wall", head=6e-3), SAMPLE)


def test_a_single_first_call_is_named_as_such() -> None:
    once = replace(SAMPLE, rounds=1, quantiles_s=(1e-3,))
    assert other_time(replace(ROW, head=0.3e-3), once) is None
    assert "the first" in (other_time(replace(ROW, head=1e-6), once) or "")


@pytest.mark.parametrize(
    "sample", [replace(SAMPLE, median_s=0.0, cpu_s=None), replace(SAMPLE, median_s=0.0, cpu_s=0.0)]
)
def test_what_the_clock_could_not_see_is_not_held_against_it(sample: Sample) -> None:
    assert other_time(ROW, sample) is None


def counted(**lines: int) -> Reach:
    functions = {f"p.py::{name}": 1 for name in lines}
    return Reach(functions=functions, lines={f"p.py::{name}": count for name, count in lines.items()}, complete=True)


def test_counts_of_other_functions_are_not_the_same_work() -> None:
    ran = replace(SAMPLE, reach=counted(native=200))
    assert other_work(ran, CountedWork(base=Reach(), head=counted(native=200))) is None
    assert other_work(ran, CountedWork(base=Reach(), head=counted(native=190))) is None  # a cache, the order of a set
    assert other_work(ran, CountedWork(base=Reach(), head=replace(counted(native=1), complete=False))) is None
    assert "fallback" in (other_work(ran, CountedWork(base=Reach(), head=counted(fallback=900))) or "")


@pytest.mark.parametrize("verdict", ["same", "slower", "faster"])
def test_no_verdict_is_left_and_one_warning_says_why(verdict) -> None:
    rows = tuple(replace(ROW, benchmark=f"t.py::{n}", verdict=verdict, head=1e-6) for n in range(5))
    run = Run(
        run_id="r", started_at="", samples=tuple(replace(SAMPLE, id=row.benchmark, name=row.benchmark) for row in rows)
    )
    found = withhold(run, Comparison(base="b", head="h", benchmarks=rows, geomean=1.0), {})
    assert {row.verdict for row in found.benchmarks} == {"undecided"}
    assert len(found.warnings) == 1
    assert "no verdict on 5 benchmarks" in found.warnings[0]
    assert "and 2 more" in found.warnings[0]


@pytest.mark.parametrize(
    ("built", "kind", "told"), [(True, "extension", True), (False, "extension", False), (True, "source", False)]
)
def test_what_setup_builds_in_another_way_is_the_likely_difference(built: bool, kind: ModuleKind, told: bool) -> None:
    """yarl built in place traces its lines, and takes eight times as long as what `pip install .` builds of it."""
    module = ModuleOrigin(name="p._fast", kind=kind, path="/p/_fast.so")
    suite = Suite(processes=(PytestProcess(executable="python", rootdir="/", modules=(module,)),))
    run = Run(run_id="r", started_at="", samples=(replace(SAMPLE, id="t", name="t"),), suite=suite)
    row = replace(ROW, benchmark="t", head=1e-6)
    found = withhold(run, Comparison(base="b", head="h", benchmarks=(row,), geomean=1.0), {}, built=built)
    assert ("pip install -e ." in found.warnings[0]) is told


SUITE = """
import os, pathlib
import work
SIZE = pathlib.Path({outside!r})

def test_work(benchmark):
    benchmark.pedantic(work.work, args=(int(SIZE.read_text()),), rounds=50, iterations=5)
"""
CONFTEST = """
import pathlib
def pytest_unconfigure(config):
    pathlib.Path({outside!r}).write_text("3")
"""


@pytest.mark.long
def test_a_slowdown_is_not_cleared_by_measuring_other_work(tmp_path: Path) -> None:
    """The size comes from a file outside the project, which the run itself changes: nothing else can catch that."""
    outside = tmp_path / "size"
    project = make_project(tmp_path / "p", suite=SUITE.format(outside=str(outside)))
    project.write("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n")
    project.write("tests/benchmark/conftest.py", CONFTEST.format(outside=str(outside)))
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("work.py", "def work(n): return sum(range(n))\n")
    project.commit("Start")
    outside.write_text("20000")
    assert project.run("run", "--json").code == 0
    project.write("work.py", "def work(n): return sum(i * i % 7 + i // 3 for i in range(n))\n")
    project.commit("Slower")
    outside.write_text("20000")
    found = project.run("run", "--json", "--budget", "20", timeout=240).json
    assert any("not the same work" in warning for warning in found["warnings"]), found
    assert found["status"] not in ("passing", "regressed")
    (row,) = found["benchmarks"]
    assert row["mark"] in ("suspected", "undecided"), row
