"""What is measured next, from what is known: pure, on made-up answers."""

from bench_agent.backfill.known import Known
from bench_agent.backfill.next_tasks import plan
from bench_agent.backfill.stretch import Wish, spread_positions
from bench_agent.records import MOST_ABREAST
from simulated_history import SimulatedExecutor, position_of, stretch_of

A, B = "t.py::test_a", "t.py::test_b"
WISH = Wish()


def known_after(executor: SimulatedExecutor, rounds: int, *, commits: int = 100) -> Known:
    stretch, known = stretch_of(commits, (A, B), spread=10), Known()
    for _ in range(rounds):
        known.add_all(executor.measure(plan(stretch, known, WISH).tasks))
    return known


def test_spread_out_positions_hold_both_ends_and_what_is_wanted() -> None:
    assert spread_positions(100, 4, wanted=(33, 200)) == (0, 25, 33, 50, 75, 100)
    assert spread_positions(3, 24) == (0, 1, 2, 3)
    assert spread_positions(0, 24) == (0,)


def test_counts_come_first_then_rings_in_which_all_neighbours_meet() -> None:
    stretch, executor = stretch_of(100, (A, B), spread=10), SimulatedExecutor(steps={})
    assert {task.purpose for task in plan(stretch, Known(), WISH).tasks} == {"count"}
    rings = plan(stretch, known_after(executor, 1), WISH).tasks
    assert {(task.purpose, task.anchor, task.benchmarks) for task in rings} == {("survey", stretch.anchor, (A, B))}
    assert all(len(task.commits) <= MOST_ABREAST for task in rings)
    met = {tuple(map(position_of, (*task.commits, stretch.anchor)))[n : n + 2] for task in rings for n in range(9)}
    assert set(zip(stretch.survey, stretch.survey[1:], strict=False)) <= met


def test_the_same_knowledge_gives_the_same_tasks() -> None:
    stretch, known = stretch_of(100, (A, B), spread=10), known_after(SimulatedExecutor(steps={A: {33: 0.3}}), 3)
    assert plan(stretch, known, WISH) == plan(stretch, known, WISH)


def test_only_the_gap_that_changed_is_searched_and_only_by_what_changed_there() -> None:
    stretch = stretch_of(100, (A, B), spread=10)
    known = known_after(SimulatedExecutor(steps={A: {33: 0.3}}, noise=0.001), 2)
    tasks = plan(stretch, known, WISH).tasks
    assert {(task.purpose, position_of(task.anchor), task.benchmarks) for task in tasks} == {("narrow", 30, (A,))}
    assert all(30 < position_of(sha) <= 40 for task in tasks for sha in task.commits)


def test_where_counts_tell_the_gap_is_counted_and_not_timed() -> None:
    stretch = stretch_of(100, (A, B), spread=10)
    known = known_after(SimulatedExecutor(steps={A: {33: -0.3}}, noise=0.001, counted=frozenset({A})), 2)
    assert {task.purpose for task in plan(stretch, known, WISH).tasks} == {"count"}


def test_a_candidate_is_counted_and_then_proved_against_its_parent_by_all_that_changed_there() -> None:
    stretch = stretch_of(100, (A, B), spread=10)
    executor = SimulatedExecutor(steps={A: {33: 0.3}, B: {33: 0.2}}, noise=0.001)
    known = known_after(executor, 2)
    for _ in range(20):
        tasks = plan(stretch, known, WISH).tasks
        if any(task.purpose == "prove" for task in tasks):
            break
        known.add_all(executor.measure(tasks))
    [proof] = [task for task in tasks if task.purpose == "prove"]
    assert (position_of(proof.anchor), *map(position_of, proof.commits)) == (32, 33)
    assert set(proof.benchmarks) == {A, B}


def test_what_a_commit_was_found_by_does_not_prove_it() -> None:
    stretch = stretch_of(4, (A, B), spread=4)
    known = Known()
    executor = SimulatedExecutor(steps={A: {2: 0.3}}, noise=0.001)
    for _ in range(2):
        known.add_all(executor.measure(plan(stretch, known, Wish(sets=20)).tasks))
    found = plan(stretch, known, Wish(sets=20))
    assert not found.proved
    assert [task.purpose for task in found.tasks] == ["prove"]


def test_a_benchmark_that_gives_no_answer_ends_the_search_all_the_same() -> None:
    stretch, known = stretch_of(40, (A,), spread=5), Known()
    executor = SimulatedExecutor(steps={A: {7: 0.3}}, noise=0.001)
    for _ in range(60):
        tasks = plan(stretch, known, WISH).tasks
        if not tasks:
            break
        answers = list(executor.measure(tasks))
        silent = [answer for answer in answers if answer.task.purpose == "narrow"]
        known.add_all(answer for answer in answers if answer not in silent)
        known.tasks |= {answer.task.key for answer in silent}
    assert not tasks
