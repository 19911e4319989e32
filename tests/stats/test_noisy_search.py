"""The noisy search against brute force on tiny ranges, and on simulated ranges with and without strays."""

import math
import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.stats.noisy_search import (
    LARGER,
    SIZE_SPREAD,
    SIZES,
    Posterior,
    choose,
    locate,
    misreading,
    mix_prior,
    noise_scale,
)


def student(rng: random.Random) -> float:
    """A value of Student's t with 4 degrees of freedom."""
    return rng.gauss(0, 1) / math.sqrt(sum(rng.gauss(0, 1) ** 2 for _ in range(4)) / 4)


def by_brute_force(prior, observations, size, scale):
    """P(place) by summing over every place and size, straight from the model."""
    totals = []
    for place in range(1, len(prior) + 1):
        total = 0.0
        for factor in (*SIZES, *LARGER):
            weight = -0.5 * ((factor - 1) / SIZE_SPREAD) ** 2 if factor <= SIZES[-1] else -6.0
            for at, values in observations.items():
                for y in values:
                    x = (y - (size * factor if at >= place else 0.0)) / scale
                    weight += -2.5 * math.log1p(x * x / 4)
            total += math.exp(weight)
        totals.append(prior[place - 1] * total)
    return [t / sum(totals) for t in totals]


@pytest.mark.parametrize("seed", range(6))
def test_the_posterior_is_what_brute_force_says(seed: int) -> None:
    rng = random.Random(seed)
    places = rng.randint(1, 7)
    prior = mix_prior([rng.random() for _ in range(places)])
    observations = {
        at: [rng.gauss(rng.choice([0, 0.1]), 0.05) for _ in range(rng.randint(1, 3))]
        for at in rng.sample(range(1, places + 1), rng.randint(0, places))
    }
    found = locate(prior, observations, size=0.1, scale=0.03)
    assert found.places == pytest.approx(by_brute_force(prior, observations, 0.1, 0.03), abs=1e-9)


def expected_entropy(places, chosen, error):
    """Bits of uncertainty left on average after binary readings at the chosen places, by enumeration."""
    left = 0.0
    for reading in range(2 ** len(chosen)):
        joint = []
        for place, p in enumerate(places, start=1):
            wrong = sum((reading >> j & 1) != (at >= place) for j, at in enumerate(chosen))
            joint.append(p * error**wrong * (1 - error) ** (len(chosen) - wrong))
        total = sum(joint)
        left += -sum(p * math.log2(p / total) for p in joint if p > 0)
    return left


@pytest.mark.parametrize("error", [0.0, 0.1, 0.3])
def test_the_place_chosen_leaves_the_least_uncertainty_and_two_nearly_so(error: float) -> None:
    rng = random.Random(7)
    for _ in range(20):
        weights = [rng.random() ** 4 for _ in range(9)]
        places = [w / sum(weights) for w in weights]
        (one,) = choose(places, 1, error=error)
        best = min(expected_entropy(places, [i], error) for i in range(1, 9))
        assert expected_entropy(places, [one], error) == pytest.approx(best, abs=1e-9)
        two = choose(places, 2, error=error)
        best = min(expected_entropy(places, pair, error) for pair in combinations(range(1, 9), 2))
        assert expected_entropy(places, two, error) <= best + 0.15  # greedy


def search(rng: random.Random, places: int, true: int | None, size: float, scale: float) -> tuple[int | None, int]:
    """(the place found, steps of three) with simulated observations; `true` None: the level rises nowhere."""
    observations = {places: [(size if true else 0.0) + scale * student(rng) for _ in range(8)]}
    estimate = sorted(observations[places])[4]
    for step in range(60):
        found = locate([1 / places] * places, observations, size=estimate or size, scale=scale)
        if found.surety >= 0.99:
            return found.best, step
        for at in choose(found.places, 3, error=misreading(estimate, scale)):
            level = size if true and at >= true else 0.0
            observations.setdefault(at, []).append(level + scale * student(rng))
    return None, 60


@pytest.mark.parametrize(("size", "most_steps"), [(0.05, 10), (0.1, 6), (0.4, 5)])
def test_one_rise_among_256_is_found_in_few_steps(size: float, most_steps: int) -> None:
    rng = random.Random(3)
    searches = [(true, *search(rng, 256, true, size, 0.02)) for true in (rng.randint(1, 256) for _ in range(30))]
    assert sum(true == found for true, found, _ in searches) >= 29
    assert sorted(steps for *_, steps in searches)[15] <= most_steps


def test_a_misleading_prior_costs_steps_and_not_the_answer() -> None:
    places = 64
    prior = mix_prior([1.0 if place == 9 else 0.0 for place in range(1, places + 1)])
    observations = {places: [0.1] * 8, 8: [0.0], 9: [0.0], 40: [0.0], 41: [0.1]}
    assert locate(prior, observations, size=0.1, scale=0.01).best == 41


def test_a_single_stray_does_not_decide() -> None:
    even = [1 / 8] * 8
    observations = {8: [0.1] * 8, 4: [0.0, 0.0, 0.5], 5: [0.1, 0.1]}
    assert locate(even, observations, size=0.1, scale=0.01).best == 5


def test_without_observations_the_prior_is_all_that_is_known() -> None:
    prior = mix_prior([1, 0, 3])
    assert locate(prior, {}, size=0.1, scale=0.01).places == pytest.approx(prior)


def test_odd_inputs_have_an_answer_or_an_error_with_a_name() -> None:
    assert locate([1.0], {1: [0.2]}, size=0.2, scale=0.01).surety == 1.0
    assert choose([1.0], 3) == []
    assert choose([0.5, 0.5], 3) == [1]
    assert choose([0.5, 0.5], 3, barred=frozenset({1})) == []
    assert mix_prior([math.nan, -1.0, 0.0]) == pytest.approx([1 / 3] * 3)
    assert noise_scale(math.nan) > 0
    assert locate([0.5, 0.5], {1: [50.0], 2: [-50.0]}, size=0.1, scale=0.01).places == pytest.approx(
        (0.5, 0.5), abs=0.5
    )
    with pytest.raises(ValueError, match="places"):
        locate([], {}, size=0.1, scale=0.01)


def test_how_often_an_observation_is_misread_is_the_tail_of_the_t_distribution() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    for size in (0.0, 0.01, 0.05, 0.3):
        assert misreading(size, 0.02) == pytest.approx(scipy_stats.t(4).sf(size / 0.04), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60), st.floats(0, 0.5), st.integers(1, 3))
def test_what_is_chosen_can_be_measured_and_is_never_the_last(weights: list[float], error: float, count: int) -> None:
    places = mix_prior(weights)
    chosen = choose(places, count, error=error)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= count
    assert all(1 <= at < len(places) for at in chosen)


def test_how_few_places_hold_most_of_the_probability() -> None:
    assert Posterior(places=(0.02, 0.9, 0.08), size=0.1, best=2, surety=0.9).among(0.97) == 2
    assert Posterior(places=(1e-4,) * 10_000, size=0.1, best=1, surety=1e-4).among(0.98995) == 9900
