"""A quick run in a real repository: counts first, and what they name is what is measured."""

from pathlib import Path

import pytest

from projects import Done, Project, make_project

CODE = "def rank(n):\n    return sum(i * i for i in range(n))\n\ndef render(n):\n    return sorted(range(n))\n"
SUITE = """
import sys
sys.path.insert(0, "src")
import toy

def test_rank(benchmark):
    benchmark(toy.rank, 200)

def test_render(benchmark):
    benchmark(toy.render, 200)
"""
# Every round of these takes a tenth of a millisecond by their own clock, on any machine and however busy it is.
CLOCKED = """
import itertools, sys
sys.path.insert(0, "src")
import pytest, toy

ticks = itertools.count()

def tick():
    return next(ticks) / 10_000

pytestmark = pytest.mark.benchmark(timer=tick)

def test_rank(benchmark):
    benchmark.pedantic(toy.rank, args=(200,), rounds=20)

def test_render(benchmark):
    benchmark.pedantic(toy.render, args=(200,), rounds=20)
"""
RANK, RENDER = "tests/benchmark/test_it.py::test_rank", "tests/benchmark/test_it.py::test_render"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository whose first commit has a clean run stored."""
    project = make_project(tmp_path, suite=SUITE)
    project.write("src/toy.py", CODE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    return project


def quick(project: Project, *more: str) -> Done:
    done = project.run("run", "--quick", "--json", *more)
    assert done.code == 0, done.err
    return done


def told(done: Done) -> dict[str, dict]:
    """What is said of each benchmark that is not simply passing."""
    return {f["id"]: f for kind in ("regressions", "undecided", "improvements") for f in done.json[kind]}


def counted(done: Done) -> dict[str, list[str]]:
    """What the counts say, by benchmark. What the clock said of such short work is chance."""
    return {id: f["counts"] for id, f in told(done).items() if f.get("counts")}


@pytest.mark.long
def test_a_change_that_no_clock_could_see_is_named_from_one_iteration_and_measured(project: Project) -> None:
    base = project.commit("Second")
    quick(project)
    project.write("src/toy.py", CODE.replace("range(n))\n\n", "range(n + 1))\n\n"))  # one item of 200 more
    done = quick(project, "--budget", "3")
    assert f"1 of 1 benchmark counted execute something else than at {base[:8]}: more in rank" in done.err
    assert "pair 1:" in done.err
    said = [warning for warning in done.json["warnings"] if "rank executes more (rank:" in warning]
    finding = told(done).get(RANK)
    assert said or (finding is not None and "counts" in finding["rules"] and "rank" in finding["counts"][0])
    assert RENDER not in counted(done)


@pytest.mark.long
def test_equal_counts_are_said_to_prove_nothing(project: Project) -> None:
    project.write(
        "tests/benchmark/test_it.py", CLOCKED
    )  # what looks slower is measured, and nothing said of its counts
    project.commit("By a clock of our own")
    quick(project, "--no-confirm")
    project.write("src/toy.py", CODE.replace("sorted(range(n))", "sorted(range(n), reverse=True)"))
    done = quick(project)
    assert done.json["summary"]["compared"] == 2
    assert counted(done) == {}
    assert any("equal counts prove nothing about time" in warning for warning in done.json["warnings"])


@pytest.mark.long
def test_without_stored_counts_those_of_the_base_are_taken_from_its_tree(project: Project) -> None:
    project.git("checkout", "-q", "-b", "feature")
    project.write("src/toy.py", CODE.replace("return sorted(range(n))", "return [i for i in range(n)]"))
    project.commit("Render otherwise")
    done = quick(project, "--budget", "3")
    assert "1 of 1 benchmark counted execute something else" in done.err
    assert "more in render" in done.err


@pytest.mark.long
def test_a_benchmark_that_executes_something_else_at_each_call_is_not_told_by_counts(project: Project) -> None:
    suite = (
        SUITE
        + "\nseen = []\ndef test_grows(benchmark):\n    benchmark(lambda: toy.rank(len(seen)) or seen.append(1))\n"
    )
    project.write("tests/benchmark/test_it.py", suite)
    project.commit("Second")
    quick(project, "--no-confirm")
    project.write("README", "not executed")
    project.commit("Third")
    done = quick(project, "--budget", "3")
    assert counted(done) == {}
    assert "something else" not in done.err
