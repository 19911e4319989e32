"""Which functions take longer by themselves after a commit, from profiled turns of it and of its parent.

Takes a Profile, the counts of both, and by how much the benchmark is known to be slower. Returns the places whose own time
grew beyond what their turns scatter, in seconds as they are without a profiler. Nothing is measured or worded here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.records import EventCosts, OwnTime, Place, Profile, Reach, Turn
from bench_agent.suspects.reached_code import MODULE, Paths, executed, owner_of, split_key

NOTABLE = 0.1  # of the added time: a place that grew by less is not named
UNDISTURBED = 0.02  # of a turn: that much waiting for the core at most
LEAST_UNDISTURBED = 4  # turns; with fewer, all of them count, and scatter
# Chosen with `python tests/calibration/own_time.py` on 200 profiles of a commit beside itself, none of which names a function
# (taken for 5 % slower), and 72 of planted commits of 20 % and more, 64 of which name theirs; two cores, under a load of 5 to 12.
BEST = 6  # the scatter is how far the shortest sixth of the turns, and three of them at least, lie apart
SCATTERS = 2.0  # a change is at least twice the scatter
ONE_WAY = 0.9  # and 90 % of all pairs of turns show it
LAYOUT = 0.03  # and 3 % of the place's own time: where code and data lie in memory is not the commit's doing
# Calls cost something without the profiler too: of its own time, shortened as all calls are without it, a place keeps half.
LEAST_LEFT = 0.5
# In a benchmark's code an event costs 1.6 to 2.7 times what it does in a loop of empty calls (Python 3.8 to 3.13, eight
# planted commits each); what is left over beyond that is the profiler's cost for a line, which 3.10 and 3.11 have.
MOST_FACTOR, MOST_LINE_S = 2.7, 60e-9
ALIKE = 0.15  # sides whose lines and events grew alike by so much: noise of 3 % of a call would be half of it as lines


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnGrowth:
    """Own seconds and calls in one call of the benchmark, before and after."""

    place: Place
    own_s: tuple[float, float]
    calls: tuple[int, int]
    is_rough: bool = False  # almost all that a profiler shows of it now is the profiler's own: it is at least so much

    @property
    def added_s(self) -> float:
        return self.own_s[1] - self.own_s[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChange:
    """grown: named with reason, largest first; shrunk likewise. times: of all places, whether they changed or not."""

    grown: tuple[OwnGrowth, ...]
    shrunk: tuple[OwnGrowth, ...]
    times: Mapping[Place, OwnGrowth]
    added_s: float  # to one call of the benchmark, by its proved ratio

    @property
    def explained(self) -> float:
        """The share of the added time that `grown`, less `shrunk`, makes up, 0 to 1."""
        found = sum(growth.added_s for growth in (*self.grown, *self.shrunk))
        return min(max(found / self.added_s, 0.0), 1.0)


def compare_profiles(profile: Profile, before: Reach | None, after: Reach | None, *, ratio: float) -> OwnChange | None:
    """What takes longer by itself; None without turns. ratio: of the benchmark's time, after / before, above 1.

    A time is the smallest of all turns: what disturbs a turn makes it longer. The profiler's own time is taken off by its
    events, at a price that makes the profiled calls as long as the plain ones; one price for both sides, so that a
    function that does the same is not moved by what others do.
    """
    if not profile.before or not profile.after or ratio <= 1:
        return None
    lines = [{key: work.lines for key, work in executed(reach).items()} for reach in (before, after)]
    known = {place.function for turn in profile.after for place in turn.places} | lines[1].keys()
    names = Paths(split_key(key)[0] for key in known)
    sides = [_Side(turns, own, names) for turns, own in zip((profile.before, profile.after), lines, strict=True)]
    costs = _typical([turn.costs for turn in (*profile.before, *profile.after)])
    for side in sides:
        side.cost_events(costs)
    prices = _find_prices(sides)
    times: dict[Place, OwnGrowth] = {}
    grown: list[OwnGrowth] = []
    shrunk: list[OwnGrowth] = []
    added_s = sides[0].plain_s * (ratio - 1)
    for place in sides[0].smallest.keys() | sides[1].smallest.keys():
        least = [side.least_own(place, prices) for side in sides]
        left = [side.own_left(place, prices) for side in sides]
        growth = OwnGrowth(
            place=place,
            own_s=(max(left[0], least[0]), max(left[1], least[1])),
            calls=(sides[0].calls(place), sides[1].calls(place)),
            is_rough=left[1] < least[1],
        )
        times[place] = growth
        if abs(growth.added_s) >= NOTABLE * added_s and _is_beyond_scatter(sides[0], sides[1], place):
            (grown if growth.added_s > 0 else shrunk).append(growth)
    return OwnChange(
        grown=tuple(sorted(grown, key=lambda g: -g.added_s)),
        shrunk=tuple(sorted(shrunk, key=lambda g: g.added_s)),
        times=times,
        added_s=added_s,
    )


class _Side:
    """The turns of one version, summed up by place; comprehensions and lambdas belong to the function around them."""

    def __init__(self, turns: Sequence[Turn], lines: Mapping[str, int], names: Paths) -> None:
        quiet = [turn for turn in turns if turn.delay_s <= UNDISTURBED * turn.profiled_s]
        used = quiet if len(quiet) >= LEAST_UNDISTURBED else turns
        self._turns = [_merged(turn.places, names) for turn in used]
        self._lines = {_renamed(key, names): count for key, count in lines.items()}
        self.plain_s = min(turn.plain_s for turn in turns)
        self.smallest: dict[Place, float] = {}
        self._work: dict[Place, OwnTime] = {}
        for places in self._turns:
            for place, time in places.items():
                self._work.setdefault(place, time)
                self.smallest[place] = min(time.own_s, self.smallest.get(place, time.own_s))
        self._events: dict[Place, float] = {}

    def cost_events(self, costs: EventCosts) -> None:
        for place, work in self._work.items():
            called = costs.built_in if place.built_in else costs.function
            self._events[place] = (
                work.calls * called
                + work.function_calls * costs.function_caller
                + work.built_in_calls * costs.built_in_caller
            )

    def own_left(self, place: Place, prices: "_Prices") -> float:
        """The own time less what the profiler is taken to have added."""
        lines = 0 if place.built_in else self._lines.get(place.function, 0)
        added = prices.factor * self._events.get(place, 0.0) + prices.line_s * lines
        return self.smallest.get(place, 0.0) - added

    def least_own(self, place: Place, prices: "_Prices") -> float:
        return LEAST_LEFT * self.smallest.get(place, 0.0) / prices.longer

    @property
    def excess_s(self) -> float:
        """What a call takes longer under the profiler, where the profiler sees it."""
        return sum(self.smallest.values()) - self.plain_s

    @property
    def events_s(self) -> float:
        return sum(self._events.values())

    @property
    def lines(self) -> int:
        return sum(self._lines.get(place.function, 0) for place in self._work if not place.built_in)

    def calls(self, place: Place) -> int:
        return round(self._work[place].calls) if place in self._work else 0

    def shown(self, place: Place) -> list[float]:
        """Own times with the profiler's part, shortest first; 0.0 where it is not called."""
        return sorted(places[place].own_s if place in places else 0.0 for places in self._turns)


