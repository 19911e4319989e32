"""What reading and judging cost, each in fresh processes: CPU seconds, peak memory, and CPU as a multiple of `python -c pass`.

    python tests/calibration/speed.py [--runs 5] [--file RESULTS.json]

parse: a pytest-benchmark file of 54 benchmarks with 1.2 million raw rounds (about 53 MB; made up, unless --file names
one). judge: 30 stored runs of 1,000 benchmarks read, the newest judged, its findings and its page written, imports
included. history: the paths that 60,000 commits touch, read from git. rank: the same, and every commit ranked, 60 files being
executed. `git log` alone, in the same repository, is shown with --name-only and with --numstat; the CPU of git is in all four.
Limits: parse 1.5 s and 300 MB, judge 1 s; history and rank 1 s and 2.5 s beyond what git takes with --name-only.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve()
PATHS = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]
sys.path[:0] = PATHS

PARSE = """
import sys
from pathlib import Path
from bench_agent.formats.pytest_benchmark import parse_results
run = parse_results(Path(sys.argv[1]).read_bytes())
print(len(run.samples), "benchmarks,", sum(sample.rounds for sample in run.samples), "rounds")
"""
JUDGE = """
import sys
from pathlib import Path
from bench_agent.config import load_config
from bench_agent.results.report_json import to_json
from bench_agent.history.store import Store
from bench_agent.report.build import report_on
from bench_agent.report.judge_by_history import judge_run
from bench_agent.history.load import load_history
from bench_agent.results.comparison import Confirmation
from bench_agent.render.layout import render_report
from bench_agent.render.terminal import Screen
config = load_config(Path(sys.argv[1]), environment={})
runs = load_history(Store(config.state_dir)).runs
now, past = runs[-1], runs[:-1]
report = report_on(config, now, judge_run(config, now, past), Confirmation(), repository=None)
text, page = to_json(report), render_report(report, Screen(width=100, color=False, plain=True, box=True))
print(len(past), "stored runs,", len(now.samples), "benchmarks,", len(text) + len(page), "characters written")
"""


HISTORY = """
import sys
from pathlib import Path
from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.ranking import rank_in
from bench_agent.records import Head, Reach
from bench_agent.system.git import open_repository
repository = open_repository(Path(sys.argv[1]))
first = repository.git("rev-list", "--max-parents=0", "HEAD").split()[-1]
found = collect_range(repository, first, Head(sha=repository.resolve("HEAD")))
print(len(found.commits), "commits,", sum(len(commit.files) for commit in found.commits), "touched paths", end="")
if len(sys.argv) > 2:
    files = sorted({c.path for commit in found.commits for c in commit.files if c.path.endswith(".py")})[:60]
    reach = Reach(functions={f"{path}::work": 1 for path in files}, files=tuple(files), complete=True)
    print(",", len(rank_in(repository, found, reach=reach, base_reach=reach)), "ranked", end="")
"""
GIT = """
import subprocess, sys
how = ["log", "-z", "--no-renames", "--format=%H", "--diff-merges=combined", sys.argv[2]]
print(len(subprocess.run(["git", *how], cwd=sys.argv[1], stdout=subprocess.PIPE, check=True).stdout), "bytes")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    cpu_s: float
    peak_bytes: int
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--file", type=Path, help="pytest-benchmark's JSON to parse instead of the one made up")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        make_results(args.make / "results.json")
        make_history(args.make)
        make_repository(args.make / "repository")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: what is started by a large process begins with that one's peak memory as its own.
        subprocess.run([sys.executable, str(HERE), "--make", name], check=True)
        results = args.file or folder / "results.json"
        bare_s = statistics.median(measure(["-c", "pass"]).cpu_s for _ in range(max(args.runs, 5)))
        print(
            f"python -c pass: {bare_s:.3f} s of CPU; medians of n = {args.runs} processes; load {os.getloadavg()[0]:.1f}"
        )
        print(f"{'':7}{'CPU s':>7}{'least':>7}{'most':>7}{'peak MB':>9}{'x bare':>8}")
        report("parse", [measure(["-c", PARSE, str(results)]) for _ in range(args.runs)], bare_s)
        report("judge", [measure(["-c", JUDGE, str(folder)]) for _ in range(args.runs)], bare_s)
        repository = str(folder / "repository")
        report("history", [measure(["-c", HISTORY, repository]) for _ in range(args.runs)], bare_s)
        report("rank", [measure(["-c", HISTORY, repository, "rank"]) for _ in range(args.runs)], bare_s)
        for how in ("--name-only", "--numstat"):
            report(f"git {how[2:5]}", [measure(["-c", GIT, repository, how]) for _ in range(args.runs)], bare_s)


