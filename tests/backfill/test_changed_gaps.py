"""Which gaps are left alone, looked at again, or searched."""

import random

from bench_agent.backfill.changed_gaps import errors_of, judge_gap
from bench_agent.backfill.known import Known
from bench_agent.backfill.proofs import Proved, judge, sets_to_prove
from bench_agent.backfill.stretch import Wish
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import step_between
from bench_agent.records import MeasuringTask, Purpose
from simulated_history import SimulatedExecutor, sha_of, stretch_of

A = "t.py::test_a"
STRETCH, WISH, GAP = stretch_of(20, (A,), spread=2), Wish(), Span(low=0, high=10)


def known(size: float, *, sets: int, noise: float, low: int = 0, high: int = 10, purpose: Purpose = "survey") -> Known:
    found = Known()
    executor = SimulatedExecutor(steps={A: {5: size}}, noise=noise, rng=random.Random(3))
    task = MeasuringTask(
        purpose=purpose, repository="", anchor=sha_of(low), commits=(sha_of(high),), benchmarks=(A,), sets=sets
    )
    found.add_all(executor.measure([task]))
    return found


def test_what_was_not_measured_is_looked_at() -> None:
    assert judge_gap(STRETCH, Known(), A, GAP, WISH) == "look"
    assert judge_gap(STRETCH, known(0.3, sets=2, noise=0.001), A, GAP, WISH) == "look"


def test_what_stands_out_is_searched_slower_or_faster() -> None:
    assert judge_gap(STRETCH, known(0.05, sets=4, noise=0.002), A, GAP, WISH) == "suspect"
    assert judge_gap(STRETCH, known(-0.05, sets=4, noise=0.002), A, GAP, WISH) == "suspect"


def test_what_is_flat_is_left_alone_and_so_is_what_stays_unclear() -> None:
    assert judge_gap(STRETCH, known(0.0, sets=4, noise=0.001), A, GAP, WISH) == "flat"
    assert judge_gap(STRETCH, known(0.022, sets=4, noise=0.001), A, GAP, WISH) == "unclear"
    assert judge_gap(STRETCH, known(0.022, sets=8, noise=0.001), A, GAP, WISH) == "flat"


def test_a_gap_beside_a_proof_is_looked_at_only_where_something_is_left() -> None:
    whole = known(0.3, sets=8, noise=0.002)
    for size, verdict in ((0.3, "flat"), (0.2, "look")):
        step = step_between([0.0] * 8, [size + n / 1e4 for n in range(8)])
        proof = Proved(benchmark=A, position=5, parent=4, step=step)
        assert judge_gap(STRETCH, whole, A, Span(low=5, high=10), WISH, [proof]) == verdict


def test_a_proof_needs_eight_sets_that_say_so_or_is_refuted() -> None:
    def proof(size: float, sets: int, noise: float = 0.002) -> str:
        found = known(size, sets=sets, noise=noise, low=4, high=5, purpose="prove")
        return judge(found.step(A, sha_of(4), sha_of(5), proof=True), WISH)

    assert judge(None, WISH) == "open"
    assert proof(0.05, 3) == "open"
    assert proof(0.05, 8) == "proved"
    assert proof(-0.05, 8) == "proved"
    assert proof(0.0, 8) == "refuted"
    assert proof(0.0, 27, 0.2) == "refuted"


def test_proofs_go_on_to_the_next_look() -> None:
    assert sets_to_prove(None, agreed=True) == 5
    assert sets_to_prove(None, agreed=False) == 8
    step = step_between([0.0] * 8, [0.0] * 8)
    assert sets_to_prove(step, agreed=True) == 3


def test_of_many_trials_one_that_passes_alone_is_not_sure_yet() -> None:
    step = step_between([0.0] * 8, [0.05 + n / 1e4 for n in range(8)])
    assert judge(step, WISH, surety=0.005) == "proved"
    assert judge(step, WISH, surety=0.2) == "open"


def test_more_gaps_need_more_to_stand_out() -> None:
    few, many = stretch_of(20, (A,), spread=2), stretch_of(500, tuple(f"t.py::test_{n}" for n in range(50)))
    assert errors_of(few) == 2.0
    assert 2.9 < errors_of(many) < 3.2


def test_a_large_difference_in_much_noise_is_looked_at_for_longer() -> None:
    noisy = known(0.1, sets=8, noise=0.2)
    step = noisy.step(A, sha_of(0), sha_of(10))
    assert step is not None
    assert abs(step.size) > 0.05
    assert judge_gap(STRETCH, noisy, A, GAP, WISH) == "look"
