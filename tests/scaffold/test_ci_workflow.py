"""The workflow file: sound YAML, least rights, and only commands and options that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/benchmark.yaml").read_text())
STEPS = WORKFLOW["jobs"]["benchmark"]["steps"]
SCRIPT = "\n".join(step.get("run", "") for step in STEPS).replace("\\\n", " ")


def test_it_runs_weekly_and_on_demand_and_may_write_contents_only():
    triggers = WORKFLOW[True]  # YAML 1.1 reads the key `on` as a boolean
    assert set(triggers) == {"schedule", "workflow_dispatch"}
    assert triggers["schedule"] == [{"cron": "0 0 * * 0"}]
    assert WORKFLOW["permissions"] == {}
    assert WORKFLOW["jobs"]["benchmark"]["permissions"] == {"contents": "write"}  # for the branch with the history


def test_the_whole_history_is_there_for_finding_suspects():
    (checkout,) = [s["with"] for s in STEPS if s.get("uses", "").startswith("actions/checkout@")]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}


def test_results_are_kept_even_when_the_gate_stops_the_run():
    names = [step.get("name") for step in STEPS]
    keep = STEPS[names.index("Keep the history")]
    assert names.index("Detect regressions") < names.index("Keep the history")
    assert keep["if"].startswith("${{ !cancelled()")
    branch = "refs/heads/benchmark-history"
    assert branch in keep["run"]
    assert branch in STEPS[names.index("Fetch the history of earlier runs")]["run"]


def test_only_the_steps_that_talk_to_git_get_the_token():
    assert [step["name"] for step in STEPS if "github.token" in str(step)] == [
        "Fetch the history of earlier runs",
        "Keep the history",
    ]


@pytest.mark.parametrize("call", re.findall(r"(?m)^\s*(bench-agent .*|python scripts/.*)$", SCRIPT))
def test_every_call_uses_a_command_and_options_that_exist(call):
    program, *arguments = shlex.split(call, comments=True)
    if program == "bench-agent":
        command, arguments = ["-m", "bench_agent", arguments[0]], arguments[1:]
    else:
        command, arguments = [str(ROOT / arguments[0])], arguments[1:]
    shown = subprocess.run([sys.executable, *command, "--help"], check=True, capture_output=True, text=True).stdout
    for option in (a for a in arguments if a.startswith("-")):
        assert re.search(rf"{re.escape(option)}\b", shown), f"{call}: no {option} in its --help"


def test_every_make_target_it_calls_is_in_the_makefile():
    targets = set(re.findall(r"(?m)^([\w-]+)\s*:(?!=)", (ROOT / "Makefile").read_text()))
    assert set(re.findall(r"\bmake ([\w-]+)", SCRIPT)) <= targets
    assert "benchmark" in targets  # what `bench-agent run` calls


def test_the_gate_is_called_as_its_documentation_says():
    assert re.search(r"python scripts/detect_benchmark_regressions\.py\s+--threshold 20\s+--consecutive 3", SCRIPT)
