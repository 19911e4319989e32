"""How much sooner two workers of this machine answer the same tasks than one does, and whether their ratios agree.

    python tests/calibration/cluster_speed.py [--tasks 8] [--sets 4] [--repeat 1]

Every task is a ring of two commits beside the newest, six benchmarks, so many sets of fresh sessions. Both clusters measure
all tasks, the first task apart (each worker clones and collects then); only the rest is timed. Needs a quiet machine.
"""

import argparse
import contextlib
import json
import math
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.backfill.on_cluster import on_cluster
from bench_agent.backfill.on_this_machine import LocalExecutor
from bench_agent.bisection.lineage import read_line
from bench_agent.config import load_config
from bench_agent.detect.verdict import clock_of, log_ratios
from bench_agent.measure.collect import look_at_suite
from bench_agent.records import Conditions, MeasuringTask
from bench_agent.stats.sequential import analyse
from bench_agent.system.git import open_repository
from planted_history import EIGHT, plant_history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=8)
    parser.add_argument("--sets", type=int, default=4)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument(
        "--record", type=Path, help="write the noise of the first way: log ratios less their median, by benchmark"
    )
    parser.add_argument("--ways", nargs="+", default=["local:1", "local:2", "here"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        history = plant_history(Path(folder) / "repo", commits=24, seed=0, changes=EIGHT)
        for _ in range(args.repeat):
            seen = {way: _one(history, way, args) for way in args.ways}
            first = seen[args.ways[0]]
            if args.record:
                args.record.write_text(json.dumps(first[2]) + "\n")
            for way, (took, logs, _) in seen.items():
                shared = [at for at in first[1] if at in logs]
                inside = sum(_touch(first[1][at], logs[at]) for at in shared)
                print(
                    f"{way}: {took:.1f} s, {first[0] / took:.2f} times as fast as {args.ways[0]}; intervals meet in {inside} of "
                    f"{len(shared)}; load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )


def _one(history, way, args):
    config = load_config(history.root, environment={}, flags={"command": f"{sys.executable} -m pytest tests/benchmark"})
    repository = open_repository(history.root)
    with contextlib.chdir(history.root), contextlib.ExitStack() as opened:
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        if way == "here":
            executor = LocalExecutor(config, repository, suite, environment=os.environ, say=print)
            opened.enter_context(executor)
        else:
            executor = opened.enter_context(
                on_cluster(
                    way, config, repository, suite, shas=[history.head], environment=os.environ, say=lambda t: None
                )
            )
        shas = [version.sha for version in read_line(repository, history.first, history.head).versions]
        tasks = [
            MeasuringTask(
                purpose="survey", repository=str(history.root), anchor=history.head,
                commits=(shas[1 + n % 20], shas[2 + n % 20]), benchmarks=suite.ids, sets=args.sets, seconds=300.0, part=n,
                conditions=Conditions(files_from=history.head),
            )
            for n in range(args.tasks)
        ]  # fmt: skip
        warm = [replace(task, part=100 + n, sets=1) for n, task in enumerate(tasks[:2])]
        list(executor.measure(warm))
        began = time.monotonic()
        results = list(executor.measure(tasks))
        took = time.monotonic() - began
        pairs = {}
        for result in results:
            for point in result.points:
                assert point.reason is None, point.reason
                pairs.setdefault((point.commit, point.benchmark), []).extend(p for p in point.pairs if p)
        logs = {at: log_ratios(some, clock_of(some)) for at, some in pairs.items()}
        noise = {}
        for (_, benchmark), values in logs.items():
            middle = statistics.median(values)
            noise.setdefault(benchmark, []).extend(round(value - middle, 5) for value in values)
        return took, {at: analyse(values, final=True) for at, values in logs.items()}, noise


def _touch(one, other):
    if not all(map(math.isfinite, (one.lower, one.upper, other.lower, other.upper))):
        return abs(one.estimate - other.estimate) < 0.05
    return one.lower <= other.upper and other.lower <= one.upper


if __name__ == "__main__":
    main()
