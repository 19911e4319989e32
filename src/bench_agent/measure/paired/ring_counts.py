"""What one iteration of each benchmark executes on two sides, counted exactly and in the same way on both.

Comes in: two sides and benchmark ids. Goes out: per benchmark the counts of both. A difference is proof that the work changed;
equality proves nothing. What is made of either is decided elsewhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bench_agent.measure.paired.interleave import Ring, Step
from bench_agent.measure.paired.session import Side, Worker
from bench_agent.records import reach_from
from bench_agent.results.comparison import CountedWork

COUNT_S = 1.0  # for one counted call; what takes longer is not known
PATIENCE_S = 10.0  # for the three calls that counting makes; what takes longer is left to the ring


def count_sides(
    base: Side, head: Side, *, node_ids: Sequence[str], arguments: Sequence[str] = (), env: Mapping[str, str]
) -> dict[str, CountedWork]:
    """The counts of those benchmarks that both sides have, whose calls are short, and that execute the same at each call.

    One session of each side, with the same hash seed: about 1 s and three calls a benchmark. Raises MeasureError when a
    side can't be collected or runs the wrong copy of the code.
    """
    with _CountingRing((base, head), node_ids=node_ids, arguments=arguments, env=env, patience_s=PATIENCE_S) as ring:
        ring.step(last=True)
        return ring.counted


class _CountingRing(Ring):
    """A ring that has what it holds counted instead of timed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.counted: dict[str, CountedWork] = {}

    def _measure(self, workers: Sequence[Worker], benchmark: str, active: int, result: Step) -> None:
        if not self._hold(workers, benchmark, result):
            return
        found = [worker.count(COUNT_S, self._patience_s) for worker in workers]
        outcomes = {worker.done(self._patience_s)["outcome"] for worker in workers}
        counts = [reach_from(f["functions"], complete=f["complete"]) for f in found if f is not None and f["repeats"]]
        if len(counts) == len(workers) and outcomes == {"passed"}:
            self.counted[benchmark] = CountedWork(base=counts[0], head=counts[1])

    def _take_turns(self, ids: Sequence[str], result: Step) -> None:
        """What can't live side by side is not counted."""
