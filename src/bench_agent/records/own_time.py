"""Where the time of a benchmark goes, by the profiler, at a commit and at its parent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """Where time goes: a function ("path::qualname", as in `Reach`), or a built-in called by it."""

    function: str  # "" where the benchmark calls the built-in itself
    built_in: str = ""  # "sorted", "str.join", "time.sleep"; "" for the function's own code


@dataclass(frozen=True, slots=True)
class OwnTime:
    calls: float
    own_s: float
    function_calls: float = 0.0  # that it makes; what the profiler adds to it depends on them
    built_in_calls: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCosts:
    """Seconds the profiler adds for one call, measured on empty calls: to the called and to its caller."""

    function: float
    function_caller: float
    built_in: float
    built_in_caller: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    plain_s: float  # as many calls right before, without the profiler
    profiled_s: float
    delay_s: float  # of that, ready to run, but others had the core
    places: Mapping[Place, OwnTime]
    costs: EventCosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Turns of a commit and its parent beside each other, in pairs; none where `problem` says why."""

    before: tuple[Turn, ...] = field(default=())
    after: tuple[Turn, ...] = field(default=())
    problem: str = ""
