"""The gate of the CI workflow, as the workflow calls it: a script in a checkout, on stored history."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.formats.stored import dump_run
from bench_agent.history.store import Store
from bench_agent.records import Machine, Run, Sample

SCRIPT = Path(__file__).parents[2] / "scripts/detect_benchmark_regressions.py"
AS_DOCUMENTED = ("--threshold", "20", "--consecutive", "3")


def gate(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the script in the project; isolated, so that only an installed package or the checkout's is found."""
    return subprocess.run(
        [sys.executable, "-I", SCRIPT, *arguments], cwd=project, capture_output=True, text=True, check=False
    )


def store_history(project: Path, means_s: list[float]) -> None:
    """One run a day, of one benchmark, with these means."""
    store = Store(project / ".benchmark")
    for day, mean_s in enumerate(means_s, 1):
        times = {"mean_s": mean_s, "median_s": mean_s, "min_s": mean_s, "max_s": mean_s, "p95_s": mean_s}
        sample = Sample(id="tests/benchmark/test_api.py::test_api", name="api", rounds=20, **times)
        run_id = f"202601{day:02d}_000000"
        machine = Machine(system="Linux", python="3.12.1", implementation="CPython")
        run = Run(run_id=run_id, started_at=f"2026-01-{day:02d}T00:00:00Z", samples=(sample,), machine=machine)
        store.write(run_id, dump_run(run))


def test_three_worsening_runs_beyond_the_threshold_stop_the_job_and_are_named(tmp_path):
    store_history(tmp_path, [1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.3, 1.6])
    done = gate(tmp_path, *AS_DOCUMENTED)
    assert done.returncode == 1, done.stderr
    assert "api" in done.stdout


@pytest.mark.parametrize("means_s", [[1.0] * 8, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.6], [1.0]])
def test_level_a_single_slow_run_and_a_first_run_pass(tmp_path, means_s):
    store_history(tmp_path, means_s)
    done = gate(tmp_path, *AS_DOCUMENTED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_options_are_those_of_the_command(tmp_path):
    store_history(tmp_path, [1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.3, 1.6])
    assert gate(tmp_path, "--threshold", "90", "--consecutive", "3").returncode == 0
    assert gate(tmp_path, "--threshold", "20", "--consecutive", "4").returncode == 0
    assert gate(tmp_path, "--threshold", "none").returncode == 2


def test_a_project_without_history_is_an_error_with_a_hint_and_no_traceback(tmp_path):
    done = gate(tmp_path, *AS_DOCUMENTED)
    assert done.returncode in {2, 3}
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
