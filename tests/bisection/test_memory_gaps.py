"""Where memory grows between traced versions, and which versions come next."""

from bench_agent.bisection.memory_gaps import Gap, gaps_of, largest_gap, positions_inside


def test_the_neighbours_that_gain_most_come_first_and_what_falls_is_no_gap() -> None:
    values = {0: 10.0, 4: 50.0, 6: 30.0, 9: 130.0}
    assert gaps_of(values, least=10.0) == [Gap(low=6, high=9, grown=100.0), Gap(low=0, high=4, grown=40.0)]
    assert gaps_of(values, least=60.0) == [Gap(low=6, high=9, grown=100.0)]


def test_equal_values_are_no_gap_even_where_nothing_is_the_least() -> None:
    assert gaps_of({0: 5.0, 1: 5.0}, least=0.0) == []
    assert gaps_of({0: 5.0}, least=0.0) == []
    assert gaps_of({}, least=0.0) == []


def test_a_single_step_is_not_narrowed_and_the_next_largest_is() -> None:
    values = {0: 0.0, 1: 100.0, 5: 150.0}
    assert largest_gap(values, (), least=10.0) == Gap(low=1, high=5, grown=50.0)
    assert largest_gap(values, {2, 3, 4}, least=10.0) is None, "nothing inside can be traced"


def test_positions_part_what_can_be_traced_evenly() -> None:
    assert positions_inside(Gap(low=0, high=9, grown=1.0), (), 2) == [3, 6]
    assert positions_inside(Gap(low=0, high=9, grown=1.0), {3, 4, 5}, 1) == [6]
    assert positions_inside(Gap(low=3, high=5, grown=1.0), (), 2) == [4]
    assert positions_inside(Gap(low=3, high=4, grown=1.0), (), 2) == []
