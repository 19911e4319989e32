"""Starts all other processes: a command in a session of its own, watched, bounded, and ended when we end.

Takes a command, gives its exit code, its output (head and tail) and the processes it consists of. What the output means is not
decided here. However it ends, normally, by timeout, Ctrl-C or our own kill -9, no process of it stays behind.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_agent.errors import MeasureError
from bench_agent.system import alive
from bench_agent.system.git_environment import without_location
from bench_agent.system.orphan_processes import adopt_orphans, kill_adopted, reap_adopted, started_here
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    import psutil

MARKER = "BENCH_AGENT_PROCESS"  # in the environment of all we start: finds those that left the session
MAX_OUTPUT = 200_000  # characters kept in memory of one command: the first and the last half of it
GRACE_S = 3.0  # between asking and killing; pytest needs it to run the suite's teardown


class Running:
    """A command under way. Use as a context manager: leaving it ends the command and everything it started."""

    def __init__(
        self,
        command: str | Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
        mark: str | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        """Start `command`: a string runs in /bin/sh, a sequence without a shell. stderr joins stdout.

        log: a file that gets the output as it comes (at most 20 MB). stdin: a descriptor to read from, else empty. mark: as
        of `new_mark`, for a caller that must be able to find the process even if Ctrl-C comes before this returns. Raises
        MeasureError when it cannot be started.
        """
        self.mark = mark or new_mark()
        self.started = time.monotonic()
        self._output = _Output(log)
        if alive.is_program:
            adopt_orphans()
        try:
            self._popen = _open_uninterrupted(
                command,
                shell=isinstance(command, str),
                cwd=cwd,
                env=without_location({**(os.environ if env is None else env), MARKER: self.mark}),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except KeyboardInterrupt:
            kill_marked({self.mark})
            raise
        except OSError as error:
            self._output.close()
            name = clean_text(command if isinstance(command, str) else command[0])
            raise MeasureError(
                f"could not start `{name}`: {error.strerror}, in {cwd}", hint="is it installed, and on PATH?"
            ) from error
        except ValueError as error:  # a NUL in it
            self._output.close()
            raise MeasureError(f"could not start a command in {cwd}: {clean_text(error)}") from error
        self.pid = self._popen.pid
        _active.add(self.pid)
        self._watcher = _start_watcher(self.pid)
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._popen.poll()

    def wait(self, timeout_s: float) -> int | None:
        """The exit code, or None when it still runs after `timeout_s`."""
        # Not Popen.wait: it looks 2000 times a second at first, and whoever measures must not keep a core awake.
        deadline = time.monotonic() + timeout_s
        while (code := self._popen.poll()) is None and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.02))
        return code

    def output(self) -> str:
        """What it printed so far, cut in the middle beyond MAX_OUTPUT characters."""
        return self._output.text()

    def end(self, *, first: signal.Signals = signal.SIGTERM, strays: bool = True) -> None:
        """Ask the whole session to stop with `first`, then kill what is left of it, wherever it went. Idempotent.

        strays: also look for what left the session, which reads every process's environment (20-60 ms); a caller that
        ends many of them passes False and looks once, with `kill_marked`.
        """
        if self._popen.poll() is None:
            self._signal(first)
            if self.wait(GRACE_S) is None:
                self._signal(signal.SIGTERM)
                self.wait(GRACE_S / 3)
        self._signal(signal.SIGKILL)  # also what the command left running when it ended by itself
        self._popen.wait()
        _active.discard(self.pid)
        if alive.is_program:
            reap_adopted()
        if strays:
            kill_marked({self.mark})
            if alive.is_program and not _active:  # with others under way it could be theirs
                kill_adopted()
        self._stop_watcher()
        self._reader.join(timeout=1.0)
        self._output.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _stop_watcher(self) -> None:
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.wait()
            if self._watcher.stdin:
                self._watcher.stdin.close()
            self._watcher = None

    def _drain(self) -> None:
        stream = self._popen.stdout
        assert stream is not None
        with stream, contextlib.suppress(OSError, ValueError):
            while chunk := os.read(stream.fileno(), 65536):
                self._output.add(chunk)


_active: set[int] = set()  # pids of the commands under way


def end_all() -> None:
    """Kill every command under way, from another thread: whoever waits for one sees it ended."""
    for pid in list(_active):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _open_uninterrupted(command: str | Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
    """Popen from another thread: in this one Ctrl-C could come between the fork and the return, and lose the process."""
    made: list[subprocess.Popen[bytes]] = []
    failed: list[Exception] = []

    def make() -> None:
        try:
            made.append(subprocess.Popen(command, **options))
            started_here.add(made[0].pid)
        except (OSError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    try:
        thread.join()
    finally:
        thread.join()  # again after Ctrl-C: then it runs its own command, and can be found by its mark
    if failed:
        raise failed[0]
    return made[0]


def _start_watcher(group: int) -> "subprocess.Popen[bytes] | None":
    """A shell that kills the group when its stdin closes, which it does when we die, even by kill -9. Costs 1 ms."""
    # "kill -KILL -- -5" is an error in dash, "kill -KILL -5" in others; POSIX has -s, which all understand.
    with contextlib.suppress(OSError):
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", f"read _; kill -s KILL -- -{group}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started_here.add(watcher.pid)
        return watcher
    return None


class _Output:
    """Head and tail of a stream, and optionally all of it, bounded, in a file. Written by one thread, read by another."""

    MAX_LOG = 20_000_000

    def __init__(self, log: Path | None) -> None:
        self._half = MAX_OUTPUT // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._cut = 0
        self._lock = threading.Lock()
        self._file = None
        if log:
            with contextlib.suppress(OSError):  # the log is a convenience: without it the measurement goes on
                self._file = log.open("wb", buffering=0)
        self._logged = 0

    def add(self, chunk: bytes) -> None:
        if self._file and self._logged < self.MAX_LOG:
            try:
                self._logged += self._file.write(chunk)
            except OSError:  # a full disk must not end the measurement
                self._file.close()
                self._file = None
        with self._lock:
            room = self._half - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[max(room, 0) :]
            excess = len(self._tail) - self._half
            if excess > 0:
                self._cut += excess
                del self._tail[:excess]

    def text(self) -> str:
        with self._lock:
            head, tail, cut = bytes(self._head), bytes(self._tail), self._cut
        middle = f"\n... {cut} bytes left out ...\n".encode() if cut else b""
        return (head + middle + tail).decode("utf-8", "replace")

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def compiling(env: Mapping[str, str]) -> dict[str, str]:
    """The environment, but that Python keeps what it compiles: else every session compiles the project again."""
    return {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}


def new_mark() -> str:
    """Something to know a process and all it starts by."""
    return uuid.uuid4().hex


def kill_marked(marks: Collection[str]) -> None:
    """Kill what carries one of these `Running.mark`s in its environment, wherever it went, and wait until it is gone.

    A killed process is there for a moment still, and holds its ports and files until it is not.
    """
    import psutil

    killed = []
    for process in _all_processes():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARKER) in marks:
                process.kill()
                killed.append(process)
    deadline = time.monotonic() + GRACE_S
    while any(map(_lives, killed)) and time.monotonic() < deadline:
        time.sleep(0.005)


def _all_processes() -> "list[psutil.Process]":
    """None where the system does not tell (no /proc): what left its session then stays."""
    import psutil

    try:
        return list(psutil.process_iter())
    except (psutil.Error, OSError, IndexError):  # the last is what psutil makes of an empty /proc
        return []


def _lives(process: "psutil.Process") -> bool:
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def start_detached(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: Path, stderr: Path
) -> "subprocess.Popen[bytes]":
    """Start a command that outlives us: in a session of its own, without a terminal, its output in two files."""
    with stdout.open("wb") as out, stderr.open("wb") as err:
        started = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
    started_here.add(started.pid)
    return started
