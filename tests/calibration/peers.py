"""Beside the tools people use today: false alarms, what is found, and seconds to the answer, on the same two commits.

    python tests/calibration/peers.py [--repeats 3] [--busy] [--seed 1] [--tools ours,asv] [--keep FOLDER]

A project of eight benchmarks of 0.1 to 1 ms. The second commit writes each function anew: four do the same work, the others 3,
5, 10 and 20 % more; which is which is drawn for each repeat. Every tool judges the two commits as its own documentation says,
from an environment of its own (pytest-benchmark, pyperf and asv from a package index):

  compare-fail   pytest-benchmark: both commits measured one after the other, --benchmark-compare-fail=median:5% (and min:5%)
  Mann-Whitney   on the rounds which these two runs stored, p < 0.05, as benchstat does with its samples
  pyperf         both scripts one after the other, then `compare_to`: what it calls significant
  asv            `asv continuous`, which installs both commits and interleaves them; with its factor of 1.1, and with 1.02
  ours           `bench-agent compare HEAD~1`

--busy: two processes burn both cores meanwhile. A false alarm is one of the four unchanged called slower or faster; found is a
planted one called slower. Prints a row for each tool.
"""

import argparse
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scipy.stats import mannwhitneyu

SRC = Path(__file__).resolve().parents[2] / "src"
WORK = {
    "dumps": "json.dumps(DOCUMENT)",
    "joins": '"-".join(WORDS)',
    "sorts": "sorted(NUMBERS)",
    "sums": "sum(value * value for value in NUMBERS[:20])",
    "splits": 'TEXT.split(" ")',
    "counts": "collections.Counter(TEXT[:60])",
    "parses": 'json.loads("[1, 2, 3, 4, 5, 6, 7, 8]")',
    "replaces": 'TEXT.replace("a", "bb")',
}
PLANTED = (3, 5, 10, 20)  # percent
HEAD = """import collections, json
WORDS = ["word%d" % n for n in range(60)]
TEXT = " ".join(WORDS)
NUMBERS = [(n * 7919) % 1009 for n in range(80)]
DOCUMENT = {"a": NUMBERS[:10], "b": TEXT[:30]}
"""
MANIFEST = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "toy"
version = "1"
[tool.setuptools]
py-modules = ["toy"]
"""
ASV = {
    "version": 1,
    "project": "toy",
    "repo": ".",
    "branches": ["main"],
    "environment_type": "virtualenv",
    "benchmark_dir": "asv_benchmarks",
}


@dataclass(slots=True)
class Score:
    """One tool over all repeats."""

    false: int = 0
    unchanged: int = 0
    found: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PLANTED, 0))
    seconds: list[float] = field(default_factory=list)
    repeats: int = 0


Called = dict[str, str]  # function -> slower, faster; one that is not called is not in it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--busy", action="store_true", help="burn both cores meanwhile")
    parser.add_argument("--tools", default="stored,pyperf,asv,ours", help="some of stored,pyperf,asv,ours")
    parser.add_argument("--keep", type=Path, help="a folder for the tools' environment, used again if it is there")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    scores: dict[str, Score] = defaultdict(Score)
    with tempfile.TemporaryDirectory(prefix="peers-") as folder, _burning(2 if args.busy else 0):
        python = make_tools(args.keep or Path(folder) / "tools")
        for repeat in range(args.repeats):
            root = Path(folder) / f"project{repeat}"
            planted = dict(zip(rng.sample(sorted(WORK), len(PLANTED)), PLANTED, strict=True))
            make_history(root, planted, python)
            for tool in args.tools.split(","):
                began = time.monotonic()
                for name, called in TOOLS[tool](root, python).items():
                    add_up(scores[name], called, planted, time.monotonic() - began)
            print(f"repeat {repeat + 1} of {args.repeats}, load {os.getloadavg()[0]:.1f}", flush=True)
            print_table(scores)


def add_up(score: Score, called: Called, planted: dict[str, int], seconds: float) -> None:
    score.repeats += 1
    score.seconds.append(seconds)
    score.unchanged += len(WORK) - len(planted)
    score.false += sum(name not in planted for name in called)
    for name, percent in planted.items():
        score.found[percent] += called.get(name) == "slower"


def print_table(scores: dict[str, Score]) -> None:
    print(f"{'tool':26}{'false alarms':>14}" + "".join(f"{f'+{p} %':>9}" for p in PLANTED) + f"{'seconds':>9}")
    for name, score in scores.items():
        found = "".join(f"{f'{score.found[p]}/{score.repeats}':>9}" for p in PLANTED)
        seconds = sorted(score.seconds)[len(score.seconds) // 2]
        print(f"{name:26}{f'{score.false} of {score.unchanged}':>14}{found}{seconds:>9.0f}", flush=True)


# --- the project


def make_history(root: Path, planted: dict[str, int], python: Path) -> None:
    """Two commits: every function is written anew in the second, four with the same work."""
    (root / "tests").mkdir(parents=True)
    (root / "asv_benchmarks").mkdir()
    (root / "pyproject.toml").write_text(MANIFEST)
    tests = "".join(f"def test_{name}(benchmark): benchmark(toy.{name})\n" for name in WORK)
    (root / "tests" / "test_toy.py").write_text(f"import toy\n{tests}")
    (root / "conftest.py").write_text("import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\n")
    (root / "Makefile").write_text(f"benchmark:\n\t{python} -m pytest -q tests\n.PHONY: benchmark\n")
    timed = "".join(f"def time_{name}(): toy.{name}()\n" for name in WORK)
    (root / "asv_benchmarks" / "bench.py").write_text(f"import toy\n{timed}")
    (root / "asv_benchmarks" / "__init__.py").write_text("")
    (root / "asv.conf.json").write_text(json.dumps(ASV))
    runs = "".join(f"runner.bench_func({name!r}, toy.{name})\n" for name in WORK)
    (root / "perf.py").write_text(f"import pyperf, toy\nrunner = pyperf.Runner()\n{runs}")
    (root / ".gitignore").write_text("__pycache__/\n.benchmark*/\n.asv/\n*.egg-info/\nbuild/\n")
    git(root, "init", "-q", "-b", "main")
    body = "def {name}():\n    for _ in range({times}):\n        {work}\n"
    for subject, changed in (("Start", False), ("Written anew", True)):
        times = {name: 100 + planted.get(name, 0) if changed else 100 for name in WORK}
        text = "".join(body.format(name=n, work=w, times=times[n]) for n, w in WORK.items())
        (root / "toy.py").write_text(HEAD + (text.replace(" _ ", " turn ") if changed else text))
        git(root, "add", "-A")
        git(root, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", subject)


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def make_tools(folder: Path) -> Path:
    """The interpreter of an environment with the tools."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        packages = ("pytest", "pytest-benchmark", "pyperf", "asv", "virtualenv", "setuptools")
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


