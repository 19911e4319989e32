"""Whose own time grew, from turns as a profiler gives them."""

import pytest

from bench_agent.bisection.own_time import compare_profiles
from bench_agent.records import EventCosts, OwnTime, Place, Profile, Reach, Turn

FREE = EventCosts(function=0.0, function_caller=0.0, built_in=0.0, built_in_caller=0.0)
COSTLY = EventCosts(function=1e-6, function_caller=2e-6, built_in=1e-6, built_in_caller=2e-6)
SCATTER = (1.004, 1.0, 1.002, 1.003, 1.001, 1.006)
WORK, SORTED = Place("a.py::work"), Place("a.py::work", "sorted")


def turns(
    places: dict[Place, OwnTime],
    *,
    plain_s: float,
    delays: tuple[float, ...] = (),
    is_told: bool = True,
    costs: EventCosts = FREE,
):
    """Turns that scatter by some thousandths; where a turn had to wait for the core, all seems to take longer, and it is told."""
    found = []
    for number, factor in enumerate(SCATTER):
        delay = delays[number] if number < len(delays) else 0.0
        shown = {
            place: OwnTime(time.calls, time.own_s * factor + delay, time.function_calls, time.built_in_calls)
            for place, time in places.items()
        }
        profiled_s = sum(time.own_s for time in shown.values())
        found.append(
            Turn(
                plain_s=plain_s * factor,
                profiled_s=profiled_s,
                delay_s=delay if is_told else 0.0,
                places=shown,
                costs=costs,
            )
        )
    return tuple(found)


def named(change: object) -> list[Place]:
    return [growth.place for growth in change.grown]  # type: ignore[attr-defined]


def test_a_built_in_that_takes_longer_is_named_with_its_caller_and_its_time() -> None:
    before = turns({WORK: OwnTime(1, 1e-3), SORTED: OwnTime(1, 2e-3)}, plain_s=3e-3)
    after = turns({WORK: OwnTime(1, 1e-3), SORTED: OwnTime(1, 4e-3)}, plain_s=5e-3)
    change = compare_profiles(Profile(before=before, after=after), None, None, ratio=5 / 3)
    assert change is not None
    (growth,) = change.grown
    assert growth.place == SORTED
    assert growth.own_s == pytest.approx((2e-3, 4e-3))
    assert growth.calls == (1, 1)
    assert change.explained == pytest.approx(1.0)


def test_nothing_is_named_for_less_than_its_turns_scatter_or_than_is_worth_saying() -> None:
    before = turns({WORK: OwnTime(1, 1e-3), SORTED: OwnTime(1, 2e-3)}, plain_s=3e-3)
    scattered = turns({WORK: OwnTime(1, 1e-3), SORTED: OwnTime(1, 2.012e-3)}, plain_s=3e-3)
    change = compare_profiles(Profile(before=before, after=scattered), None, None, ratio=1.003)
    assert change is not None
    assert named(change) == []
    assert change.explained == 0.0
    layout, more = (
        compare_profiles(
            Profile(before=before, after=turns({WORK: OwnTime(1, own)}, plain_s=3e-3)), None, None, ratio=1.003
        )
        for own in (1.02e-3, 1.05e-3)
    )
    assert layout is not None
    assert more is not None
    assert (named(layout), named(more)) == ([], [WORK])
    slight = turns({WORK: OwnTime(1, 1.1e-3), SORTED: OwnTime(1, 8e-3)}, plain_s=9e-3)
    change = compare_profiles(Profile(before=before, after=slight), None, None, ratio=3)
    assert change is not None
    assert named(change) == [SORTED]


def test_turns_that_had_to_wait_for_the_core_do_not_count() -> None:
    before = turns({WORK: OwnTime(1, 1e-3)}, plain_s=1e-3, delays=(5e-3, 5e-3))
    after = turns({WORK: OwnTime(1, 1.5e-3)}, plain_s=1.5e-3)
    change = compare_profiles(Profile(before=before, after=after), None, None, ratio=1.5)
    assert change is not None
    assert named(change) == [WORK]
    untold = turns({WORK: OwnTime(1, 1e-3)}, plain_s=1e-3, delays=(5e-3, 5e-3), is_told=False)
    change = compare_profiles(Profile(before=untold, after=after), None, None, ratio=1.5)
    assert change is not None
    assert named(change) == []  # a third of the turns were slower before
    waited = turns({WORK: OwnTime(1, 1e-3)}, plain_s=1e-3, delays=(1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3))
    change = compare_profiles(Profile(before=before, after=waited), None, None, ratio=1.5)
    assert change is not None
    assert named(change) == []  # where all had to wait, they scatter


