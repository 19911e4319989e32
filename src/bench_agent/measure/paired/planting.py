"""How long a benchmark's iteration takes in units of planted work, so that a known share of it can be added to one side.

Takes a side and benchmark ids, returns each benchmark's time and units. The work is `spin` of the probe: the same for the same
number of units, in every session; it is added inside the clock, after a round's iterations.
"""

import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench_agent.measure.paired.interleave import Ring, SetResult
from bench_agent.measure.paired.session import Session
from bench_agent.measure.paired.side import Round, Side
from bench_agent.measure.paired.timing import cpu_use
from bench_agent.records import Problem
from bench_agent.results.comparison import MIN_CPU_USE

FIRST_UNITS = 20_000  # about half a millisecond, to see how fast the machine is
SHARE_S = 0.3  # for one benchmark
FEWEST, MOST = 3, 24  # neighbouring rounds of both


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedWork:
    """One iteration of a benchmark: its time, and how much planted work takes as long.

    cost_s: wall seconds of weighing it, which is about what one pair of sessions takes for it.
    """

    seconds: float
    units: float
    cost_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What one session told. start_s: wall seconds until the suite was collected."""

    work: dict[str, PlantedWork]
    problems: tuple[Problem, ...]
    start_s: float


def weigh(
    side: Side, *, node_ids: Sequence[str], arguments: Sequence[str] = (), env: Mapping[str, str], budget_s: float
) -> Weighed:
    """The benchmarks' work, and why others have none. One session, SHARE_S a benchmark.

    budget_s: for everything; calls too long for it are a problem. Raises as `Ring.step`.
    """
    with _WeighingRing((side,), node_ids=node_ids, arguments=arguments, env=env, budget_s=budget_s) as ring:
        step = ring.step(deadline=time.monotonic() + budget_s, last=True)
        return Weighed(work=ring.work, problems=tuple(step.problems), start_s=ring.start_s)


class _WeighingRing(Ring):
    """One side alone, in which the benchmark and the planted work take turns."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.work: dict[str, PlantedWork] = {}

    def _measure(self, sessions: Sequence[Session], benchmark: str, active: int, result: SetResult) -> None:
        began = time.monotonic()
        if not self._hold(sessions, benchmark, result):
            return
        taken = self._taker.take(sessions, benchmark, active=active, start_s=0.0)
        (session,) = sessions
        found = self._weigh(session, taken.iterations) if taken.turns else None
        if self._is_good(sessions, benchmark, taken, result) and found is not None:
            self.work[benchmark] = replace(found, cost_s=time.monotonic() - began)

    def _weigh(self, session: Session, iterations: int) -> PlantedWork | None:
        own, spun = self._pair(session, iterations, FIRST_UNITS)
        if own is None or spun is None:
            return None
        units = max(round(FIRST_UNITS * own.wall_s / spun.wall_s), 100)
        pairs: list[tuple[Round, Round]] = []
        end = time.monotonic() + SHARE_S
        while len(pairs) < FEWEST or (len(pairs) < MOST and time.monotonic() < end):
            own, spun = self._pair(session, iterations, units)
            if own is None or spun is None:
                return None
            pairs.append((own, spun))
        computes = cpu_use([own for own, _ in pairs]) >= MIN_CPU_USE
        times = [(own.cpu_s, spun.cpu_s) if computes else (own.wall_s, spun.wall_s) for own, spun in pairs]
        if any(a <= 0 or b <= 0 for a, b in times):
            return None
        ratio = math.exp(statistics.median(math.log(a / b) for a, b in times))
        seconds = statistics.median(a for a, _ in times) / iterations
        return PlantedWork(seconds=seconds, units=ratio * units / iterations)

    def _pair(self, session: Session, iterations: int, units: int) -> tuple[Round | None, Round | None]:
        own = session.round(iterations, self._patience_s)
        return own, session.spin(units, self._patience_s) if own is not None else None
