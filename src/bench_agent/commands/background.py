"""Runs that outlive the call that asked for them: a worker of our own, its output in files, and whoever waits for it.

Claude Code ends a shell call after ten minutes; a suite may take longer. There, `run` starts a worker (the same command
line, detached) and follows it; when the wait is over it answers "running", and `wait` takes up following.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench_agent.errors import MeasureError, StoreError, UsageError
from bench_agent.history.store import Store
from bench_agent.measure.live_state import RunState, read_state, running_states
from bench_agent.system.alive import is_alive
from bench_agent.system.process import start_detached

WORKER = "BENCH_AGENT_WORKER"  # set in a worker's environment: the id of the run it is to make
WAIT_S = 540.0  # a minute less than the longest shell call of Claude Code
WAIT_VARIABLE = "BENCH_AGENT_WAIT_S"
_POLL_S = 0.1
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
        return float(environment.get(WAIT_VARIABLE, WAIT_S))
    except ValueError:
        raise UsageError(f"{WAIT_VARIABLE} must be a number of seconds") from None


def start_worker(store: Store, argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """Start `bench-agent ARGV` as a worker in the current folder; the id of the run it makes."""
    wait_limit_s(environment)  # a bad value must be said before there is a worker that nobody follows
    run_id = store.make_run(datetime.now(UTC))
    folder = store.runs_dir / run_id
    worker = start_detached(
        # -P: without it the project's own folder would lead sys.path, and its rich/ or git.py be imported for ours.
        [sys.executable, "-P", "-m", "bench_agent", *argv],
        cwd=Path.cwd(),
        env={**environment, WORKER: run_id},
        stdout=folder / "stdout",
        stderr=folder / "stderr",
    )
    (folder / "worker.pid").write_text(str(worker.pid), encoding="ascii")
    return run_id


def finish_worker(store: Store, run_id: str, exit_code: int) -> None:
    """Called by the worker at its very end: from now on its output is whole."""
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError):
        temporary = store.runs_dir / run_id / ".exit"
        temporary.write_text(str(exit_code), encoding="ascii")
        temporary.replace(store.runs_dir / run_id / "exit")


def follow(store: Store, run_id: str, *, limit_s: float, on_talk: Callable[[str], None]) -> Ended | None:
    """Wait for a worker, passing on what it says on stderr; None when it still runs after `limit_s`.

    Ctrl-C (or SIGTERM) is passed on: the worker ends its suite, and what it made of that is returned. Raises UsageError
    when there is no such run, MeasureError when the worker was killed.
    """
    folder = store.runs_dir / run_id
    if not (folder / "worker.pid").exists():
        known = ", ".join(path.parent.name for path in sorted(store.runs_dir.glob("*/worker.pid"))) or "none"
        raise UsageError(f"no run called `{run_id}` can be waited for", hint=f"there are: {known}")
    pid = _read_number(folder / "worker.pid")
    talk = _Talk(folder / "stderr", on_talk)
    try:
        return _until_ended(folder, pid, talk, time.monotonic() + limit_s)
    except KeyboardInterrupt:
        if _is_running(pid):
            with contextlib.suppress(ProcessLookupError):
                # Not SIGINT: a shell's background job, and so our worker, may have been started with that ignored.
                os.kill(pid, signal.SIGTERM)
        ended = _until_ended(folder, pid, talk, time.monotonic() + _LINGER_S)
        return Ended(exit_code=130, stdout=ended.stdout if ended else "")


def _until_ended(folder: Path, pid: int, talk: "_Talk", deadline: float) -> Ended | None:
    while True:
        alive = _is_running(pid)
        if (folder / "exit").exists():
            talk.read()
            stdout = (folder / "stdout").read_text("utf-8", "replace")
            return Ended(exit_code=_read_number(folder / "exit"), stdout=stdout)
        talk.read()
        if not alive:
            raise MeasureError(
                f"the run {folder.name} ended without a result: it was killed", hint="run it again: bench-agent run"
            )
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_S)


def _is_running(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own worker would stay as a zombie, and look alive
    return is_alive(pid)


def _read_number(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except ValueError:
        raise StoreError(f"{path} holds no number", hint="remove that folder, and run again") from None


def newest_waitable(store: Store) -> str:
    """The run that `wait` without an id means: the newest under way, else the newest worker's. Raises UsageError."""
    running = {state.run_id for state in running_states(store.runs_dir)}
    ids = [path.parent.name for path in sorted(store.runs_dir.glob("*/worker.pid"))]
    waiting = [id for id in ids if id in running] or ids
    if not waiting:
        raise UsageError("no run to wait for", hint="start one: bench-agent run")
    return waiting[-1]


def describe_running(store: Store, run_id: str) -> RunState | None:
    return read_state(store.runs_dir / run_id)


class _Talk:
    """Whole lines of a growing file, each once."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self.say = say
        self._done = 0

    def read(self) -> None:
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            file.seek(self._done)
            for line in file:
                if line.endswith(b"\n"):
                    self._done += len(line)
                    self.say(line.decode("utf-8", "replace").rstrip("\n"))
