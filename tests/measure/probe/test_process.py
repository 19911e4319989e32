"""How a pytest process was started, as it finds out itself."""

import subprocess
import sys
from pathlib import Path

import pytest

PROBE = Path(__file__).parents[3] / "src/bench_agent/measure/probe"


@pytest.mark.parametrize(
    ("command", "under"),
    [
        ("python -m pytest tests", ""),
        ("python /venv/bin/pytest -m coverage pytest", ""),
        ("python -X dev -m coverage run -m pytest -q tests", "-m coverage run -m pytest"),
        ("python /venv/bin/coverage run --branch -m pytest", "/venv/bin/coverage run --branch -m pytest"),
        ("python -m coverage run bench.py", ""),
        ("python tool.py -m coverage run -m pytest", ""),
    ],
)
def test_where_coverage_runs_pytest_it_is_told(command: str, under: str) -> None:
    code = f"import bench_agent_process as process; print(*process.under({command.split()!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(PROBE)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == under
