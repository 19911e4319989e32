"""What it costs beside bare git and pytest that a comparison measures the same process and the same code: seconds before the ring.

    python tests/calibration/comparison_cost.py [--project FOLDER] [--base HEAD~1] [--repeats 7]

In turns, on one project: `bare`, what any comparison needs (the suite collected by pytest once, two checkouts of the commit by
git), and `ours`: the suite collected with its environment, modules and files recorded, both versions as trees with what the suite
used of ignored files, what of the benchmarks the difference can reach and what both sides hold alike. Prints the medians.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.compare.base import resolve
from bench_agent.compare.held import find_held
from bench_agent.compare.revisions import impact_of
from bench_agent.compare.versions import two_sides
from bench_agent.config import load_config
from bench_agent.measure.collect import look_at_suite
from bench_agent.system.git import open_repository

LIMIT_S = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path(__file__).parents[2])
    parser.add_argument("--base", default="HEAD~1")
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    root = args.project.resolve()
    config = load_config(root, environment={})
    repository = open_repository(root)
    assert repository is not None
    base = resolve(repository, args.base)
    steps: dict[str, list[float]] = {}
    with contextlib.chdir(root):
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        for _ in range(args.repeats):
            for name, seconds in (*bare(root, suite, base).items(), *ours(config, repository, suite, base).items()):
                steps.setdefault(name, []).append(seconds)
    for name, seconds in steps.items():
        print(f"{name:28} {median(seconds):6.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")
    more = [sum(values) for values in zip(*[v for n, v in steps.items() if n.startswith("ours")], strict=True)]
    less = [sum(values) for values in zip(*[v for n, v in steps.items() if n.startswith("bare")], strict=True)]
    cost = median(one - other for one, other in zip(more, less, strict=True))
    print(f"ours costs {cost:+.2f} s more (limit {LIMIT_S} s), n={args.repeats}, load {os.getloadavg()[0]:.1f}")


def bare(root, suite, base):
    """Collecting by pytest as the suite is started, and two checkouts."""
    [process] = suite.processes
    command = [process.executable, "-m", "pytest", "-q", "--collect-only", *process.options, *_files(process.ids)]

    def check_out() -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("one", "other"):
                _git(root, "worktree", "add", "--quiet", "--detach", f"{folder}/{name}", base)
            for name in ("one", "other"):
                _git(root, "worktree", "remove", "--force", f"{folder}/{name}")

    return {
        "bare: collect": _timed(lambda: subprocess.run(command, cwd=process.rootdir, capture_output=True, check=False)),
        "bare: check out": _timed(check_out),
    }


def ours(config, repository, suite, base):
    known: dict[str, float] = {
        "ours: collect": _timed(lambda: look_at_suite(config, keyword=None, environment=os.environ))
    }
    began = time.monotonic()
    with two_sides(
        config, repository, base=base, head=None, suite=suite, ids=suite.ids, environment=os.environ, say=lambda _: None
    ) as sides:
        known["ours: reach, and what is held"] = _timed(
            lambda: (
                impact_of(repository, sides, suite, base=base, head=None),
                find_held(repository, sides, base_sha=base),
            )
        )
    known["ours: both versions as trees"] = time.monotonic() - began - known["ours: reach, and what is held"]
    return known


def _files(ids) -> list[str]:
    return list(dict.fromkeys(id.partition("::")[0] for id in ids))


def _timed(what: Callable[[], object]) -> float:
    began = time.monotonic()
    what()
    return time.monotonic() - began


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


if __name__ == "__main__":
    main()
