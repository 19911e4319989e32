"""Whether the ring tells a slowdown at its size: planted times of x1.05 to x60, for work of 1 us to 1 s.

    python tests/calibration/sizes.py --pairs 4

Each factor is a suite of two versions; the truth is what plain pytest-benchmark gives: both versions one run after the other,
many times, in turned order; the median of the ratios of neighbouring runs, and how far that median itself is uncertain. Prints one
line per benchmark: the ratio planted, of plain medians, of the ring, and the ring's error; and how many lie within 3 % up to x2
and 10 % beyond: of all, and of those where plain runs tell that much.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_agent.measure.paired.compare_sides import compare_sides
from bench_agent.measure.paired.session import Side

CODE = """
import json
TIMES = {times}
DOCUMENT = json.dumps([{{"id": i, "name": "x" * 20, "tags": [1, 2, 3]}} for i in range(30)])

def count(units):
    seen = {{}}
    for i in range(round(units * TIMES)):
        seen[i % 7] = seen.get(i % 7, 0) + i
    return seen

def parse(units):
    for _ in range(round(units * TIMES)):
        json.loads(DOCUMENT)
"""
CALLS = {
    "count_1us": "c.count, 20",
    "count_100us": "c.count, 1500",
    "parse_1ms": "c.parse, 20",
    "parse_10ms": "c.parse, 200",
    "count_100ms": "c.count, 1500000",
}
FACTORS = (1.05, 1.5, 2.0, 5.0, 20.0, 60.0)
LONGEST_S = 1.5  # of one call of the slower version


def make_suite(root: Path, times: float, names: list[str]) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "src" / "sized.py").write_text(CODE.format(times=times))
    tests = [f"def test_{name}(benchmark): benchmark({CALLS[name]})\n" for name in names]
    (root / "test_sized.py").write_text("import sized as c\n" + "".join(tests))
    (root / "pytest.ini").write_text("[pytest]\npythonpath = src\n")
    return root


def plain(root: Path, env: dict[str, str], statistic: str) -> dict[str, float]:
    """Medians (or minima) of one run of the suite, by benchmark."""
    out = root / "plain.json"
    command = [sys.executable, "-m", "pytest", "-q", "--benchmark-max-time=0.3", f"--benchmark-json={out}", "."]
    subprocess.run(command, cwd=root, env=env, check=True, capture_output=True)
    return {b["name"].removeprefix("test_"): b["stats"][statistic] for b in json.loads(out.read_text())["benchmarks"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--factors", default=",".join(map(str, FACTORS)))
    parser.add_argument("--plain", type=int, default=6, help="plain runs of each version")
    parser.add_argument("--work", default=",".join(CALLS))
    parser.add_argument("--truth", choices=("median", "min"), default="median", help="of plain rounds; min under load")
    arguments = parser.parse_args()
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    good = total = told_by_plain = good_there = 0
    for factor in map(float, arguments.factors.split(",")):
        sizes = {"us": 1e-6, "ms": 1e-3}
        seconds = {n: float(n.split("_")[1][:-2]) * sizes[n[-2:]] for n in arguments.work.split(",")}
        names = [name for name, base_s in seconds.items() if base_s * factor <= LONGEST_S]
        with tempfile.TemporaryDirectory() as folder:
            trees = [make_suite(Path(folder) / f"side-{t}", t, names) for t in (1.0, factor)]
            order = [side for turn in range(arguments.plain) for side in ((0, 1) if turn % 2 else (1, 0))]
            runs = [(side, plain(trees[side], env, arguments.truth)) for side in order]
            sides = [Side(label=tree.name, root=tree, python=(sys.executable,)) for tree in trees]
            enough = lambda s: frozenset(n for n, v in s.items() if len(v) >= arguments.pairs)  # noqa: E731
            result = compare_sides(*sides, targets=["."], decided=enough, budget_s=15.0 * len(names), env=env)
        for name in names:
            truth, unsure = plain_ratio(runs, name)
            samples = result.samples.get(f"test_sized.py::test_{name}", ())
            if not samples:
                print(f"x{factor:<5g} {name:12} not measured: {[p.message for p in result.problems]}")
                continue
            logs = [s.cpu_log_ratio if s.cpu_log_ratio is not None else s.wall_log_ratio for s in samples]
            told = 2.718281828 ** statistics.median(v for v in logs if v is not None)
            level = statistics.median(s.base_s for s in samples) / statistics.median(
                r[name] for side, r in runs if not side
            )
            error, limit, total = told / truth - 1, 0.03 if factor <= 2 else 0.10, total + 1
            within, known = abs(error) <= limit, unsure <= limit
            good, told_by_plain, good_there = good + within, told_by_plain + known, good_there + (within and known)
            print(f"x{factor:<5g} {name:12} plain x{truth:6.2f} (+-{unsure:5.1%}) ring x{told:6.2f} {error:+7.1%}  beside planted"
                  f" {told / factor - 1:+7.1%}  base's level {level:4.2f}  load {os.getloadavg()[0]:.0f}", flush=True)  # fmt: skip
    print(
        f"within 3 % up to x2 and 10 % beyond: {good} of {total}; where plain runs tell that much: {good_there} of {told_by_plain}"
    )


def plain_ratio(runs: list[tuple[int, dict[str, float]]], name: str) -> tuple[float, float]:
    """(ratio of the versions, half of its 95 % interval as a part of it): of neighbouring runs, the middle one, and its spread."""
    both = [(runs[n][1][name], runs[n + 1][1][name], runs[n][0]) for n in range(0, len(runs), 2)]
    logs = [math.log(first / second if side else second / first) for first, second, side in both]
    middle = statistics.median(logs)
    spread = 1.4826 * statistics.median(abs(value - middle) for value in logs)
    return math.exp(middle), 1.96 * 1.2533 * spread / math.sqrt(len(logs))


if __name__ == "__main__":
    main()
