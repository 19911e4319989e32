"""`guard`: a warning after an edit that makes a benchmark's code do more, and silence after every other."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench_agent.compare.guard import Watched, judge
from projects import Done, Project, make_project

SUITE = """
import sys
sys.path.insert(0, "src")
import toy

def test_work(benchmark): benchmark(toy.work)
def test_other(benchmark): benchmark(toy.other)
"""
CODE = "def work(n=200):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n\n\ndef other():\n    return 1\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make_project(tmp_path_factory.mktemp("toy"), suite=SUITE)
    made.write("src/toy.py", CODE)
    made.write("src/aside.py", "x = 1\n")
    return made


def edit(project: Project, text: str, path: str = "src/toy.py", **given: Any) -> Done:
    """As the client calls it after an edit."""
    file = project.write(path, text)
    document = {"cwd": str(project.root), "tool_name": "Edit", "tool_input": {"file_path": str(file)}, **given}
    (project.root / "given.json").write_text(json.dumps(document))
    return call(project, project.root / "given.json")


def call(project: Project, given: Path) -> Done:
    import subprocess
    import sys

    from projects import environment

    done = subprocess.run(
        [sys.executable, "-m", "bench_agent", "guard", "--hook"],
        cwd=project.root, env=environment(), stdin=given.open("rb"), capture_output=True, text=True,
    )  # fmt: skip
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def test_it_is_off_until_somebody_switches_it_on(tmp_path: Path) -> None:
    made = make_project(tmp_path, suite=SUITE)
    made.write("src/toy.py", CODE)
    assert edit(made, CODE.replace("200", "9000")).text == ""
    assert "guard is off" in made.run("guard").out
    for off in ("guard", "--json"), ("guard", "off", "--json"):
        assert made.run(*off).json == {"guard": "off", "watched": [], "not_counted": 0}


@pytest.mark.long
def test_an_edit_that_makes_the_code_do_more_is_told_once_and_nothing_else_is(project: Project) -> None:
    on = project.run("guard", "on")
    assert (on.code, on.out) == (0, "guard is on: it watches 2 of 2 benchmarks\n"), on.text
    assert edit(project, CODE + "# a comment\n").text == ""
    assert not (project.root / ".benchmarks").exists()  # which pytest-benchmark makes in every session
    assert edit(project, "x = 2\n", "src/aside.py").text == ""
    more = edit(project, CODE.replace("n=200", "n=1000"))
    told = json.loads(more.out)["hookSpecificOutput"]
    assert told["hookEventName"] == "PostToolUse"
    assert "one call of `work` now executes 5.0 times the lines" in told["additionalContext"]
    assert "other" not in told["additionalContext"]
    assert edit(project, CODE.replace("n=200", "n=1000")).text == ""  # the same again
    assert edit(project, "def broken(:\n").text == ""
    assert edit(project, CODE).text == ""
    assert edit(project, CODE.replace("n=200", "n=1000")).out != ""  # it was as before in between
    assert "watches 2: other, work" in project.run("guard").out.replace("work, other", "other, work")
    assert sorted(project.run("guard", "--json").json["watched"]) == ["other", "work"]
    told = project.run("guard", "on", "work", "--json").json
    assert told == {"guard": "on", "watched": ["work"], "not_counted": 0}
    assert project.run("guard", "off").code == 0
    assert edit(project, CODE.replace("n=200", "n=5000")).text == ""


def test_a_guard_that_came_with_the_repository_is_not_believed(tmp_path: Path) -> None:
    made = make_project(tmp_path, suite=SUITE)
    process = {
        "executable": "/bin/false",
        "rootdir": "/",
        "cwd": "/",
        "ids": ["a"],
        "options": [],
        "flags": [],
        "under": [],
        "path": [],
    }
    watched = {"id": "a", "name": "a", "functions": {"src/toy.py::work": [1, 1]}, "told": 0}
    made.write(".benchmark/guard.json", json.dumps({"processes": [process], "watched": [watched]}))
    assert edit(made, CODE).text == ""
    assert "guard is off" in made.run("guard").out


@pytest.mark.parametrize(
    "given", ["", "[]", "{}", '{"tool_input": {}}', '{"tool_input": {"file_path": 3}}', "{" * 10_000]
)
def test_what_is_no_edit_is_nothing(project: Project, given: str) -> None:
    (project.root / "odd.json").write_text(given)
    done = call(project, project.root / "odd.json")
    assert (done.code, done.text) == (0, "")


def test_what_grew_is_said_with_its_function_and_only_when_it_is_new() -> None:
    before = Watched(id="t.py::test_x", name="x", functions={"a.py::f": (1, 100), "a.py::g": (1, 5)})
    after, told = judge(before, {"a.py::f": (1, 1000), "a.py::g": (1, 5)})
    assert told.startswith("one call of `x` now executes 9.4 times the lines (107 -> 1,007); f: ")
    assert judge(after, {"a.py::f": (1, 1000), "a.py::g": (1, 5)}) == (after, "")
    assert judge(after, {"a.py::f": (1, 101), "a.py::g": (1, 5)})[0].told == 0
    assert judge(before, {"a.py::f": (1, 103), "a.py::g": (1, 5)})[1] == ""
