"""Several sessions of one interpreter, started together from one that has imported pytest once.

Takes what each session is to run, returns for each a handle like `process.Running`. All sessions of one fork server share hash
seed and memory layout, as versions that are compared must; the next fork server has others. Linux only: `is_possible`. The other
end is probe/bench_agent_forkserver.py.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_agent.system.process import Running, compiling, kill_marked, new_mark
from bench_agent.system.temporary import make_temporary

PROGRAM = Path(__file__).parents[1] / "probe" / "bench_agent_forkserver.py"
MAX_OUTPUT = 100_000  # bytes of a session's output that are looked at
_WAIT_S = 0.02  # between two looks whether a session has ended


def is_possible() -> bool:
    """Whether sessions can be started this way here: children must die with their parent, which only Linux arranges."""
    return sys.platform == "linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One session: `python -m pytest ARGUMENTS` in `cwd`. tree: the version it tests. log: a file for its output."""

    arguments: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    tree: Path
    log: Path


class ForkServer:
    """The interpreter that starts sessions when told to, and waits for them. `close` ends it and all that is left of them."""

    def __init__(self, python: Sequence[str], folder: Path, env: Mapping[str, str], *, mark: str) -> None:
        """Begins at once and imports pytest; nothing is started before `begin`. folder: an empty directory of its own.

        env: of the starting interpreter, the hash seed in it; each session gets its own besides. mark: see `process.Running`.
        """
        folder.mkdir(parents=True)
        self._folder = folder
        self._begun = 0
        orders, self._orders = os.pipe()
        try:
            self._running = Running([*python, str(PROGRAM), str(folder)], cwd=folder, env=env, mark=mark, stdin=orders)
        except BaseException:
            self._no_more()
            raise
        finally:
            os.close(orders)

    def begin(self, planned: Sequence[Planned], *, last: bool = False) -> "list[ForkedSession]":
        """Start these as soon as pytest is imported; returns at once. last: no others will follow."""
        sessions = [
            {
                "arguments": list(p.arguments),
                "cwd": str(p.cwd),
                "tree": str(p.tree),
                "log": str(p.log),
                "env": dict(p.env),
            }
            for p in planned
        ]
        first = self._begun
        self._begun += len(planned)
        name = f"sessions-{first}.json"
        # Environments are in it, and secrets may be in those: for nobody else to read, and deleted when it was read.
        with os.fdopen(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"first": first, "sessions": sessions}, file)
        with contextlib.suppress(OSError):  # it is gone already: then its sessions' exit codes say so
            os.write(self._orders, f"{name}\n".encode())
        if last:
            self._no_more()
        return [ForkedSession(self._running, self._folder, first + number, p.log) for number, p in enumerate(planned)]

    def _no_more(self) -> None:
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def has_ended(self) -> bool:
        return self._running.exit_code is not None

    def close(self) -> None:
        self._no_more()
        self._running.end(strays=False)


class ForkServers:
    """The fork servers of a measurement, each with a hash seed and a memory layout of its own; some are made ready early."""

    def __init__(self, python: Sequence[str], env: Mapping[str, str], rng: random.Random) -> None:
        """env: of all of them, but for what differs."""
        self._python, self._env, self._rng = tuple(python), dict(env), rng
        self._ready: list[tuple[dict[str, str], ForkServer]] = []
        self._marks: set[str] = set()
        self._folder = make_temporary()

    def draw(self) -> dict[str, str]:
        """Variables for one set of sessions: layout differs between sets, never between the sessions of one.

        A hash seed that the suite was given is kept: it decides what the suite does.
        """
        return {
            "PYTHONHASHSEED": self._env.get("PYTHONHASHSEED") or str(self._rng.randrange(1, 2**32)),
            "BENCH_AGENT_PADDING": "x" * self._rng.randrange(1, 4096),
        }

    def prepare(self, count: int) -> None:
        """Start this many fork servers, for the next to be taken; returns at once."""
        for _ in range(count):
            self._ready.append(self._make())

    def take(self) -> tuple[dict[str, str], ForkServer]:
        """(the variables its sessions get too, a fork_server); whoever takes it closes it."""
        return self._ready.pop(0) if self._ready else self._make()

    def _make(self) -> tuple[dict[str, str], ForkServer]:
        layout, mark = self.draw(), new_mark()
        self._marks.add(mark)
        env = compiling({**self._env, **layout})
        return layout, ForkServer(self._python, self._folder / mark, env, mark=mark)

    def close(self) -> None:
        """End those that were not taken, and whatever is left of the sessions of all."""
        for _, fork_server in self._ready:
            fork_server.close()
        self._ready = []
        if self._marks:
            kill_marked(self._marks)
        shutil.rmtree(self._folder, ignore_errors=True)


class ForkedSession:
    """One session of a fork_server, with the part of `Running` that a session uses."""

    def __init__(self, fork_server: Running, folder: Path, number: int, log: Path) -> None:
        self._fork_server, self._folder, self._number, self._log = fork_server, folder, number, log
        self._code: int | None = None

    def _read(self, what: str) -> int | None:
        try:
            return int((self._folder / f"{what}-{self._number}").read_text())
        except (OSError, ValueError):
            return None

    @property
    def exit_code(self) -> int | None:
        """None while it runs, or has not begun; negative for the signal that ended it."""
        if self._code is None:
            self._code = self._read("exit")
        if self._code is None and self._fork_server.exit_code is not None:
            self._code = self._read("exit")
            self._code = 70 if self._code is None else self._code  # it went with its fork_server, or never began
        return self._code

    @property
    def pid(self) -> int | None:
        return self._read("pid")

    def wait(self, timeout_s: float) -> int | None:
        deadline = time.monotonic() + timeout_s
        while (code := self.exit_code) is None and time.monotonic() < deadline:
            time.sleep(_WAIT_S)
        return code

    def output(self) -> str:
        """What it printed, and what the fork_server did where that ended without it."""
        said = self._fork_server.output() if self._fork_server.exit_code else ""
        with contextlib.suppress(OSError), self._log.open("rb") as file:
            said += file.read(MAX_OUTPUT).decode("utf-8", "replace")
        return said

    def end(self, *, strays: bool = True) -> None:
        """Kill it and its group, unless it has ended. strays: there because `Running.end` has it; they are found by their mark."""
        pid = self._read("pid")
        if pid is None or self.exit_code is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)  # it may not have had its own group yet
        self.wait(1.0)
