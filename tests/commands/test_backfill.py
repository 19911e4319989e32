"""The options of `backfill`, and one real search from the command to its result."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench_agent.cli import main
from bench_agent.commands.backfill import resolution_of
from bench_agent.errors import UsageError
from planted_history import SUITE, Change, plant_history


@pytest.mark.parametrize(("given", "value"), [(None, 0.03), ("3%", 0.03), ("5", 0.05), ("0.1", 0.1), ("0.5 %", 0.005)])
def test_a_resolution_is_a_percentage_or_a_part(given: str | None, value: float) -> None:
    assert resolution_of(given) == pytest.approx(value)


@pytest.mark.parametrize("given", ["0", "-3%", "much", "nan", "0.1%", "101%"])
def test_a_resolution_that_cannot_be_is_an_error(given: str) -> None:
    with pytest.raises(UsageError):
        resolution_of(given)


@pytest.mark.long
def test_a_real_history_is_searched_killed_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = (
        Change(benchmarks=("alpha", "beta"), factor=1.6, at=0.3),
        Change(benchmarks=("sigma",), factor=0.6, at=0.7),
    )
    history = plant_history(tmp_path / "repo", commits=24, changes=changes)
    monkeypatch.chdir(history.root)
    monkeypatch.delenv("CLAUDECODE", raising=False)
    command = f"{sys.executable} -m pytest tests/benchmark"
    arguments = [
        "backfill",
        f"{history.first}..main",
        "--command",
        command,
        "-k",
        "alpha or beta or sigma or omega",
        "--json",
    ]
    before = {
        path: path.stat().st_mtime_ns for path in history.root.rglob("*") if path.is_file() and ".git" not in path.parts
    }
    first = _start_and_kill(history.root, arguments)
    assert main([*arguments, "--budget", "300"]) == 0
    found = json.loads(capsys.readouterr().out)
    true = {(step.sha, step.benchmark) for step in history.steps}
    assert {(row["sha"], each["benchmark"]) for row in found["changes"] for each in row["benchmarks"]} == true
    by_benchmark = {each["benchmark"]: each["ratio"] for row in found["changes"] for each in row["benchmarks"]}
    assert by_benchmark[f"{SUITE}::test_sigma"] == pytest.approx(0.6, rel=0.1)
    assert by_benchmark[f"{SUITE}::test_alpha"] == pytest.approx(1.6, rel=0.1)
    assert len(list(first.iterdir())) > KILLED_AFTER  # what was measured before was not measured again
    assert len(found["changes"]) == 2  # one row a commit
    assert {p: p.stat().st_mtime_ns for p in before} == before  # nothing of the user's is touched
    assert main(["trend", "alpha"]) == 0
    assert "By bench-agent backfill, not from runs:" in capsys.readouterr().out


def test_an_interpreter_that_is_not_there_measures_nothing_and_clears_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history = plant_history(tmp_path / "repo", commits=4, changes=())
    monkeypatch.chdir(history.root)
    monkeypatch.delenv("CLAUDECODE", raising=False)
    command = f"{sys.executable} -m pytest tests/benchmark"
    assert main(["backfill", "main~2", "--python", "/nonexist", "--command", command, "--budget", "60"]) == 3
    told = capsys.readouterr().out
    assert told.startswith("nothing could be measured of ")
    assert "could not start `/nonexist`: No such file or directory" in told.splitlines()[0]
    assert "no commit is proved" not in told


KILLED_AFTER = 4  # answers


def _start_and_kill(root: Path, arguments: list[str]) -> Path:
    """The folder of the answers of a search that was killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench_agent", *arguments],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        while running.poll() is None:
            folders = [path for path in (root / ".benchmark" / "backfill").glob("*") if path.is_dir()]
            if folders and len(list(folders[0].glob("0*.json"))) >= KILLED_AFTER:
                running.kill()
                return folders[0]
            time.sleep(0.2)
    raise AssertionError("it ended before it could be killed")
