"""How benchmarks developed over all stored runs, ready to be drawn: what the pages, their charts and their lists are made of.

Frozen values, not published: the trends among them are (`results/trends.py`). Times are seconds, sizes bytes.
"""

from dataclasses import dataclass

from bench_agent.results.trends import Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRun:
    """A stored run as a place on an axis."""

    run: str
    at: str  # ISO 8601, UTC
    sha: str | None = None
    subject: str = ""  # of the commit; "" where git does not know it
    dirty: bool = False  # with uncommitted changes: other code than that of the commit


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedLevel:
    """A level that somebody accepted. since: index of the first run after that day, None where the day is not known."""

    value_s: float
    since: int | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One benchmark over the runs that may be compared with its newest one. Runs are places in `Courses.runs`, oldest first."""

    trend: Trend
    runs: tuple[int, ...] = ()  # one for each of the trend's values
    low_s: tuple[float | None, ...] = ()  # the fastest round of each run; None where the file has no rounds
    high_s: tuple[float | None, ...] = ()  # its 95th percentile, the slowest round where there are fewer than 20
    accepted: AcceptedLevel | None = None
    group: str = ""
    rounds: int = 0  # of the newest run, as all that follows
    quantiles_s: tuple[float, ...] = ()  # evenly spaced order statistics of the rounds, ascending
    peak_bytes: int | None = None
    mean_bytes: int | None = None
    memory_bytes: tuple[int | None, ...] = ()  # of each run; None where it is not known
    is_of_call: bool = False  # `memory_bytes` is what one call holds at its peak, traced; else the whole process
    is_current: bool = True  # the newest stored run has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """commit_url: what a sha is put behind to see the commit, always https; "" where there is no such page."""

    runs: tuple[DrawnRun, ...] = ()
    courses: tuple[Course, ...] = ()
    commit_url: str = ""
    project: str = ""
    warnings: tuple[str, ...] = ()
