"""Whole runs of the product in projects where something is wrong: one clear line, the right exit code, nothing lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.measure.live_state import read_state
from projects import (
    SLOW,
    SUITE,
    Done,
    Project,
    end,
    environment,
    is_running,
    make_project,
    pytest_at_the_slow_one,
    wait_for,
)

FAILING = "def test_fails(benchmark):\n    benchmark(int)\n    assert 0, 'boom'\n"


def _names(done: Done) -> set[str]:
    return {row["benchmark"] for row in done.json["benchmarks"] if row["mark"] != "failed"}


# --- what may be run


@pytest.mark.parametrize("command", [["run"], ["compare", "HEAD"], ["bisect", "--good", "HEAD"], ["selftest"]])
def test_from_claude_code_no_command_takes_another_command_than_the_configured(
    tmp_path: Path, command: list[str]
) -> None:
    project = make_project(tmp_path)
    project.commit()
    done = project.run(*command, "--command", "touch planted", "--json", CLAUDECODE="1")
    assert (done.code, done.json["error"]["kind"]) == (2, "usage")
    assert "not taken from Claude Code" in done.json["error"]["message"]
    assert not (tmp_path / "planted").exists()
    empty = project.run(*command, "--command", " ", "--json")
    assert (empty.code, empty.json["error"]["message"]) == (2, "--command is empty")


# --- nothing to measure


def test_a_folder_that_is_no_project_says_what_was_looked_for_and_stays_empty(tmp_path: Path) -> None:
    done = Project(root=tmp_path).run("run", "--json")
    assert (done.code, done.json["error"]["kind"]) == (2, "configuration")
    assert "there is no Makefile" in done.json["error"]["message"]
    assert "--command" in done.json["error"]["hint"]
    assert list(tmp_path.iterdir()) == []


def test_a_suite_in_which_all_fail_is_exit_3_with_the_first_failure(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=FAILING)
    done = project.run("run", "--json")
    assert done.code == 3
    assert done.json["status"] == "failed"
    assert "boom" in done.json["error"]["message"]
    assert "boom" in done.err
    assert project.history() == []
    assert project.run("status", "--json").json["status"] == "failed"


def test_why_nothing_could_be_collected_is_told_once(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite="import nothing_such\n")
    done = subprocess.run(
        [sys.executable, "-m", "bench_agent", "run"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 3
    assert done.stdout.count("nothing_such") == 1
    assert "hint: mend the import or syntax error it names" in done.stdout
    assert "nothing_such" in project.run("report").out


def test_a_suite_in_which_some_fail_keeps_the_others(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SUITE + FAILING)
    done = project.run("run", "--json", "--fail-on", "any")
    assert done.code == 1
    assert (done.json["status"], done.json["summary"]["failed"]) == ("failed", 1)
    assert _names(done) == {"adds", "sorts"}
    assert "error" not in done.json
    stored = json.loads(project.history()[0].read_text())
    assert len(stored["benchmarks"]) == 2


@pytest.mark.long
def test_a_hanging_benchmark_is_named_and_what_came_before_is_kept(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SLOW)
    done = project.run("run", "--json", "--timeout", "3")
    assert done.code == 0
    assert done.json["status"] == "failed"
    failed = [row for row in done.json["benchmarks"] if row["mark"] == "failed"]
    assert [row["benchmark"] for row in failed] == ["slow"]
    assert "was under way when the suite was stopped after 3 s" in failed[0]["message"]
    assert _names(done) == {"quick"}
    assert len(project.history()) == 1


@pytest.mark.long
def test_a_first_run_that_did_not_come_to_its_end_is_compared_by_the_next(tmp_path: Path) -> None:
    """Else that would be held against this one alone, and pass however slow the code has become."""
    project = make_project(tmp_path, suite=SLOW)
    base = project.commit()
    project.write("README.md", "Another commit")
    project.commit("Another")
    project.run("run", "--json", "--timeout", "3")
    told = json.loads((tmp_path / ".benchmark/report.json").read_text())["open_since"]
    assert told == {"tests/benchmark/test_it.py::test_quick": base}


# --- interrupted


# Each signal, and each output: what they do is one function.
@pytest.mark.parametrize(
    ("number", "json_flag"),
    [(signal.SIGINT, []), (signal.SIGINT, ["--json"]), (signal.SIGTERM, ["--json"]), (signal.SIGHUP, [])],
    ids=["INT-words", "INT-json", "TERM-json", "HUP-words"],
)
def test_an_interrupted_run_keeps_what_was_measured_and_leaves_no_process(
    tmp_path: Path, number: signal.Signals, json_flag: list[str]
) -> None:
    project = make_project(tmp_path, suite=SLOW)
    process = project.start("run", *json_flag)
    try:
        suite = pytest_at_the_slow_one(project)
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=120)
    finally:
        end(process)
    assert process.returncode == 130
    assert not is_running(suite)
    assert "Traceback" not in out + err
    assert "interrupted: 1 of 2 benchmarks measured and kept" in " ".join(out.split())
    if json_flag:
        summary = json.loads(out)["summary"]
        assert (summary["benchmarks"], summary["unmeasured"]) == (1, 1)
        assert "1 not measured" in summary["headline"]
    else:
        assert "Overall Status: ? 1 NOT MEASURED" in out
    assert len(json.loads(project.history()[0].read_text())["benchmarks"]) == 1
    assert project.leftovers() == []


def test_an_impatient_second_interrupt_still_leaves_no_process(tmp_path: Path) -> None:
    suite = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SLOW
    project = make_project(tmp_path, suite=suite)
    process = project.start("run")
    try:
        pid = pytest_at_the_slow_one(project)
        os.kill(process.pid, signal.SIGINT)
        wait_for(lambda: process.poll() is None)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        end(process)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert not is_running(pid)


def test_interrupted_before_anything_was_measured_the_last_report_stays(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    first = project.run("run", "--json").json
    project.write("tests/benchmark/test_it.py", "import time\nopen('here', 'w').close()\ntime.sleep(60)\n")
    process = project.start("run", "--json")
    try:
        wait_for((tmp_path / "here").exists)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        end(process)
    assert process.returncode == 130
    assert json.loads(out)["error"]["kind"] == "interrupted"
    assert "Traceback" not in err
    assert project.run("report", "--json").json["run"]["run_id"] == first["run"]["run_id"]
    assert len(project.history()) == 1


def test_when_we_are_killed_the_suite_dies_and_the_next_run_goes_well(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SLOW)
    process = project.start("run")
    try:
        suite = pytest_at_the_slow_one(project)
        process.kill()
        wait_for(lambda: not is_running(suite))
        assert project.run("status", "--json").json["status"] == "no_results"  # though nobody reaped it yet
    finally:
        process.communicate()
    project.write("tests/benchmark/test_it.py", SUITE)
    done = project.run("run", "--json")
    assert done.code == 0
    assert "another run" not in done.text


def test_two_runs_at_once_are_both_kept_and_told_of_each_other(tmp_path: Path) -> None:
    wait = "import os, time\ndef test_waits(benchmark):\n    while not os.path.exists('go'): time.sleep(0.02)\n    benchmark(int)\n"
    project = make_project(tmp_path, suite=wait)
    first = project.start("run", "--json")
    runs = tmp_path / ".benchmark" / "runs"
    wait_for(lambda: list(runs.glob("*/state.json")))
    second = project.start("run", "--json")
    wait_for(lambda: len([1 for folder in runs.glob("*") if (state := read_state(folder)) and state.of]) == 2)
    assert len(project.run("status", "--json").json["running"]) == 2
    project.write("go", "")
    results = [json.loads(process.communicate(timeout=120)[0]) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert any("another run was under way" in warning for warning in results[1]["warnings"])
    assert len(project.history()) == 2
    assert len({result["run"]["run_id"] for result in results}) == 2


# --- git


def test_without_git_commits_are_not_compared_and_that_is_said(tmp_path: Path) -> None:
    done = make_project(tmp_path).run("run", "--json", "--commit")
    assert done.code == 0
    assert any("no git repository here" in warning for warning in done.json["warnings"])
    assert any("not committed: no git repository" in warning for warning in done.json["warnings"])


def test_a_repository_without_commits_is_said(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.git("init", "-q")
    done = project.run("run", "--json")
    assert done.code == 0
    assert "the repository has no commits yet" in done.json["warnings"]


def test_a_detached_shallow_clone_in_a_folder_with_a_difficult_name_is_measured(tmp_path: Path) -> None:
    origin = make_project(tmp_path / "origin")
    origin.commit()
    sha = origin.commit("second")
    project = Project(root=tmp_path / 'it\'s a "test" $HOME [x] 100%')
    origin.git("clone", "-q", "--depth", "1", f"file://{origin.root}", str(project.root))
    project.git("checkout", "-q", "--detach")
    (project.root / "sub" / "dir").mkdir(parents=True)
    done = project.run("run", "--json", "--commit", "--no-confirm", cwd=project.root / "sub" / "dir")
    assert done.code == 0
    assert done.json["run"]["sha"] == sha
    assert "branch" not in done.json["run"]
    assert any("shallow clone" in warning for warning in done.json["warnings"])
    assert any("not committed: HEAD is detached" in warning for warning in done.json["warnings"])
    assert not list((project.root / "sub").rglob(".benchmark"))
    assert done.err.splitlines() == [line for line in done.err.splitlines() if line.startswith("[")]


def test_results_are_committed_on_request_wherever_the_project_is(tmp_path: Path) -> None:
    project = make_project(tmp_path / "outer" / 'it\'s a "test" $HOME [x] 100%')
    whole = Project(root=tmp_path / "outer")
    whole.commit()
    project.write("tests/benchmark/other.py", "changed and not to be committed")
    done = project.run("run", "--json", "--commit", "--no-confirm")
    assert done.code == 0
    subject, *files = whole.git("log", "-1", "--format=%s", "--name-only", "-z").replace("\0", "\n").split("\n")
    assert subject.startswith("chore(benchmark): performance results 2")
    assert [file.rpartition("/")[2] for file in files if file] == [project.history()[0].name]


def test_a_repository_git_cannot_read_is_as_none(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.commit()
    project.write(".git/HEAD", "garbage")
    done = project.run("run", "--json")
    assert done.code == 0
    assert any("git" in warning for warning in done.json["warnings"])


# --- the history


def _bad_files(good: bytes) -> dict[str, bytes]:
    return {
        "20200101_000000_empty.json": b"",
        "20200101_000001_half.json": good[: len(good) // 2],
        "20200101_000002_foreign.json": b'{"a": 1}',
        "20200101_000003_list.json": b"[]",
        "20200101_000004_binary.json": b"\x00\xff\xfe",
        "20200101_000005_deep.json": b"[" * 100_000,
        "20200101_000006_types.json": b'{"benchmarks": [], "bench_agent": {"skipped": "x", "head": {"dirty": 5}}}',
        "\x1b[31mred.json": b"{}",
    }


def test_history_files_nobody_can_read_are_warnings_and_stay_as_they_are(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.run("run", "--no-confirm")
    folder = tmp_path / ".benchmark" / "history"
    bad = _bad_files(project.history()[0].read_bytes())
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    (folder / "20200101_000008_folder.json").mkdir()
    (folder / "20200101_000009_link.json").symlink_to("/nowhere")
    done = project.run("run", "--json", "--no-confirm")
    assert done.code == 0
    assert done.json["summary"]["compared"] == 2  # the good one still counts
    left_out = [warning for warning in done.json["warnings"] if "is left out" in warning]
    assert len(left_out) == len(bad) + 1  # and the folder, and the link; "types" is read, as far as that goes
    assert {name: (folder / name).read_bytes() for name in bad} == bad
    for command in (["trend"], ["detect"], ["history", "list"], ["status"], ["history", "prune"]):
        assert project.run(*command).code == 0, command


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "bench-agent/findings/1"}', b"[" * 100_000])
def test_a_report_nobody_can_read_is_an_error_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    project = make_project(tmp_path)
    project.write(".benchmark/report.json", content)
    done = project.run("report", "--json")
    assert (done.code, done.json["error"]["kind"]) == (3, "store")
    assert done.json["error"]["hint"] == "run: bench-agent run"


# --- nowhere to write


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 1 MB, where we may make one."""
    mount = tmp_path / "small"
    mount.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).returncode:
        pytest.skip("only root can mount a small disk")
    yield mount
    subprocess.run(["umount", mount], check=True)


