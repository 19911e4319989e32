"""One version that is measured in turns with others: where it is, how it is started, what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.errors import MeasureError

NO_START = "the suite does not start on"  # begins the message of a side whose pytest ended before it had collected


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version that is measured in turns with others. The first is the base that the others are compared with."""

    label: str  # what people call it: "base", "head", a short sha
    root: Path  # where pytest runs: the tree, or the project's folder inside it
    tree: Path | None = None  # the measured code must come from under here; None: root
    python: tuple[str, ...] = ("python",)  # command of the suite's interpreter
    under: tuple[str, ...] = ()  # what runs pytest in it; none: -m pytest
    not_from: Path | None = None  # the checkout the tree was made from: code from there is the wrong copy
    path: tuple[Path, ...] = ()  # folders of the tree that packages are imported from, beside its root and src
    cwd: Path | None = None  # where pytest is started; None: root
    options: tuple[str, ...] = ()  # of pytest
    environment: Mapping[str, str] | None = field(default=None, repr=False)  # None: that of the measurement
    env: Mapping[str, str] = field(default_factory=dict)  # set for this side only
    plant: Mapping[str, float] = field(default_factory=dict)  # benchmark -> units of extra work an iteration
    compiled: tuple[str, ...] = ()  # modules of the project that must be extension modules, as they were in the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a side found when it had collected."""

    ids: tuple[str, ...]
    errors: tuple[str, ...]  # collection errors, one line each
    python: str
    modules: int  # imported from the tree
    start_s: float


@dataclass(frozen=True, slots=True)
class Round:
    wall_s: float
    cpu_s: float  # of all threads, and of child processes that ended in it
    delay_s: float = 0.0  # of the wall time: ready to run, but others had the core
    beside_s: float = 0.0  # of the CPU time: that of other threads, and of child processes


class SideError(MeasureError):
    """One side can't be measured at all: it does not start, or it runs the wrong copy of the code."""

    def __init__(self, side: Side, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.side = side

    @property
    def no_start(self) -> bool:
        """Whether its pytest ended before anything was collected, as with a conftest that can't be imported."""
        return self.message.startswith(NO_START)
