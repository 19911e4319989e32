"""Runs that outlive the call that asked for them."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from bench_agent.commands.background import should_detach, wait_limit_s
from bench_agent.errors import UsageError
from bench_agent.system.seal import read_sealed
from projects import SLOW, Project, end, is_running, make_project, pytest_at_the_slow_one, wait_for

LONGER = """
import time

def test_first(benchmark): benchmark(int)

def test_waits(benchmark):
    while not __import__("os").path.exists("go"):
        time.sleep(0.02)
    benchmark(int)
"""


def test_only_a_caller_that_may_stop_waiting_gets_a_worker() -> None:
    assert should_detach({"CLAUDECODE": "1"})
    assert should_detach({"BENCH_AGENT_WAIT_S": "3"})
    assert not should_detach({})
    assert not should_detach({"CLAUDECODE": "1", "BENCH_AGENT_WORKER": "20260101_000000"})


def test_a_wait_that_is_no_number_is_a_usage_error() -> None:
    assert wait_limit_s({"BENCH_AGENT_WAIT_S": "1.5"}) == 1.5
    with pytest.raises(UsageError, match="BENCH_AGENT_WAIT_S must be a number of seconds"):
        wait_limit_s({"BENCH_AGENT_WAIT_S": "soon"})


@pytest.mark.long
def test_a_long_run_answers_running_and_wait_delivers_its_findings(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=LONGER)
    began = project.run("run", "--json", CLAUDECODE="1", BENCH_AGENT_WAIT_S="0.2")
    assert began.code == 0
    assert began.json["status"] == "running"
    run_id = began.json["run_id"]
    assert began.json["next_command"] == f"bench-agent wait {run_id} --json"
    wait_for(lambda: project.run("status", "--json").json.get("running", [{}])[0].get("of") == 2)
    still = project.run("wait", run_id, BENCH_AGENT_WAIT_S="0.1")
    assert f"go on with: bench-agent wait {run_id}" in still.out
    project.write("go", "")
    findings = project.run("wait", "--json")
    assert findings.code == 0
    assert findings.json["status"] == "not_compared"
    assert findings.json["run"]["run_id"] == run_id
    assert project.run("status", "--json").json["last"]["run_id"] == run_id
    assert project.run("wait", run_id, "--json").json == findings.json  # and again, as often as one likes


def _started(project: Project) -> tuple[str, int, int]:
    """(run id, pid of the worker, pid of pytest) of a run in the background that has come to its slow benchmark."""
    run_id = project.run("run", "--json", CLAUDECODE="1", BENCH_AGENT_WAIT_S="0.2").json["run_id"]
    folder = project.root / ".benchmark" / "runs" / run_id
    worker = json.loads(read_sealed(str(folder / "worker.json")) or "")["pid"]
    return run_id, worker, pytest_at_the_slow_one(project)


def test_a_killed_worker_is_said_and_its_suite_dies_with_it(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SLOW)
    run_id, worker, suite = _started(project)
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not is_running(suite))
    answer = project.run("wait", run_id, "--json")
    assert answer.code == 3
    assert answer.json["error"]["message"] == f"the run {run_id} ended without a result: it was killed"
    assert project.run("wait", run_id).out == ""
    assert project.run("status", "--json").json["status"] == "no_results"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_whoever_waits_ends_the_suite_and_keeps_what_was_measured(tmp_path: Path, number: int) -> None:
    project = make_project(tmp_path, suite=SLOW)
    run_id, worker, suite = _started(project)
    waiting = project.start("wait", run_id, "--json")
    try:
        talk = waiting.stderr
        assert talk
        talk.readline()  # it follows: what the worker said has come through
        os.kill(waiting.pid, number)
        out, err = waiting.communicate(timeout=120)
    finally:
        end(waiting)
    assert waiting.returncode == 130
    assert "Traceback" not in err
    assert '"status":"undecided"' in out
    assert not is_running(suite)
    wait_for(lambda: not is_running(worker))
    assert len(project.history()) == 1


def test_an_error_of_the_worker_is_the_callers(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=None, recipe=None)
    answer = project.run("run", "--json", CLAUDECODE="1")
    assert answer.code == 2
    assert answer.json["error"]["kind"] == "configuration"
    assert answer.err.count("error:") == 1


def test_what_cannot_work_is_said_before_a_worker_starts(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    for arguments, variables in ((("--timeout", "0"), {}), ((), {"BENCH_AGENT_WAIT_S": "soon"})):
        answer = project.run("run", "--json", *arguments, CLAUDECODE="1", **variables)
        assert (answer.code, answer.json["error"]["kind"]) == (2, "usage")
    assert not list((tmp_path / ".benchmark" / "runs").glob("*"))


def test_there_must_be_a_run_to_wait_for(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    assert project.run("wait").err == "error: no run to wait for\nhint: start one: bench-agent run\n"
    assert project.run("wait", "20990101_000000", "--json").json["error"]["hint"] == "there are: none"
    assert project.run("wait", "../../..", "--json").code == 2


FORGED = {"exit": "0", "stdout": '{"status": "passing"}\n\x1b]0;owned\x07', "stderr": "\x1b[31mtalk\n"}


def _forge(folder: Path, pid: int) -> None:
    folder.mkdir(parents=True)
    for name, text in FORGED.items():
        (folder / name).write_text(text)
    (folder / "worker.pid").write_text(str(pid))
    (folder / "worker.json").write_text(json.dumps({"run_id": folder.name, "pid": pid, "birth": None}))


def test_a_run_that_came_with_the_repository_is_not_waited_for_and_no_process_is_signalled(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    innocent = subprocess.Popen(["sleep", "60"])
    try:
        _forge(project.root / ".benchmark" / "runs" / "20990101_000000", innocent.pid)
        _forge(tmp_path / "evil", innocent.pid)
        for arguments in ((), ("20990101_000000",), ("../../evil",), (str(tmp_path / "evil"),), ("\x1b[31mx",)):
            answer = project.run("wait", *arguments)
            assert answer.code == 2
            assert answer.out == ""
            assert "\x1b" not in answer.err
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_what_a_worker_printed_reaches_the_terminal_without_what_steers_it(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    run_id = (
        project.run("run", "--no-confirm", CLAUDECODE="1").err
        and next(iter(project.root.glob(".benchmark/runs/*"))).name
    )
    (project.root / ".benchmark" / "runs" / run_id / "stdout").write_text(FORGED["stdout"])
    answer = project.run("wait", run_id)
    assert answer.out == '{"status": "passing"}\n]0;owned'


@pytest.mark.parametrize("value", ["abc", "nan", "inf", "-1", ""])
def test_a_time_to_wait_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="must be a number of seconds"):
        wait_limit_s({"BENCH_AGENT_WAIT_S": value})
