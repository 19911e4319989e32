"""Projects of other Pythons and versions of pytest and its plug-ins: is a small suite measured, and compared, in each?

    python tests/calibration/matrix.py [--only TEXT] [--keep FOLDER]        such as: --only 3.8

Makes a virtual environment for each combination (from a package index, so minutes for all), in it a project with ordinary,
parametrised, pedantic and marked benchmarks and two commits, and runs `bench-agent run` and `bench-agent compare HEAD~1`
there. Interpreters that this machine does not have are said. Exit 1 when something that should be measured was not.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]

from projects import environment  # noqa: E402

# Python, what to install beside it, options of the command, what is measured. An empty last column: see EXPECTED.
CASES = [
    ("3.8", "pytest==7.* pytest-benchmark==4.0.0", "", ""),
    ("3.8", "pytest==8.* pytest-benchmark==4.0.0", "", ""),
    ("3.9", "pytest==8.* pytest-benchmark==5.1.0", "", ""),
    ("3.10", "pytest==7.* pytest-benchmark==5.0.1", "", ""),
    ("3.10", "pytest==8.* pytest-benchmark==5.1.0", "", ""),
    ("3.11", "pytest==8.* pytest-benchmark==5.2.3", "", ""),
    ("3.12", "pytest==8.0.2 pytest-benchmark==4.0.0", "", ""),
    ("3.12", "pytest==9.* pytest-benchmark==5.3.*", "", ""),
    ("3.12", "pytest==9.* pytest-benchmark==5.3.* pytest-xdist pytest-cov", "--cov=work", ""),
    ("3.12", "pytest==9.* pytest-benchmark==5.3.* pytest-codspeed", "", "all"),
    ("3.12", "pytest==9.* pytest-codspeed", "--codspeed", "all"),
    ("3.12", "pytest==9.* pytest-asyncio", "", "marked"),
    ("3.13", "pytest==9.* pytest-benchmark==5.3.*", "", ""),
    ("3.13", "pytest==8.* pytest-benchmark==4.0.0", "", ""),
    ("3.14", "pytest==9.* pytest-benchmark==5.3.*", "", ""),
]
FIXTURE = """
import pytest, work

def test_plain(benchmark): assert benchmark(work.total, 50) == 1225

@pytest.mark.parametrize("n", [10, 20])
def test_each(benchmark, n): benchmark(work.total, n)

def test_pedantic(benchmark): benchmark.pedantic(work.total, setup=lambda: ((30,), {}), rounds=20)
"""
MARKED = """
import pytest, work
pytestmark = pytest.mark.benchmark

def test_marked(): work.total(40)
"""
ASYNC = (
    MARKED
    + """
@pytest.mark.asyncio
async def test_async(): work.total(40)
"""
)
EXPECTED = {
    "": {"test_plain", "test_each[10]", "test_each[20]", "test_pedantic"},
    "all": {"test_plain", "test_each[10]", "test_each[20]", "test_pedantic", "test_marked"},
    "marked": {"test_marked", "test_async"},
}
WORK = "def total(n):\n    return sum(range(n))\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    measured: int
    compared: int
    said: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="cases whose Python or packages contain this text")
    parser.add_argument("--keep", type=Path, help="a folder for the environments, used again if they are there")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp())
    bad = 0
    print(f"{'Python':7}{'packages and options':76}{'run':>6}{'compare':>9}{'s':>6}  said", flush=True)
    try:
        for number, (version, packages, options, expected) in enumerate(CASES):
            shown = f"{packages} {options}".strip()
            if args.only not in f"{version} {shown}":
                continue
            python = find_python(version)
            if python is None:
                print(f"{version:7}{shown:76}{'-':>6}{'-':>9}{'':>6}  this machine has no Python {version}")
                continue
            want = EXPECTED[expected]
            found = try_one(folder / f"case{number}", python, packages, options, expected)
            bad += (found.measured, found.compared) != (len(want), len(want))
            print(
                f"{version:7}{shown:76}{found.measured:>4}/{len(want)}{found.compared:>7}/{len(want)}"
                f"{found.seconds:>6.0f}  {found.said}",
                flush=True,
            )
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return int(bad > 0)


def find_python(version: str) -> str | None:
    managed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for candidate in [*map(str, managed), shutil.which(f"python{version}")]:
        shown = candidate and subprocess.run([candidate, "--version"], capture_output=True, text=True).stdout
        if shown and shown.startswith(f"Python {version}."):
            return str(candidate)
    return None


def try_one(folder: Path, python: str, packages: str, options: str, expected: str) -> Found:
    began = time.monotonic()
    venv, root = folder / "venv", folder / "project"
    if not (venv / "bin" / "pytest").exists():
        subprocess.run([python, "-m", "venv", venv], check=True)
        pip = [venv / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages.split()]
        installed = subprocess.run(pip, capture_output=True, text=True)
        if installed.returncode:
            return Found(measured=0, compared=0, said=installed.stderr.strip()[-150:], seconds=time.monotonic() - began)
    shutil.rmtree(root, ignore_errors=True)
    make_project(root, expected)
    command = f"{venv}/bin/python -m pytest -q {options} bench"
    run, told = product(root, "run", "--no-confirm", "--command", command)
    compared, more = product(root, "compare", "HEAD~1", "--budget", "6", "--command", command)
    return Found(
        measured=count(root, expected, run),
        compared=sum(bool(row["pairs"]) for row in compared.get("benchmarks", ())),
        said=told or more,
        seconds=time.monotonic() - began,
    )


def make_project(root: Path, expected: str) -> None:
    files = {"work.py": WORK, "pytest.ini": "[pytest]\npythonpath = .\nmarkers =\n    benchmark\n"}
    if expected == "marked":
        files["bench/test_marked.py"] = ASYNC
    else:
        files |= {"bench/test_fixture.py": FIXTURE, "bench/test_marked.py": MARKED}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Start")
    (root / "work.py").write_text(WORK + "\n")
    git(root, "commit", "-qam", "Change nothing")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, env={**os.environ, **environment()}, check=True)


def product(root: Path, *arguments: str) -> tuple[dict, str]:
    """The command's JSON, and the error in one line if there was one."""
    done = subprocess.run(
        [sys.executable, "-m", "bench_agent", *arguments, "--json"],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
    )
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return {}, (done.stderr.strip().splitlines() or ["it printed nothing"])[-1][:150]
    error = result.get("error")
    warnings = [w for w in result.get("warnings") or () if "machine was busy" not in str(w)]
    return result, str(error["message"] if error else warnings[0] if warnings else "")[:150]


def count(root: Path, expected: str, report: dict) -> int:
    """How many of the expected benchmarks the stored run has, and none besides."""
    stored = sorted((root / ".benchmark" / "history").glob("*.json"))
    if not stored or "error" in report:
        return 0
    names = {entry["fullname"].rpartition("::")[2] for entry in json.loads(stored[-1].read_bytes())["benchmarks"]}
    return len(names) if names <= EXPECTED[expected] else -1


if __name__ == "__main__":
    raise SystemExit(main())
