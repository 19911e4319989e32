"""Runs that outlive the call that asked for them: a worker of our own, its output in files, and whoever waits for it.

Claude Code ends a shell call after ten minutes; a suite may take longer. There, `run` starts a worker (the same command
line, detached) and follows it; when the wait is over it answers "running", and `wait` takes up following.
"""

import contextlib
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bench_agent.commands.typed import VARIABLE, this_name
from bench_agent.errors import MeasureError, StoreError, UsageError
from bench_agent.history.store import Store, is_run_id, write_atomically
from bench_agent.measure.live_state import RunState, read_state, running_states
from bench_agent.system.alive import birth_of, is_alive
from bench_agent.system.process import start_detached
from bench_agent.system.seal import open_plain, read_plain, read_sealed, seal
from bench_agent.text.clean import clean_text

WORKER = "BENCH_AGENT_WORKER"  # set in a worker's environment: the id of the run it is to make
WAIT_S = 540.0  # a minute less than the longest shell call of Claude Code
WAIT_VARIABLE = "BENCH_AGENT_WAIT_S"
WORKER_FILE = "worker.json"  # in the run's folder: its process, sealed
MOST_MARK_BYTES = 10_000  # of WORKER_FILE: more was not written by us
MOST_PRINTED_BYTES = 64 << 20  # of a worker's output that is passed on: a report of 10,000 benchmarks has 20 MB
MOST_TALK = 2_000  # bytes of one line
_POLL_S = 0.1  # between two looks whether the worker has ended
_LINGER_S = 15.0  # for an interrupted worker to end its suite and write what was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a worker ended and what it printed."""

    exit_code: int
    stdout: str


def should_detach(environment: Mapping[str, str]) -> bool:
    """Whether whoever called us may stop waiting before the suite ends, and we are not the worker already."""
    return WORKER not in environment and ("CLAUDECODE" in environment or WAIT_VARIABLE in environment)


def wait_limit_s(environment: Mapping[str, str]) -> float:
    try:
        limit_s = float(environment.get(WAIT_VARIABLE, WAIT_S))
    except ValueError:
        limit_s = math.nan
    if not 0 <= limit_s < math.inf:  # NaN too: a wait without an end
        raise UsageError(f"{WAIT_VARIABLE} must be a number of seconds", hint=f"such as {WAIT_VARIABLE}={WAIT_S:.0f}")
    return limit_s


def start_worker(store: Store, argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """Start `bench-agent ARGV` as a worker in the current folder; the id of the run it makes."""
    wait_limit_s(environment)  # a bad value must be said before there is a worker that nobody follows
    run_id = store.make_run(datetime.now(UTC))
    folder = store.runs_dir / run_id
    worker = start_detached(
        # -P: without it the project's own folder would lead sys.path, and its rich/ or git.py be imported for ours.
        [sys.executable, "-P", "-m", "bench_agent", *argv],
        cwd=Path.cwd(),
        env={**environment, WORKER: run_id, VARIABLE: this_name()},
        stdout=folder / "stdout",
        stderr=folder / "stderr",
    )
    mark = {"run_id": run_id, "pid": worker.pid, "birth": birth_of(worker.pid)}
    write_atomically(folder / WORKER_FILE, seal(json.dumps(mark)))
    return run_id


def finish_worker(store: Store, run_id: str, exit_code: int) -> None:
    """Called by the worker at its very end: from now on its output is whole."""
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError):
        temporary = store.runs_dir / run_id / ".exit"
        temporary.parent.mkdir(
            parents=True, exist_ok=True
        )  # the suite may have removed it: whoever follows waits for this
        temporary.write_text(str(exit_code), encoding="ascii")
        temporary.replace(store.runs_dir / run_id / "exit")


