"""A project with all that a user may have in it, and what must hold of it after anything that was done to bench-agent there."""

import hashlib
import json
import math
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from projects import Done, Project, make_project

SUITE = """
import time
from code_under_test import work

def test_one(benchmark):
    benchmark(work, 200)

def test_two(benchmark):
    benchmark(work, 400)

def test_waits(benchmark):
    benchmark.pedantic(time.sleep, args=(0.002,), rounds=20)
"""
CONFTEST = "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parents[2]))\n"
WORK = "def work(n):\n    return sum(i * {factor} for i in range(n))\n"
CODES = {0, 1, 2, 3, 130}
Action = tuple[str, ...]
COMPARE: Action = ("compare", "HEAD~2", "--budget", "2", "-k", "test_one")
STATUS: Action = ("status", "--json")
# Each as often as it stands here: what measures longest has most moments at which it can be killed.
ACTIONS: tuple[Action, ...] = (
    *[("run", "--no-confirm")] * 3,
    *[("run", "--budget", "3")] * 2,
    *[COMPARE] * 4,
    *[("bisect", "test_one", "--good", "HEAD~3", "--budget", "3")] * 3,
    *[("selftest", "--budget", "3", "-k", "test_one")] * 2,
    ("history", "import", "old.json"),
    STATUS,
    ("wait", "--json"),
    ("report", "--html", "report.html"),
    ("trend",),
)


@dataclass(kw_only=True)
class Yard:
    """One project, where its temporary files and cache go, and what was seen of violations."""

    project: Project
    temporary: Path
    cache: Path
    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    until: float = math.inf  # time.monotonic() after which no turn begins
    done: int = 0  # turns

    def turns(self, number: int) -> Iterator[int]:
        """The numbers of the turns, as long as there is time."""
        for turn in range(number):
            if time.monotonic() > self.until:
                return
            yield turn
            self.done += 1

    def variables(self) -> dict[str, str]:
        return {"TMPDIR": str(self.temporary), "XDG_CACHE_HOME": str(self.cache)}

    def run(self, *arguments: str, timeout: float = 180, **variables: str | None) -> Done:
        return self.project.run(*arguments, timeout=timeout, **{**self.variables(), **variables})

    def start(self, *arguments: str, **variables: str | None) -> "subprocess.Popen[str]":
        return self.project.start(*arguments, **{**self.variables(), **variables})

    def complain(self, what: str, where: str) -> None:
        self.violations.append(f"{where}: {what}")
        print(f"VIOLATION {where}: {what}", flush=True)


def make_yard(folder: Path) -> Yard:
    """A repository of eight commits with a stash, staged and unstaged changes, a hook, and a worktree on a disk that is away."""
    project = make_project(folder / "project", suite=SUITE)
    project.write("tests/benchmark/conftest.py", CONFTEST)
    for number in range(8):
        project.write("code_under_test.py", WORK.format(factor=number + 1))
        project.commit(f"Commit {number}")
    hook = project.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch '{folder}/hook-ran'\n")
    hook.chmod(0o755)
    project.git("worktree", "add", "-q", "--detach", str(folder / "usb"))
    (folder / "usb" / "theirs.txt").write_text("kept")
    subprocess.run(["git", "add", "."], cwd=folder / "usb", check=True)
    (folder / "usb").rename(folder / "away")
    (folder / "hook-ran").unlink(missing_ok=True)
    project.write("code_under_test.py", "# stashed\n" + WORK.format(factor=9))
    project.git("stash")
    project.write("staged.txt", "staged")
    project.git("add", "staged.txt")
    project.write("notes.txt", "untracked")
    project.write("old.json", json.dumps(_saved()))
    (folder / "tmp").mkdir()
    return Yard(project=project, temporary=folder / "tmp", cache=folder / "cache")


