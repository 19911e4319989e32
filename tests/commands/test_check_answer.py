"""`check-answer` as a process: its exit codes, and that as a hook it never stops anybody."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import reports
from bench_agent.history.load import save_report
from bench_agent.history.store import Store
from projects import environment

COMMAND = "<command-name>/benchmark</command-name>"
WRONG, RIGHT = "llm_call is 13 % slower.", "llm_call is 31 % slower."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder whose newest report has one confirmed regression."""
    (tmp_path / "Makefile").write_text("benchmark:\n")
    save_report(Store(tmp_path / ".benchmark"), reports.confirmed())
    return tmp_path


def run(project: Path, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bench_agent", "check-answer", *arguments]
    return subprocess.run(command, cwd=project, env=environment(), input=given, capture_output=True, text=True)


def hook(project: Path, message: str, *, prompt: str = COMMAND, **more: Any) -> "subprocess.CompletedProcess[str]":
    """As the client calls it at the end of a turn that began with that prompt."""
    transcript = project / "session.jsonl"
    told = {"promptId": "p", "message": {"content": prompt}, "timestamp": more.pop("at", "2026-01-01T00:00:00Z")}
    transcript.write_text(json.dumps(told, separators=(",", ":")) + "\n")
    given = {
        "prompt_id": "p",
        "cwd": str(project),
        "transcript_path": str(transcript),
        "last_assistant_message": message,
        **more,
    }
    return run(project, "--hook", given=json.dumps(given))


def test_a_text_is_held_against_the_newest_report(project: Path) -> None:
    done = run(project, given=RIGHT)
    assert (done.returncode, done.stdout) == (0, "all that it says is in the findings\n")
    (project / "told.md").write_text(WRONG)
    done = run(project, "told.md")
    assert done.returncode == 1
    assert "13 %" in done.stdout
    assert json.loads(run(project, "told.md", "--json").stdout)["complaints"][0]["said"] == "13 %"


def test_the_json_says_what_was_cut_and_how_much_more_there_is(project: Path) -> None:
    told = json.loads(
        run(project, "--json", given="\n".join(f"llm_call is {n} % slower." for n in range(40, 400))).stdout
    )
    assert len(told["complaints"]) == 100
    assert (told["more"], told["cut"], told["unchecked_characters"]) == (260, False, 0)
    told = json.loads(run(project, "--json", given="llm_call is slower.\n" * 5_000).stdout)
    assert told["cut"]
    assert told["unchecked_characters"] > 30_000


def test_without_a_report_there_is_nothing_to_hold_it_against(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("benchmark:\n")
    done = run(tmp_path, given=RIGHT)
    assert done.returncode == 3
    assert "no report" in done.stderr


def test_the_hook_sends_a_wrong_answer_back_and_lets_a_right_one_pass(project: Path) -> None:
    sent = hook(project, WRONG)
    assert sent.returncode == 0  # 2 would block whatever it printed
    assert json.loads(sent.stdout)["decision"] == "block"
    assert "13 %" in json.loads(sent.stdout)["reason"]
    passed = hook(project, RIGHT)
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, "", "")


def test_the_hook_says_nothing_of_other_turns_and_of_older_reports(project: Path) -> None:
    assert hook(project, WRONG, prompt="make it faster").stdout == ""
    assert hook(project, WRONG, stop_hook_active=True).stdout == ""
    assert hook(project, WRONG, at="2099-01-01T00:00:00Z").stdout == ""  # the turn's run kept nothing


@pytest.mark.parametrize("given", ["", "[]", "not json", '{"transcript_path": 7}', '{"cwd": "/nowhere"}'])
def test_whatever_the_hook_is_given_it_ends_with_0(project: Path, given: str) -> None:
    done = run(project, "--hook", given=given)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_report_of_another_machine_is_not_believed(project: Path) -> None:
    path = project / ".benchmark/report.json"
    path.write_text(path.read_text().replace('"llm_call"', '"llm_cell"'))
    assert hook(project, WRONG).stdout == ""
    os.utime(path)
    assert run(project, given=RIGHT).returncode == 3


def test_a_text_that_is_too_long_is_checked_up_to_a_line_and_that_is_said(project: Path) -> None:
    done = run(project, given=f"{RIGHT}\n" * 4_000)
    assert done.returncode == 0
    assert "as far as it was checked" in done.stdout
    assert "characters at the end were not checked" in done.stderr
