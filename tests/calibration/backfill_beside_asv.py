"""How long asv takes for the history that `backfill` searches: a part of its commits timed, the whole by multiplication.

    python tests/calibration/backfill_beside_asv.py [--commits 512] [--part 6] [--keep FOLDER]

The planted history of `backfill.py`; asv installs each commit and runs six `time_` functions that do what the benchmarks do, with
its defaults (`asv run --steps`). Prints seconds of its part without the first commit, which makes the environment, and what all
commits would take. --keep: a folder for asv's environment, used again if it is there.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from peers import ASV, make_tools

from planted_history import NAMES, plant_history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=512)
    parser.add_argument("--part", type=int, default=6)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="asv-") as folder:
        asv = make_tools(args.keep or Path(folder) / "tools").parent / "asv"
        history = plant_history(Path(folder) / "repo", commits=args.commits, seed=0)
        root = Path(folder) / "asv"
        write_suite(root, history.root)
        _run(root, asv, "machine", "--yes")
        first, took = _timed(root, asv, history.head, 1)
        seconds, measured = _timed(root, asv, f"{history.first}..{history.head}", args.part)
        if took != 1 or not measured:
            sys.exit(f"asv measured {took} and {measured} commits")
        each = seconds / measured
        print(
            f"asv: {first:.0f} s for the first commit with its environment, {each:.1f} s for each of {measured} others"
        )
        print(f"{args.commits} commits: {each * args.commits / 60:.0f} minutes")


def write_suite(root: Path, repo: Path) -> None:
    (root / "benchmarks").mkdir(parents=True)
    (root / "benchmarks" / "__init__.py").write_text("")
    lines = "".join(f"from engine.{name} import {name}\n" for name in NAMES)
    lines += "".join(f"\n\ndef time_{name}():\n    {name}()\n" for name in NAMES)
    (root / "benchmarks" / "engine.py").write_text(lines)
    settings = {**ASV, "project": "engine", "repo": str(repo), "benchmark_dir": "benchmarks"}
    (root / "asv.conf.json").write_text(json.dumps(settings))


def _timed(root: Path, asv: Path, span: str, steps: int) -> tuple[float, int]:
    """(seconds, commits measured)."""
    before = len(_results(root))
    began = time.monotonic()
    chosen = ["--steps", str(steps)] if ".." in span else []
    _run(root, asv, "run", *chosen, "--skip-existing-commits", span if chosen else f"{span}^!")
    return time.monotonic() - began, len(_results(root)) - before


def _results(root: Path) -> list[Path]:
    return [path for path in root.glob("results/*/*.json") if path.name != "machine.json"]


def _run(root: Path, *command: str | Path) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        sys.exit(
            f"{' '.join(map(str, command[1:]))}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


if __name__ == "__main__":
    main()