def _saved() -> dict[str, object]:
    stats = {"min": 1e-5, "max": 3e-5, "mean": 2e-5, "median": 2e-5, "stddev": 1e-6, "rounds": 30, "iterations": 1, "q1": 1e-5,
             "q3": 2e-5, "iqr": 1e-5, "ops": 5e4, "total": 6e-4}  # fmt: skip
    id = "tests/benchmark/test_it.py::test_one"
    bench = {"name": "test_one", "fullname": id, "group": None, "params": None, "stats": stats}
    head = {"datetime": "2026-01-01T00:00:00", "machine_info": {}, "commit_info": {}, "version": "4.0.0"}
    return {**head, "benchmarks": [bench]}


# --- what must hold


def snapshot(yard: Yard) -> dict[str, str]:
    """Hashes of what is the user's: all of .git but what git and we keep for our own trees, and every file but .benchmark/."""
    root, found = yard.project.root, {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        ours = name.startswith((".benchmark", ".git/objects", "report.html", ".report.html")) or "__pycache__" in name
        if ours or not path.is_file() or path.is_symlink() or _is_ours_in_git(name):
            continue
        # The index holds times of files, which git refreshes when it looks: what it lists is what counts.
        found[name] = "" if name == ".git/index" else hashlib.sha256(path.read_bytes()).hexdigest()
    found["index"] = yard.project.git("ls-files", "--stage")
    found["stash"] = yard.project.git("stash", "list")
    found["refs"] = yard.project.git("for-each-ref")
    found["hook"] = str((root.parent / "hook-ran").exists())
    return found


def _is_ours_in_git(name: str) -> bool:
    """A record of one of our worktrees: there is but one of the user's."""
    parts = Path(name).parts
    return parts[:2] == (".git", "worktrees") and len(parts) > 2 and parts[2] != "usb"


def check(yard: Yard, before: dict[str, str], where: str, *, stored: bool = True, ends_within_s: float = 10.0) -> None:
    """Everything that must hold after anything. stored: what is kept must be whole too; not where we planted it.

    ends_within_s: processes that are left may take so long to end by themselves.
    """
    after = snapshot(yard)
    changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
    if changed:
        yard.complain(f"changed: {', '.join(sorted(changed)[:5])}", where)
    for path in (*yard.project.history(), yard.project.root / ".benchmark" / "latest.json"):
        try:
            if stored and path.is_file():
                json.loads(path.read_bytes())
        except ValueError:
            yard.complain(f"{path.name} is half-written", where)
    if left := _processes(yard, seconds=ends_within_s):
        yard.complain(f"processes left: {left}", where)


def check_ended(yard: Yard, code: int, said: str, where: str) -> None:
    """A command that ended by itself has an exit code of ours and says no traceback."""
    if said.rstrip().endswith("KeyboardInterrupt") and "bench_agent" not in said:
        yard.counts["interrupted before Python came to us"] += 1
        return
    if code not in CODES or "Traceback" in said:
        yard.complain(f"exit {code}: {said[-2000:]}", where)


def check_next(yard: Yard, action: Action, where: str) -> None:
    """The next call works, and one that measures leaves no temporary folder, its own or a killed one's."""
    done = yard.run(*action)
    if done.code not in (0, 3) or (done.code == 3 and "busy" not in done.text and "decid" not in done.text):
        yard.complain(f"the next call, {' '.join(action)}, ended with {done.code}: {done.text[-300:]}", where)
    left = [path.name for path in yard.temporary.glob("bench-agent*")]
    if action[0] == "compare" and left:
        yard.complain(f"temporary folders left: {left[:3]}", where)


def _processes(yard: Yard, *, seconds: float) -> list[str]:
    """Processes that work in the project or in our trees, once they had some seconds to end."""
    roots = (str(yard.project.root), str(yard.cache), str(yard.temporary))
    deadline = time.monotonic() + seconds
    while True:
        found = []
        for process in psutil.process_iter():
            try:
                there = process.cwd().startswith(roots) or any(root in " ".join(process.cmdline()) for root in roots)
                if there and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {' '.join(process.cmdline())[:80]}")
            except psutil.Error:
                continue
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.2)
