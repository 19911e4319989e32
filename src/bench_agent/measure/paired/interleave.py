"""Two or more versions of a suite, alive at once, taking turns round by round.

Takes sides (directories with a version each) and what to run. Returns, for each benchmark, one observation of the log ratio for
every pair of fresh sessions, and every problem by name. Whether that means "slower", and whether to go on, is decided by the
caller.

Why it tells finer changes than measuring one version after the other: a machine's speed changes over stretches longer than a
round, so neighbours in time cancel; a process that has just slept is scheduled at once, so its short round is not interrupted;
all sides run on one core, so that they share its speed. Fresh sessions draw a new hash seed and memory layout, the same for all
sides.
"""

import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from bench_agent.measure.paired.cores import pinned
from bench_agent.measure.paired.forkserver import ForkServers
from bench_agent.measure.paired.pool import START_TIMEOUT_S, TEARDOWN_S, SessionPool
from bench_agent.measure.paired.session import Session, SessionLost, describe_failure, describe_loss
from bench_agent.measure.paired.side import Hello, Round, Side
from bench_agent.measure.paired.timing import RoundsTaken, RoundTaker, summarise
from bench_agent.records import PairSample, Problem
from bench_agent.text.clean import clean_text

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

    holds_at_once = False  # whether the sides set a benchmark up at the same time; else one after the other

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
        uses: dict[str, float] | None = None,
        fork_servers: ForkServers | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """sides: the base first. node_ids: only these benchmarks; else what `targets` and `keyword` (-k) select.

        budget_s: sizes the rounds, and stops the step under way; patience_s: longest wait for one call, setup included.
        iterations, uses: as for `RoundTaker`, known from earlier measurements. fork_servers:
        of all sides' interpreter, perhaps prepared; they stay the caller's.
        """
        self.sides = tuple(sides)
        self.found: dict[str, tuple[str, ...]] = {}  # label -> ids
        self._wanted = None if node_ids is None else tuple(node_ids)
        self._patience_s = patience_s if patience_s is not None else min(max(budget_s / 2, 10.0), 120.0)
        self._start_timeout_s = start_timeout_s
        rng = rng or random.Random()
        self._taker = RoundTaker(
            budget_s=budget_s, patience_s=self._patience_s, rng=rng, iterations=iterations, uses=uses
        )
        self._cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self._step = 0
        self.python = ""  # version of the sides' interpreter, once they have started
        self.start_s = 0.5  # wall seconds the last sessions took to start and collect
        self._sets = 0
        self._in_turns: set[str] = set()  # benchmarks whose sides can't live side by side
        self.pool = SessionPool(
            self.sides,
            wanted=self._wanted,
            targets=targets,
            keyword=keyword,
            arguments=arguments,
            env=dict(os.environ if env is None else env),
            start_timeout_s=start_timeout_s,
            fork_servers=fork_servers,
            rng=rng,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close_all()

    # --- one set of sessions

    def step(
        self,
        ids: Sequence[str] | None = None,
        *,
        deadline: float | None = None,
        at_most_s: float | None = None,
        last: bool = False,
    ) -> SetResult:
        """Measure each of `ids` (None: all) once in fresh sessions of all sides.

        deadline: time.monotonic() after which no further benchmark is begun; at_most_s: after so long of measuring in one set
        of sessions neither, but one is. last: don't start the next sessions.
        Raises SideError when a side can't be collected or runs the wrong copy of the code.
        """
        began = time.monotonic()
        result = SetResult()
        beside = None if ids is None else [i for i in ids if i not in self._in_turns]
        while (beside is None or beside) and (deadline is None or time.monotonic() < deadline):
            beside = self._side_by_side(beside, result, deadline, last, at_most_s)
        turns = sorted(self._in_turns) if ids is None else [i for i in ids if i in self._in_turns]
        if turns and (deadline is None or time.monotonic() < deadline):
            self._take_turns(turns, result)
        self._step += 1
        result.seconds = time.monotonic() - began
        return result

    def _side_by_side(
        self,
        ids: Sequence[str] | None,
        result: SetResult,
        deadline: float | None,
        last: bool,
        at_most_s: float | None = None,
    ) -> list[str]:
        """One session of all sides; returns the ids still to do because the session was lost before them."""
        self._sets += 1
        core = self._cores[self._sets % len(self._cores)] if self._cores else None
        sessions, hellos = self.pool.take(ids)
        self.start_s = max(hello.start_s for hello in hellos)
        self.python = hellos[0].python
        chosen = self._select(hellos, result) if ids is None else list(ids)
        # What uses several cores comes last: by then the next sessions have started, and leave them to it.
        chosen.sort(key=self._taker.on_all_cores.__contains__)
        if len(self._cores) > 1 and not last and not self._taker.on_all_cores.issuperset(chosen):
            self.pool.prepare(chosen, avoid_core=core)
        result.core = core
        with pinned(core):
            for session in sessions:
                session.plan(chosen, core, cores=self._cores)
            ends = [began for began in (deadline, time.monotonic() + at_most_s if at_most_s else None) if began]
            for index, benchmark in enumerate(chosen):
                if ends and time.monotonic() > min(ends) and (index or not at_most_s):
                    break
                try:
                    self._measure(sessions, benchmark, len(chosen), result)
                except SessionLost as lost:
                    result.problems.append(describe_loss(lost, benchmark))
                    self.pool.close(sessions)
                    return chosen[index + 1 :]
        for session in sessions:
            session.quit()  # it tears down while the next are measured
        self.pool.release_core()
        self.pool.close_ended()
        return []

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
        name = benchmark.encode("utf-8", "surrogateescape")
        if self.holds_at_once:
            for session in sessions:
                session.send(b"n", name)
        for session in sessions:
            if not self.holds_at_once:
                session.send(b"n", name)
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
        self.pool.await_teardown()
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
        session = self.pool.start_alone(side, ids, hash_seed=self._step + 1)
        measured: dict[str, list[Round]] = {}
        core = self._cores[self._step % len(self._cores)] if self._cores else None
        try:
            session.hello(self._start_timeout_s)
            session.plan(ids, core, cores=self._cores)
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
            self.pool.close([session], grace_s=TEARDOWN_S)  # gone before the next side takes its port
        return measured
