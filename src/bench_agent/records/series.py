"""One benchmark over runs, and what it is held against: its series, its target, the level somebody accepted."""

from dataclasses import dataclass

from bench_agent.records.runs import Run, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run's value of one metric, with where it came from."""

    run_id: str
    at: str
    sha: str | None
    value: float
    dirty: bool = False  # with uncommitted changes: other code than that of the commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One benchmark's metric over runs that may be compared, oldest first: same machine class, interpreter and body.

    epoch_notes say what was left out and why ("3 older runs: other machine").
    """

    id: str  # as of Sample
    name: str  # what people call it
    metric: str  # a Sample field without its unit: "median", "min", "mean", "p95"
    points: tuple[Point, ...] = ()
    figure: str = ""  # of its samples: what the values are where they are no medians
    epoch_notes: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(p.value for p in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A level somebody accepted, with the reason: compare from here on, not with what was before."""

    median_s: float
    commit: str | None = None
    date: str | None = None
    because: str = ""
    call_peak_bytes: float | None = None  # what one call held then; None where it was not traced
    call_left_bytes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the baseline file says of one benchmark (or of a whole group: `name` is then the group)."""

    name: str
    p95_s: float | None = None
    max_regression: float | None = None  # 0.2 is 20 %; None: the configured threshold
    accepted: Accepted | None = None
    peak_bytes: float | None = None  # the most that one call may hold
    max_memory_regression: float | None = None  # as max_regression, of the memory one call holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One benchmark's sample together with the run it belongs to."""

    run: Run
    sample: Sample