@pytest.mark.parametrize(
    "free", [0, pytest.param(8_192, marks=pytest.mark.long), pytest.param(16_384, marks=pytest.mark.long)]
)
def test_on_a_full_disk_results_are_shown_if_not_kept_and_no_file_is_half_written(small_disk: Path, free: int) -> None:
    # With no room at all nothing can be recorded, with some the probe can write but not the store: all is said.
    project = make_project(small_disk)
    project.run("run", "--no-confirm")
    before = {path: path.read_bytes() for path in (small_disk / ".benchmark").rglob("*.json")}
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        while shutil.disk_usage(small_disk).free > free:
            try:
                file.write(b"x" * 4096)
            except OSError:
                break
    done = project.run("run", "--json", "--no-confirm")
    assert done.code in ((3,) if free < 16_384 else (0, 3))
    if done.code == 3:
        said = json.dumps(done.json)
        assert "No space left on device" in said
        assert "error: " in done.err
        assert "hint: free some space" in done.err
    assert project.leftovers() == []
    for path, content in before.items():
        if path.parent.name == "history":
            assert path.read_bytes() == content
        json.loads(path.read_bytes())
    assert project.run("status").code == 0


def test_a_folder_where_nothing_can_be_made_is_one_clear_error(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write(".benchmark", "in the way")
    done = project.run("run", "--json")
    assert (done.code, done.json["error"]["kind"]) == (3, "store")
    assert "could not create" in done.json["error"]["message"]
    assert (tmp_path / ".benchmark").read_text() == "in the way"


# --- outputs and settings


def test_a_result_is_written_through_a_link_and_never_over_a_device(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    (tmp_path / "real.md").write_text("old")
    (tmp_path / "link.md").symlink_to("real.md")
    done = project.run("run", "--no-confirm", "--markdown", "link.md", "--out", "/dev/null")
    assert done.code == 0
    assert (tmp_path / "link.md").is_symlink()
    assert "adds" in (tmp_path / "real.md").read_text()
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("pyproject.toml", "[tool.bench-agent]\nqick = 'a'\n", "unknown key `qick`"),
        ("tests/benchmark/config.yaml", "keep: many\n", "`keep` must be a whole number"),
        ("tests/regression/baseline_metrics.json", '{"a"', "baseline_metrics.json cannot be read"),
        ("tests/regression/baseline_metrics.json", '{"a": {"p95": 3}}', "unknown key `p95` of `a`"),
    ],
)
def test_broken_settings_are_said_before_anything_is_measured(
    tmp_path: Path, path: str, content: str, message: str
) -> None:
    project = make_project(tmp_path)
    project.write(path, content)
    done = project.run("run", "--json")
    assert (done.code, done.json["error"]["kind"]) == (2, "configuration")
    assert message in done.json["error"]["message"]
    assert not (tmp_path / ".benchmark" / "runs").exists()
    assert project.run("status").code == 0  # which needs no settings


def test_folders_of_killed_runs_are_removed_by_later_ones(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    for day in range(1, 9):
        project.write(f".benchmark/runs/202001{day:02}_000000/probe/1-1.jsonl", "{}")
    project.run("run", "--no-confirm")
    assert len(list((tmp_path / ".benchmark" / "runs").iterdir())) == 5


REMOVED = """
import pytest, shutil

@pytest.fixture(autouse=True)
def clean():
    shutil.rmtree(".benchmark")

def test_quick(benchmark):
    benchmark(sum, range(50))
"""


@pytest.mark.parametrize("variables", [{}, {"CLAUDECODE": "1"}], ids=["here", "worker"])
def test_a_suite_that_removes_our_folder_is_measured_and_stored_all_the_same(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    project = make_project(tmp_path, suite=REMOVED)
    done = project.run("run", "--no-confirm", "--json", **variables)
    assert done.code == 0, done.text
    assert _names(done) == {"quick"}
    assert len(project.history()) == 1


def test_without_keeping_anything_no_folder_is_needed(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write(".benchmark", "a file where the folder would be")
    done = project.run("run", "--no-confirm", "--no-store", "--json")
    assert done.code == 0, done.text
    assert len(_names(done)) == 2
