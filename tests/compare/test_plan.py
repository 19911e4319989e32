"""What `run` measures again, and against which commit, for each state of history and repository."""

from dataclasses import replace

import pytest

from bench_agent.compare.base import Base
from bench_agent.compare.plan import NOTHING, Looks, plan_counts, plan_first_run, plan_from_history, plan_without
from bench_agent.records import Head

OLD, NEW, OTHER = ("a" * 40, "b" * 40, "c" * 40)
AT = Head(sha=NEW)
GOOD, GOOD_DIRTY, ELSEWHERE, NOWHERE = Head(sha=OLD), Head(sha=OLD, dirty=("x.py",)), Head(sha=OTHER), Head()


def slow(id: str, ratio: float, good: Head | None = GOOD) -> Looks:
    return Looks(id=id, ratio=ratio, slower=True, good=good)


def moved(id: str, ratio: float = 1.5, good: Head | None = GOOD, *, more_work: bool = False) -> Looks:
    return Looks(id=id, ratio=ratio, together=True, good=good, more_work=more_work)


def earlier(look: Looks, *shas: str) -> Looks:
    return replace(look, earlier=shas)


@pytest.mark.parametrize(
    ("looks", "because", "base", "ids", "sample", "moves"),
    [
        ([], "nothing", None, (), (), []),
        ([slow("a", 1.2), slow("b", 3.0)], "slower", OLD, ("b", "a"), (), []),
        # the worst one's base; what was last good elsewhere is left out
        ([slow("a", 1.2, ELSEWHERE), slow("b", 3.0)], "slower", OLD, ("b",), (), []),
        # ... unless there is a commit at which both were as fast: then it is measured there
        ([slow("a", 1.2, ELSEWHERE), earlier(slow("b", 3.0), OTHER)], "slower", OTHER, ("b", "a"), (), []),
        ([earlier(slow("a", 1.2, ELSEWHERE), OLD), slow("b", 3.0)], "slower", OLD, ("b", "a"), (), []),
        ([slow("a", 1.2), earlier(slow("b", 3.0), OTHER)], "slower", OLD, ("b", "a"), (), []),
        ([slow("a", 1.2), slow("b", 3.0, None)], "slower", OLD, ("a",), (), []),
        ([slow("a", 1.2, NOWHERE)], "slower", None, (), (), []),
        ([slow("a", 1.2, None)], "slower", None, (), (), []),
        # all together: a sample, and the others wait
        ([moved("a"), moved("b")], "together", OLD, (), ("a", "b"), ["a", "b"]),
        ([moved("a", good=None)], "together", None, (), (), []),
        # one stands out of a common move
        ([moved("a"), slow("b", 4.0)], "slower", OLD, ("b",), ("a",), ["a"]),
        # exact counts show more work: those tell
        ([moved("a"), moved("b", more_work=True)], "together", OLD, (), ("b",), ["b", "a"]),
    ],
)
def test_what_history_says_is_measured_against_the_last_good_commit(looks, because, base, ids, sample, moves) -> None:
    plan = plan_from_history(looks, AT)
    assert (plan.because, plan.base_sha, plan.ids, plan.sample, list(plan.moves)) == (because, base, ids, sample, moves)


def test_of_many_that_moved_together_a_few_are_measured_first() -> None:
    plan = plan_from_history([moved(f"t.py::test[{n}]") for n in range(60)], AT)
    assert (len(plan.sample), len(plan.moves)) == (6, 60)
    assert plan.say == (
        "the machine or the code: 6 of 60 benchmarks that got slower together: measuring again in turns with aaaaaaaa"
    )


def test_what_only_an_earlier_run_asked_is_not_said_to_look_slower() -> None:
    asked = replace(slow("b", 0.9), asked=True)
    assert (
        plan_from_history([asked], AT).say
        == "1 question of earlier runs is open: measuring again in turns with aaaaaaaa"
    )
    both = plan_from_history([slow("a", 2.0), asked], AT).say
    assert (
        both
        == "1 benchmark looked slower and 1 question of earlier runs is open: measuring again in turns with aaaaaaaa"
    )


