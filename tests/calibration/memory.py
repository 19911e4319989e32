"""How far the figures of memory can be believed: planted growth found with its line, and unchanged code that stays unchanged.

python tests/calibration/memory.py --comparisons 1000 --seconds 700

Two parts, both with the probe in processes of its own. Planted: `planted_memory`, 20 kinds; found is what is a regression or a
leak after two sessions of each version, and names the guilty line first or second. Unchanged: random pairs of sessions of the
20 modules as they are (before or after), each with another hash seed, another order of imports and another number of calls
made before; an alarm is a regression or a leak, and what is told at all is counted too.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
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
import work
for _ in range(int(sys.argv[5])):
    work.run()
project = bench_agent_counts.Everything(sys.argv[2])
call = bench_agent_ring_call.Callable(work.run)
print(json.dumps(bench_agent_memory.measure(call, project, float(sys.argv[3]), sys.argv[6] == "lines")))
"""


def session(text: str, rng: random.Random, *, lines: bool = False) -> CallMemory:
    """One session of a module with a hash seed, imports and earlier calls of its own."""
    modules = rng.sample(MODULES, rng.randrange(len(MODULES) + 1))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "work.py").write_text(text)
        command = [sys.executable, "-c", SESSION, str(PROBE), folder, "20" if lines else "5"]
        command += [" ".join(modules), str(rng.randrange(4)), "lines" if lines else ""]
        env = {"PYTHONHASHSEED": str(rng.randrange(1, 2**32)), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    found = json.loads(done.stdout)
    if "why" in found:
        raise RuntimeError(found["why"])
    return memory_from(found)


def planted(kind: Planted, rng: random.Random) -> tuple[bool, bool]:
    """(alarmed, with the right line)."""
    base, head = ([session(text, rng) for _ in range(2)] for text in (kind.before, kind.after))
    change = judge_memory(base, head)
    traced = session(kind.after, rng, lines=True)
    lines = traced.lines if kind.kind == "peak" else traced.left_lines
    named = any((line.path, line.line) == ("work.py", kind.line) for line in lines[:2])
    return change.regressed if kind.kind == "peak" else change.leaks, named


def unchanged(number: int, seed: int) -> tuple[str, MemoryChange, bool]:
    """One comparison of a module with itself; and whether all sessions agreed to the byte."""
    rng = random.Random(f"{seed}:{number}")
    kind = rng.choice(PLANTED)
    text = rng.choice((kind.before, kind.after))
    sides = [[session(text, rng) for _ in range(2)] for _ in range(2)]
    change = judge_memory(*sides)
    return kind.name, change, change.exact and change.base_bytes == change.head_bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no further comparison begins after this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--skip-planted", action="store_true")
    options = parser.parse_args()
    began, missed, made = time.monotonic(), 0, 0
    for kind in () if options.skip_planted else PLANTED:
        alarmed, named = planted(kind, random.Random(f"{options.seed}:{kind.name}"))
        missed += not (alarmed and named)
        print(f"{'found' if alarmed and named else 'MISSED'}  {kind.name}: alarmed {alarmed}, line {named}", flush=True)
    alarms, told, exact = [], [], 0

    def compared(number: int) -> tuple[str, MemoryChange, bool] | None:
        return unchanged(number, options.seed) if time.monotonic() - began < options.seconds else None

    with ThreadPoolExecutor(options.jobs) as pool:
        for done, found in enumerate(pool.map(compared, range(options.comparisons)), start=1):
            if found is None:
                break
            name, change, agreed = found
            made, exact = done, exact + agreed
            if change.regressed or change.leaks:
                alarms.append((name, change))
            elif change.verdict != "same":
                told.append((name, change))
            if done % 20 == 0:
                print(
                    f"{done}: {len(alarms)} alarms, {len(told)} told, {exact} exact, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
    for name, change in (*alarms, *told):
        print(name, change)
    if not options.skip_planted:
        print(f"planted: {len(PLANTED) - missed} of {len(PLANTED)}")
    print(f"unchanged: {len(alarms)} alarms, {len(told)} told in {made} comparisons; {exact} exact")
    return int(bool(alarms) or missed > 1)


if __name__ == "__main__":
    sys.exit(main())
