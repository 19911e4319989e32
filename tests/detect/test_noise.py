"""What a series moves by itself, and the step it takes to be suspected."""

import random
import statistics

import pytest

from bench_agent.detect.noise import MIN_SERIES, NOISES, STEP, UNKNOWN_NOISE, least_step, noise_of


def test_the_noise_is_the_standard_deviation_where_it_is_normal_and_one_outlier_moves_it_little() -> None:
    rng = random.Random(1)
    medians = [1 + rng.gauss(0, 0.03) for _ in range(400)]
    assert noise_of(medians) == pytest.approx(statistics.stdev(medians), rel=0.15)
    assert noise_of([*medians, 50.0]) == pytest.approx(noise_of(medians), rel=0.02)


@pytest.mark.parametrize("medians", [[], [1.0], [1.0] * (MIN_SERIES - 1), [0.0, -1.0, 1.0, 1.0, 1.0]])
def test_from_a_few_runs_nothing_is_known_of_it(medians: list[float]) -> None:
    assert noise_of(medians) == UNKNOWN_NOISE
    assert least_step(medians) == NOISES * UNKNOWN_NOISE


def test_a_steady_series_still_asks_for_the_least_step_and_a_noisy_one_for_more() -> None:
    assert least_step([1.0] * 20) == STEP
    assert least_step([0.9, 1.0, 1.1, 1.0] * 5) > STEP


def test_a_slow_state_that_comes_now_and_then_is_no_step_when_it_comes_again() -> None:
    medians = [1.0] * 15 + [1.4] * 5
    assert noise_of(medians) == 0.0
    assert least_step(medians) == pytest.approx(0.4)


@pytest.mark.parametrize("scale", [1e-9, 1e3])
def test_the_scale_of_the_times_does_not_matter(scale: float) -> None:
    medians = [0.9, 1.0, 1.05, 1.1, 1.0, 0.97]
    assert least_step([scale * value for value in medians]) == pytest.approx(least_step(medians))
