"""Every way of starting and building a project: is a slowdown found, confirmed and blamed, and an unchanged commit cleared?

    python tests/matrix/run.py [--only TEXT] [--list] [--keep FOLDER] [--budget S]

Each way is a small real project made here, with real tools from the package index; about a minute a way on a quiet machine.
Prints a table: for each way, whether
  measured   `run` at the second commit measures both benchmarks; "said" where it can't and says why
  cleared    `compare HEAD~1` there, where nothing changed, calls neither slower nor faster
  found      `run` at the last commit confirms that `test_work` is slower, and `test_other` is not
  blamed     and proves the commit "Tidy"
  untouched  the environment the suite runs in holds the same packages as before
A way is added to a list of `WAYS` in a module beside this one. Exit 1 when a cell is not as it should be.
"""

import argparse
import atexit
import functools
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
SRC = HERE.parents[2] / "src"
sys.path[:0] = [str(HERE.parent), str(SRC)]

from way import Way, activated, make_history, prepare  # noqa: E402

from bench_agent.scaffold import building  # noqa: E402

MODULES = sorted(path.stem for path in HERE.parent.glob("ways_*.py"))
COLUMNS = ("measured", "cleared", "found", "blamed", "untouched")


@dataclass(slots=True)
class Outcome:
    """One row. A cell: "yes", or what was there instead."""

    cells: dict[str, str]
    said: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.cells.get("measured") == "said" or all(self.cells.get(column) == "yes" for column in COLUMNS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="A|B", help="ways whose name contains one of these texts")
    parser.add_argument("--list", action="store_true", help="the names of the ways")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the environments below all, used again if they are there"
    )
    parser.add_argument("--budget", default="60", help="seconds for each comparison (default 60)")
    args = parser.parse_args()
    ways = [
        way
        for name in MODULES
        for way in importlib.import_module(name).WAYS
        if any(part in way.name for part in args.only.split("|"))
    ]
    if args.list:
        print("\n".join(way.name for way in ways))
        return 0
    folder = args.keep or Path(tempfile.mkdtemp(prefix="matrix-"))
    bad = 0
    print(f"{'way':44}" + "".join(f"{column:>11}" for column in COLUMNS) + f"{'s':>6}  said", flush=True)
    try:
        for way in ways:
            missing = [program for program in way.needs if shutil.which(program) is None]
            if missing:
                print(f"{way.name:44}{'-':>11}  this machine has no {missing[0]}", flush=True)
                continue
            outcome = try_way(way, folder, args.budget)
            bad += not outcome.good
            cells = "".join(f"{outcome.cells.get(column, '-'):>11}" for column in COLUMNS)
            print(f"{way.name:44}{cells}{outcome.seconds:>6.0f}  {outcome.said}", flush=True)
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(ways) - bad} of {len(ways)} as they should be")
    return int(bad > 0)


def try_way(way: Way, folder: Path, budget: str) -> Outcome:
    began = time.monotonic()
    outcome = Outcome(cells={})
    with tempfile.TemporaryDirectory(prefix="way-") as own:
        top, venv = Path(own) / "project", Path(own) / "venv"
        try:
            make_venv(venv, below=base_environment(folder, way.packages))
            shas = make_history(way, top)
            _try(way, top, venv, shas, budget, outcome)
        except (AssertionError, subprocess.CalledProcessError) as error:
            outcome.said = str(error)[:200]
    outcome.seconds = time.monotonic() - began
    return outcome


def _try(way: Way, top: Path, venv: Path, shas: dict[str, str], budget: str, outcome: Outcome) -> None:
    root = top / way.below
    if problem := prepare(way, top, shas["Docs"], venv):
        outcome.said = f"install: {problem}"
        return
    first, said = product(root, venv, "run", "--no-confirm")
    if way.refused:
        error = json.dumps(first.get("error") or {})
        outcome.cells["measured"] = "said" if way.refused in error else "unsaid"
        outcome.said = "" if way.refused in error else said
        return
    outcome.cells["measured"] = "yes" if len(first.get("benchmarks", ())) == 2 else "no"
    if way.proposes and (build := find_build(root)) != way.proposes:
        outcome.cells["measured"], outcome.said = "unsaid", f"doctor proposes {build}"
    if way.says and way.says not in json.dumps(first):
        outcome.cells["measured"], outcome.said = "unsaid", f"does not say: {way.says}"
    before = installed(venv)
    compared, more = product(root, venv, "compare", "HEAD~1", "--budget", budget)
    outcome.cells["cleared"] = clearance(compared)
    if problem := prepare(way, top, shas["More docs"], venv):
        outcome.said = f"install: {problem}"
        return
    again = installed(venv)
    report, last = product(root, venv, "run", "--budget", str(2 * int(budget)))
    outcome.cells["found"], outcome.cells["blamed"] = verdict(report, shas["Tidy"])
    outcome.cells["untouched"] = "yes" if installed(venv) == again and before is not None else "no"
    outcome.said = outcome.said or ("" if outcome.good else last or more or said)


