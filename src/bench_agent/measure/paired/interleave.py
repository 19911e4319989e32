"""The ping-pong ring: two or more versions of a suite, alive at once, taking turns round by round.

Comes in: sides (directories with a version each) and what to run. Goes out: per benchmark one observation of the log ratio
for every pair of fresh sessions, and every problem by name. Whether that means "slower" is decided elsewhere: the caller
hands in `decided`, and what is decided is not measured on.

Why it is fine where other ways are not: a machine's speed changes over stretches longer than a round, so neighbours in time
cancel; a process that has just slept is scheduled at once, so its short round is not interrupted; both sides run on one core,
so that they share its speed. Fresh sessions redraw hash seed and memory layout, the same for all sides.
"""

import os
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from bench_agent.measure.paired.cores import leave_core, pinned, use_any_core
from bench_agent.measure.paired.forkserver import ForkServer, ForkServers, is_possible
from bench_agent.measure.paired.rounds import RoundsTaken, RoundTaker, summarise
from bench_agent.measure.paired.same_process import files_of, start_environment
from bench_agent.measure.paired.session import Session, SessionLost, attach_all, describe_failure, describe_loss
from bench_agent.measure.paired.side import Hello, Round, Side
from bench_agent.records import PairSample, Problem
from bench_agent.system.process import kill_marked
from bench_agent.system.temporary import make_temporary
from bench_agent.text.clean import clean_text

START_TIMEOUT_S = 300.0
TEARDOWN_S = 5.0  # for the suite's session fixtures after the last benchmark

NO_SUCH_BENCHMARK = "no such benchmark there"

Observations = dict[tuple[str, str], PairSample]  # (benchmark, label of the candidate)


@dataclass(slots=True)
class SetResult:
    """What one set of fresh sessions gave: observations against the first side, and what went wrong."""

    samples: Observations = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0
    core: int | None = None


