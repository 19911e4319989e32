"""What looking for change points in very many series costs, in one process and on local workers.

    python tests/calibration/many_series.py [--series 10000] [--length 120] [--ways here local:1 local:2]

Each series is a piece of those of tests/detect/unchanged_runs.jsonl (the same code all along, load 2 to 27); half of them get a
step of 10 to 50 % somewhere. All ways must find the same.
"""

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.backfill.many_series import NamedSeries, find_in_chunk, find_in_many
from bench_agent.cluster.address import parse_address
from bench_agent.cluster.dask_cluster import Cluster

RECORDED = Path(__file__).parents[1] / "detect" / "unchanged_runs.jsonl"


def make_series(count, length):
    known = [json.loads(line)["values"] for line in RECORDED.read_text().splitlines()]
    rng = random.Random(0)
    for number in range(count):
        values = rng.choice(known)
        start = rng.randrange(max(len(values) - length, 0) + 1)
        piece = list(values[start : start + length])
        if number % 2:
            step, size = rng.randrange(10, len(piece) - 10), rng.uniform(1.1, 1.5)
            piece[step:] = [value * size for value in piece[step:]]
        yield NamedSeries(name=f"s{number}", values=tuple(piece))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--length", type=int, default=120)
    parser.add_argument("--ways", nargs="+", default=["here", "local:1", "local:2"])
    args = parser.parse_args()
    first = None
    for way in args.ways:
        began, cpu = time.monotonic(), time.process_time()
        if way == "here":
            found = dict(find_in_chunk(None, list(make_series(args.series, args.length))))
        else:
            address = parse_address(way, cores=os.cpu_count() or 1)
            with Cluster(address, name="series", files={}, say=lambda text: None) as cluster:
                opened = time.monotonic()
                found = dict(find_in_many(cluster, make_series(args.series, args.length)))
                began = opened
                took = time.monotonic() - began
        if way == "here":
            took = time.monotonic() - began
        own_cpu = time.process_time() - cpu
        first = found if first is None else first
        points = sum(map(len, found.values()))
        print(
            f"{way}: {len(found)} series of {args.length}, {points} change points, {took:.1f} s wall, {own_cpu:.1f} s CPU of this "
            f"process, {'the same' if found == first else 'NOT THE SAME'}; load {os.getloadavg()[0]:.1f}; "
            f"1,000,000 would take {took / len(found) * 1e6 / 3600:.1f} h",
            flush=True,
        )


if __name__ == "__main__":
    main()
