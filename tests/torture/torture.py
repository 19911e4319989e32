"""Kills, planted files, odd settings and crowds: what is the user's must be as it was, whatever happens.

    python tests/torture/torture.py --kills 100 --inputs 200 --seed 7      (make torture)

Prints one line per group with its counts, and every violation with the seed that shows it again. Exit 1 when there was one.
A kill comes at a random moment, to one process or its whole session. After each: nothing of the user's repository, files or
worktrees has changed, stored runs can be read, no process is left, and the next call works and leaves no temporary folder.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]

import psutil  # noqa: E402

from projects import Done, Project, make_project  # noqa: E402

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
WORK = "def work(n):\n    return sum(i * {factor} for i in range(n))\n"
ACTIONS = (
    ("run",),
    ("run", "--no-confirm"),
    ("compare", "HEAD~2", "--budget", "4"),
    ("bisect", "test_one", "--good", "HEAD~5", "--budget", "6"),
    ("selftest", "--budget", "5", "-k", "test_one"),
    ("history", "import", "old.json"),
    ("status", "--json"),
)
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
SHOWS = (
    ("status", "--json"), ("status",), ("report",), ("report", "--json"), ("trend",), ("detect",), ("history", "list"),
    ("wait", "--json"), ("baseline", "show"), ("issue", "test_one"),
)  # fmt: skip
CODES = {0, 1, 2, 3, 130}


@dataclass(kw_only=True)
class Yard:
    """One project with all that a user may have, and where its temporary files and cache go."""

    project: Project
    temporary: Path
    cache: Path
    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def variables(self) -> dict[str, str]:
        return {"TMPDIR": str(self.temporary), "XDG_CACHE_HOME": str(self.cache)}

    def run(self, *arguments: str, timeout: float = 180) -> Done:
        return self.project.run(*arguments, timeout=timeout, **self.variables())

    def complain(self, what: str, where: str) -> None:
        self.violations.append(f"{where}: {what}")
        print(f"VIOLATION {where}: {what}", flush=True)


def make_yard(folder: Path) -> Yard:
    """A repository of eight commits with a stash, staged and unstaged changes, a hook, and a worktree on a disk that is away."""
    project = make_project(folder / "project", suite=SUITE)
    project.write(
        "tests/benchmark/conftest.py",
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parents[2]))\n",
    )
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
    bench = {
        "name": "test_one",
        "fullname": "tests/benchmark/test_it.py::test_one",
        "group": None,
        "params": None,
        "stats": stats,
    }
    return {
        "datetime": "2026-01-01T00:00:00",
        "machine_info": {},
        "commit_info": {},
        "benchmarks": [bench],
        "version": "4.0.0",
    }


def snapshot(yard: Yard) -> dict[str, str]:
    """Hashes of what is the user's: all of .git but what git and we keep for our own trees, and every file but .benchmark/."""
    root, found = yard.project.root, {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        ours = name.startswith((".benchmark", ".git/objects")) or "__pycache__" in name
        if ours or not path.is_file() or path.is_symlink() or _is_ours_in_git(root, name):
            continue
        # The index holds times of files, which git refreshes when it looks: what it lists is what counts.
        found[name] = "" if name == ".git/index" else hashlib.sha256(path.read_bytes()).hexdigest()
    found["index"] = yard.project.git("ls-files", "--stage")
    found["stash"] = yard.project.git("stash", "list")
    found["refs"] = yard.project.git("for-each-ref")
    found["hook"] = str((root.parent / "hook-ran").exists())
    return found


def _is_ours_in_git(root: Path, name: str) -> bool:
    """A record of one of our worktrees: its `gitdir` leads into the cache."""
    parts = Path(name).parts
    if parts[:2] != (".git", "worktrees") or len(parts) < 3:
        return False
    return parts[2] != "usb"


def check(yard: Yard, before: dict[str, str], where: str, *, stored: bool = True) -> None:
    """Everything that must hold after anything. stored: what is kept must be whole too; not where we planted it."""
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
    if left := _processes(yard):
        yard.complain(f"processes left: {left}", where)


def _processes(yard: Yard, *, seconds: float = 10.0) -> list[str]:
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


def torture_by_kills(yard: Yard, number: int, rng: random.Random) -> None:
    """Kill a command at a random moment, then see what is left and whether the next one works."""
    lasted = {action: 8.0 for action in ACTIONS}
    for turn in range(number):
        action, kind, group = rng.choice(ACTIONS), rng.choice(KILLS), rng.random() < 0.5
        where = f"kill {turn}: {' '.join(action)} {kind.name} {'session' if group else 'process'}"
        before = snapshot(yard)
        began = time.monotonic()
        process = yard.project.start(*action, **yard.variables())
        try:
            process.communicate(timeout=rng.uniform(0.0, lasted[action]))
            lasted[action] = max(0.5, time.monotonic() - began)
            yard.counts["ended before the kill"] += 1
        except subprocess.TimeoutExpired:
            yard.counts[f"{kind.name}"] += 1
            (os.killpg if group else os.kill)(process.pid, kind)
            try:
                process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                yard.complain("it did not end within 60 s", where)
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        check(yard, before, where)
        follow = rng.choice((("status", "--json"), ("compare", "HEAD~1", "--budget", "2", "-k", "test_one")))
        done = yard.run(*follow)
        if done.code not in (0, 3) or (done.code == 3 and "busy" not in done.text and "decid" not in done.text):
            yard.complain(f"the next call, {' '.join(follow)}, ended with {done.code}: {done.text[-300:]}", where)
        if follow[0] == "compare" and (left := [path.name for path in yard.temporary.glob("bench-agent*")]):
            yard.complain(f"temporary folders left: {left[:3]}", where)


def torture_by_inputs(yard: Yard, number: int, rng: random.Random) -> None:
    """Put something hostile where we read, and look at what every command makes of it."""
    state = yard.project.root / ".benchmark"
    kept = state.with_name(".benchmark-kept")
    yard.run("run", "--no-confirm")
    shutil.copytree(state, kept)
    victim = yard.project.root.parent / "victim"
    for turn in range(number):
        shutil.rmtree(victim, ignore_errors=True)
        (victim / "20260101_000000").mkdir(parents=True)
        (victim / "profile").write_text("mine")
        what = _plant(state, victim, rng)
        before = snapshot(yard)
        show = rng.choice((*SHOWS, ("run", "--no-confirm")))
        where = f"input {turn}: {what}, {' '.join(show)}"
        done = yard.run(*show)
        yard.counts[f"exit {done.code}"] += 1
        if done.code not in CODES:
            yard.complain(f"exit {done.code}: {done.text[-300:]}", where)
        if any(not (c.isprintable() or c in "\n\t") for c in done.text):
            yard.complain("a control character reached the terminal", where)
        if "--json" in show:
            try:
                json.loads(done.out, parse_constant=lambda name: 1 / 0)
            except (ValueError, ZeroDivisionError):
                yard.complain(f"stdout is no JSON: {done.out[:200]}", where)
        if (victim / "profile").read_text() != "mine" or not (victim / "20260101_000000").is_dir():
            yard.complain("what a link pointed to was changed", where)
        check(yard, before, where, stored=False)
        _restore(state, kept)
    shutil.rmtree(kept)


def _restore(state: Path, kept: Path) -> None:
    if state.is_symlink() or state.is_file():
        state.unlink()
    else:
        shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(kept, state)


NAMES = ("status.json", "report.json", "latest.json", "collected.json", "runs/20990101_000000/state.json",
         "runs/20990101_000000/worker.json", "runs/20990101_000000/stdout", "history/20260101_000000_1a2b3c4d.json")  # fmt: skip
TEXTS = (
    "", "{", "[]", "null", "7", '"x"', '{"status": "passing"}', "[" * 100_000, '{"a": NaN, "b": Infinity}', "\x00\xff",
    '{"status": "running", "headline": "\\u001b]0;owned\\u0007", "regressions": {}}',
    '{"benchmarks": [{"fullname": "x", "stats": {"median": "soon", "rounds": -1}}]}',
    '{"schema": "bench-agent/findings/1", "run": 3, "trends": [{"values": "x"}]}',
)  # fmt: skip


def _plant(state: Path, victim: Path, rng: random.Random) -> str:
    """Do one hostile thing to the state folder; what it was."""
    name = rng.choice(NAMES)
    target = state / name
    target.parent.mkdir(parents=True, exist_ok=True)
    kind = rng.choice(
        (
            "link to a file",
            "link to a folder",
            "folder link",
            "text",
            "bytes",
            "mutation",
            "fifo",
            "device",
            "folder",
            "root link",
        )
    )
    if kind == "root link":
        shutil.rmtree(state)
        state.symlink_to(victim)
        return kind
    if kind == "folder link":
        name = rng.choice(("runs", "history", "bisect"))
        shutil.rmtree(state / name, ignore_errors=True)
        (state / name).symlink_to(victim)
        return f"{kind} {name}"
    content = target.read_bytes() if target.is_file() else b"{}"
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    match kind:
        case "link to a file":
            target.symlink_to(victim / "profile")
        case "link to a folder":
            target.symlink_to(victim)
        case "text":
            target.write_text(rng.choice(TEXTS), errors="surrogateescape")
        case "bytes":
            target.write_bytes(rng.randbytes(rng.randrange(300)))
        case "mutation":
            at = rng.randrange(max(len(content), 1))
            target.write_bytes(content[:at] + rng.randbytes(rng.randrange(4)) + content[at + rng.randrange(6) :])
        case "fifo":
            os.mkfifo(target)
        case "device":
            target.symlink_to("/dev/zero")
        case "folder":
            target.mkdir()
    return f"{kind} {name}"


def torture_by_crowds(yard: Yard, number: int, rng: random.Random) -> None:
    """Two to five commands at once."""
    for turn in range(number):
        actions = [rng.choice(ACTIONS) for _ in range(rng.randint(2, 5))]
        where = f"crowd {turn}: {'; '.join(' '.join(action) for action in actions)}"
        before = snapshot(yard)
        processes = [yard.project.start(*action, **yard.variables()) for action in actions]
        for action, process in zip(actions, processes, strict=True):
            try:
                out, err = process.communicate(timeout=300)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                yard.complain(f"{' '.join(action)} did not end in 300 s", where)
                continue
            yard.counts[f"exit {process.returncode}"] += 1
            if process.returncode not in CODES or "Traceback" in out + err:
                yard.complain(f"{' '.join(action)} ended with {process.returncode}: {(out + err)[-300:]}", where)
        check(yard, before, where)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--inputs", type=int, default=60)
    parser.add_argument("--crowds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None, help="default: drawn and printed")
    args = parser.parse_args()
    seed = random.randrange(10**6) if args.seed is None else args.seed
    failed = 0
    groups = (("kills", torture_by_kills), ("inputs", torture_by_inputs), ("crowds", torture_by_crowds))
    for name, torture in groups:
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            yard = make_yard(Path(folder))
            began = time.monotonic()
            torture(yard, getattr(args, name), random.Random(f"{seed} {name}"))
            counts = ", ".join(f"{key} {count}" for key, count in sorted(yard.counts.items()))
            print(
                f"{name}: {getattr(args, name)}, {len(yard.violations)} violations ({counts}), "
                f"{time.monotonic() - began:.0f} s, seed {seed}",
                flush=True,
            )
            failed += len(yard.violations)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
