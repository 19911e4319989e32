"""One live pytest session of a side, as its parent sees it: started, asked for rounds and counts, ended.

Takes a side and what to collect. Returns its hello, rounds and reports; raises SessionLost when it died or fell silent. What is
measured and how often is decided in `interleave` and `timing`. The other end is probe/bench_agent_ring.py.
"""

import contextlib
import json
import os
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_agent.measure.paired.channel import Channel
from bench_agent.measure.paired.cores import leave_core
from bench_agent.measure.paired.forkserver import ForkedSession, Planned
from bench_agent.measure.paired.implementation import find_fallback
from bench_agent.measure.paired.side import NO_START, Hello, Round, Side, SideError
from bench_agent.records import Problem, ProblemKind
from bench_agent.system.process import Running, compiling, new_mark
from bench_agent.text.clean import clean_text

PLUGIN = "bench_agent_ring"
ENTRY_DIR = Path(__file__).parents[1] / "probe" / "start"
_ROUND = struct.Struct("!ddddd")
_COUNT = struct.Struct("!I")


class SessionLost(Exception):  # noqa: N818  it is an event after which measuring goes on
    """The session ended, or did not answer in time. `kind` is "died" or "timeout"."""

    def __init__(self, session: "Session", kind: str, message: str) -> None:
        super().__init__(message)
        self.session, self.kind, self.message = session, kind, message


