"""Where modules came from, as the suite's interpreter tells it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROBE = Path(__file__).parents[3] / "src/bench_agent/measure/probe"


@pytest.mark.parametrize("name", ["__main__", "__mp_main__"])
@pytest.mark.parametrize(
    "told", ["origin.describe_modules(root)", "origin.Origins(root + '/tree', root).look()['wrong']"]
)
def test_the_program_itself_is_no_module_of_the_project(tmp_path: Path, name: str, told: str) -> None:
    """`coverage run` of a virtual environment inside the project, which gives multiprocessing a name for it."""
    program = tmp_path / ".venv/bin/coverage"
    program.parent.mkdir(parents=True)
    program.touch()
    code = (
        "import sys, types, bench_agent_ring_origin as origin; module = types.ModuleType('m')\n"
        f"module.__file__ = {str(program)!r}; sys.modules[{name!r}] = module; root = {str(tmp_path)!r}; print({told})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(PROBE)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
