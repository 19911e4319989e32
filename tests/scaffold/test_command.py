"""The slash command's text: what it may say, and that it says what the product understands."""

import re
import typing
from pathlib import Path

import pytest
import yaml

import reports
from bench_agent.answer.text import ANSWER_FILE, FOR_ASSISTANT, render_answer
from bench_agent.results.status import LastRun, Status
from bench_agent.scaffold.slash_command import CALLS, command_text

ROOT = Path(__file__).parents[2]
PACKAGED = ROOT / "src/bench_agent/scaffold/benchmark.md"
FRONT, BODY = PACKAGED.read_text().removeprefix("---\n").split("\n---\n", 1)


def test_the_project_uses_the_text_it_ships():
    assert (ROOT / ".claude/commands/benchmark.md").read_bytes() == PACKAGED.read_bytes()


def test_the_frontmatter_is_sound_and_says_the_cost():
    front = yaml.safe_load(FRONT)
    # A misspelt key is dropped without a word.
    assert set(front) == {"description", "argument-hint", "allowed-tools", "hooks"}
    assert "minutes" in front["description"]
    assert len(front["description"]) < 130


def test_the_answer_is_checked_and_a_version_that_cannot_check_stops_nobody():
    (stop,) = yaml.safe_load(FRONT)["hooks"]["Stop"]
    # Exit code 2, which argparse has for a command it does not know, would keep the assistant from ending.
    assert stop["hooks"] == [{"type": "command", "command": "bench-agent check-answer --hook || true"}]


@pytest.mark.parametrize(("runner", "call"), CALLS.items())
def test_it_permits_only_the_calls_it_orders(runner, call):
    front, body = command_text(runner).removeprefix("---\n").split("\n---\n", 1)
    permitted = re.findall(r"Bash\((.*?):\*\)", yaml.safe_load(front)["allowed-tools"])
    assert permitted == [f"{call} run", f"{call} wait", f"{call} status", f"{call} verify"]
    ordered = set(re.findall(rf"`({re.escape(call)} [\w-]+)", body))
    assert ordered == set(permitted)
    assert f"command: {call} check-answer" in front


def test_the_only_thing_run_beforehand_is_instant_and_cannot_fail():
    assert re.findall(r"!`([^`]*)`", BODY) == ["bench-agent status --json || true"]
    assert "```" not in BODY


def test_it_is_orders_of_a_page_at_most_and_holds_nothing_the_client_would_fill_in_by_mistake():
    assert len(PACKAGED.read_text().splitlines()) <= 40
    assert len(PACKAGED.read_text()) < 4_500
    assert set(re.findall(r"\$\S?\w+", BODY)) == {"$ARGUMENTS"}  # $1 would be replaced by an argument, or by nothing
    assert BODY.count("$ARGUMENTS") == 1  # in no command: words would end in a usage error
    assert "@" not in BODY  # @name would attach a file


def test_it_holds_no_measured_number_that_could_be_repeated_as_a_result():
    without_numbering = re.sub(r"(?m)^(## )?\d\. ", "", BODY)
    assert re.findall(r"(?<!\w)\d+(?:\.\d+)?", without_numbering) == ["600000"]  # the Bash tool's limit


def test_what_it_quotes_of_the_answer_and_of_the_state_is_there():
    answer = render_answer(reports.two_slowdowns(), diffs=True)
    assert answer.startswith("## ")
    assert "**Suspects (none proved" in answer
    assert f"--- {FOR_ASSISTANT}" in answer
    assert "--- For the assistant" in BODY
    assert "**Cause (proved" in render_answer(reports.confirmed())
    assert ANSWER_FILE in answer
    assert BODY.count(f"`{ANSWER_FILE}`") == 2
    assert "Left out here" in render_answer(reports.many(1_000, slow=100))
    assert {"takes", "last"} <= typing.get_type_hints(Status).keys()
    assert "names" in typing.get_type_hints(LastRun)