def test_uncommitted_changes_of_the_earlier_run_are_remembered() -> None:
    assert plan_from_history([slow("a", 2.0, GOOD_DIRTY)], AT).base_dirty
    assert not plan_from_history([slow("a", 2.0)], AT).base_dirty


def test_nothing_is_announced_where_the_code_is_the_same() -> None:
    assert plan_from_history([slow("a", 2.0)], GOOD).say is None
    assert (
        plan_from_history([slow("a", 2.0)], GOOD_DIRTY).say
        == "1 benchmark looked slower: measuring again in turns with aaaaaaaa"
    )


def test_a_first_run_measures_what_can_differ_from_the_base() -> None:
    plan = plan_first_run(Base(sha=OLD), ["a", "b", "c"], ["a"])
    assert (plan.because, plan.base_sha, plan.ids, plan.untouched) == ("first_run", OLD, ("a",), frozenset({"b", "c"}))
    assert (
        plan.say == "no earlier run to compare with: measuring the 1 benchmark that can differ in turns with aaaaaaaa"
    )


def test_a_first_run_whose_changes_touch_nothing_measures_nothing_and_says_so() -> None:
    plan = plan_first_run(Base(sha=OLD), ["a", "b"], [])
    assert (plan.ids, plan.untouched) == ((), frozenset({"a", "b"}))
    assert plan.note == "nothing the benchmarks execute changed since aaaaaaaa"


def test_a_first_run_without_a_base_says_why() -> None:
    plan = plan_first_run(Base(problem="this is the repository's only commit"), ["a"], [])
    assert (plan.base_sha, plan.ids, plan.untouched, plan.note) == (
        None,
        (),
        frozenset(),
        "this is the repository's only commit",
    )


def test_what_is_doubtful_of_a_base_is_a_warning() -> None:
    assert plan_first_run(Base(sha=OLD, problem="only the last commit"), ["a"], ["a"]).warnings == (
        "only the last commit",
    )


def test_counting_needs_a_base() -> None:
    assert plan_counts(Base()) is NOTHING
    assert plan_counts(Base(sha=OLD)).base_sha == OLD


def test_what_can_not_differ_from_the_base_is_not_measured_for_its_noise() -> None:
    looks = [slow("a", 1.5), replace(slow("b", 1.3), asked=True), replace(slow("c", 1.2), asked=True, unclear=True)]
    plan = plan_without(plan_from_history(looks, AT), {"c"})
    assert (plan.ids, plan.asked, plan.untouched) == (("a", "b"), 1, {"c"})
    assert "1 question of earlier runs" in (plan.say or "")
    nothing = plan_without(plan_from_history(looks[2:], AT), {"c"})
    assert (nothing.because, nothing.ids, nothing.untouched, nothing.say) == ("nothing", (), {"c"}, None)


def test_the_code_of_the_run_itself_is_no_base_while_another_commit_is_asked_about() -> None:
    here, there = slow("a", 3.0, AT), replace(slow("b", 1.1), asked=True)
    plan = plan_from_history([here, there], AT)
    assert (plan.base_sha, plan.ids) == (OLD, ("b",))
    assert plan_from_history([here], AT).base_sha == NEW
    dirty = Head(sha=NEW, dirty=("x.py",))
    assert plan_from_history([here, there], dirty).base_sha == NEW


def test_what_an_earlier_run_asked_has_its_turn_first() -> None:
    looks = [slow("a", 3.0), replace(slow("b", 0.9), asked=True, first=True), slow("c", 2.0)]
    assert plan_from_history(looks, AT).ids == ("b", "a", "c")
    # What was proved decides the base: an undecided question whose base is another waits.
    told = replace(slow("d", 1.1), asked=True, first=True, proved=True)
    assert plan_from_history([*looks, told], AT).ids == ("d", "b", "a", "c")
