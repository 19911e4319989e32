"""A disk that is full, or becomes full: a small tmpfs of our own where we may mount one, else a limit on each file's size."""

import contextlib
import os
import random
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from torture.yard import ACTIONS, COMPARE, Yard, check, check_ended, check_next, make_yard, snapshot

SIZE = "48m"
ROOM = (0, 4_096, 65_536, 300_000, 1_000_000, 3_000_000)  # bytes left free


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own at `folder`, which is made; False where it can't be mounted."""
    folder.mkdir(parents=True)
    options = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(options, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def torture_by_full_disks(yard: Yard, number: int, rng: random.Random) -> None:
    """Run commands with next to no room for the project, for the cache with its trees, or for temporary files."""
    with tempfile.TemporaryDirectory(prefix="torture-disk-") as name, small_disk(Path(name) / "disk") as mounted:
        disk = Path(name) / "disk"
        yard.counts["on a tmpfs" if mounted else "with limited files"] = number
        whole = make_yard(disk / "all") if mounted else yard
        for place in ("cache", "tmp"):
            (disk / place).mkdir()
        for turn in yard.turns(number):
            where = rng.choice(("all", "cache", "tmp"))
            there = whole if where == "all" else Yard(
                project=yard.project,
                cache=disk / "cache" if where == "cache" else yard.cache,
                temporary=disk / "tmp" if where == "tmp" else yard.temporary,
                violations=yard.violations,
            )  # fmt: skip
            there.violations = yard.violations
            _one(there, disk / "filler" if mounted else None, f"disk {turn}: {where}", yard, rng)


def _one(there: Yard, filler: Path | None, where: str, yard: Yard, rng: random.Random) -> None:
    action, room = rng.choice(ACTIONS), rng.choice(ROOM)
    where = f"{where}, {room} bytes left, {' '.join(action)}"
    before = snapshot(there)
    with _full(filler, room):
        done = there.run(*action)
    yard.counts[f"exit {done.code}"] += 1
    check_ended(there, done.code, done.text, where)
    if left := there.project.leftovers():
        there.complain(f"half-written: {left[:3]}", where)
    check(there, before, where)
    check_next(there, COMPARE, where)


@contextlib.contextmanager
def _full(filler: Path | None, room: int) -> Iterator[None]:
    """All but `room` bytes of the disk taken; without a disk of our own, no process may write a larger file."""
    if filler is None:
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, old[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        return
    free = os.statvfs(filler.parent).f_bavail * os.statvfs(filler.parent).f_frsize
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - room, 1))
    try:
        yield
    finally:
        filler.unlink()
