"""How far the figures of memory can be believed: planted growth found with its line, and unchanged code that stays unchanged.

python tests/calibration/memory.py --comparisons 1000 --seconds 700

Two parts, both with the probe in processes of its own. Planted: `planted_memory`, 20 kinds; found is what is a regression or a
leak after two sessions of each version, and names the guilty line first or second. Unchanged: two and two sessions of the modules
as they are (before or after), each session with another hash seed, other imports in another order, other calls made before, and
`--together` random modules traced one after the other in an order of its own, as the benchmarks of a suite are: that many
comparisons. An alarm is a regression or a leak, and what is told at all is counted too.
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_agent.detect.memory import MemoryChange, judge_memory
from bench_agent.measure.paired.memory import memory_from
from bench_agent.records import CallMemory
from planted_memory import PLANTED, Planted

PROBE = Path(__file__).resolve().parents[2] / "src" / "bench_agent" / "measure" / "probe"
MODULES = [
    "json",
    "decimal",
    "fractions",
    "statistics",
    "csv",
    "xml.dom.minidom",
    "html",
    "email.message",
    "http.client",
    "sqlite3",
    "logging",
    "typing",
]
SESSION = """
import importlib, json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import bench_agent_counts, bench_agent_memory, bench_agent_ring_call
for name in sys.argv[4].split():
    importlib.import_module(name)
project = bench_agent_counts.Everything(sys.argv[2])
works = [(name, importlib.import_module(name), int(calls)) for name, calls in zip(sys.argv[6::2], sys.argv[7::2])]
for name, work, calls in works:
    for _ in range(calls):
        work.run()
    call = bench_agent_ring_call.Callable(work.run)
    print(json.dumps([name, bench_agent_memory.measure(call, project, float(sys.argv[3]), sys.argv[5] == "lines")]))
"""


def session(texts: Mapping[str, str], rng: random.Random, *, lines: bool = False) -> dict[str, CallMemory]:
    """One session of these modules with a hash seed, imports, an order and earlier calls of its own."""
    modules = rng.sample(MODULES, rng.randrange(len(MODULES) + 1))
    order = rng.sample(sorted(texts), len(texts))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            Path(folder, f"{name}.py").write_text(text)
        command = [sys.executable, "-c", SESSION, str(PROBE), folder, "20" if lines else "5"]
        command += [" ".join(modules), "lines" if lines else ""]
        command += [word for name in order for word in (name, str(rng.randrange(4)))]
        env = {"PYTHONHASHSEED": str(rng.randrange(1, 2**32)), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    found = dict(json.loads(line) for line in done.stdout.splitlines())
    if why := next((told["why"] for told in found.values() if "why" in told), None):
        raise RuntimeError(why)
    return {name: memory_from(told) for name, told in found.items()}


def planted(kind: Planted, rng: random.Random) -> tuple[bool, bool]:
    """(alarmed, with the right line)."""
    base, head = ([session({"work": text}, rng)["work"] for _ in range(2)] for text in (kind.before, kind.after))
    change = judge_memory(base, head)
    traced = session({"work": kind.after}, rng, lines=True)["work"]
    lines = traced.lines if kind.kind == "peak" else traced.left_lines
    named = any((line.path, line.line) == ("work.py", kind.line) for line in lines[:2])
    return change.regressed if kind.kind == "peak" else change.leaks, named


def unchanged(number: int, seed: int, together: int) -> list[tuple[str, MemoryChange, bool]]:
    """Comparisons of so many modules with themselves; and whether all sessions of one agreed to the byte."""
    rng = random.Random(f"{seed}:{number}")
    kinds = rng.sample(PLANTED, together)
    texts = {f"work{n}": rng.choice((kind.before, kind.after)) for n, kind in enumerate(kinds)}
    told = [session(texts, rng) for _ in range(4)]
    found = []
    for n, kind in enumerate(kinds):
        sizes = [one[f"work{n}"] for one in told]
        change = judge_memory(sizes[:2], sizes[2:])
        found.append((kind.name, change, change.exact and change.base_bytes == change.head_bytes))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no further comparison begins after this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--together", type=int, default=10, choices=range(1, len(PLANTED) + 1), metavar="N")
    parser.add_argument("--skip-planted", action="store_true")
    options = parser.parse_args()
    began, missed, made = time.monotonic(), 0, 0
    for kind in () if options.skip_planted else PLANTED:
        alarmed, named = planted(kind, random.Random(f"{options.seed}:{kind.name}"))
        missed += not (alarmed and named)
        print(f"{'found' if alarmed and named else 'MISSED'}  {kind.name}: alarmed {alarmed}, line {named}", flush=True)
    alarms, told, exact = [], [], 0

    def compared(number: int) -> list[tuple[str, MemoryChange, bool]]:
        in_time = time.monotonic() - began < options.seconds
        return unchanged(number, options.seed, options.together) if in_time else []

    with ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(compared, range(math.ceil(options.comparisons / options.together))):
            for name, change, agreed in found:
                made, exact = made + 1, exact + agreed
                if change.regressed or change.leaks:
                    alarms.append((name, change))
                elif change.verdict != "same":
                    told.append((name, change))
            if found and not made % 20:
                took = f"{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}"
                print(f"{made}: {len(alarms)} alarms, {len(told)} told, {exact} exact, {took}", flush=True)
    for name, change in (*alarms, *told):
        print(name, change)
    if not options.skip_planted:
        print(f"planted: {len(PLANTED) - missed} of {len(PLANTED)}")
    print(f"unchanged: {len(alarms)} alarms, {len(told)} told in {made} comparisons; {exact} exact")
    return int(bool(alarms) or missed > 1)


if __name__ == "__main__":
    sys.exit(main())
