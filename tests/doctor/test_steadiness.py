"""The look at how steadily this machine works."""

from bench_agent.doctor.steadiness import measure_steadiness


def test_some_rounds_are_timed_however_short_the_time() -> None:
    steady = measure_steadiness(0.0)
    assert steady.rounds == 8
    assert steady.spread >= 0
    assert 0 <= steady.lost <= 1
