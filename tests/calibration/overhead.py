"""What the probe adds: to each round in the measured process, and to the wall time of the suite. Limits: 1 %; 5 % or 2 s.

    python tests/calibration/overhead.py [--pairs 150] [--processes 6] [--runs 4]

rounds: in one process, pytest-benchmark's own runner of a round with and without the probe around it, in turns of 64 rounds;
the ratio of the two medians is one pair. processes: whole pytest sessions with and without the probe, in turns, both read
from pytest-benchmark's own JSON. wall, CPU: `bench-agent run --no-confirm` and the bare command, in turns.
"""

import argparse
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve()
SRC = HERE.parents[2] / "src"
sys.path[:0] = [str(HERE.parents[1]), str(SRC)]

from bench_agent.measure.suite import ENTRY_DIR, _environment  # noqa: E402

WORK = """
import json, math, sqlite3
def micro(): return sum(i * i for i in range(60))
def text(): return json.loads(json.dumps({"rows": [{"id": i, "name": "n%d" % i} for i in range(60)]}))
def sorting(): return sorted((i * 7919) % 1009 for i in range(1500))
def objects(): return [[i] for i in range(6000)]
def database():
    with sqlite3.connect(":memory:") as c:
        c.execute("create table t (a, b)")
        c.executemany("insert into t values (?, ?)", [(i, str(i)) for i in range(2000)])
        return c.execute("select sum(a) from t").fetchone()
ALL = [micro, text, sorting, objects, database]
"""
ROUNDS = """
import array, json, os, random, statistics
import pytest
import work
from bench_agent_fixture import with_cpu_time

@pytest.mark.parametrize("function", work.ALL, ids=lambda f: f.__name__)
def test_rounds(benchmark, function):
    runner = benchmark._make_runner(function, (), {})
    _, iterations, loops = benchmark._calibrate_timer(runner)
    sides = {"bare": runner, "probe": with_cpu_time(runner, array.array("d"))}
    pairs = []
    for _ in range(int(os.environ["PAIRS"])):
        medians = {}
        for name in random.sample(sorted(sides), 2):
            medians[name] = statistics.median(sides[name](loops) for _ in range(64))
        pairs.append([medians["bare"] / iterations, medians["probe"] / iterations])
    with open(os.environ["TOLD"], "a") as file:
        file.write(json.dumps({"name": function.__name__, "pairs": pairs}) + "\\n")
    benchmark(function)
"""
SUITE = """
import pytest
import work

@pytest.mark.parametrize("function", work.ALL, ids=lambda f: f.__name__)
def test_it(benchmark, function): benchmark(function)
"""
COMMAND = "python -m pytest -q -p no:cacheprovider tests/benchmark"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=150)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--runs", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = make_project(Path(name))
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ratio = with the probe / without")
        print(f"{'':11}{'benchmark':12}{'bare':>10}{'ratio':>9}{'95 % interval':>18}{'n':>6}")
        if args.pairs:
            for told in in_one_process(root, args.pairs):
                report("rounds", told["name"], told["pairs"])
        if args.processes:
            for name, pairs in in_processes(root, args.processes).items():
                report("processes", name, pairs)
        if args.runs:
            for kind, pairs in whole_runs(root, args.runs).items():
                report(kind, "suite", pairs)
                added = statistics.median(probe - bare for bare, probe in pairs)
                print(f"{'':11}`bench-agent run --no-confirm` adds {added:.2f} s of {kind} time")


def make_project(root: Path) -> Path:
    for name, text in (
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n"),
        ("work.py", WORK),
        ("rounds/test_rounds.py", ROUNDS),
        ("tests/benchmark/test_suite.py", SUITE),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def report(kind: str, name: str, pairs: Sequence[Sequence[float]]) -> None:
    """Median of the pairs' ratios and its distribution-free interval."""
    ratios = sorted(probe / bare for bare, probe in pairs)
    bare = statistics.median(pair[0] for pair in pairs)
    low = max(int(len(ratios) / 2 - 0.98 * math.sqrt(len(ratios))) - 1, 0)
    interval = f"{ratios[low]:.4f} - {ratios[-1 - low]:.4f}"
    print(f"{kind:11}{name:12}{bare:>10.3g}{statistics.median(ratios):>9.4f}{interval:>18}{len(ratios):>6}", flush=True)


def in_one_process(root: Path, pairs: int) -> list[dict]:
    told = root / "told.jsonl"
    env = {**bare_environment(), "PYTHONPATH": str(ENTRY_DIR.parent), "PAIRS": str(pairs), "TOLD": str(told)}
    run(f"{sys.executable} -m pytest -q -p no:cacheprovider rounds", root, env)
    return [json.loads(line) for line in told.read_text().splitlines()]


def in_processes(root: Path, count: int) -> dict[str, list[list[float]]]:
    """Name -> [bare, with the probe] medians, as pytest-benchmark itself tells them."""
    found: dict[str, list[list[float]]] = {}
    for number in range(count):
        medians = {}
        for side in random.sample(("bare", "probe"), 2):
            env, out = bare_environment(), root / f"{side}-{number}.json"
            if side == "probe":
                env = _environment(env, out=root / f"out{number}", root=root, select=None, quick_seconds=None)
            run(f"{python(COMMAND)} --benchmark-json={out}", root, env)
            medians[side] = {b["name"]: b["stats"]["median"] for b in json.loads(out.read_text())["benchmarks"]}
        for name, bare in medians["bare"].items():
            found.setdefault(name[8:-1], []).append([bare, medians["probe"][name]])
    return found


def whole_runs(root: Path, count: int) -> dict[str, list[list[float]]]:
    """Seconds of the bare command and of the product's run. On a machine with other work, CPU time says more than wall."""
    product = [sys.executable, "-m", "bench_agent", "run", "--no-confirm", "--command", python(COMMAND)]
    found: dict[str, list[list[float]]] = {"wall": [], "CPU": []}
    for _ in range(count):
        taken = {}
        for side in random.sample(("bare", "probe"), 2):
            began, cpu_s = time.monotonic(), children_cpu_s()
            if side == "bare":
                run(python(COMMAND), root, bare_environment())
            else:
                run(product, root, {**bare_environment(), "PYTHONPATH": str(SRC)})
            taken[side] = time.monotonic() - began, children_cpu_s() - cpu_s
        for index, pairs in enumerate(found.values()):
            pairs.append([taken["bare"][index], taken["probe"][index]])
    return found


def children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def python(command: str) -> str:
    return command.replace("python", sys.executable, 1)


def bare_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("BENCH_AGENT_", "PYTEST_")) and k != "PYTHONPATH"}


def run(command: str | Sequence[str], root: Path, env: dict[str, str]) -> None:
    done = subprocess.run(command, shell=isinstance(command, str), cwd=root, env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    main()