class Ring:
    """Live sides taking turns. A context manager; every `step` is one set of fresh sessions, the next is started meanwhile."""

    def __init__(
        self,
        sides: Sequence[Side],
        *,
        node_ids: Sequence[str] | None = None,
        targets: Sequence[str] = (),
        keyword: str | None = None,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        budget_s: float = 60.0,
        patience_s: float | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
        iterations: dict[str, int] | None = None,
        fork_servers: ForkServers | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """sides: the base first. node_ids: only these benchmarks; else what `targets` and `keyword` (-k) select.

        budget_s: sizes the rounds, and stops the step under way; patience_s: longest wait for one call, setup included.
        iterations: of a round of each benchmark, as known from another ring; what is learnt is added. fork_servers: of all sides'
        interpreter, perhaps prepared; they stay the caller's.
        """
        self.sides = tuple(sides)
        self.found: dict[str, tuple[str, ...]] = {}  # label -> ids
        self._wanted = None if node_ids is None else tuple(node_ids)
        self._targets, self._keyword, self._arguments = tuple(targets), keyword, tuple(arguments)
        self._env = dict(os.environ if env is None else env)
        self._patience_s = patience_s if patience_s is not None else min(max(budget_s / 2, 10.0), 120.0)
        self._start_timeout_s = start_timeout_s
        # From one interpreter that has imported pytest once: starting them is half the cost, and they share its layout.
        self._together = is_possible() and len({side.python for side in self.sides}) == 1
        self._rng = rng or random.Random()
        start_env = start_environment(self.sides[0].environment or self._env)
        self._fork_servers = fork_servers or ForkServers(self.sides[0].python, start_env, self._rng)
        self._own_nurseries = fork_servers is None
        self._taken: list[tuple[ForkServer, list[Session]]] = []
        self._taker = RoundTaker(budget_s=budget_s, patience_s=self._patience_s, rng=self._rng, iterations=iterations)
        self._cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self._step = 0
        self.start_s = 0.5  # wall seconds the last sessions took to start and collect
        self._next: list[Session] | None = None
        self._live: list[Session] = []  # all that were started and not closed
        self._marks: set[str] = set()  # of what was started without a fork_server
        self._sessions = 0
        self._in_turns: set[str] = set()
        self.folder = make_temporary()
        self._folders = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._live:
            session.close(TEARDOWN_S)
        for each in self._taken:
            each[0].close()
        if self._own_nurseries:
            self._fork_servers.close()
        if self._marks:
            kill_marked(self._marks)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- one set of sessions

    def step(self, ids: Sequence[str] | None = None, *, deadline: float | None = None, last: bool = False) -> SetResult:
        """Measure each of `ids` (None: all) once in fresh sessions of all sides.

        deadline: time.monotonic() after which no further benchmark is begun. last: don't start the next sessions.
        Raises SideError when a side can't be collected or runs the wrong copy of the code.
        """
        began = time.monotonic()
        result = SetResult()
        beside = None if ids is None else [i for i in ids if i not in self._in_turns]
        while (beside is None or beside) and (deadline is None or time.monotonic() < deadline):
            beside = self._side_by_side(beside, result, deadline, last)
        turns = sorted(self._in_turns) if ids is None else [i for i in ids if i in self._in_turns]
        if turns and (deadline is None or time.monotonic() < deadline):
            self._take_turns(turns, result)
        self._step += 1
        result.seconds = time.monotonic() - began
        return result

    def _side_by_side(
        self, ids: Sequence[str] | None, result: SetResult, deadline: float | None, last: bool
    ) -> list[str]:
        """One session of all sides; returns the ids still to do because the session was lost before them."""
        self._sessions += 1
        core = self._cores[self._sessions % len(self._cores)] if self._cores else None
        sessions, hellos = self._sessions_with(ids)
        self.start_s = max(hello.start_s for hello in hellos)
        chosen = self._select(hellos, result) if ids is None else list(ids)
        if len(self._cores) > 1 and not last:
            self._next = self._start(chosen, core)
        result.core = core
        with pinned(core):
            for session in sessions:
                session.plan(chosen, core)
            for index, benchmark in enumerate(chosen):
                if deadline is not None and time.monotonic() > deadline:
                    break
                try:
                    self._measure(sessions, benchmark, len(chosen), result)
                except SessionLost as lost:
                    result.problems.append(describe_loss(lost, benchmark))
                    self._close(sessions)
                    return chosen[index + 1 :]
        for session in sessions:
            session.quit()  # it tears down while the next are measured
        if self._next:
            fork_servers = [fork_server.pid for fork_server, children in self._taken if children is self._next]
            use_any_core([*fork_servers, *(pid for session in self._next if (pid := session.pid) is not None)])
        self._close([w for w in self._live if w.has_ended])
        return []

    def _sessions_with(self, ids: Sequence[str] | None) -> tuple[list[Session], list[Hello]]:
        """Sessions that have collected those benchmarks: the ones started meanwhile, unless they are of other files."""
        ready, self._next = self._next, None
        sessions = ready or self._start(ids, None)
        hellos = [session.hello(self._start_timeout_s) for session in sessions]
        if ready and any(not set(hello.ids).issuperset(ids or ()) for hello in hellos):
            self._close(sessions)
            return self._sessions_with(ids)
        return sessions, hellos

    def _close(self, sessions: Sequence[Session], *, grace_s: float = 0.0) -> None:
        for session in sessions:
            session.close(grace_s)
            self._live.remove(session)
        for fork_server, children in list(self._taken):
            if not any(session in self._live for session in children):
                fork_server.close()
                self._taken.remove((fork_server, children))

    def _start(self, ids: Sequence[str] | None, avoid_core: int | None) -> list[Session]:
        """Sessions of all sides with one hash seed and one padding: layout differs between steps, never between sides."""
        if not self._together:
            layout = self._fork_servers.draw()
            sessions = [self._make_one(side, ids, layout) for side in self.sides]
            for session in sessions:
                self._marks.add(session.mark)
                session.start(avoid_core)
            return sessions
        layout, fork_server = self._fork_servers.take()
        if avoid_core is not None:
            leave_core(fork_server.pid, avoid_core)
        sessions = [self._make_one(side, ids, layout) for side in self.sides]
        self._taken.append((fork_server, sessions))
        shuffled = self._rng.sample(sessions, len(sessions))  # who is forked first is not always the same side
        attach_all(shuffled, fork_server.begin([session.planned for session in shuffled], last=True))
        return sessions

    def _make_one(self, side: Side, ids: Sequence[str] | None, layout: Mapping[str, str]) -> Session:
        self._folders += 1
        chosen = ids if ids is not None else self._wanted
        arguments = [*self._arguments, *(["-k", self._keyword] if self._keyword and chosen is None else [])]
        folder = self.folder / f"{self._folders:05d}"
        arguments += self._targets if chosen is None else files_of(side, chosen)
        session = Session(side, folder, arguments=arguments, env=self._env, layout=layout)
        self._live.append(session)
        return session

    def _select(self, hellos: Sequence[Hello], result: SetResult) -> list[str]:
        """The benchmarks all sides have, in the last side's order; what one of them lacks becomes a problem."""
        self.found = {side.label: hello.ids for side, hello in zip(self.sides, hellos, strict=True)}
        known = list(dict.fromkeys([*hellos[-1].ids, *(i for hello in hellos for i in hello.ids)]))
        if self._wanted is not None:
            known = list(self._wanted)
        common = []
        for benchmark in known:
            lacking = [(s, h) for s, h in zip(self.sides, hellos, strict=True) if benchmark not in h.ids]
            for side, hello in lacking:
                file = benchmark.split("::")[0]
                why = next((e for e in hello.errors if e.startswith(file)), NO_SUCH_BENCHMARK)
                result.problems.append(Problem(benchmark=benchmark, kind="missing", side=side.label, message=why))
            if not lacking:
                common.append(benchmark)
        for side, hello in zip(self.sides, hellos, strict=True):
            result.problems += [
                Problem(benchmark=clean_text(e.split(":")[0]), kind="missing", side=side.label, message=e)
                for e in hello.errors
                if not any(i.split("::")[0] == e.split(":")[0] for i in known)
            ]
        return common

    # --- one benchmark

    def _measure(self, sessions: Sequence[Session], benchmark: str, active: int, result: SetResult) -> None:
        began = time.monotonic()
        if not self._hold(sessions, benchmark, result):
            return
        taken = self._taker.take(sessions, benchmark, active=active, start_s=self.start_s)
        if not self._is_good(sessions, benchmark, taken, result):
            return
        seconds = time.monotonic() - began
        columns = list(zip(*taken.turns, strict=True))
        for session, rounds in zip(sessions[1:], columns[1:], strict=True):
            sample = summarise(columns[0], rounds, taken, seconds=seconds)
            if sample is not None:
                result.samples[benchmark, session.side.label] = sample

    def _is_good(self, sessions: Sequence[Session], benchmark: str, taken: RoundsTaken, result: SetResult) -> bool:
        """Let every side finish the benchmark; whether there are rounds of a test that passed on all of them."""
        failures = [
            describe_failure(session, benchmark, report)
            for session, report in [(session, session.done(self._patience_s)) for session in sessions]
            if report["outcome"] == "failed"
        ]
        if failures and taken.at_once and benchmark not in self._taker.apart:
            self._taker.apart.add(benchmark)  # perhaps they were in each other's way: the next sessions take turns
            return False
        if taken.seconds_needed is not None:
            text = f"its calls are so long that deciding it takes about {taken.seconds_needed:.0f} s"
            failures.append(
                Problem(benchmark=benchmark, kind="slow", side=None, message=text, seconds_needed=taken.seconds_needed)
            )
        result.problems += failures
        return bool(taken.turns) and not failures

    def _hold(self, sessions: Sequence[Session], benchmark: str, result: SetResult) -> bool:
        """Bring every side to the point where it holds the benchmark's callable; False, with problems, when one can't."""
        held, gone = [], []
        for session in sessions:
            session.send(b"n", benchmark.encode("utf-8", "surrogateescape"))
            kind, payload = session.receive(self._patience_s)
            if kind == b"B":
                held.append(session)
            else:
                session.pending = payload
                gone.append(session)
        if not gone:
            return True
        for session in held:
            session.done(self._patience_s)
        reports = [session.done(self._patience_s) for session in gone]
        if held and any(report["outcome"] == "failed" for report in reports) and benchmark not in self._in_turns:
            self._in_turns.add(benchmark)  # perhaps they are in each other's way (a port, a lock): each alone will tell
            return False
        result.problems += [describe_failure(w, benchmark, report) for w, report in zip(gone, reports, strict=True)]
        return False

    # --- what can't live side by side

    def _take_turns(self, ids: Sequence[str], result: SetResult) -> None:
        """Each side alone, one after the other, in alternating order: coarser, but works with a fixed port."""
        order = list(range(len(self.sides)))
        if self._step % 2:
            order.reverse()
        alone: dict[int, dict[str, list[Round]]] = {}
        self._close([w for w in self._live if w.has_quit], grace_s=TEARDOWN_S)  # they may still hold the port
        began = time.monotonic()
        for position in order:
            alone[position] = self._alone(self.sides[position], ids, result)
        seconds = (time.monotonic() - began) / max(len(ids), 1)
        for benchmark in ids:
            rounds = [alone[position].get(benchmark) for position in range(len(self.sides))]
            base = rounds[0]
            for position, other in enumerate(rounds[1:], start=1):
                if base and other:
                    taken = RoundsTaken(turns=(), iterations=self._taker.iterations[benchmark])
                    sample = summarise(base, other, taken, seconds=seconds, in_step=False)
                    if sample is not None:
                        result.samples[benchmark, self.sides[position].label] = sample
            if all(rounds) and not any(p.benchmark == benchmark for p in result.problems):
                text = "the sides can't run at the same time: measured one after the other, which tells less"
                result.problems.append(Problem(benchmark=benchmark, kind="in_turns", side=None, message=text))

    def _alone(self, side: Side, ids: Sequence[str], result: SetResult) -> dict[str, list[Round]]:
        session = self._make_one(side, ids, {"PYTHONHASHSEED": str(self._step + 1)})
        self._marks.add(session.mark)
        session.start(None)
        measured: dict[str, list[Round]] = {}
        core = self._cores[self._step % len(self._cores)] if self._cores else None
        try:
            session.hello(self._start_timeout_s)
            session.plan(ids, core)
            for benchmark in ids:
                try:
                    if self._hold([session], benchmark, result):
                        taken = self._taker.take([session], benchmark, active=len(ids), start_s=self.start_s)
                        if self._is_good([session], benchmark, taken, result):
                            measured[benchmark] = [turn[0] for turn in taken.turns]
                except SessionLost as lost:
                    result.problems.append(describe_loss(lost, benchmark))
                    break
            session.quit()
        finally:
            self._close([session], grace_s=TEARDOWN_S)  # gone before the next side takes its port
        return measured
