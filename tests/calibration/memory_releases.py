"""What became of the memory of a project's releases: told by the product, and checked with memray.

python tests/calibration/memory_releases.py CLONE SUITE v1.0 v1.1 v1.2 --python VENV/bin/python [--source src]

CLONE: a clone of the project that may be written into: SUITE, a file of benchmarks, is put into a folder of it. Each release is
compared with the one before: the product's rows, and beside them the peak of one call by memray, which has to be
installed in the interpreter, with the suite's plug-in. `data/memory_*.py` are such suites; each benchmark there calls a function
of its own name without arguments.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench_agent.compare.memory import compare_memory
from bench_agent.compare.memory_sessions import MemoryLimits
from bench_agent.compare.versions import two_sides
from bench_agent.config import load_config
from bench_agent.measure.collect import look_at_suite
from bench_agent.system.git import open_repository
from bench_agent.text import quantity

FOLDER = "memory_releases"
MEMRAY = """
import gc, json, os, sys, tempfile
sys.path[:0] = sys.argv[1:3]
import memray
import test_releases
found = {}
for name in [name[5:] for name in dir(test_releases) if name.startswith("test_")]:
    call = getattr(test_releases, name)
    for _ in range(4):
        call()
    gc.collect()
    path = os.path.join(tempfile.mkdtemp(), "records")
    with memray.Tracker(path, trace_python_allocators=True):
        call()
    reader = memray.FileReader(path)
    found[name] = sum(record.size for record in reader.get_high_watermark_allocation_records(merge_threads=True))
    os.unlink(path)
print(json.dumps(found))
"""
LEFT = """
import gc, os, sys, tempfile
sys.path[:0] = sys.argv[1:3]
import memray
import test_releases
call = getattr(test_releases, sys.argv[3])
left = []
for calls in (4, 100, 300):
    gc.collect()
    path = os.path.join(tempfile.mkdtemp(), "records")
    with memray.Tracker(path, trace_python_allocators=True):
        for _ in range(calls):
            call()
        gc.collect()
    left.append(sum(record.size for record in memray.FileReader(path).get_leaked_allocation_records()))
    os.unlink(path)
print((left[2] - left[1]) / 200)
"""


def by_memray(python: str, clone: Path, tag: str, source: str) -> dict[str, int]:
    """The peak of one call above its start, after four calls, by benchmark."""
    found: dict[str, int] = json.loads(run_there(MEMRAY, python, clone, tag, source))
    return found


def run_there(script: str, python: str, clone: Path, tag: str, source: str, *arguments: str) -> str:
    """What the script prints in a plain copy of that release."""
    with tempfile.TemporaryDirectory() as folder:
        files = subprocess.run(["git", "-C", clone, "archive", tag], capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", folder], input=files, check=True)
        command = [python, "-c", script, str(Path(folder, source)), str(clone / FOLDER), *arguments]
        env = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env, cwd=folder)
        return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path, nargs="?")
    parser.add_argument("suite", type=Path, nargs="?")
    parser.add_argument("tags", nargs="*")
    parser.add_argument("--python")
    parser.add_argument("--source", default=".")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds for each pair of releases")
    options = parser.parse_args()
    if not options.tags or options.python is None:
        print("needs a clone, its suite, releases and --python: nothing to do")
        return 0
    clone = options.clone.resolve()
    (clone / FOLDER).mkdir(exist_ok=True)
    shutil.copy(options.suite, clone / FOLDER / "test_releases.py")
    command = f"{options.python} -m pytest -q -p no:cacheprovider -o addopts= -o pythonpath={options.source} {FOLDER}"
    config = replace(load_config(clone, environment={}), command=command)
    repository = open_repository(clone)
    assert repository is not None
    suite = look_at_suite(config, keyword=None, environment=os.environ)
    shas = {tag: repository.resolve(f"{tag}^{{commit}}") for tag in options.tags}
    memray = {tag: by_memray(options.python, clone, tag, options.source) for tag in options.tags}
    wrong = told = 0
    for old, new in zip(options.tags, options.tags[1:], strict=False):
        began = time.monotonic()
        with two_sides(
            config, repository, base=shas[old], head=shas[new], suite=suite, ids=suite.ids, environment=os.environ,
            say=lambda _: None,
        ) as sides:  # fmt: skip
            found = compare_memory(
                sides,
                suite.ids,
                limits=MemoryLimits(),
                budget_s=options.budget,
                deadline=time.monotonic() + 3 * options.budget,
                environment=os.environ,
                say=lambda _: None,
            )
        for warning in found.warnings:
            print("  warning:", warning)
        took = f"{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.0f}"
        print(f"{clone.name} {old} -> {new}: {len(found.rows)} benchmarks, {took}", flush=True)
        for row in found.rows:
            name = row.benchmark.rpartition("::")[2].removeprefix("test_")
            before, after = memray[old][name], memray[new][name]
            agrees = says(before, after) == row.verdict
            wrong, told = wrong + (not agrees), told + (row.verdict != "same" or row.leaks)
            print(
                f"  {name}: {row.verdict}, {row.base_bytes:,.0f} to {row.head_bytes:,.0f} ({quantity.change(row.head_bytes / row.base_bytes if row.base_bytes else 1.0)}); "
                f"memray {before:,} to {after:,} ({quantity.change(after / before)}): {'agrees' if agrees else 'DISAGREES'}"
            )
            if row.leaks:
                left = [float(run_there(LEFT, options.python, clone, tag, options.source, name)) for tag in (old, new)]
                print(
                    f"    each call leaves {row.head_left_bytes:,.0f} behind, was {row.base_left_bytes:,.0f}; "
                    f"memray {left[1]:,.0f}, was {left[0]:,.0f}"
                )
            for line in row.lines[:2]:
                print(f"    {line.path}:{line.line} {line.base_bytes:,} to {line.head_bytes:,}: {line.text[:90]}")
    print(f"{clone.name}: {told} changes told, memray says otherwise in {wrong} comparisons")
    return int(bool(wrong))


def says(before: int, after: int) -> str:
    """The verdict by the rule of the product: 1 % and 4 KB."""
    if abs(after - before) < max(0.01 * before, 4096):
        return "same"
    return "more" if after > before else "less"


if __name__ == "__main__":
    sys.exit(main())
