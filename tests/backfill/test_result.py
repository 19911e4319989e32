"""From proved steps to rows: merges, what is taken back, and the levels."""

import math
from dataclasses import replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.next_tasks import Plan, plan
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.result import Found, do_explain, find_steps, levels_of, taken_back_by
from bench_agent.backfill.stretch import Wish
from bench_agent.bisection.steps import Step, step_between
from simulated_history import SimulatedExecutor, sha_of, stretch_of

A, B = "t.py::test_a", "t.py::test_b"
MAIN = stretch_of(100, (A, B), spread=10)


def step(size: float) -> Step:
    return step_between([0.0] * 8, [size + n / 1e4 for n in range(8)], final=True)


def proved(position: int, size: float, benchmark: str = A) -> Proved:
    return Proved(benchmark=benchmark, position=position, parent=position - 1, step=step(size))


def found(position: int, size: float, benchmark: str = A) -> Found:
    return Found(stretch=MAIN, proof=proved(position, size, benchmark), position=position)


def test_a_later_step_that_undoes_most_takes_it_back() -> None:
    slower, other, back = found(10, 0.3), found(20, -0.3, B), found(30, -0.26)
    assert taken_back_by(slower, [slower, other, back]) is back
    assert taken_back_by(slower, [slower, other, found(30, -0.1)]) is None
    assert taken_back_by(slower, [slower, found(30, -0.9)]) is None
    assert taken_back_by(back, [slower, back]) is None


def test_an_opposite_step_after_others_takes_nothing_back_that_is_still_there() -> None:
    slower, more, faster = found(10, 0.3), found(20, 0.5), found(30, -0.3)
    assert taken_back_by(slower, [slower, more, faster]) is None
    both = found(40, -0.5)
    assert taken_back_by(slower, [slower, more, faster, both]) is both


def test_the_commits_inside_a_merge_are_named_where_they_explain_it() -> None:
    inner = replace(MAIN, line=stretch_of(3, (A,)).line, merge=sha_of(50), benchmarks=(A,))
    merge = {0: Plan(tasks=(), proved=(proved(50, 0.1),))}
    explained = find_steps([MAIN, inner], {**merge, 1: Plan(tasks=(), proved=(proved(2, 0.09),))})
    assert [(each.sha, each.position) for each in explained] == [(sha_of(2), 50)]
    not_explained = find_steps([MAIN, inner], {**merge, 1: Plan(tasks=(), proved=(proved(2, 0.02),))})
    assert [each.sha for each in not_explained] == [sha_of(50)]
    assert [each.sha for each in find_steps([MAIN, inner], {**merge, 1: Plan(tasks=())})] == [sha_of(50)]


def test_steps_of_the_other_sign_explain_nothing() -> None:
    assert not do_explain([step(-0.1)], step(0.1))
    assert do_explain([step(-0.05), step(-0.04)], step(-0.1))


def test_levels_are_ratios_to_the_anchor() -> None:
    known, executor = Known(), SimulatedExecutor(steps={A: {45: 0.2}}, noise=0.001)
    for _ in range(2):
        known.add_all(executor.measure(plan(MAIN, known, Wish()).tasks))
    levels = levels_of(MAIN, known, {sha_of(0): "v1"}, {})
    assert [commit.position for commit in levels] == list(MAIN.survey)
    assert levels[0].name == "v1"
    first, last = (next(level for level in commit.levels if level.benchmark == A) for commit in (levels[0], levels[-1]))
    assert math.log(first.ratio) == math.log(first.ratio)
    assert abs(math.log(first.ratio) + 0.2) < 0.01
    assert (last.ratio, last.pairs) == (1.0, 0)


def test_where_nothing_was_timed_there_is_no_level_not_even_of_the_anchor() -> None:
    assert levels_of(MAIN, Known(), {}, {}) == ()