class Session:
    """A live pytest session of one side. `close` ends it, politely if it still listens."""

    def __init__(
        self,
        side: Side,
        folder: Path,
        *,
        arguments: Sequence[str],
        env: Mapping[str, str],
        layout: Mapping[str, str] | None = None,
    ) -> None:
        """Make ready to start: `start` does it, or a fork server. folder: empty, for the socket and files of this session.

        env: for a side without an environment of its own. layout: added to either.
        """
        self.side = side
        self.has_quit = False
        folder.mkdir(parents=True)
        self._channel = Channel(folder / "s")
        self.planned = Planned(
            arguments=(
                *side.options, "--rootdir", str(side.root), "--basetemp", str(folder / "t"), "-o", f"cache_dir={folder / 'c'}",
                *arguments,
            ),
            cwd=side.cwd or side.root,
            env=self._environment({**(env if side.environment is None else side.environment), **(layout or {})}, folder),
            tree=side.tree or side.root,
            log=folder / "log",
        )  # fmt: skip
        self.mark = new_mark()  # of the session and all it starts
        self._started = time.monotonic()
        self._begun: Running | ForkedSession | None = None

    def start(self, avoid_core: int | None) -> None:
        """Start the session in an interpreter of its own; returns at once.

        avoid_core: where another pair is being measured at the moment; this session starts on the other cores.
        """
        planned = self.planned
        command = [*self.side.python, *(self.side.under or ("-m", "pytest")), *planned.arguments]
        self._begun = running = Running(command, cwd=planned.cwd, env=planned.env, mark=self.mark)
        if avoid_core is not None:
            leave_core(running.pid, avoid_core)

    def attach(self, session: ForkedSession) -> None:
        """The session that a fork_server starts for it."""
        self._begun = session

    @property
    def _running(self) -> Running | ForkedSession:
        assert self._begun is not None
        return self._begun

    def _environment(self, env: Mapping[str, str], folder: Path) -> dict[str, str]:
        side = self.side
        tree = side.tree or side.root
        own = list(dict.fromkeys(map(str, (side.root / "src", side.root, *side.path))))
        before = [p for p in env.get("PYTHONPATH", "").split(os.pathsep) if p]
        return {
            **compiling(env),
            **side.env,
            "PYTHONPATH": os.pathsep.join([str(ENTRY_DIR), *own, *before]),
            # Of a suite under coverage: sessions of one tree would share the file.
            "COVERAGE_FILE": str(folder / "coverage"),
            "BENCH_AGENT_PLUGIN": PLUGIN,
            "BENCH_AGENT_RING_SOCKET": str(folder / "s"),
            "BENCH_AGENT_RING_TREE": str(tree),
            "BENCH_AGENT_RING_FOREIGN": str(side.not_from or ""),
        }

    def hello(self, timeout_s: float) -> Hello:
        """Wait until the suite is collected. Raises MeasureError when it can't be, or when the code is the wrong copy."""
        deadline = time.monotonic() + timeout_s
        self._accept(deadline)
        try:
            kind, payload = self.receive(max(deadline - time.monotonic(), 0.0))
        except SessionLost as lost:
            raise self._no_start(lost.message) from None
        if kind != b"H":
            raise self._no_start("it answered out of turn")
        document = json.loads(payload)
        self.check_origin(document)
        self._check_implementation(document)
        return Hello(
            ids=tuple(document["ids"]),
            errors=tuple(f"{clean_text(where)}: {_last_line(text)}" for where, text in document["errors"]),
            python=document["python"],
            modules=document["modules"],
            start_s=max(document["at"] - self._started, 0.0),
        )

    def _accept(self, deadline: float) -> None:
        while not self._channel.accept():
            if self.has_ended:
                raise self._no_start("pytest ended before anything was collected")
            if time.monotonic() > deadline:
                raise self._no_start("pytest did not start in time")

    def _no_start(self, what: str) -> SideError:
        self._running.wait(1.0)
        self._running.end(strays=False)  # so that its last words have arrived
        lines = [clean_text(line) for line in self._running.output().splitlines() if line.strip()]
        telling = next((x for x in reversed(lines) if "rror" in x), lines[-1] if lines else "it printed nothing")
        return SideError(
            self.side,
            f"{NO_START} {self.side.label}: {what} ({telling})",
            hint=f"try `{' '.join(self.side.python)} -m pytest --collect-only` on {self.side.label}; "
            "a tree that must be built first needs the `setup` setting",
        )

    def check_origin(self, document: Mapping[str, Any]) -> None:
        """Raises MeasureError when modules of the project were imported from anywhere but the side's tree."""
        wrong = document.get("wrong") or ()
        if wrong:
            name, path = wrong[0]
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            raise SideError(
                self.side,
                f"{self.side.label} ran the wrong copy of the code: {clean_text(name)} came from {clean_text(path)}{more}, "
                f"not from {self.side.tree or self.side.root}",
                hint="an installed copy hides the tree: uninstall it, or let the `setup` setting install each tree",
            )

    def _check_implementation(self, document: Mapping[str, Any]) -> None:
        """Raises SideError when a module that is compiled in the run would be replaced by a fallback on this side."""
        side, kinds = self.side, document.get("kinds") or {}
        unseen = [name for name in side.compiled if kinds.get(name) != "extension"]
        if not unseen:
            return
        planned = self.planned
        env = {
            name: value for name, value in planned.env.items() if not name.startswith(("BENCH_AGENT_", "PYTHONHASH"))
        }
        why = find_fallback(
            unseen, python=side.python, cwd=planned.cwd, env=env, tree=side.tree or side.root, foreign=side.not_from
        )
        if why is not None:
            raise SideError(
                side,
                f"{side.label} would not be measured as the run was: {why}",
                hint='set how a version is built, such as setup = "pip install ." in [tool.bench-agent]; '
                "bench-agent doctor proposes the line",
            )

    # --- messages

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        try:
            self._channel.send(kind, payload)
        except OSError:
            raise self._lost() from None

    def receive(self, timeout_s: float) -> tuple[bytes, bytes]:
        """The next message. Raises SessionLost when the session is gone or silent for `timeout_s`."""
        try:
            return self._channel.receive(timeout_s, is_alive=lambda: not self.has_ended)
        except TimeoutError:
            raise SessionLost(self, "timeout", f"no answer within {timeout_s:.0f} s") from None
        except ConnectionError:
            raise self._lost() from None

    def plan(self, ids: Sequence[str], core: int | None, *, cores: Sequence[int] = ()) -> None:
        """core: that it is to keep to; cores: all that there are, for `use_all_cores`."""
        plan = {"ids": list(ids), "core": core, "cores": list(cores), "plant": dict(self.side.plant)}
        self.send(b"P", json.dumps(plan).encode())

    def round(self, iterations: int, timeout_s: float) -> Round | None:
        """One round; None when the benchmark raised instead (its report is then in `done`)."""
        self.begin_round(iterations)
        return self.end_round(timeout_s)

    def spin(self, units: int, timeout_s: float) -> Round | None:
        """A round of nothing but what a self-test plants."""
        self.send(b"s", _COUNT.pack(units))
        return self.end_round(timeout_s)

    def use_all_cores(self, wanted: bool) -> None:
        """Let the held benchmark run on all cores, or on the planned one again."""
        self.send(b"a", b"\1" if wanted else b"\0")

    def begin_round(self, iterations: int) -> None:
        """Let it run one round; returns at once."""
        self.send(b"r", _COUNT.pack(iterations))

    def end_round(self, timeout_s: float) -> Round | None:
        """The round that was begun; None when the benchmark raised instead."""
        kind, payload = self.receive(timeout_s)
        if kind == b"R":
            wall, own, children, delay, beside = _ROUND.unpack(payload)
            return Round(wall, own + children, delay, beside)
        self.pending = payload
        return None

    def count(
        self, budget_s: float, timeout_s: float, *, everywhere: bool = False, first: bool = False
    ) -> dict[str, Any] | None:
        """What one call of the held benchmark executes: functions, complete, repeats; None when it raised.

        everywhere: in all Python files, not in the project's alone. first: instead, of the first two calls in this process, what
        they execute and a fingerprint of what they gave.
        """
        self.begin_count(budget_s, everywhere=everywhere, first=first)
        return self.end_count(timeout_s)

    def begin_count(self, budget_s: float, *, everywhere: bool = False, first: bool = False) -> None:
        """Let it count the held benchmark, as for `count`; returns at once."""
        self.send(b"c", json.dumps({"seconds": budget_s, "everywhere": everywhere, "first": first}).encode())

    def end_count(self, timeout_s: float) -> dict[str, Any] | None:
        kind, payload = self.receive(timeout_s)
        if kind == b"C":
            document: dict[str, Any] = json.loads(payload)
            return document
        self.pending = payload
        return None

    def begin_memory(self, budget_s: float, *, lines: bool = False, left: bool = True) -> None:
        """Let it trace the held benchmark; returns at once. budget_s: of CPU time. lines: which takes ten times as long.

        left: what further calls leave behind.
        """
        self.send(b"m", json.dumps({"seconds": budget_s, "lines": lines, "left": left}).encode())

    def end_memory(self, timeout_s: float) -> dict[str, Any] | None:
        """What one call of it holds and leaves behind, as bench_agent_memory tells it; None when it raised."""
        kind, payload = self.receive(timeout_s)
        if kind == b"M":
            document: dict[str, Any] = json.loads(payload)
            return document
        self.pending = payload
        return None

    pending: bytes | None = None  # a report that came where a round was expected

    def done(self, timeout_s: float) -> dict[str, Any]:
        """The report of the benchmark under way: id, outcome, message, served. Raises as `check_origin`."""
        payload, self.pending = self.pending, None
        if payload is None:
            self.send(b"e")
            _, payload = self.receive(timeout_s)
        document: dict[str, Any] = json.loads(payload)
        self.check_origin(document)
        return document

    def _lost(self) -> SessionLost:
        code = self._running.wait(1.0)
        how = "closed its connection" if code is None else f"exit code {code}" if code >= 0 else f"signal {-code}"
        return SessionLost(self, "died", f"the process ended ({how})")

    @property
    def has_ended(self) -> bool:
        return self._running.exit_code is not None

    def quit(self) -> None:
        """Let it tear down and end by itself; `close` collects it later."""
        self.has_quit = True
        with contextlib.suppress(SessionLost):
            self.send(b"q")

    @property
    def pid(self) -> int | None:
        """None before it has begun."""
        return self._running.pid

    def close(self, grace_s: float = 0.0) -> None:
        """End it now, or after `grace_s` if it is tearing down. Idempotent. What left its session carries `mark`."""
        if self._begun is not None:
            if grace_s and self.has_quit:
                self._begun.wait(grace_s)
            self._begun.end(strays=False)
        self._channel.close()


def attach_all(sessions: Sequence[Session], processes: Sequence[ForkedSession]) -> None:
    """Give each session the process that a fork server began for it; both in the same order."""
    for session, process in zip(sessions, processes, strict=True):
        session.attach(process)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    telling = next((x for x in reversed(lines) if x.startswith("E ")), lines[-1] if lines else "")
    return clean_text(telling.removeprefix("E").strip())


def describe_loss(lost: SessionLost, benchmark: str) -> Problem:
    kind: ProblemKind = "timeout" if lost.kind == "timeout" else "died"
    return Problem(benchmark=benchmark, kind=kind, side=lost.session.side.label, message=lost.message)


def describe_failure(session: Session, benchmark: str, report: Mapping[str, object]) -> Problem:
    outcome = report["outcome"]
    kind: ProblemKind = "failed" if outcome == "failed" else "skipped" if outcome == "skipped" else "unused"
    message = clean_text(report["message"]) or ("it never called the benchmark fixture" if kind == "unused" else kind)
    return Problem(benchmark=benchmark, kind=kind, side=session.side.label, message=message)
