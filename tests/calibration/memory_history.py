"""What `backfill --metric memory` names in a planted history, what it misses or invents, and how long it takes.

    python tests/calibration/memory_history.py [--commits 128] [--seeds 1] [--nothing] [--budget 600]

Each of the 20 kinds of `planted_memory` is a benchmark of its own, and grows at some commit; every third is taken back at a later
one. All other commits are harmless: notes, and comments in a module. Named is a commit with a benchmark, with the guilty line first
or second where it grew. With --nothing nothing changes, and whoever is named is named wrongly.
"""

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.backfill.asked import Asked
from bench_agent.backfill.memory import backfill_memory
from bench_agent.config import load_config
from bench_agent.detect.memory import TOLD_SHARE
from bench_agent.measure.collect import look_at_suite
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.system.git import open_repository
from planted import _History, _Step
from planted_memory import PLANTED

SUITE = "tests/benchmark/test_works.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=600.0)
    parser.add_argument("--nothing", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    wrong = 0
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        with tempfile.TemporaryDirectory() as folder:
            text, invented = _one(Path(folder) / "repo", seed, args)
            wrong += invented
            print(f"seed {seed}: {text}, load {os.getloadavg()[0]:.1f}", flush=True)
    return int(wrong > 0)


def _plant(folder: Path, seed: int, args: argparse.Namespace) -> tuple[list[str], dict[tuple[int, int], bool]]:
    """The shas of the line, and position and kind of each change: whether it grows."""
    rng = random.Random(f"memory {args.commits} {seed}")
    places = rng.sample(range(1, args.commits + 1), min(2 * len(PLANTED), args.commits))
    changes: dict[tuple[int, int], bool] = {}
    for number in range(0 if args.nothing else len(PLANTED)):
        first, second = sorted((places[2 * number], places[2 * number + 1]))
        changes[first, number] = True
        if number % 3 == 0:
            changes[second, number] = False
    texts = [kind.before for kind in PLANTED]
    tests = "".join(f"def test_{n}(benchmark):\n    benchmark(work_{n}.run)\n\n\n" for n in range(len(PLANTED)))
    files: dict[str, str | None] = {f"work_{n}.py": text for n, text in enumerate(texts)}
    files[SUITE] = "".join(f"import work_{n}\n" for n in range(len(PLANTED))) + "\n\n" + tests
    files["pyproject.toml"] = '[tool.pytest.ini_options]\npythonpath = ["."]\n'
    files[".gitignore"] = ".benchmark/\n__pycache__/\n*.txt\n"
    writer = _History(folder)
    writer.commit(_Step("Start", files), parents=())
    for position in range(1, args.commits + 1):
        own = {number: grows for (at, number), grows in changes.items() if at == position}
        for number, grows in own.items():
            texts[number] = PLANTED[number].after if grows else PLANTED[number].before
        touched = list(own) or [rng.randrange(len(PLANTED))] * (rng.random() < 0.5)
        step: dict[str, str | None] = {f"work_{n}.py": f"{texts[n]}\n# {position}\n" for n in touched}
        writer.commit(_Step("Tidy up", step or {"notes.md": f"{position}\n"}), parents=(writer.tip,))
    planted = writer.finish("memory", None)
    return [planted.good, *planted.commits], changes


def _one(folder: Path, seed: int, args: argparse.Namespace) -> tuple[str, int]:
    shas, changes = _plant(folder, seed, args)
    config = load_config(folder, environment={}, flags={"command": f"{sys.executable} -m pytest tests/benchmark"})
    repository = open_repository(folder)
    assert repository is not None
    began = time.monotonic()

    def say(text: str) -> None:
        if args.verbose:
            print(f"{time.monotonic() - began:6.1f} {text}", flush=True)

    with contextlib.chdir(folder):
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        asked = Asked(first=shas[0], last=shas[-1], budget_s=args.budget, resolution=TOLD_SHARE)
        found = backfill_memory(config, repository, suite, asked, environment=os.environ, say=say)
    took = time.monotonic() - began
    true = {(shas[position], number): grows for (position, number), grows in changes.items()}
    named = {
        (row.sha, int(each.benchmark.rpartition("_")[2])): each.after_bytes > each.before_bytes
        for row in found.changes
        for each in row.benchmarks
    }
    right = [at for at, grows in named.items() if true.get(at) == grows]
    invented = [at for at in named if at not in right]
    grown = [at for at in right if true[at]]
    missed = [f"{PLANTED[n].name} ({'more' if true[sha, n] else 'less'})" for sha, n in true if (sha, n) not in right]
    lines = sum(_has_line(found, sha, number) for sha, number in grown)
    told = f"{len(right)} of {len(true)} named, {lines} of {len(grown)} grown with their line, {len(invented)} wrong"
    rest = f"{len(found.unexplained)} unexplained, missed: {', '.join(missed) or 'nothing'}"
    return f"{told}, {rest}; {found.measurements} sessions, {took:.0f} s", len(invented)


def _has_line(found: MemoryHistory, sha: str, number: int) -> bool:
    lines = [
        (line.path, line.line)
        for row in found.changes
        for each in row.benchmarks
        for line in each.lines[:2]
        if row.sha == sha and each.benchmark.endswith(f"_{number}")
    ]
    return (f"work_{number}.py", PLANTED[number].line) in lines


if __name__ == "__main__":
    sys.exit(main())
