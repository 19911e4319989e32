"""`bench-agent init` as people and scripts call it, on real repositories."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.scaffold.workflow import GITHUB_FILES, WORKFLOW_FILE, ci_text
from projects import SUITE, Project, environment, make_project

OTHER_PLACE = "perf/test_it.py"
WEEKLY = ci_text(next(file for file in GITHUB_FILES if file.path == WORKFLOW_FILE), "path", None)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository whose benchmarks lie where nobody looks by default, so that a setting is needed."""
    made = make_project(tmp_path / "shop", suite=None, recipe=None)
    made.write("pyproject.toml", "# mine\r\n[tool.pytest.ini_options]\r\naddopts = '--benchmark-disable'  # for speed")
    made.write(OTHER_PLACE, SUITE)
    made.commit()
    return made


def changes(project: Project) -> set[str]:
    return {line.split(maxsplit=1)[1] for line in project.git("status", "--porcelain", "-uall").splitlines()}


def contents(project: Project) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in project.root.rglob("*") if p.is_file() and ".git" not in p.parts}


def test_it_writes_what_is_missing_shows_it_and_has_nothing_to_do_the_second_time(project: Project) -> None:
    before = (project.root / "pyproject.toml").read_bytes()
    assert project.run("init", "--check").code == 1
    assert project.run("init", "--dry-run").code == 0
    assert changes(project) == set()
    done = project.run("init")
    assert done.code == 0
    assert "perf/test_it.py --benchmark-enable" in done.out
    assert "+[tool.bench-agent]" in done.out
    assert changes(project) == {".claude/commands/benchmark.md", "pyproject.toml", ".gitignore"}
    after = (project.root / "pyproject.toml").read_bytes()
    assert after.startswith(before + b"\r\n\r\n[tool.bench-agent]\r\ncommand = ")
    assert b"\n" not in after.replace(b"\r\n", b"")
    kept = contents(project)
    again = project.run("init")
    assert "everything is in place" in again.out
    assert contents(project) == kept
    assert project.run("init", "--check").code == 0


