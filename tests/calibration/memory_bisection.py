"""How long `bisect --metric memory` takes for one commit of many, and whether it is the right one.

    python tests/calibration/memory_bisection.py [--commits 256] [--repeats 3] [--others comments|unused]

One commit of a toy project makes a call hold a list where it had a generator. The others change a comment of the same module
(comments), or a module that is never imported (unused), so that no patch stands out. Prints what was named, with its line, wall
time and CPU of the whole command, and the sessions.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FAST = "    return sum(i * i for i in range(50_000))\n"
HELD = "    return sum([i * i for i in range(50_000)])\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--others", choices=("comments", "unused"), default="comments")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    for _ in range(args.repeats):
        with tempfile.TemporaryDirectory() as folder:
            root, culprit = Path(folder) / "toy", rng.randrange(2, args.commits)
            good, sha = plant(root, args.commits, culprit, args.others)
            print(_search(root, good, sha), f"load {os.getloadavg()[0]:.1f}", flush=True)


def plant(root: Path, commits: int, culprit: int, others: str) -> tuple[str, str]:
    """(the first commit, the culprit), as shas."""
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (root / "Makefile").write_text(f"benchmark:\n\t{sys.executable} -m pytest -q tests\n.PHONY: benchmark\n")
    (root / ".gitignore").write_text("__pycache__/\n.benchmark*/\n")
    (root / "tests" / "test_toy.py").write_text(
        "import toy\n\ndef test_squares(benchmark):\n    benchmark(toy.squares)\n"
    )
    git(root, "init", "-q", "-b", "main")
    shas = []
    for number in range(commits + 1):
        note = f"# Step {number}\n"
        body = HELD if number >= culprit else FAST
        (root / "toy.py").write_text((note if others == "comments" else "") + f"def squares():\n{body}")
        (root / "unused.py").write_text(note if others == "unused" else "")
        git(root, "add", "-A")
        git(
            root,
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            f"Step {number}",
        )
        shas.append(git(root, "rev-parse", "HEAD"))
    return shas[0], shas[culprit]


def _search(root: Path, good: str, culprit: str) -> str:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "bench_agent", "bisect", "squares", "--metric", "memory", "--good", good, "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode not in (0, 1):
        return f"exit {done.returncode}: {done.stderr[-300:]}"
    found = json.loads(done.stdout)
    named = [each["sha"] for each in found["culprits"]]
    lines = [line["line"] for each in found["culprits"] for line in each["lines"]]
    verdict = "right" if named == [culprit] else f"wrong: {named}" if named else "nobody"
    return f"{verdict}, lines {lines}; {took:.1f} s, {cpu:.1f} s of CPU, {found['measurements']} sessions"


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
