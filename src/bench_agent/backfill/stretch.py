"""A stretch of history that is measured in one way against one anchor, and what is wanted of it. Pure values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.bisection.lineage import Line
from bench_agent.records import Conditions

NEWEST = Conditions()
SPREAD_OUT = 24  # commits that are looked at first: about as many as a chart can show; more of a very long line:
# One of so many positions: in a gap of many commits several changes hide each other. tests/calibration/backfill_simulation.py.
PER_LOOK, MOST_SPREAD_OUT = 20, 250
GAP, FEWEST_SPREAD = 8, 6  # commits between two of the first look at least, in a range long enough for so many looks
SETS = 4  # of the first look at all; what seems to change in it is looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is looked for, and how much at once."""

    resolution: float = math.log(1.03)  # log units: smaller changes are not looked for
    spread_out: int = SPREAD_OUT  # steps of the first look at a long line
    sets: int = SETS
    task_s: float = 120.0  # the longest one task may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Commits on one line, measured under the same conditions against the same anchor."""

    repository: str
    line: Line
    anchor: str  # sha
    benchmarks: tuple[str, ...]  # of one process of the suite
    survey: tuple[int, ...]  # positions that are looked at first, ascending, both ends among them
    conditions: Conditions = NEWEST
    merge: str = ""  # the merge whose branch this is; "": the line of first parents itself

    @property
    def files(self) -> str:
        """The commit whose benchmark files all have; "": each has its own."""
        return self.conditions.files_from

    def sha(self, position: int) -> str:
        return self.line.versions[position].sha

    def shas(self, positions: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.sha(position) for position in positions)


def spread_for(last: int, wish: Wish | None = None) -> int:
    """Steps of the first look at a line of so many positions."""
    most = max((wish or Wish()).spread_out, min(last // PER_LOOK, MOST_SPREAD_OUT))
    return min(max(last // GAP, FEWEST_SPREAD), most)


def spread_positions(last: int, count: int, wanted: Sequence[int] = ()) -> tuple[int, ...]:
    """Positions 0 to last, about `count` steps evenly spread, both ends, and those that are wanted in any case."""
    steps = min(max(count, 1), last)
    even = [round(last * step / steps) for step in range(steps + 1)] if last else [0]
    return tuple(sorted({*even, *(p for p in wanted if 0 <= p <= last)}))
