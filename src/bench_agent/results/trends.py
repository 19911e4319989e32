"""The published trends: the runs of each benchmark, which way they go, and where their level changed for good."""

from dataclasses import dataclass
from typing import Literal

TRENDS_SCHEMA = "bench-agent/trends/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A lasting change of level in a series; `run` and `sha` are of the first run of the new level."""

    run: str
    sha: str | None
    ratio: float  # after / before
    before: float
    after: float
    runs: int  # on the new level
    at: str | None = None  # when that run began
    previous_sha: str | None = None  # of the last run on the level before
    commits: int | None = None  # since that one; None where git does not know both
    subject: str | None = None  # of the commit of the first run
    touches_code: bool | None = None  # whether any of these commits does: documentation and tooling are no cause
    benchmarks: int = 1  # that changed their level there, in the same direction; this one among them


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStep:
    """The first run from which one call holds more or less than in the runs before."""

    run: str
    sha: str | None
    before_bytes: float
    after_bytes: float
    runs: int  # that hold so much; 1: only the newest does
    at: str | None = None  # when that run began
    previous_sha: str | None = None  # of the last run that held what it did before
    subject: str | None = None  # of the commit of the first run


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTrend:
    """What one call of a benchmark held over the stored runs that traced it."""

    held_bytes: tuple[int, ...]  # at the peak, of each traced run, oldest first
    steps: tuple[MemoryStep, ...] = ()  # oldest first
    left_bytes: float = 0.0  # that each call leaves behind, in the newest of these runs
    leaks_since: str | None = None  # the commit of the first of the newest runs that all leave something behind
    note: str | None = None  # why no steps are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The last runs of one benchmark, oldest first, the current one last."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    metric: str
    # unclear: chance makes such runs too, and they leave room for a change that matters. unknown: too few runs.
    direction: Literal["improving", "degrading", "stable", "unclear", "unknown"]
    text: str = ""  # the change in words; empty where none is called
    shape: Literal["slope", "step"] | None = None  # of what improves or degrades; a step's run is the last of `changes`
    change: float | None = None  # over a slope's runs, or of the level: 0.12 is +12 %; None where no trend is called
    velocity_s: float | None = None  # seconds a run, of a slope
    interval: tuple[float, float] | None = None  # of the change that a line through the runs may have, 95 %
    p_value: float | None = None  # how often chance puts unchanged runs into such an order (Mann-Kendall)
    runs: int = 0  # that the direction is about; runs of one commit are one
    values: tuple[float, ...] = ()  # of all comparable runs, oldest first
    shas: tuple[str | None, ...] = ()
    dates: tuple[str, ...] = ()  # the days of these runs
    changes: tuple[LevelChange, ...] = ()  # lasting changes of level in the whole series, oldest first
    target_s: float | None = None
    concern: str | None = None
    note: str | None = None  # what was left out, or why there is no trend
    was: str | None = None  # the other benchmark that it was before: in another file, or with another body
    memory: MemoryTrend | None = None  # where any of the runs was traced; left out of reports of a run


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """What `bench-agent trend --json` prints."""

    schema: str = TRENDS_SCHEMA
    trends: tuple[Trend, ...]  # those that change most first
    omitted: int = 0  # how many were cut to fit