def find_build(root: Path) -> str | None:
    """The line for `setup` that doctor and init would write."""
    build = building.find_build(root)
    return build.setup if build else None


def clearance(compared: dict[str, Any]) -> str:
    verdicts = {row["benchmark"]: row["verdict"] for row in compared.get("benchmarks", ())}
    if len(verdicts) != 2:
        return "no"
    wrong = [verdict for verdict in verdicts.values() if verdict in ("slower", "faster")]
    return wrong[0] if wrong else "yes" if set(verdicts.values()) == {"same"} else "open"


def verdict(report: dict[str, Any], culprit: str) -> tuple[str, str]:
    """(found, blamed)."""
    slower = {str(r["benchmark"]).rpartition("::")[2]: r for r in report.get("regressions", ()) if r.get("confirmed")}
    if {name.partition("[")[0] for name in slower} - {"test_work", "work"}:
        return "other too", "-"
    if not slower:
        return "no", "-"
    suspects = next(iter(slower.values())).get("suspects", ())
    proved = [suspect["sha"] for suspect in suspects if suspect.get("proved")]
    return "yes", "yes" if proved and culprit.startswith(proved[0][:8]) else "no"


def product(root: Path, venv: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """The command's JSON, and its error or first warning in one line."""
    env = {**activated(venv), "BENCH_AGENT_WAIT_S": "3600"}
    command = [product_python(), "-m", "bench_agent"]
    done = subprocess.run(
        [*command, *arguments, "--json"], cwd=root, env=env, capture_output=True, text=True, check=False, timeout=1200
    )
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return {}, (done.stderr.strip().splitlines() or ["it printed nothing"])[-1][:200]
    error = result.get("error")
    warnings = [str(w) for w in result.get("warnings") or () if "busy" not in str(w)]
    return result, str(error["message"] if error else warnings[0] if warnings else "")[:200]


# --- environments


@functools.cache
def product_python() -> str:
    """An interpreter in which this very source is installed: PYTHONPATH would reach the suite too."""
    venv = Path(tempfile.mkdtemp(prefix="product-"))
    atexit.register(shutil.rmtree, venv, ignore_errors=True)
    make_venv(venv, below=Path(sys.prefix))
    site = next(venv.glob("lib/*/site-packages"))
    (site / "aa_source.pth").write_text(f"{SRC}\n")
    return str(venv / "bin/python")


def base_environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """An environment with pytest, pytest-benchmark and these packages, made once."""
    name = "-".join(("base", *packages)).replace("/", "_").replace("=", "")
    venv = folder / name
    if not (venv / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [venv / "bin/python", "-m", "pip", "install", "-q", "pytest", "pytest-benchmark", "setuptools", "wheel"]
        done = subprocess.run([*pip, *packages], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-200:]
        (venv / "done").touch()
    return venv


def make_venv(venv: Path, *, below: Path) -> None:
    """The user's own environment: empty, on top of the base. Making it whole would take pip 5 s."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next(venv.glob("lib/*/site-packages"))
    lower = next(below.glob("lib/*/site-packages"))
    (site / "zz_below.pth").write_text(f"import site; site.addsitedir({str(lower)!r})\n")
    for program in (below / "bin").iterdir():
        _offer(program, venv)
    pip = venv / "bin/pip"
    pip.write_text(f'#!/bin/sh\nexec {venv}/bin/python -m pip "$@"\n')
    pip.chmod(0o755)


def _offer(program: Path, venv: Path) -> None:
    """A program of the environment below, for the one above."""
    place = venv / "bin" / program.name
    if place.exists() or place.is_symlink() or program.name.startswith(("pip", "python", "activate", "Activate")):
        return
    first, newline, rest = program.read_bytes().partition(b"\n")
    if not first.startswith(b"#!") or b"python" not in first:
        place.symlink_to(program)
        return
    place.write_bytes(f"#!{venv}/bin/python".encode() + newline + rest)
    place.chmod(0o755)


def installed(venv: Path) -> dict[str, int]:
    site = next(venv.glob("lib/*/site-packages"))
    return {str(p): p.stat().st_size for p in site.rglob("*") if p.is_file() and "__pycache__" not in p.parts}


if __name__ == "__main__":
    raise SystemExit(main())
