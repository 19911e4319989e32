"""Which command a project's files ask for, when nobody names one."""

import stat
from pathlib import Path

import pytest

from bench_agent.measure.command import find_other_harness, interpreter, locate_command

FIXTURE = "def test_it(thing, benchmark):\n    benchmark(thing)\n"
MARK = "import pytest\npytestmark = pytest.mark.benchmark()\ndef test_it(): pass\n"
PLAIN = "def test_it(): pass\n"


def targets(root: Path, files: dict[str, str]) -> str | None:
    """What follows the options in the command for a project of these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    command = locate_command(root, {})
    return command.partition("--continue-on-collection-errors ")[2] if command else None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"tests/benchmark/test_a.py": FIXTURE, "bench/test_b.py": FIXTURE}, "tests/benchmark"),
        ({"tests/benchmark/README.py": "", "benchmarks/test_x.py": PLAIN}, "benchmarks"),
        ({"bench/test_benchmarks.py": MARK}, "bench"),
        (
            {"benchmarking/bench_core.py": FIXTURE, "benchmarking/bench_more.py": MARK, "benchmarking/conftest.py": FIXTURE},
            "benchmarking/bench_core.py benchmarking/bench_more.py",
        ),
        ({"benchmarks/bench_x.py": FIXTURE, "pytest.ini": "[pytest]\npython_files = bench_*.py\n"}, "benchmarks"),
        ({"tests/test_a.py": PLAIN, "tests/test_benchmarks.py": FIXTURE}, "tests/test_benchmarks.py"),
        ({"pkg/tests/test_a.py": FIXTURE, "pkg/tests/test_b.py": PLAIN}, "pkg/tests/test_a.py"),
        ({"tests/a b/test_it.py": "async def test_it(\n    benchmark,\n): ...\n"}, "'tests/a b/test_it.py'"),
        ({"tests/test_a.py": "# a benchmark\ndef test_it(x): benchmark(x)\n", ".tox/test_b.py": FIXTURE}, None),
        ({"benchmarks/run.py": "import pyperf\n"}, None),
        (
            {"benchmarks/charts.py": "def draw(ax, benchmark: str, libs): ...\n", "benchmarks/py/test_a.py": FIXTURE},
            "benchmarks",
        ),
        ({"benchmarks/charts.py": "def bench_chart(ax, benchmark: str): ...\n", "tests/test_a.py": PLAIN}, None),
    ],
)  # fmt: skip
def test_the_command_names_the_folder_or_the_files_that_hold_benchmarks(
    tmp_path: Path, files: dict[str, str], expected: str | None
) -> None:
    assert targets(tmp_path, files) == expected


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("benchmarks/parse.py", "import sys\nimport pyperf\n", "pyperf"),
        ("benchmarks/parse.py", "import sys, os.path, pyperf\n", "pyperf"),
        ("asv.conf.json", "{}", "asv"),
        ("benchmarks/core.py", "class Suite:\n    def time_it(self): pass\n", "asv"),
    ],
)
def test_another_harness_is_recognised_by_its_files(tmp_path: Path, path: str, text: str, name: str) -> None:
    targets(tmp_path, {path: text})
    found = find_other_harness(tmp_path)
    assert found
    assert (found.name, found.path) == (name, path)


def test_the_active_environment_comes_before_a_lock_file_and_that_before_a_folder(tmp_path: Path) -> None:
    root, active, programs = (tmp_path / name for name in ("project", "active", "programs"))
    targets(root, {".venv/bin/python": "", "uv.lock": ""})
    targets(active, {"lib/python3.12/site-packages/pytest/__init__.py": ""})
    targets(programs, {"uv": "#!/bin/sh\n"})
    (programs / "uv").chmod(stat.S_IRWXU)
    with_uv = {"PATH": str(programs)}
    assert interpreter(root, {**with_uv, "VIRTUAL_ENV": str(active)}) == "python"
    assert interpreter(root, with_uv) == "uv run python"
    assert interpreter(root, {"PATH": ""}) == ".venv/bin/python"
    assert interpreter(active, {"PATH": ""}) == "python3"
    (active / "lib/python3.12/site-packages/pytest/__init__.py").unlink()  # some other tool's environment
    assert interpreter(root, {**with_uv, "VIRTUAL_ENV": str(active)}) == "uv run python"