def test_what_the_profiler_adds_to_calls_is_taken_off_both_sides_at_one_price() -> None:
    """100 calls cost 1 + 2 us each under it: the true times are 1.0 ms and 0.2 ms, and 1.0 ms of work is added elsewhere."""
    leaf, new = Place("a.py::leaf"), Place("a.py::new")
    shown = {WORK: OwnTime(1, 1e-3 + 201e-6, 100), leaf: OwnTime(100, 2e-4 + 1e-4)}
    before = turns(shown, plain_s=1.2e-3, costs=COSTLY)
    after = turns({**shown, new: OwnTime(1, 1e-3 + 1e-6)}, plain_s=2.2e-3, costs=COSTLY)
    change = compare_profiles(Profile(before=before, after=after), None, None, ratio=2.2 / 1.2)
    assert change is not None
    assert named(change) == [new]
    assert change.times[WORK].own_s == pytest.approx((1e-3, 1e-3), rel=0.02)
    assert change.times[leaf].own_s == pytest.approx((2e-4, 2e-4), rel=0.02)
    assert change.grown[0].own_s == pytest.approx((0.0, 1e-3), rel=0.02)


def test_what_the_profiler_adds_to_lines_is_taken_off_where_calls_do_not_explain_it() -> None:
    reaches = [Reach(functions={"a.py::work": 1}, lines={"a.py::work": n}, complete=True) for n in (10_000, 20_000)]
    before = turns({WORK: OwnTime(1, 6e-4)}, plain_s=4e-4)
    after = turns({WORK: OwnTime(1, 1.2e-3)}, plain_s=8e-4)
    change = compare_profiles(Profile(before=before, after=after), *reaches, ratio=2)
    assert change is not None
    assert change.grown[0].own_s == pytest.approx((4e-4, 8e-4), rel=0.02)


def test_comprehensions_belong_to_the_function_around_them_and_files_that_moved_are_the_same() -> None:
    inner = Place("src/pkg/a.py::work.<locals>.<listcomp>")
    before = turns({Place("pkg/a.py::work"): OwnTime(1, 1e-3)}, plain_s=1e-3)
    after = turns({Place("src/pkg/a.py::work"): OwnTime(1, 1e-3), inner: OwnTime(1, 1e-3)}, plain_s=2e-3)
    change = compare_profiles(Profile(before=before, after=after), None, None, ratio=2)
    assert change is not None
    (growth,) = change.grown
    assert growth.place == Place("src/pkg/a.py::work")
    assert growth.own_s == pytest.approx((1e-3, 2e-3))


def test_what_takes_less_is_told_and_is_not_counted_as_added() -> None:
    before = turns({WORK: OwnTime(1, 4e-3)}, plain_s=4e-3)
    after = turns({WORK: OwnTime(1, 3e-3), SORTED: OwnTime(1, 2e-3)}, plain_s=5e-3)
    change = compare_profiles(Profile(before=before, after=after), None, None, ratio=1.5)
    assert change is not None
    assert [growth.place for growth in change.shrunk] == [WORK]
    assert change.explained == pytest.approx(0.5)


def test_a_call_costs_something_without_the_profiler_too() -> None:
    busy = {WORK: OwnTime(1, 1e-3, 100), Place("a.py::leaf"): OwnTime(100, 5e-5)}  # less than 100 empty calls show
    some = turns(busy, plain_s=7e-4, costs=COSTLY)
    change = compare_profiles(Profile(before=some, after=some), None, None, ratio=1.5)
    assert change is not None
    assert min(growth.own_s[0] for growth in change.times.values()) > 1e-5
    assert {growth.place for growth in change.times.values() if growth.is_rough} == {Place("a.py::leaf")}


def test_without_turns_or_without_a_slowdown_there_is_nothing_to_say() -> None:
    some = turns({WORK: OwnTime(1, 1e-3)}, plain_s=1e-3)
    assert compare_profiles(Profile(problem="too long"), None, None, ratio=2) is None
    assert compare_profiles(Profile(before=some, after=some), None, None, ratio=0.9) is None


def test_lines_that_the_profiler_makes_longer_are_not_taken_for_the_functions_own_time() -> None:
    """A loop of 10,000 more lines, each 20 ns longer under the profiler; events cost as much as in an empty loop."""
    line_s = 20e-9

    def side(own_s: float, lines: int):
        shown = own_s + 2e-6 * 50 + line_s * lines
        work = OwnTime(1, shown, 0, 50)
        built_in = OwnTime(50, 50 * 2e-6 + 50 * 1e-6)
        places = {WORK: work, SORTED: built_in}
        reach = Reach(functions={"a.py::work": 1}, lines={"a.py::work": lines}, files=("a.py",), complete=True)
        return turns(places, plain_s=own_s + 50 * 2e-6, costs=COSTLY), reach

    (before, one), (after, other) = side(200e-6, 600), side(300e-6, 10_600)
    change = compare_profiles(Profile(before=before, after=after), one, other, ratio=4 / 3)
    assert change is not None
    (growth,) = change.grown
    assert growth.place == WORK
    assert growth.added_s == pytest.approx(100e-6, rel=0.05), "200 us of lines are the profiler's"
    assert change.explained == pytest.approx(1.0, abs=0.05)
