"""The clock moved while commands run: by a second, an hour, three years, in both directions. Needs a C compiler.

A library of ours, loaded before all others, adds what a file says to the time of day of every process of the command.
"""

import json
import random
import shutil
import struct
import subprocess
import time
from pathlib import Path

from torture.yard import ACTIONS, COMPARE, Yard, check, check_ended, check_next, snapshot

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static volatile long long *offset;
static long long moved(void) {
    if (!offset) {
        int file = open(getenv("MOVED_CLOCK"), O_RDONLY);
        void *place = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
        if (place == MAP_FAILED) return 0;
        offset = place;
    }
    return *offset;
}
int clock_gettime(clockid_t which, struct timespec *found) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(which, found);
    if (!code && which == CLOCK_REALTIME) found->tv_sec += moved();
    return code;
}
time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *found, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) { found->tv_sec = now.tv_sec; found->tv_usec = now.tv_nsec / 1000; }
    return 0;
}
"""
MOVES_S = (-1, 1, -3_600, 3_600, -86_400, 90_000, -94_608_000, 94_608_000, -2_000_000_000, 2_000_000_000)


def torture_by_clocks(yard: Yard, number: int, rng: random.Random) -> None:
    """Move the clock before and while a command runs; with the clock back, a run is the newest and stays."""
    compiler = shutil.which("cc")
    if compiler is None:
        yard.counts["left out: no C compiler"] = number
        return
    folder = yard.project.root.parent
    shim, clock = folder / "moved.so", folder / "clock"
    source = folder / "moved.c"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(shim), str(source), "-ldl"], check=True)
    _move(clock, 0)
    for turn in yard.turns(number):
        action, moves = rng.choice(ACTIONS), [rng.choice(MOVES_S) for _ in range(rng.randint(1, 3))]
        where = f"clock {turn}: {' '.join(action)}, moved by {moves} s"
        before = snapshot(yard)
        _move(clock, moves[0])
        process = yard.start(*action, LD_PRELOAD=str(shim), MOVED_CLOCK=str(clock))
        for move in moves[1:]:
            time.sleep(rng.uniform(0.1, 1.5))
            _move(clock, move)
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            yard.complain("it did not end within 120 s", where)
            process.kill()
            out, err = process.communicate()
        yard.counts[f"exit {process.returncode}"] += 1
        check_ended(yard, process.returncode, out + err, where)
        check(yard, before, where)
        check_next(yard, COMPARE, where)
        if action[0] == "run":
            _check_newest(yard, where)


def _check_newest(yard: Yard, where: str) -> None:
    """A run by the right clock is stored, is told of, and is there after the pruning that ends it."""
    done = yard.run("run", "--no-confirm", "--json")
    id = json.loads(done.out)["run"]["run_id"]
    listed = yard.run("history", "list", "--json").json["runs"]
    if not any(entry["file"].startswith(id) for entry in listed):
        yard.complain(f"the run {id} was made by the right clock and is not in the history", where)
    if yard.run("status", "--json").json.get("last", {}).get("run_id") != id:
        yard.complain(f"status does not tell of the newest run {id}", where)


def _move(clock: Path, seconds: int) -> None:
    """In place: the file is mapped by processes that run."""
    with clock.open("r+b" if clock.exists() else "wb") as file:
        file.write(struct.pack("<q", seconds))
