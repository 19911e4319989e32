"""`bench-agent doctor` on real projects, sound and broken."""

import os
import sys
from pathlib import Path

import pytest

from bench_agent.system.git import open_repository
from bench_agent.system.worktree_home import find_leftovers
from bench_agent.system.worktrees import Trees
from projects import SUITE, Project, make_project


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts}


def test_a_sound_project_is_measurable_and_nothing_in_it_changes(tmp_path: Path) -> None:
    project = make_project(tmp_path, recipe="{pytest} -p cacheprovider tests/benchmark")
    sha = project.commit()
    before = contents(tmp_path)
    done = project.run("doctor", "--json")
    assert done.code == 0
    document = done.json
    assert document["schema"] == "bench-agent/doctor/1"
    assert document["measurable"] is True
    assert document["suite"]["benchmarks"] == 2
    assert document["suite"]["command"].endswith("benchmark")
    assert document["tools"]["pytest_benchmark"]
    assert document["tools"]["plugins"]["pytest-benchmark"] == document["tools"]["pytest_benchmark"]
    assert (document["git"]["sha"], document["git"]["commits"], document["git"]["branch"]) == (sha, 1, "main")
    assert document["machine"]["probe_rounds"] >= 8
    assert not [f for f in document["findings"] if f["severity"] == "blocks"]
    assert contents(tmp_path) == before


@pytest.mark.long
def test_stored_runs_tell_what_each_benchmark_can(tmp_path: Path) -> None:
    project = make_project(
        tmp_path, suite=SUITE + "\ndef test_once(benchmark):\n    benchmark.pedantic(int, rounds=1)\n"
    )
    project.write("tests/regression/baseline_metrics.json", '{"adds": {"p95_ms": 5}, "gone": {"p95_ms": 5}}')
    project.commit()
    project.run("run", "--no-confirm")
    document = project.run("doctor", "--json").json
    rows = {row["benchmark"]: row for row in document["benchmarks"]}
    assert set(rows) == {"adds", "sorts", "once"}
    assert rows["once"]["rounds"] == 1
    assert rows["adds"]["has_p95_target"] is True
    assert rows["adds"]["noise"] is None
    assert all(row["spent_s"] > 0 for row in rows.values())
    assert document["history"]["runs"] == 1
    assert document["history"]["unmatched_targets"] == ["gone"]
    shown = project.run("doctor").out
    assert "once: one round" in shown
    assert "Suspected from" in shown


@pytest.mark.parametrize(
    ("suite", "recipe", "extra", "reason"),
    [
        (SUITE, "{pytest} --benchmark-disable tests/benchmark", {}, "--benchmark-disable was in force"),
        (SUITE, f"'{sys.executable}' -m pytest -p no:benchmark tests/benchmark", {}, "without pytest-benchmark"),
        (SUITE, "{pytest} tests/benchmark", {"conftest.py": "def x(:\n"}, "conftest.py: SyntaxError"),
        (SUITE, "no-such-program", {}, "`no-such-program` is not on PATH"),
        (None, None, {}, "nothing to run"),
        (SUITE, "{pytest} tests/benchmark", {"tests/benchmark/config.yaml": "kep: 3"}, "unknown key `kep`"),
    ],
)
def test_what_is_in_the_way_is_the_first_finding(
    tmp_path: Path, suite: str | None, recipe: str | None, extra: dict[str, str], reason: str
) -> None:
    project = make_project(tmp_path, suite=suite, recipe=recipe)
    for name, text in extra.items():
        project.write(name, text)
    done = project.run("doctor", "--json")
    assert done.code == 0
    first = done.json["findings"][0]
    assert first["severity"] == "blocks"
    assert reason in first["message"]
    assert first["advice"]
    if suite:
        assert first["message"].startswith(("the suite can't be measured: ", "pyproject", "tests/", str(tmp_path)))


def test_a_file_that_cannot_be_imported_is_in_the_way_only_where_pytest_stops_for_it(tmp_path: Path) -> None:
    project = make_project(tmp_path, recipe="{pytest} --continue-on-collection-errors tests/benchmark")
    project.write("tests/benchmark/test_broken.py", "import nothing_of_that_name\n")
    document = project.run("doctor", "--json").json
    assert (document["measurable"], document["suite"]["benchmarks"]) == (True, 2)
    (found,) = [f for f in document["findings"] if f["area"] == "suite"]
    assert found["severity"] == "harms"
    assert "nothing_of_that_name" in found["message"]


def test_an_empty_folder_without_git_is_looked_at_too(tmp_path: Path) -> None:
    done = Project(root=tmp_path).run("doctor")
    assert done.code == 0
    assert "✗ the benchmarks can't be measured" in done.out
    assert "no repository" in done.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_hostile_names_do_no_harm(tmp_path: Path) -> None:
    name = "\x1b[31m[bold]x[/] `y`"
    suite = f"import pytest\n@pytest.mark.parametrize('v', [1], ids=[{name!r}])\ndef test_a(benchmark, v):\n    benchmark.pedantic(int, rounds=1)\n"
    project = make_project(tmp_path, suite=suite)
    project.run("run", "--no-confirm")
    for arguments in (["doctor"], ["doctor", "--json"]):
        out = project.run(*arguments).out.replace("\n", "")
        assert out.isprintable()


def test_what_a_killed_run_left_is_found_and_a_running_ones_trees_are_its_own(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shop")
    sha = project.commit()
    repository = open_repository(project.root)
    assert repository is not None
    cache = tmp_path / "cache"
    assert find_leftovers(repository, cache=cache) == ((), None)
    with Trees(repository, cache=cache) as trees:
        tree = trees.checkout(sha, "base")
        assert find_leftovers(repository, cache=cache) == ((), f"process {os.getpid()}")
        left = tree.parent
    assert find_leftovers(repository, cache=cache) == ((), None)
    (left / "base").mkdir(parents=True)
    assert find_leftovers(repository, cache=cache) == ((left / "base",), None)
