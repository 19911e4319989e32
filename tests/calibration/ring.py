"""How often the ring cries wolf and what it can tell, measured: A/A alarms, power on real planted work, time, estimates.

    python tests/calibration/ring.py --minutes 10 --plant 0,5 --suite short --load 0

Each trial compares two directories with the same benchmarks of which one does that much more work, exactly as
`bench-agent compare` would. Prints one line per size of work and benchmark, with n and the load average. `--load N` keeps N
processes busy meanwhile. Trials are appended to --out as JSON lines, so that several runs can be summed up (--sum-up FILE...).
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench_agent.compare.selftest import seconds_of
from bench_agent.detect.verdict import compare_suite, decided
from bench_agent.measure.paired.compare_sides import compare_sides
from bench_agent.measure.paired.side import Side

CODE = """
import json, re, sqlite3, subprocess, sys
EXTRA = {extra}
DOCUMENT = json.dumps([{{"id": i, "name": "x" * 20, "tags": [1, 2, 3]}} for i in range(3)])
WORD = re.compile(r"(\\w+)=(\\d+)")
TABLE = sqlite3.connect(":memory:")
TABLE.execute("create table t (a integer, b integer)")
TABLE.executemany("insert into t values (?, ?)", [(i % 97, i) for i in range(2000)])

def more(units):
    return round(units * (1 + EXTRA))

def count(units=more(20)):
    seen = {{}}
    for i in range(units):
        seen[i % 7] = seen.get(i % 7, 0) + i
    return seen

def parse(units=more(100)):
    for _ in range(units):
        json.loads(DOCUMENT)

def match(units=more(200)):
    for i in range(units):
        WORD.findall("alpha=1 beta=22 gamma=333")

def sort(units=more(40)):
    for i in range(units):
        sorted(range(100, 0, -1), key=lambda x: x * 7919 % 101)

def query(units=more(100)):
    for i in range(units):
        TABLE.execute("select a, sum(b) from t where b > ? group by a order by 2 desc limit 5", (i,)).fetchall()

def start(units=more(100)):
    subprocess.run([sys.executable, "-S", "-c", "for i in range(%d): sum(range(9000))" % (6 * units)], check=True)
