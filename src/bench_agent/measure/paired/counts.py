"""What one call of each benchmark executes on several versions: exact counts, from one session a version.

Takes sides and benchmark ids; returns counts, or why there are none, by side and benchmark. A difference is proof that the
work changed; equality proves nothing. What follows from either is decided elsewhere; the counting itself is
probe/bench_agent_counts.py.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from bench_agent.errors import MeasureError
from bench_agent.measure.paired.forkserver import ForkServer, ForkServers, is_possible
from bench_agent.measure.paired.interleave import Ring, SetResult
from bench_agent.measure.paired.same_process import files_of, start_environment
from bench_agent.measure.paired.session import Session, SessionLost, attach_all
from bench_agent.measure.paired.side import Side
from bench_agent.records import CountedWork, Reach, reach_from
from bench_agent.system.process import compiling, kill_marked, new_mark
from bench_agent.system.temporary import make_temporary
from bench_agent.text.clean import clean_text

COUNT_S = 5.0  # for one counted call; where it takes longer the counts are incomplete, and not compared
LEAVE_S = 5.0  # for the suite's teardown
SHORT_COUNT_S = 1.0  # `count_sides`: for one counted call; what takes longer is not known
PATIENCE_S = 10.0  # `count_sides`: for the three calls that counting makes; what takes longer is only timed


@dataclass(slots=True)
class Counted:
    """By side label: what each benchmark executes, or why one of them, or all ("" as id), could not be counted."""

    reaches: dict[str, dict[str, Reach]] = field(default_factory=dict)
    problems: dict[str, dict[str, str]] = field(default_factory=dict)
    uncollected: dict[str, frozenset[str]] = field(default_factory=dict)  # those that were not collected there


class Counting:
    """Counts sides when asked, their sessions started from one interpreter that is kept ready. A context manager."""

    def __init__(
        self,
        python: Sequence[str] | None,
        *,
        arguments: Sequence[str] = (),
        env: Mapping[str, str],
        hash_seed: int = 1,
    ) -> None:
        """python: of all sides; its interpreter starts at once. None: each side has its own. arguments: for pytest."""
        self._python = tuple(python or ())
        self._arguments = tuple(arguments)
        # One hash seed: the order of a set may decide how long a search in it takes.
        self._env, self._layout = dict(env), {"PYTHONHASHSEED": str(hash_seed)}
        self._folder = make_temporary()
        self._mark = new_mark()
        self._leaving: list[Session] = []
        self._counted = 0
        self._lost: set[str] = set()  # marks of what did not leave by itself
        self._fork_server = self._make_fork_server() if python and is_possible() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._see_off()
        if self._fork_server is not None:
            self._fork_server.close()
        if self._lost:
            kill_marked(self._lost)
        shutil.rmtree(self._folder, ignore_errors=True)

    def count(
        self,
        sides: Sequence[Side],
        ids: Sequence[str],
        *,
        start_timeout_s: float,
        patience_s: float,
        count_s: float = COUNT_S,
    ) -> Counted:
        """Count one call of every benchmark on every side, as many at once as there are cores. Never raises for a side's sake.

        A call before fills caches, on all sides alike. A side that fails beside others is tried alone. patience_s: longest wait
        for one call.
        """
        sessions = self.start(sides, ids)
        found = _AtOnce(sessions, patience_s, count_s).count(ids, start_timeout_s)
        for side in sides if len(sides) > 1 else ():
            again = [
                id for id, why in found.problems[side.label].items() if id and id not in found.uncollected[side.label]
            ]
            if again:  # perhaps they were in each other's way (a port, a lock): alone it will tell
                alone = _AtOnce(self.start([side], again), patience_s, count_s).count(again, start_timeout_s)
                for id in again:
                    found.problems[side.label].pop(id)
                found.problems[side.label] |= alone.problems[side.label]
                found.reaches[side.label] |= alone.reaches[side.label]
        return found

    def start(self, sides: Sequence[Side], ids: Sequence[str]) -> list[Session]:
        """Sessions of these sides that begin to collect the files of these benchmarks. They are closed by the next call."""
        self._see_off()
        self._leaving = sessions = [self._make_one(side, ids) for side in sides]
        if self._fork_server is None:
            for session in sessions:
                session.start(None)
            return sessions
        if self._fork_server.has_ended:
            self._fork_server = self._make_fork_server()
        attach_all(sessions, self._fork_server.begin([session.planned for session in sessions]))
        return sessions

    def _make_one(self, side: Side, ids: Sequence[str]) -> Session:
        self._counted += 1
        own = self._folder / str(self._counted)
        arguments = [*self._arguments, *files_of(side, ids)]
        return Session(side, own, arguments=arguments, env=self._env, layout=self._layout)

    def _make_fork_server(self) -> ForkServer:
        self._counted += 1
        env = compiling({**start_environment(self._env), **self._layout})
        return ForkServer(self._python, self._folder / str(self._counted), env, mark=self._mark)

    def _see_off(self) -> None:
        """Close the sessions of the last call, which have had the time since to tear down."""
        for session in self._leaving:
            if not session.has_quit:
                self._lost |= {session.mark, self._mark}
            session.close(LEAVE_S)
        self._leaving = []


class _AtOnce:
    """One count of the same benchmarks in several sessions, benchmark by benchmark: nothing is timed, so all cores may work."""

    def __init__(self, sessions: Sequence[Session], patience_s: float, count_s: float) -> None:
        self._sessions, self._patience_s, self._count_s = list(sessions), patience_s, count_s
        self._result = Counted()
        self._abreast = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2

    def count(self, ids: Sequence[str], start_timeout_s: float) -> Counted:
        result, known = self._result, dict[Session, list[str]]()
        for session in self._sessions:
            label = session.side.label
            result.reaches[label], result.problems[label], result.uncollected[label] = {}, {}, frozenset()
            with self._lost_at_most(session):
                known[session] = self._greet(session, ids, start_timeout_s)
        for id in ids:
            counting: list[Session] = []
            for session in [session for session, has in known.items() if id in has]:
                with self._lost_at_most(session, known):
                    self._begin(session, id)
                    counting.append(session)
                if len(counting) == self._abreast:
                    self._end(counting.pop(0), id, known)
            for session in counting:
                self._end(session, id, known)
        for session in known:
            session.quit()
        return result

    @contextlib.contextmanager
    def _lost_at_most(self, session: Session, known: dict[Session, list[str]] | None = None) -> Iterator[None]:
        """Where the session is lost meanwhile, it has that problem, and is not asked for anything more."""
        try:
            yield
        except (SessionLost, MeasureError) as lost:
            self._result.problems[session.side.label][""] = clean_text(lost.message)
            (known or {}).pop(session, None)

    def _greet(self, session: Session, ids: Sequence[str], start_timeout_s: float) -> list[str]:
        """The benchmarks that it has of those."""
        hello = session.hello(start_timeout_s)
        known = [id for id in ids if id in hello.ids]
        lacking = frozenset(ids) - frozenset(known)
        why = next((error for error in hello.errors), "no such benchmark there")
        self._result.problems[session.side.label] |= dict.fromkeys(lacking, why)
        self._result.uncollected[session.side.label] = lacking
        session.plan(known, None)
        return known

    def _begin(self, session: Session, id: str) -> None:
        session.send(b"n", id.encode("utf-8", "surrogateescape"))
        kind, payload = session.receive(self._patience_s)
        if kind == b"B":
            session.begin_count(self._count_s, everywhere=True)
        else:
            session.pending = payload

    def _end(self, session: Session, id: str, known: dict[Session, list[str]]) -> None:
        label = session.side.label
        with self._lost_at_most(session, known):
            found = session.end_count(self._patience_s + 2 * self._count_s) if session.pending is None else None
            report = session.done(self._patience_s)
            if found is None or report["outcome"] == "failed":
                self._result.problems[label][id] = clean_text(report["message"]) or "it can't be called"
                return
            self._result.reaches[label][id] = reach_from(
                found["functions"],
                files=tuple(sorted({key.rpartition("::")[0] for key in found["functions"]})),
                complete=found["complete"] and found["repeats"],  # what differs from call to call tells nothing
            )


def count_sides(
    base: Side,
    head: Side,
    *,
    node_ids: Sequence[str],
    arguments: Sequence[str] = (),
    env: Mapping[str, str],
    deadline: float | None = None,
    fork_servers: ForkServers | None = None,
) -> dict[str, CountedWork]:
    """The counts of those benchmarks that both sides have, whose calls are short, and that execute the same at each call.

    One session of each side, with the same hash seed: about 1 s and three calls a benchmark, on both sides at once. deadline:
    time.monotonic() after which no further one begins. fork_servers: as of `Ring`. Raises MeasureError when a side can't be
    collected or runs the wrong copy of the code.
    """
    with _CountingRing(
        (base, head), node_ids=node_ids, arguments=arguments, env=env, patience_s=PATIENCE_S, fork_servers=fork_servers
    ) as ring:
        ring.step(deadline=deadline, last=True)
        return {id: CountedWork(base=base, head=head) for id, (base, head) in ring.counted.items()}


class _CountingRing(Ring):
    """Counts what the sessions hold instead of timing it."""

    holds_at_once = True  # set-up takes longer than counting where it imports or fills something

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.counted: dict[str, tuple[Reach, ...]] = {}  # of each side
        self._cores = []  # nothing is timed: the sides need not share one

    def _measure(self, sessions: Sequence[Session], benchmark: str, active: int, result: SetResult) -> None:
        if not self._hold(sessions, benchmark, result):
            return
        for session in sessions:
            session.begin_count(SHORT_COUNT_S)  # all at once: nothing is timed
        found = [session.end_count(self._patience_s) for session in sessions]
        outcomes = {session.done(self._patience_s)["outcome"] for session in sessions}
        counts = [reach_from(f["functions"], complete=f["complete"]) for f in found if f is not None and f["repeats"]]
        if len(counts) == len(sessions) and outcomes == {"passed"}:
            self.counted[benchmark] = tuple(counts)

    def _take_turns(self, ids: Sequence[str], result: SetResult) -> None:
        """What can't live side by side is not counted."""
