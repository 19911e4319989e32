"""`backfill` with `--cluster local:N`: how much faster two workers are than one, and whether all find the same.

    python tests/calibration/backfill_cluster.py [--commits 96] [--ways here local:1 local:2 killed] [--every 30]

Each way searches the same planted history (tests/planted_history.py) from nothing. `here` is this process without a cluster;
`killed` is local:2 with one worker killed (-9) every so many seconds. Each worker has a core of its own, so `here`, which has
all cores and starts its next sessions beside those it measures, is no slower than local:1.
"""

import argparse
import contextlib
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.backfill.asked import Asked
from bench_agent.backfill.backfill import backfill
from bench_agent.backfill.on_cluster import on_cluster
from bench_agent.config import load_config
from bench_agent.measure.collect import look_at_suite
from bench_agent.system.git import open_repository
from planted_history import EIGHT, plant_history

SEARCHED = 0.0488  # log units: 5 %


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=96)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=900.0)
    parser.add_argument("--every", type=float, default=30.0)
    parser.add_argument("--ways", nargs="+", default=["here", "local:1", "local:2", "killed"])
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        history = plant_history(Path(folder) / "repo", commits=args.commits, seed=args.seed, changes=EIGHT)
        true = {(step.sha, step.benchmark): step.ratio for step in history.steps}
        for way in args.ways:
            shutil.rmtree(history.root / ".benchmark", ignore_errors=True)
            found, took, killed, beside = _one(history, way, args)
            named = {(row.sha, each.benchmark): each for row in found.changes for each in row.benchmarks}
            wanted = {at for at, ratio in true.items() if abs(math.log(ratio)) >= SEARCHED}
            held = sum(
                e.interval[0] <= true[at] <= e.interval[1] for at, e in named.items() if at in true and e.interval
            )
            print(
                f"{way}: {len(wanted & set(named))} of {len(wanted)} of 5 % and more, {len(set(named) - set(true))} wrong; "
                f"true ratio in {held} of {len(set(named) & set(true))} intervals; {took:.0f} s, {beside:.0f} s to open, "
                f"{found.measurements} sessions, {killed} kills, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            for skipped in found.skipped[:3] if args.verbose else ():
                print("    skipped", skipped)
            for at in sorted(named, key=lambda at: (at in true, at)):
                print("   ", at[0][:8], at[1].rpartition("_")[2], true.get(at), named[at].ratio, named[at].interval)


def _one(history, way, args):
    config = load_config(history.root, environment={}, flags={"command": f"{sys.executable} -m pytest tests/benchmark"})
    repository = open_repository(history.root)
    began = time.monotonic()

    def say(text: str) -> None:
        if args.verbose:
            print(f"{time.monotonic() - began:6.1f} {text}", flush=True)

    with contextlib.chdir(history.root), contextlib.ExitStack() as opened:
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        asked = Asked(first=history.first, last=history.head, budget_s=args.budget)
        began = time.monotonic()
        executor, stop, kills = None, threading.Event(), []
        if way != "here":
            address = "local:2" if way == "killed" else way
            executor = opened.enter_context(
                on_cluster(address, config, repository, suite, shas=[history.head], environment=os.environ, say=say)
            )
        beside = time.monotonic() - began
        if way == "killed":
            thread = threading.Thread(target=_kill, args=(stop, args.every, kills), daemon=True)
            thread.start()
            opened.callback(stop.set)
        began = time.monotonic()
        found = backfill(config, repository, suite, asked, environment=os.environ, say=say, executor=executor)
        return found, time.monotonic() - began, len(kills), beside


def _kill(stop, every_s, kills):
    """Kill a worker of ours every so often: a child of this process that multiprocessing started."""
    import psutil

    while not stop.wait(every_s):
        workers = [p for p in psutil.Process().children() if any("spawn_main" in word for word in p.cmdline())]
        if workers:
            victim = random.choice(workers)
            with contextlib.suppress(psutil.Error):
                victim.send_signal(signal.SIGKILL)
                kills.append(victim.pid)


if __name__ == "__main__":
    main()