def report(name: str, costs: list[Cost], bare_s: float) -> None:
    cpu = sorted(cost.cpu_s for cost in costs)
    middle, peak = statistics.median(cpu), max(cost.peak_bytes for cost in costs)
    print(
        f"{name:7}{middle:>7.2f}{cpu[0]:>7.2f}{cpu[-1]:>7.2f}{peak / 1e6:>9.0f}{middle / bare_s:>8.0f}  {costs[0].said}"
    )


def measure(arguments: list[str]) -> Cost:
    """One Python process of this interpreter, its CPU time and peak memory as the system accounts them."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)}
    child = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = child.stdout.read().strip()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the measured process failed with {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(cpu_s=usage.ru_utime + usage.ru_stime, peak_bytes=usage.ru_maxrss * unit, said=said)


def make_results(path: Path, *, benchmarks: int = 54, rounds: int = 22_700) -> None:
    """A pytest-benchmark file with all its raw rounds, indented as theirs is: 53 MB."""
    source = random.Random(0)
    entries = []
    for number in range(benchmarks):
        level_s = 10 ** source.uniform(-6, -4)
        data = [level_s * (1 + source.expovariate(10)) for _ in range(rounds)]
        stats = {"min": min(data), "max": max(data), "mean": statistics.fmean(data), "stddev": level_s / 10}
        stats |= {"median": level_s, "q1": level_s, "q3": level_s, "rounds": rounds, "iterations": 1, "data": data}
        entries.append({"name": f"test_{number}", "fullname": f"bench/test_x.py::test_{number}", "stats": stats})
    path.write_text(
        json.dumps({"benchmarks": entries, "datetime": "2026-11-23T06:22:08", "version": "5.3.1"}, indent=4)
    )


def make_history(root: Path) -> None:
    from histories import keep, make_runs

    keep(root, make_runs(31, 1000, reach=True))


def make_repository(root: Path, *, commits: int = 60_000) -> None:
    """2,000 files of 60 lines in 200 folders; each commit changes one line of one to four; every tenth is on a branch and merged."""
    source = random.Random(0)
    paths = [f"{top}/part{n % 10}/{n // 200}_{n % 200}.py" for n in range(2000) for top in (f"package{n % 20}",)]
    texts = {path: [f"def f{line}(x): return x + {line}" for line in range(60)] for path in paths}
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    git = subprocess.Popen(["git", "-C", str(root), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert git.stdin is not None
    count = 0

    def commit(touched: list[str], *parents: int) -> int:
        nonlocal count
        count += 1
        person = f"Ada <dev@example.com> {1_400_000_000 + 1800 * count} +0000"
        lines = ["commit refs/heads/main", f"mark :{count}", f"author {person}", f"committer {person}"]
        lines += ["data 13", f"Change {count:6d}", *(f"from :{parent}" for parent in parents[:1])]
        lines += [f"merge :{parent}" for parent in parents[1:]]
        for path in touched:
            text = "\n".join(texts[path])
            lines += [f"M 100644 inline {path}", f"data {len(text)}", text]
        git.stdin.write(("\n".join(lines) + "\n").encode())
        return count

    def change() -> list[str]:
        touched = source.sample(paths, source.choice((1, 1, 2, 4)))
        for path in touched:
            texts[path][source.randrange(60)] = f"def g{count}(x): return x * {count}"
        return touched

    tip = commit(paths)
    while count <= commits - 3:
        if count % 30 == 0:
            before = tip
            branch = change()
            side = commit(branch, before)
            tip = commit(branch, commit([path for path in change() if path not in branch], before), side)
        else:
            tip = commit(change(), tip)
    while count <= commits:
        tip = commit(change(), tip)
    git.stdin.close()
    if git.wait():
        raise SystemExit("git fast-import failed")


if __name__ == "__main__":
    main()
