"""The sessions of all sides: started together, the next set while one is measured, and all of them ended.

Takes sides and what to collect, returns sets of sessions that have collected it. All sessions of a set have the same hash seed
and memory layout; the next set has others. What is measured with them is not decided here.
"""

import random
import shutil
from collections.abc import Mapping, Sequence

from bench_agent.measure.paired.cores import leave_core, use_any_core
from bench_agent.measure.paired.forkserver import ForkServer, ForkServers, is_possible
from bench_agent.measure.paired.same_process import files_of, start_environment
from bench_agent.measure.paired.session import Session, attach_all
from bench_agent.measure.paired.side import Hello, Side
from bench_agent.system.process import kill_marked
from bench_agent.system.temporary import make_temporary

START_TIMEOUT_S = 300.0  # for a session to start and collect the suite
TEARDOWN_S = 5.0  # for the suite's session fixtures after the last benchmark


class SessionPool:
    """Starts the sessions of all sides and knows those that live. `close_all` ends them and whatever is left of them."""

    def __init__(
        self,
        sides: Sequence[Side],
        *,
        wanted: Sequence[str] | None,
        targets: Sequence[str],
        keyword: str | None,
        arguments: Sequence[str],
        env: Mapping[str, str],
        start_timeout_s: float,
        fork_servers: ForkServers | None,
        rng: random.Random,
    ) -> None:
        """wanted: the ids of the only benchmarks that are collected; None: what `targets` and `keyword` (-k) select.

        arguments: of pytest, for all sides. fork_servers: perhaps prepared, and the caller's to close; None: some of its own.
        """
        self._sides = tuple(sides)
        self._wanted, self._targets, self._keyword, self._arguments = wanted, tuple(targets), keyword, tuple(arguments)
        self._env = env
        self._start_timeout_s = start_timeout_s
        self._rng = rng
        # From one interpreter that has imported pytest once: starting them is half the cost, and they share its layout.
        alike = len({side.python for side in self._sides}) == 1 and not any(side.under for side in self._sides)
        self._together = is_possible() and alike
        start_env = start_environment(self._sides[0].environment or env)
        self._fork_servers = fork_servers or ForkServers(self._sides[0].python, start_env, rng)
        self._own_fork_servers = fork_servers is None
        self._taken: list[tuple[ForkServer, list[Session]]] = []
        self._next: list[Session] | None = None
        self._live: list[Session] = []  # all that were started and not closed
        self._marks: set[str] = set()  # of what was started without a fork server
        self.folder = make_temporary()
        self._folders = 0

    def take(self, ids: Sequence[str] | None) -> tuple[list[Session], list[Hello]]:
        """Sessions that have collected those benchmarks: the ones started meanwhile, unless they are of other files."""
        ready, self._next = self._next, None
        sessions = ready or self._start(ids, None)
        hellos = [session.hello(self._start_timeout_s) for session in sessions]
        if ready and any(not set(hello.ids).issuperset(ids or ()) for hello in hellos):
            self.close(sessions)
            return self.take(ids)
        return sessions, hellos

    def prepare(self, ids: Sequence[str], *, avoid_core: int | None) -> None:
        """Start the sessions that `take` will return next; returns at once. avoid_core: where others are measured now."""
        self._next = self._start(ids, avoid_core)

    def release_core(self) -> None:
        """Let what `prepare` started use the core that it had to avoid: what was measured there is done."""
        if self._next:
            servers = [fork_server.pid for fork_server, children in self._taken if children is self._next]
            use_any_core([*servers, *(pid for session in self._next if (pid := session.pid) is not None)])

    def start_alone(self, side: Side, ids: Sequence[str], *, hash_seed: int) -> Session:
        """A session of one side that is there while no other is, collected."""
        session = self._make_one(side, ids, {"PYTHONHASHSEED": str(hash_seed)})
        self._marks.add(session.mark)
        session.start(None)
        return session

    def _start(self, ids: Sequence[str] | None, avoid_core: int | None) -> list[Session]:
        """Sessions of all sides with one hash seed and one padding: layout differs between sets, never between sides."""
        if not self._together:
            layout = self._fork_servers.draw()
            sessions = [self._make_one(side, ids, layout) for side in self._sides]
            for session in sessions:
                self._marks.add(session.mark)
                session.start(avoid_core)
            return sessions
        layout, fork_server = self._fork_servers.take()
        if avoid_core is not None:
            leave_core(fork_server.pid, avoid_core)
        sessions = [self._make_one(side, ids, layout) for side in self._sides]
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

    def close(self, sessions: Sequence[Session], *, grace_s: float = 0.0) -> None:
        """End these now, or after `grace_s` if they are tearing down."""
        for session in sessions:
            session.close(grace_s)
            self._live.remove(session)
        for fork_server, children in list(self._taken):
            if not any(session in self._live for session in children):
                fork_server.close()
                self._taken.remove((fork_server, children))

    def close_ended(self) -> None:
        self.close([session for session in self._live if session.has_ended])

    def await_teardown(self) -> None:
        """Wait until those that were told to quit are gone, which may still hold a port."""
        self.close([session for session in self._live if session.has_quit], grace_s=TEARDOWN_S)

    def close_all(self) -> None:
        for session in self._live:
            session.close(TEARDOWN_S)
        for fork_server, _ in self._taken:
            fork_server.close()
        if self._own_fork_servers:
            self._fork_servers.close()
        if self._marks:
            kill_marked(self._marks)
        shutil.rmtree(self.folder, ignore_errors=True)
