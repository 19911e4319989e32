import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.stats import betting
from bench_agent.stats.betting import LEAST_SCALE, MOST_HELD, bets_on, size_that_pays
from bench_agent.stats.sequential import spread

RECORDED: dict[str, list[float]] = json.loads((Path(__file__).parent / "ring_noise.json").read_text())["samples"]
values = st.lists(st.floats(-2, 2), min_size=1, max_size=20)

Noise = Callable[[random.Random], float]


def recorded(name: str) -> Noise:
    return lambda rng: rng.choice(RECORDED[name]) * rng.choice((1, -1))


def two_states(apart: float, share: float = 0.5) -> Noise:
    """Each side is, by chance, in one of two states: differences of 0 and of just `apart`, the worst for bets on a size."""

    def draw(rng: random.Random) -> float:
        one, other = ((rng.random() < share) * apart + rng.gauss(0, apart / 40) for _ in range(2))
        return one - other

    return draw


NOISES: dict[str, Noise] = {
    **{name: recorded(name) for name in RECORDED},
    "quiet": lambda rng: rng.gauss(0, 0.002),
    "loud": lambda rng: rng.gauss(0, 0.2),
    "cauchy": lambda rng: 0.003 * math.tan(math.pi * (rng.random() - 0.5)),
    "two states 1 %": two_states(0.01),
    "two states 3 %": two_states(0.03),
    "two states 10 %": two_states(0.1),
    "two states, one rare": two_states(0.1, share=0.1),
    "most wild": lambda rng: rng.gauss(0, 0.1 if rng.random() < 0.7 else 0.002),
}


@pytest.mark.parametrize("noise", NOISES)
def test_unchanged_code_hardly_ever_wins_the_bets(noise: str) -> None:
    """At 1 in 500, what the bets have of an error of 1 %, at any of 20 times: counted over 1,600 of either side.

    Two states 30 % apart break the premise of the last bet: it wins there once in 260, and is left out here.
    """
    rng = random.Random(1)
    alarms = 0
    for _ in range(800):
        bets = bets_on([NOISES[noise](rng) for _ in range(20)])
        alarms += (bets.p_above() <= 0.002) + (bets.p_below() <= 0.002)
    assert alarms <= 8  # 3 are 1 in 500; the 99 % quantile of that is 8


@pytest.mark.parametrize("between", [(2, 4.0), (3, 3.0)])
def test_the_bet_between_two_sizes_is_fair_to_any_two_alike(between: tuple[int, float]) -> None:
    """Over all distributions on up to five values the payoff stays at most 1 on average, and the bound is reached."""
    m, pays = between
    rng = random.Random(2)
    worst = 0.0
    for _ in range(1500):
        places = [rng.choice((0.0, 1.0, 2.0, 3.0, rng.uniform(0, 4))) for _ in range(rng.randint(2, 5))]
        weights = [rng.choice((1.0, rng.random())) for _ in places]
        total = sum(weights)
        inside = sum(
            p * q
            for u, p in zip(places, weights, strict=True)
            for v, q in zip(places, weights, strict=True)
            if 0.75 < u - v < 0.75 * m
        )
        worst = max(worst, pays * inside / total**2)
    assert worst <= 1 + 1e-12
    assert worst > 0.99


@pytest.mark.parametrize(("shift", "needed"), [(0.40, 6), (3.5, 5), (0.10, 10)])
def test_large_changes_take_few_observations(shift: float, needed: int) -> None:
    """Of 27 benchmarks of which one changed, with 5 % for the suite: most within so many pairs."""
    rng = random.Random(3)
    samples = [[shift + recorded("ms")(rng) for _ in range(needed)] for _ in range(200)]
    assert sum(bets_on(sample).p_above() <= 0.2 * 0.05 / 27 for sample in samples) >= 0.85 * 200


@given(values, st.floats(-1, 1))
def test_base_and_head_exchanged_is_the_same_answer_mirrored(sample: list[float], centre: float) -> None:
    one, other = bets_on(sample), bets_on([-v for v in sample])
    assert one.p_above(centre) == pytest.approx(other.p_below(-centre))


@given(values)
def test_both_directions_never_win(sample: list[float]) -> None:
    bets = bets_on(sample)
    assert bets.p_above() > 0.05 or bets.p_below() > 0.05


@given(st.lists(st.floats(-0.3, 0.3), min_size=4, max_size=15), st.floats(0.001, 0.1))
def test_the_interval_holds_what_the_bets_do_not_reject(sample: list[float], tail: float) -> None:
    bets = bets_on(sample)
    lower, upper = bets.interval(tail)
    assert lower <= upper
    if math.isfinite(lower):
        assert bets.p_above(lower) <= tail
    if math.isfinite(upper):
        assert bets.p_below(upper) <= tail


@pytest.mark.long
@pytest.mark.parametrize("noise", NOISES)
def test_the_interval_covers_wherever_one_stops(noise: str) -> None:
    """Both tails of a tenth, stopped where it is narrowest: it covers at least 80 %."""
    rng = random.Random(4)
    covered = 0
    for _ in range(60):
        sample = [0.3 + NOISES[noise](rng) for _ in range(12)]
        bounds = [bets_on(sample[:n]).interval(0.1) for n in range(4, 13)]
        lower, upper = min(bounds, key=lambda bound: bound[1] - bound[0])
        covered += lower <= 0.3 <= upper
    assert covered >= 0.8 * 60


@given(values)
def test_the_scale_is_the_spread_of_those_before(sample: list[float]) -> None:
    bets = bets_on(sample)
    for n, (middle, scale) in enumerate(zip(bets.middles, bets.scales, strict=True)):
        assert math.isnan(middle) == (n == 0)
        assert math.isnan(scale) == (n < betting.SCALE_FROM)
        if n >= betting.SCALE_FROM:
            assert scale == pytest.approx(max(LEAST_SCALE, spread(sample[:n])))


def test_odd_inputs_are_answers_and_no_crash() -> None:
    assert bets_on([]).p_above() == bets_on([]).p_below() == 1.0
    assert bets_on([0.0] * 20).p_above() == 1.0
    assert bets_on([0.1] * 3).interval(0.01) == (-math.inf, math.inf)
    assert bets_on([40.0] * 400).p_above() == pytest.approx(1 / MOST_HELD)


def test_the_size_that_pays_is_one_with_which_all_bets_are_won() -> None:
    size = size_that_pays(1e4, 6, scale=0.02)
    rng = random.Random(5)
    sample = [size + rng.uniform(-1, 1) * 1e-9 for _ in range(6)]
    scaled = [v * LEAST_SCALE / 0.02 for v in sample]  # their own scale is LEAST_SCALE
    assert 1e4 <= 1 / bets_on(scaled).p_above() <= 2e4  # the other gamblers have won too
