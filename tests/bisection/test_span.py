"""Positions on the line, and what they stand for where some can't be measured."""

from bench_agent.bisection.span import Group, Span, group_at, measurable, prior_of


def test_a_position_stands_for_the_skipped_ones_before_it() -> None:
    span, skipped = Span(low=0, high=6), frozenset({2, 3})
    assert measurable(span, skipped) == [1, 4, 5, 6]
    assert group_at(4, span, skipped) == Group(parent=1, members=(2, 3, 4))
    assert group_at(1, span, skipped) == Group(parent=0, members=(1,))
    prior = prior_of([1.0] * 6, span, skipped)
    assert [round(p, 3) for p in prior] == [0.167, 0.5, 0.167, 0.167]