def _is_beyond_scatter(before: _Side, after: _Side, place: Place) -> bool:
    """Both with the profiler's part: where that differs there are other calls, and those are exact."""
    one, other = before.shown(place), after.shown(place)
    if min(len(one), len(other)) < LEAST_UNDISTURBED:
        return False
    change = abs(other[0] - one[0])
    scatter = max(times[max(len(times) // BEST, 2)] - times[0] for times in (one, other))
    low, high = (one, other) if other[0] > one[0] else (other, one)
    one_way = sum(a < b for a in low for b in high) / (len(low) * len(high))
    return change >= max(SCATTERS * scatter, LAYOUT * one[0]) and one_way >= ONE_WAY


@dataclass(frozen=True, slots=True)
class _Prices:
    """What the profiler took from both sides alike."""

    factor: float  # of an event's cost in a loop of empty calls
    line_s: float
    longer: float  # all calls under it, in their plain time


def _find_prices(sides: Sequence[_Side]) -> _Prices:
    """The price of a line by what one side took longer than the other, where their lines grew otherwise than their events."""
    plain = sum(side.plain_s for side in sides)
    excess = max(sum(side.excess_s for side in sides), 0.0)
    events, lines = sum(side.events_s for side in sides), sum(side.lines for side in sides)
    line_s = _line_price(*sides)
    factor = min(max(excess - line_s * lines, 0.0) / events, MOST_FACTOR) if events else 0.0
    left = max(excess - factor * events, 0.0)
    return _Prices(factor, min(left / lines, MOST_LINE_S) if lines else 0.0, 1.0 + excess / plain)


def _line_price(before: _Side, after: _Side) -> float:
    """Of the two equations `excess = factor * events + price * lines`; 0.0 where the sides are too alike to tell."""
    one, other = before.events_s * after.lines, after.events_s * before.lines
    if abs(one - other) <= ALIKE * (one + other):
        return 0.0
    price = (before.events_s * after.excess_s - after.events_s * before.excess_s) / (one - other)
    return min(max(price, 0.0), MOST_LINE_S)


def _typical(costs: Sequence[EventCosts]) -> EventCosts:
    return sorted(costs, key=lambda c: c.function + c.function_caller + c.built_in + c.built_in_caller)[len(costs) // 2]


def _merged(places: Mapping[Place, OwnTime], names: Paths) -> dict[Place, OwnTime]:
    merged: dict[Place, OwnTime] = {}
    for place, time in places.items():
        owner = owner_of(place.function) if place.function else ""
        own = Place(_renamed(owner, names), place.built_in)
        old = merged.get(own, OwnTime(0.0, 0.0))
        merged[own] = OwnTime(
            old.calls + time.calls,
            old.own_s + time.own_s,
            old.function_calls + time.function_calls,
            old.built_in_calls + time.built_in_calls,
        )
    return merged


def _renamed(key: str, names: Paths) -> str:
    """The key as the newer version has it, where only the file moved."""
    path, qualname = split_key(key)
    return f"{names.find(path) or path}::{qualname or MODULE}" if key else ""
