"""Hostile files where we read: links, pipes, devices, folders, bytes of any kind, in place of each file that we keep."""

import json
import os
import random
import shutil
from pathlib import Path

from projects import Done
from torture.yard import Yard, check, check_ended, snapshot

SHOWS = (
    ("status", "--json"), ("status",), ("report",), ("report", "--json"), ("report", "--markdown", "-"), ("trend",),
    ("trend", "--json"), ("detect",), ("detect", "--json"), ("history", "list"), ("history", "list", "--json"),
    ("history", "prune", "--keep", "2"), ("wait", "--json"), ("baseline", "show"), ("issue", "test_one"),
    ("run", "--no-confirm"), ("run", "--quick", "--budget", "1"),
)  # fmt: skip
NAMES = (
    "status.json", "report.json", "latest.json", "collected.json", ".gitignore", "series.jsonl",
    "runs/20990101_000000/state.json", "runs/20990101_000000/worker.json", "runs/20990101_000000/stdout",
    "runs/20990101_000000/exit", "history/20260101_000000_1a2b3c4d.json", "history/20990101_000000_1a2b3c4d.json",
    "bisect/0123456789abcdef.json",
)  # fmt: skip
TEXTS = (
    "", "{", "[]", "null", "7", '"x"', '{"status": "passing"}', "[" * 100_000, '{"a": NaN, "b": Infinity}', "\x00\xff",
    '{"status": "running", "headline": "\\u001b]0;owned\\u0007", "regressions": {}}',
    '{"benchmarks": [{"fullname": "x", "stats": {"median": "soon", "rounds": -1}}]}',
    '{"benchmarks": [{"fullname": "x\\ud800", "stats": {"median": 1e308, "mean": 1e308, "min": 0, "max": 1e308}}]}',
    '{"schema": "bench-agent/findings/1", "run": 3, "trends": [{"values": "x"}]}',
    '{"format": 1, "command": "make benchmark", "roots": ["/"], "patterns": ["*"], "settings": ["/dev/zero"], "files": []}',
    '{"schema": "bench-agent/series/1"}\n{"file": "../../x", "bytes": -1}\n[]\n{"table": 1}\n',
    "9" * 10_000,
)  # fmt: skip
KINDS = (
    "link to a file", "link to a folder", "link to itself", "folder link", "text", "text", "bytes", "mutation", "mutation",
    "mutation", "fifo", "device", "folder", "root link", "unreadable",
)  # fmt: skip


def torture_by_inputs(yard: Yard, number: int, rng: random.Random) -> None:
    """Put something hostile where we read, and look at what every command makes of it."""
    state = yard.project.root / ".benchmark"
    kept = state.with_name(".benchmark-kept")
    yard.run("run", "--no-confirm")
    shutil.copytree(state, kept)
    victim = yard.project.root.parent / "victim"
    for turn in yard.turns(number):
        _make_victim(victim)
        what = _plant(state, victim, rng)
        before = snapshot(yard)
        show = rng.choice(SHOWS)
        where = f"input {turn}: {what}, {' '.join(show)}"
        done = yard.run(*show)
        yard.counts[f"exit {done.code}"] += 1
        _check_said(yard, show, done, where)
        if (victim / "profile").read_text() != "mine" or not (victim / "20260101_000000").is_dir():
            yard.complain("what a link pointed to was changed", where)
        check(yard, before, where, stored=False)
        _restore(state, kept)
    shutil.rmtree(kept)


def _make_victim(victim: Path) -> None:
    shutil.rmtree(victim, ignore_errors=True)
    (victim / "20260101_000000").mkdir(parents=True)
    (victim / "profile").write_text("mine")


def _check_said(yard: Yard, show: tuple[str, ...], done: Done, where: str) -> None:
    check_ended(yard, done.code, done.text, where)
    if any(not (c.isprintable() or c in "\n\t") for c in done.text):
        yard.complain("a control character reached the terminal", where)
    if "--json" in show:
        try:
            json.loads(done.out, parse_constant=lambda name: 1 / 0)
        except (ValueError, ZeroDivisionError):
            yard.complain(f"stdout is no JSON: {done.out[:200]}", where)


def _restore(state: Path, kept: Path) -> None:
    if state.is_symlink() or state.is_file():
        state.unlink()
    else:
        shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(kept, state)


def _plant(state: Path, victim: Path, rng: random.Random) -> str:
    """Do one hostile thing to the state folder; what it was."""
    kind, name = rng.choice(KINDS), rng.choice(NAMES)
    if kind == "root link":
        shutil.rmtree(state)
        state.symlink_to(victim)
        return kind
    if kind == "folder link":
        name = rng.choice(("runs", "history", "bisect"))
        shutil.rmtree(state / name, ignore_errors=True)
        (state / name).symlink_to(victim)
        return f"{kind} {name}"
    if name.startswith("history/") and rng.random() < 0.5:  # one that we wrote, and therefore read whole
        name = f"history/{min(path.name for path in (state / 'history').glob('*.json'))}"
    target = state / name
    target.parent.mkdir(parents=True, exist_ok=True)
    content = target.read_bytes() if target.is_file() else b"{}"
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    _replace(kind, target, content, victim, rng)
    return f"{kind} {name}"


def _replace(kind: str, target: Path, content: bytes, victim: Path, rng: random.Random) -> None:
    match kind:
        case "link to a file":
            target.symlink_to(victim / "profile")
        case "link to a folder":
            target.symlink_to(victim)
        case "link to itself":
            target.symlink_to(target)
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
            target.symlink_to(rng.choice(("/dev/zero", "/dev/full", "/dev/stdout")))
        case "folder":
            target.mkdir()
        case "unreadable":  # for root it is read all the same
            target.write_bytes(content)
            target.chmod(0)
