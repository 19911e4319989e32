"""`bench-agent bisect`, and the same inside `bench-agent run`, as a user calls them."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from projects import FAST, Project, make_project

SCHEMA: dict[str, Any] = json.loads(
    resources.files("bench_agent.results").joinpath("culprits.schema.json").read_text("utf-8")
)
WORK = "STEPS = {steps}\n\n\ndef work():\n    total = 0\n    for step in range(STEPS):\n        total += step\n    return total\n"
SUITE = """
import work

def test_works(benchmark):
    benchmark(work.work)

def test_rests(benchmark):
    benchmark(sum, range(500))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Four commits, the third of which does three times the work."""
    project = make_project(tmp_path_factory.mktemp("bisect"), suite=SUITE, recipe=f"{{pytest}} {FAST} tests/benchmark")
    project.write(".gitignore", "__pycache__/\n.benchmark/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("work.py", WORK.format(steps=5000))
    project.commit("Start")
    project.git("tag", "start")
    return project


def grow(project: Project) -> str:
    project.write("README.md", "more\n")
    project.commit("Docs")
    project.write("work.py", WORK.format(steps=15000))
    culprit = project.commit("Round [bold]better[/]")
    project.write("README.md", "even more\n")
    project.write("tests/benchmark/test_it.py", f"# Of the work.\n{SUITE}")
    project.commit("Docs again")
    return culprit


@pytest.mark.long
def test_run_proves_the_commit_and_bisect_names_it_in_one_line(project: Project) -> None:
    assert project.run("run", "--json", "--no-confirm").code == 0
    culprit = grow(project)
    report = project.run("run", "--json", "--budget", "240", timeout=400).json
    (finding,) = [f for f in report["regressions"] if f["benchmark"] == "works"]
    assert finding["confirmed"]
    first = finding["suspects"][0]
    assert (first["sha"], first["proved"]) == (culprit, True)
    assert first["share"] == pytest.approx(1.0, abs=0.15)
    assert "STEPS = 15000" in first["excerpt"]
    assert "measured against its parent" in first["evidence"][0]

    done = project.run("bisect", "works", "--good", "start", "--json", timeout=400)
    assert done.code == 0
    jsonschema.Draft202012Validator(SCHEMA).validate(done.json)
    assert [c["sha"] for c in done.json["culprits"]] == [culprit]
    text = project.run("bisect", "works", "--good", "start", timeout=400)
    assert text.out.startswith(f"`{culprit[:8]} Round [bold]better[/]` made `test_works` ")
    assert "`work` now executes 3x as many lines" in text.out
    assert "Docs again (tests/benchmark/test_it.py)" in text.out
    assert "newest version's benchmark files" in text.out


def test_a_benchmark_or_revision_that_is_not_there_is_an_error_with_a_hint(project: Project) -> None:
    done = project.run("bisect", "worsk", "--good", "start", "--json", timeout=400)
    assert (done.code, done.json["error"]["kind"]) == (2, "usage")
    assert "works" in done.json["error"]["hint"]
    assert project.run("bisect", "works", "--good", "nowhere").code == 2
    assert project.run("bisect", "works").code == 2


def test_outside_git_it_says_so(tmp_path: Path) -> None:
    done = make_project(tmp_path / "plain").run("bisect", "--good", "HEAD", "--json")
    assert (done.code, done.json["error"]["kind"]) == (2, "usage")


@pytest.mark.long
def test_benchmarks_that_the_time_left_open_are_named_and_are_no_pass(tmp_path: Path) -> None:
    random = (
        "import random\nimport work\n\n"
        "def test_one(benchmark):\n    benchmark(lambda: [work.work() for _ in range(random.randrange(1, 40))])\n\n"
        "def test_two(benchmark):\n    benchmark(lambda: [work.work() for _ in range(random.randrange(1, 40))])\n"
    )
    project = make_project(tmp_path / "random", suite=random, recipe=f"{{pytest}} {FAST} tests/benchmark")
    project.write(".gitignore", "__pycache__/\n.benchmark/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("work.py", WORK.format(steps=2000))
    project.commit("Start")
    project.write("work.py", WORK.format(steps=2060))
    project.commit("A little more")
    command = ("bisect", "--good", "HEAD~1", "--budget", "3")
    text = project.run(*command, "--fail-on", "undecided", timeout=120)
    assert "not known of 2 benchmarks since" in text.out
    assert "got slower" not in text.out
    assert text.code == 1
    found = project.run(*command, "--json", timeout=120).json
    jsonschema.validate(found, SCHEMA)
    assert [found["verdict"], found["others"][0]["verdict"]] == ["undecided", "undecided"]
    assert found["out_of_time"]