def follow(store: Store, run_id: str, *, limit_s: float, on_talk: Callable[[str], None]) -> Ended | None:
    """Wait for a worker, passing on what it says on stderr; None when it still runs after `limit_s`.

    Ctrl-C (or SIGTERM) is passed on: the worker ends its suite, and what it made of that is returned. Raises UsageError
    when there is no such run, MeasureError when the worker was killed.
    """
    store.check()
    worker = _worker_of(store, run_id)
    if worker is None:
        known = ", ".join(_waitable(store)) or "none"
        raise UsageError(
            f"no run called `{clean_text(run_id, limit=80)}` can be waited for", hint=f"there are: {known}"
        )
    folder = store.runs_dir / run_id
    # Held while we wait: a suite may remove `.benchmark/`, and what the worker prints afterwards goes into these all the same.
    with _opened(folder / "stdout") as printed, _opened(folder / "stderr") as said:
        talk = _Talk(said, on_talk)
        try:
            return _until_ended(folder, worker, printed, talk, time.monotonic() + limit_s)
        except KeyboardInterrupt:
            if worker.is_running():
                with contextlib.suppress(ProcessLookupError):
                    # Not SIGINT: a shell's background job, and so our worker, may have been started with that ignored.
                    os.kill(worker.pid, signal.SIGTERM)
            ended = _until_ended(folder, worker, printed, talk, time.monotonic() + _LINGER_S)
            return Ended(exit_code=130, stdout=ended.stdout if ended else "")


def _opened(path: Path) -> IO[bytes]:
    """A file of the worker's output. Raises StoreError for a link, a device, or none."""
    try:
        return open_plain(str(path))
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}", hint="run it again: bench-agent run") from error


def _until_ended(folder: Path, worker: "_Worker", printed: IO[bytes], talk: "_Talk", deadline: float) -> Ended | None:
    while True:
        alive = worker.is_running()
        if (folder / "exit").exists():
            talk.read()
            return Ended(exit_code=_read_number(folder / "exit"), stdout=_printed(printed))
        talk.read()
        if not alive:
            raise MeasureError(
                f"the run {folder.name} ended without a result: it was killed", hint="run it again: bench-agent run"
            )
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    """The process of a run that this user started on this machine."""

    pid: int
    birth: str | None

    def is_running(self) -> bool:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # our own worker would stay as a zombie, and look alive
        return is_alive(self.pid, self.birth)


def _worker_of(store: Store, run_id: str) -> _Worker | None:
    """The worker of a run; None where it is not named as a run, or its folder holds no mark of ours."""
    if not is_run_id(run_id):
        return None
    data = read_sealed(str(store.runs_dir / run_id / WORKER_FILE), limit=MOST_MARK_BYTES)
    try:
        mark = json.loads(data) if data else {}
        if mark.get("run_id") != run_id:  # the folder of another run, copied
            return None
        return _Worker(pid=int(mark["pid"]), birth=mark["birth"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _waitable(store: Store) -> list[str]:
    """Ids of the runs that have a worker of ours, oldest first."""
    with contextlib.suppress(OSError):
        return [name for name in sorted(path.name for path in store.runs_dir.iterdir()) if _worker_of(store, name)]
    return []


def _printed(file: IO[bytes]) -> str:
    """What the worker printed as its result."""
    data = file.read(MOST_PRINTED_BYTES + 1)
    if len(data) > MOST_PRINTED_BYTES:
        raise StoreError("what the run printed is too large to be a result", hint="run it again: bench-agent run")
    return _readable(data)


def _readable(data: bytes) -> str:
    """Characters that steer a terminal are no part of any result, and of no line of talk."""
    return "".join(c for c in data.decode("utf-8", "replace") if c.isprintable() or c in "\n\t")


def _read_number(path: Path) -> int:
    try:
        return int(read_plain(str(path), limit=20) or b"")
    except ValueError:
        raise StoreError(f"{path} holds no number", hint="remove that folder, and run again") from None


def newest_waitable(store: Store) -> str:
    """The run that `wait` without an id means: the newest under way, else the newest worker's. Raises UsageError."""
    running = {state.run_id for state in running_states(store.runs_dir)}
    store.check()
    ids = _waitable(store)
    waiting = [id for id in ids if id in running] or ids
    if not waiting:
        raise UsageError("no run to wait for", hint="start one: bench-agent run")
    return waiting[-1]


def describe_running(store: Store, run_id: str) -> RunState | None:
    return read_state(store.runs_dir / run_id)


class _Talk:
    """Whole lines of a growing file, each once."""

    def __init__(self, file: IO[bytes], say: Callable[[str], None]) -> None:
        self._file = file
        self.say = say
        self._done = 0

    def read(self) -> None:
        self._file.seek(self._done)
        for line in self._file:
            if line.endswith(b"\n"):
                self._done += len(line)
                self.say(_readable(line[:MOST_TALK]).rstrip("\n"))
