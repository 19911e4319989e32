"""How steadily this machine does the same work, right now. Burns a core for a part of a second; touches nothing else."""

import time
from dataclasses import dataclass

from bench_agent.stats.round_summary import quantile

SECONDS = 0.6  # a few hundred rounds: the quartiles of fewer move by more than what they are to show
_TURNS = 10_000  # of the loop in a round: half a millisecond to one, as the rounds of a short benchmark


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """spread: interquartile range / median of the rounds' wall time. lost: the share of it in which we did not run."""

    rounds: int
    spread: float
    lost: float


def measure_steadiness(seconds: float = SECONDS) -> Steadiness:
    """Repeats the same arithmetic for that many seconds: how much its time varied."""
    rounds: list[float] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    now = began
    while now - began < seconds or len(rounds) < 8:
        total = 0
        for turn in range(_TURNS):
            total += turn & 7
        before, now = now, time.perf_counter()
        rounds.append(now - before)
    wall, cpu = now - began, time.process_time() - cpu_began
    ordered = sorted(rounds)
    spread = (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / quantile(ordered, 0.5)
    return Steadiness(rounds=len(rounds), spread=spread, lost=min(max(1 - cpu / wall, 0.0), 1.0))