"""
BENCH = """
import calibrated as c
"""
SUITES = {
    "short": {
        "count_2us": "c.count",
        "count_200us": "c.count, c.more(2000)",
        "parse": "c.parse",
        "match": "c.match",
        "sort": "c.sort",
    },
    "one": {"match": "c.match"},
    "long": {"query_15ms": "c.query"},
    "start": {"start_100ms": "c.start"},
}
SUITES["mixed"] = {**SUITES["short"], **SUITES["long"]}
SUITES["twenty"] = {f"{name}_{i}": call for i in range(4) for name, call in SUITES["short"].items()}
SUITES["wide"] = {
    **{f"{name}_{i}": call for i in range(3) for name, call in SUITES["short"].items()},
    **{f"query_15ms_{i}": "c.query" for i in range(3)},
    **{f"start_100ms_{i}": "c.start" for i in range(2)},
}  # twenty, from 2 us to 100 ms


def make_suite(root: Path, extra: float, suite: str) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "src" / "calibrated.py").write_text(CODE.format(extra=extra))
    tests = [f"def test_{name}(benchmark): benchmark({call})\n" for name, call in SUITES[suite].items()]
    (root / "test_calibrated.py").write_text(BENCH + "".join(tests))
    (root / "pytest.ini").write_text("[pytest]\n")
    return root


def trial(folder: Path, percent: float, arguments: argparse.Namespace, rng: random.Random) -> list[dict[str, Any]]:
    """One comparison of the whole suite. Which of the two directories is the base is drawn anew each time."""
    python = tuple(arguments.python.split())
    sides = {}
    names = ["side-0", "side-1"]
    rng.shuffle(names)
    for name, extra in zip(names, (0.0, percent / 100), strict=True):
        sides[extra if percent else name] = Side(
            label=name, root=make_suite(folder / name, extra, arguments.suite), python=python
        )
    base, head = sides.values()
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    count = len(SUITES[arguments.suite])
    result = compare_sides(
        base, head, targets=["."], decided=decided, budget_s=arguments.seconds * count, env=env, rng=rng
    )
    comparison = compare_suite(
        "a", "b", result.samples, problems=result.problems, pair_s=result.start_s, seconds=result.seconds
    )
    for warning in comparison.warnings:
        print(warning, file=sys.stderr)
    return [
        {
            "percent": percent, "suite": arguments.suite, "benchmark": row.benchmark.split("::")[1],
            "verdict": row.verdict, "ratio": row.ratio, "interval": row.interval, "pairs": row.pairs,
            "detectable": row.detectable, "clock": row.clock, "load": os.getloadavg()[0],
            "seconds": seconds_of(row, result),
            "suite_seconds": result.seconds, "base": row.base,
        }
        for row in comparison.benchmarks
    ]  # fmt: skip


def sum_up(trials: list[list[dict[str, Any]]]) -> None:
    """Print the figures, per planted size and benchmark, and for whole suites."""
    rows = [row for one in trials for row in one]
    loads = [row["load"] for row in rows]
    print(f"{len(trials)} comparisons of suites, {len(rows)} of benchmarks; load {min(loads):.1f}-{max(loads):.1f}, "
          f"median {statistics.median(loads):.1f}")  # fmt: skip
    print(f"{'work':>6} {'benchmark':16} {'n':>4} {'slower':>7} {'same':>6} {'faster':>6} {'open':>5} {'pairs':>6} "
          f"{'s each':>7} {'p90':>6} {'error':>6} {'covered':>7}")  # fmt: skip
    groups: dict[tuple[float, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["percent"], row["benchmark"]].append(row)
        groups[row["percent"], "all"].append(row)
    for (percent, name), group in sorted(groups.items()):
        n = len(group)
        share = {v: sum(r["verdict"] == v for r in group) / n for v in ("slower", "same", "faster", "undecided")}
        seconds = sorted(r["seconds"] for r in group)
        error = statistics.median(100 * (r["ratio"] - 1) - percent for r in group)
        bounded = [r for r in group if r["interval"]]
        true = 1 + percent / 100
        covered = (
            sum(r["interval"][0] <= true <= r["interval"][1] for r in bounded) / len(bounded) if bounded else math.nan
        )
        print(f"{percent:5.0f}% {name:16} {n:4} {share['slower']:7.1%} {share['same']:6.1%} {share['faster']:6.1%} "
              f"{share['undecided']:5.1%} {statistics.median(r['pairs'] for r in group):6.0f} "
              f"{statistics.median(seconds):7.1f} {seconds[int(0.9 * n)]:6.1f} {error:+6.2f} {covered:7.1%}")  # fmt: skip
    for percent in sorted({row["percent"] for row in rows}):
        suites = [one for one in trials if one and one[0]["percent"] == percent]
        alarms = sum(any(row["verdict"] == "slower" for row in one) for one in suites)
        took = statistics.median(one[0]["suite_seconds"] for one in suites)
        print(
            f"{percent:5.0f}% suites with at least one called slower: {alarms} of {len(suites)}; {took:.1f} s a suite"
        )


def burn() -> None:
    while True:
        sum(range(10000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--plant", default="0,5", help="percent of extra work, tried in turn")
    parser.add_argument("--suite", choices=sorted(SUITES), default="short")
    parser.add_argument("--seconds", type=float, default=5, help="budget for each benchmark")
    parser.add_argument("--load", type=int, default=0, help="processes kept busy meanwhile")
    parser.add_argument("--python", default=sys.executable, help="the suite's interpreter")
    parser.add_argument("--out", type=Path, help="file the trials are appended to")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--sum-up", type=Path, nargs="+", help="don't measure: print the figures of these files")
    arguments = parser.parse_args()
    if arguments.sum_up:
        sum_up([json.loads(line) for path in arguments.sum_up for line in path.read_text().splitlines()])
        return
    rng = random.Random(arguments.seed)
    burners = [multiprocessing.Process(target=burn, daemon=True) for _ in range(arguments.load)]
    for burner in burners:
        burner.start()
    trials = []
    end = time.monotonic() + 60 * arguments.minutes
    try:
        while time.monotonic() < end:
            for percent in [float(p) for p in arguments.plant.split(",")]:
                with tempfile.TemporaryDirectory(prefix="bench-agent-calibration-") as folder:
                    trials.append(trial(Path(folder), percent, arguments, rng))
                if arguments.out:
                    with arguments.out.open("a") as out:
                        out.write(json.dumps(trials[-1]) + "\n")
    finally:
        for burner in burners:
            burner.terminate()
    sum_up([one for one in trials if one])


if __name__ == "__main__":
    main()