@pytest.mark.long
def test_what_it_wrote_measures_the_suite(project: Project) -> None:
    bin = project.write("bin/python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    bin.chmod(0o755)
    path = f"{bin.parent}:{os.environ['PATH']}"
    project.run("init", PATH=path)
    done = project.run("run", "--json", "--no-confirm", PATH=path)
    assert done.json["summary"]["benchmarks"] == 2, done.text
    assert ".benchmark" not in project.git("status", "--porcelain", "-uall")


def test_on_request_there_is_a_target_and_the_workflow(project: Project) -> None:
    project.write("Makefile", "lint:\n\truff check")
    done = project.run("init", "--makefile", "--workflow", "--json")
    assert done.json["written"] is True
    assert {f["path"]: f["action"] for f in done.json["files"]} == {
        ".claude/commands/benchmark.md": "create",
        ".gitignore": "create",
        "Makefile": "update",
        ".github/workflows/performance.yaml": "create",
        ".github/workflows/performance-comment.yaml": "create",
        ".github/workflows/benchmark.yaml": "create",
    }
    shown = subprocess.run(["make", "-n", "benchmark"], cwd=project.root, capture_output=True, text=True).stdout
    assert "pytest perf/test_it.py --benchmark-enable" in shown
    assert (project.root / ".github/workflows/benchmark.yaml").read_text() == WEEKLY
    assert project.run("init", "--makefile", "--workflow", "--check").code == 0


def test_a_workflow_the_user_changed_stays_and_then_nothing_else_is_written_either(project: Project) -> None:
    project.write(".github/workflows/benchmark.yaml", "name: mine\n")
    project.commit()
    done = project.run("init", "--workflow", "--json")
    assert done.code == 2
    assert "--force" in done.json["error"]["hint"]
    assert changes(project) == set()
    assert project.run("init", "--workflow", "--force").code == 0
    assert (project.root / ".github/workflows/benchmark.yaml").read_text() == WEEKLY


def test_a_project_with_a_command_of_its_own_gets_the_rest(project: Project) -> None:
    project.write(".claude/commands/benchmark.md", "# mine\n")
    assert "--no-command" in project.run("init", "--json").json["error"]["hint"]
    assert project.run("init", "--no-command").code == 0
    assert (project.root / ".claude/commands/benchmark.md").read_text() == "# mine\n"
    assert (project.root / ".gitignore").exists()
    assert project.run("init", "--no-command", "--check").code == 0


def test_settings_the_user_wrote_are_never_touched(project: Project) -> None:
    text = "[tool.bench-agent]\ncommand = 'pytest perf'\n"
    project.write("pyproject.toml", text)
    assert project.run("init", "--force").code == 0
    assert (project.root / "pyproject.toml").read_text() == text


def test_a_linked_file_is_shown_and_left_to_the_user(project: Project) -> None:
    elsewhere = project.root.parent / "shared.toml"
    (project.root / "pyproject.toml").replace(elsewhere)
    (project.root / "pyproject.toml").symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    done = project.run("init", "--json")
    assert {f["path"]: f["action"] for f in done.json["files"]}["pyproject.toml"] == "manual"
    assert "is a link" in done.json["notes"][0]
    assert elsewhere.read_bytes() == before
    assert (project.root / ".gitignore").exists()


def test_without_pyproject_the_setting_goes_where_it_changes_nothing_else(project: Project) -> None:
    project.git("rm", "-q", "pyproject.toml")
    assert project.run("init").code == 0
    assert "perf/test_it.py" in (project.root / "tests/benchmark/config.yaml").read_text()
    assert not (project.root / "pyproject.toml").exists()
    assert project.run("init", "--check").code == 0


def test_a_project_below_the_top_of_its_repository_keeps_everything_to_itself(project: Project) -> None:
    below = make_project(project.root / "services" / "cart")
    assert below.run("init").code == 0
    assert changes(project) - {"services/cart/Makefile", "services/cart/pyproject.toml", "services/cart/tests/benchmark/test_it.py"} == {
        "services/cart/.claude/commands/benchmark.md", "services/cart/.gitignore"
    }  # fmt: skip
    refused = below.run("init", "--workflow", "--json").json["error"]
    assert "top of the repository" in refused["message"]
    assert "services/cart" in refused["hint"]


def test_an_ignored_or_unignored_folder_is_the_projects_decision(project: Project) -> None:
    for rule in (".benchmark", "/.bench*/", "!.benchmark/"):
        project.write(".gitignore", f"{rule}\n")
        assert ".gitignore" not in project.run("init", "--dry-run", "--json").out
    project.write(".gitignore", "x\n")
    project.write(".git/info/exclude", ".benchmark/\n")  # of this checkout only
    assert ".gitignore" in project.run("init", "--dry-run", "--json").out


def test_a_command_that_git_ignores_is_said(project: Project) -> None:
    project.write(".gitignore", ".benchmark/\n.claude/\n")
    assert (
        project.run("init", "--dry-run", "--json")
        .json["notes"][0]
        .startswith("git ignores .claude/commands/benchmark.md (.gitignore)")
    )


def test_a_project_that_must_be_built_gets_its_setup_before_it_has_benchmarks(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=None, recipe=None)
    project.write("setup.py", "setup(ext_modules=[Extension('fast', ['fast.c'])])\n")
    project.write("pyproject.toml", "")
    assert project.run("init").code == 0
    assert 'setup = "pip install ."' in (project.root / "pyproject.toml").read_text()


def test_a_target_that_runs_another_harness_is_said(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=None, recipe="uv run python -m bench")
    project.write("bench/__main__.py", "import pyperf\n")
    told = project.run("init", "--dry-run").out
    assert "`make benchmark` runs pyperf (bench/__main__.py), not pytest" in " ".join(told.split())


def test_a_target_for_no_benchmarks_is_an_error(tmp_path: Path) -> None:
    done = make_project(tmp_path, suite=None, recipe=None).run("init", "--makefile", "--json")
    assert done.code == 2
    assert "no benchmarks were found" in done.json["error"]["message"]
    assert not (tmp_path / "Makefile").exists()
    assert not (tmp_path / ".claude").exists()


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("\n", True), ("n\n", False), ("\x04", False)])
def test_on_a_terminal_it_asks_first(project: Project, answer: str, written: bool) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench_agent", "init"], cwd=project.root, env=environment(TERM="xterm"),
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"[Y/n]" not in shown:
        shown += os.read(ours, 4096)
    assert changes(project) == set()
    os.write(ours, answer.encode())
    try:
        while os.read(ours, 4096):
            pass
    except OSError:  # the other side is closed
        pass
    assert process.wait(20) == 0
    os.close(ours)
    assert bool(changes(project)) == written