@contextlib.contextmanager
def _burning(processes: int) -> Iterator[None]:
    burning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


def run(root: Path, *words: str | Path, okay: tuple[int, ...] = (0,)) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PATH": f"{words[0]}:{os.environ['PATH']}"}
    done = subprocess.run(
        list(map(str, words[1:])), cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in okay:
        raise SystemExit(f"{' '.join(map(str, words[1:]))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


# --- the tools: each takes the project and says, under one or more names, what it calls


def judge_stored(root: Path, python: Path) -> dict[str, Called]:
    """pytest-benchmark's own comparison, and a test on the rounds that it stored."""
    base = [
        python.parent,
        python,
        "-m",
        "pytest",
        "-q",
        "tests",
        "--benchmark-storage=.benchmarks-own",
        "--benchmark-save-data",
    ]
    git(root, "checkout", "-q", "HEAD~1")
    run(root, *base, "--benchmark-save=base")
    git(root, "checkout", "-q", "main")
    gates = (
        "--benchmark-compare=0001",
        "--benchmark-compare-fail",
        "median:5%",
        "min:5%",
    )  # a second option would replace
    done = run(root, *base, "--benchmark-save=head", *gates, okay=(0, 1))
    said = re.findall(r"test_(\w+) .*?- Field '(\w+)' has failed", done.stdout + done.stderr)
    found: dict[str, Called] = {
        f"compare-fail {f}:5%": {n: "slower" for n, g in said if g == f} for f in ("median", "min")
    }
    stored = [json.loads(path.read_text()) for path in sorted((root / ".benchmarks-own").rglob("*.json"))]
    assert len(stored) == 2
    rounds = [{b["name"].removeprefix("test_"): b["stats"]["data"] for b in each["benchmarks"]} for each in stored]
    found["Mann-Whitney p < 0.05"] = {
        name: "slower" if _median(head) > _median(rounds[0][name]) else "faster"
        for name, head in rounds[1].items()
        if mannwhitneyu(rounds[0][name], head).pvalue < 0.05
    }
    return found


def judge_pyperf(root: Path, python: Path) -> dict[str, Called]:
    for name, version in (("base", "HEAD~1"), ("head", "main")):
        git(root, "checkout", "-q", version)
        run(root, python.parent, python, "perf.py", "-q", "-o", f"{name}.json")
    done = run(root, python.parent, python, "-m", "pyperf", "compare_to", "base.json", "head.json")
    for name in ("base", "head"):
        (root / f"{name}.json").unlink()
    # A line each for what is significant; the others it names as hidden.
    lines = re.findall(r"^(\w+): Mean .*: [\d.]+x (slower|faster)$", done.stdout, re.MULTILINE)
    hidden = re.findall(r"not significant \((\d+)\)", done.stdout)
    assert len(lines) + sum(map(int, hidden)) == len(WORK), done.stdout
    return {"pyperf compare_to": dict(lines)}


def judge_asv(root: Path, python: Path) -> dict[str, Called]:
    asv = python.parent / "asv"
    run(root, python.parent, asv, "machine", "--yes")
    run(root, python.parent, asv, "continuous", "HEAD~1", "HEAD", okay=(0, 1))
    found = {}
    for factor in ("1.1", "1.02"):
        done = run(root, python.parent, asv, "compare", "-f", factor, "HEAD~1", "HEAD")
        marked = re.findall(r"^\|? *([+-]) .*?time_(\w+)", done.stdout, re.MULTILINE)
        found[f"asv continuous -f {factor}"] = {name: "slower" if mark == "+" else "faster" for mark, name in marked}
    return found


def judge_ours(root: Path, python: Path) -> dict[str, Called]:
    environment = {**os.environ, "PYTHONPATH": str(SRC), "BENCH_AGENT_WAIT_S": "3600"}
    command = [sys.executable, "-m", "bench_agent", "compare", "HEAD~1", "--json"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    rows = json.loads(done.stdout)["benchmarks"]
    names = {row["benchmark"].rpartition("::test_")[2]: row["verdict"] for row in rows}
    return {
        "bench-agent compare": {name: verdict for name, verdict in names.items() if verdict in ("slower", "faster")}
    }


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


TOOLS: dict[str, Callable[[Path, Path], dict[str, Called]]] = {
    "stored": judge_stored,
    "pyperf": judge_pyperf,
    "asv": judge_asv,
    "ours": judge_ours,
}

if __name__ == "__main__":
    main()
