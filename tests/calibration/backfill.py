"""What `backfill` names in a planted history, what it misses or invents, and how long it takes.

    python tests/calibration/backfill.py [--commits 512] [--seeds 1] [--nothing] [--budget 600]

A planted history has 8 lasting changes of 3 to 60 % in 6 benchmarks: two faster, one in a merge, one taken back later
(tests/planted_history.py). With --nothing it has none, and whoever is named is named wrongly.
"""

import argparse
import contextlib
import math
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.backfill.asked import Asked
from bench_agent.backfill.backfill import backfill
from bench_agent.config import load_config
from bench_agent.measure.collect import look_at_suite
from bench_agent.system.git import open_repository
from planted_history import EIGHT, plant_history

SEARCHED = 0.0487  # log units: 5 % and more


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=512)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=600.0)
    parser.add_argument("--nothing", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        with tempfile.TemporaryDirectory() as folder:
            print(_one(Path(folder) / "repo", seed, args), f"load {os.getloadavg()[0]:.1f}", flush=True)


def _one(folder: Path, seed: int, args: argparse.Namespace) -> str:
    history = plant_history(folder, commits=args.commits, seed=seed, changes=() if args.nothing else EIGHT)
    config = load_config(history.root, environment={}, flags={"command": f"{sys.executable} -m pytest tests/benchmark"})
    repository = open_repository(history.root)
    assert repository is not None
    began = time.monotonic()

    def say(text: str) -> None:
        if args.verbose:
            print(f"{time.monotonic() - began:6.1f} {text}", flush=True)

    with contextlib.chdir(history.root):
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        asked = Asked(first=history.first, last=history.head, budget_s=args.budget)
        found = backfill(config, repository, suite, asked, environment=os.environ, say=say)
    took = time.monotonic() - began
    true = {(step.sha, step.benchmark): step.ratio for step in history.steps}
    named = {(row.sha, each.benchmark): each.ratio for row in found.changes for each in row.benchmarks}
    wanted = {at for at, ratio in true.items() if abs(math.log(ratio)) >= SEARCHED}
    small = set(true) - wanted
    missed, wrong = wanted - set(named), set(named) - set(true)
    if found.interrupted:
        raise KeyboardInterrupt
    if args.verbose:
        for at in sorted(missed):
            print("  missed", at[0][:8], at[1].rsplit("_")[-1], true[at])
        for at in sorted(wrong):
            print("  wrong", at[0][:8], at[1].rsplit("_")[-1], named[at])
        for warning in found.warnings:
            print("  warning", warning)
        for at in sorted(set(named) & set(true)):
            print("  right", at[0][:8], at[1].rsplit("_")[-1], true[at], round(named[at], 3))
    return (
        f"seed {seed}: {len(wanted & set(named))} of {len(wanted)} found, {len(small & set(named))} of {len(small)} smaller, "
        f"{len(wrong)} wrong; {took:.0f} s, {found.measurements} sessions"
    )


if __name__ == "__main__":
    main()
