import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench_agent.stats.blocks import contrast
from bench_agent.stats.sequential import (
    BET_SHARE,
    EARLY_LOOK,
    EARLY_LOOKS,
    LOOKS,
    analyse,
    detectable,
    interval,
    observations_needed,
    share,
    signed_rank_p,
    spread,
)

RECORDED: dict[str, list[float]] = json.loads((Path(__file__).parent / "ring_noise.json").read_text())["samples"]
values = st.lists(st.floats(-1, 1).filter(lambda v: v == 0 or abs(v) > 1e-9), min_size=1, max_size=30)


def noise(rng: random.Random, recorded: str, n: int) -> list[float]:
    """Recorded observations of unchanged code, drawn anew with either sign: no change, and the tails as they are."""
    return [rng.choice(RECORDED[recorded]) * rng.choice((1, -1)) for _ in range(n)]


@given(values.filter(lambda v: len({abs(x) for x in v}) == len(v) and 0.0 not in v))
def test_the_p_value_is_scipys_where_there_are_no_ties(sample: list[float]) -> None:
    expected = stats.wilcoxon(sample, alternative="greater", method="exact").pvalue
    assert signed_rank_p(sample) == pytest.approx(expected)


def test_ties_get_the_exact_distribution_of_their_ranks() -> None:
    sample = [1.0, 1.0, 1.0, -2.0]  # ranks 2, 2, 2, 4; the positive ranks sum to 6
    # Of the 16 sign patterns, the sum is 6 or more in: {4,2}x3, {4,2,2}x3, all, {2,2,2}.
    assert signed_rank_p(sample) == pytest.approx(8 / 16)


@given(values)
def test_a_claim_and_its_opposite_cannot_both_be_supported(sample: list[float]) -> None:
    assert signed_rank_p(sample) + signed_rank_p([-v for v in sample]) >= 1 - 1e-12


@given(values, st.floats(0.001, 0.2))
def test_the_interval_is_the_set_of_shifts_the_test_accepts(sample: list[float], tail: float) -> None:
    lower, upper = interval(sample, tail=tail)
    assert lower <= upper
    if math.isfinite(lower) and len(set(sample)) == len(sample):
        assert signed_rank_p([v - (lower - 1e-6) for v in sample]) <= tail + 1e-9
    if math.isinf(lower):
        assert 2.0 ** -len(sample) > tail


def test_the_shares_of_bets_and_looks_are_the_whole_error() -> None:
    assert BET_SHARE + sum(share(k) for k in range(1, 200)) == pytest.approx(1.0)


def test_at_one_percent_eight_of_eight_are_enough_to_alarm_whatever_their_sizes() -> None:
    uneven = [0.01, 0.9, 0.1, 0.02, 0.5, 0.03, 0.3, 0.2]
    assert analyse(uneven).p_greater <= 0.01
    assert analyse(uneven[:7]).p_greater > 0.01


def test_sizes_that_agree_and_are_large_need_fewer() -> None:
    """All of 27 benchmarks half as slow again, intervals of +47 to +61 %: after eleven pairs nothing was decided."""
    sample = [0.40, 0.42, 0.38, 0.41, 0.39, 0.44]
    assert analyse(sample[:3]).p_greater > 0.01
    assert analyse(sample[:5]).p_greater <= 0.01
    assert analyse(sample).p_greater <= 0.01 / 27
    assert analyse([3.5 + v for v in sample[:5]]).p_greater <= 0.01 / 300


@pytest.mark.long
@pytest.mark.parametrize("recorded", RECORDED)
def test_looking_often_does_not_raise_the_false_alarms(recorded: str) -> None:
    """At 1 % one-sided over all looks up to 27 pairs: at most 1 %, counted over 400 unchanged benchmarks."""
    rng = random.Random(4)
    alarms = sum(analyse(noise(rng, recorded, 27)).p_greater <= 0.01 for _ in range(300))
    assert alarms <= 7  # 1 % is 3; the 97.5 % quantile of that is 7


@pytest.mark.long
@pytest.mark.parametrize("recorded", RECORDED)
@pytest.mark.parametrize("shift", [0.0, 0.05])
def test_the_interval_covers_wherever_one_stops(recorded: str, shift: float) -> None:
    """Stopping when it suits: as soon as the interval leaves zero, or is narrow. It still covers 95 %."""
    rng = random.Random(5)
    covered = 0
    for _ in range(100):
        sample = [shift + v for v in noise(rng, recorded, 36)]
        for n in [5, 6, *(n for n in LOOKS if n <= 36)]:
            result = analyse(sample[:n])
            if result.lower > 0 or result.upper < 0 or result.upper - result.lower < 0.03:
                break
        covered += result.lower <= shift <= result.upper
    assert covered >= 0.93 * 100


@pytest.mark.long
@pytest.mark.parametrize("recorded", ["micro", "ms", "json", "pedantic"])
def test_five_percent_is_found_within_twenty_pairs(recorded: str) -> None:
    rng = random.Random(6)
    found = sum(analyse([0.05 + v for v in noise(rng, recorded, 20)]).p_greater <= 0.01 for _ in range(400))
    assert found >= 0.95 * 400


def alone(sample: list[float]) -> list[dict[str, float]]:
    """The sets of two versions, nothing beside them."""
    return [{"before": 0.0, "after": value} for value in sample]


def test_five_that_agree_by_chance_are_not_taken_for_exact() -> None:
    assert analyse([0.015] * 5, early=alone([0.015] * 5)).p_greater > 0.01
    sample = [0.06, 0.0601, 0.06, 0.0602, 0.06]
    assert analyse(sample, early=alone(sample)).p_greater <= 0.01


def test_the_early_looks_are_there_only_where_they_were_asked_for_and_take_nothing_from_eight_of_eight() -> None:
    sample = [0.2 + i / 1000 for i in range(8)]
    assert analyse(sample[:5]).looks == 0
    early = analyse(sample[:7], early=alone(sample))
    assert (early.n, early.looks) == (7, 3)
    assert early.p_greater <= 0.01
    wide = [0.01, 0.9, 0.1, 0.02, 0.5, 0.03, 0.3, 0.2]
    assert analyse(wide[:5], early=alone(wide)).p_greater > 0.01
    assert analyse(wide, early=alone(wide)).p_greater <= 0.01


def test_versions_beside_tell_how_noisy_it_is_so_that_three_sets_do() -> None:
    sample = [0.2, 0.21, 0.19]
    assert analyse(sample, early=alone(sample)).p_greater > 0.01
    beside = [levels | {"one": 0.01 * n, "other": 0.2 - 0.01 * n} for n, levels in enumerate(alone(sample))]
    assert analyse(sample, early=beside).p_greater <= 0.01
    noisy = [levels | {"one": 0.3 * n, "other": -0.3 * n} for n, levels in enumerate(alone(sample))]
    assert analyse(sample, early=noisy).p_greater > 0.01


def beside_others(rng: random.Random, recorded: str, *, shift: float = 0.0) -> list[dict[str, float]]:
    """Five sets of five versions with recorded noise, the first slower than the second by `shift`."""
    levels = [dict(zip("abcde", noise(rng, recorded, 5), strict=True)) for _ in range(EARLY_LOOK)]
    return [found | {"a": found["a"] + shift} for found in levels]


@pytest.mark.parametrize("recorded", RECORDED)
def test_the_early_looks_keep_their_part_of_the_error_and_of_the_misses(recorded: str) -> None:
    """Their share of 1 % is 2 of 10,000, of the two tails of 95 % 10 of 10,000; the noise is recorded, its sign drawn anew."""
    rng = random.Random(8)
    trials, alarms, misses = 4_000, 0, 0
    for _ in range(trials):
        sets = beside_others(rng, recorded)
        looks = [(contrast([s["a"] - s["b"] for s in sets[:n]], sets[:n]), part) for n, part in EARLY_LOOKS.items()]
        alarms += any(found.p_above(part) <= 0.01 for found, part in looks)
        misses += any(not low <= 0 <= high for low, high in (found.interval(0.025, part) for found, part in looks))
    assert alarms <= 5
    assert misses <= 12


@pytest.mark.parametrize("recorded", ["micro", "ms", "json", "pedantic"])
def test_a_fifth_is_mostly_found_in_five(recorded: str) -> None:
    rng = random.Random(9)
    found = 0
    for _ in range(200):
        sets = beside_others(rng, recorded, shift=0.18)
        found += analyse([s["a"] - s["b"] for s in sets], early=sets).p_greater <= 0.01
    assert found >= 0.8 * 200


@pytest.mark.parametrize(("n", "error"), [(4, 0.01), (5, 0.01 / 27), (6, 0.01), (11, 0.01), (20, 0.01), (48, 0.01)])
def test_what_is_said_to_be_detectable_is_detected(n: int, error: float) -> None:
    rng = random.Random(7)
    looks = sum(size <= n for size in LOOKS)
    shift = detectable(0.011, n, look=looks, error=error)
    found = sum(analyse([shift + rng.gauss(0, 0.011) for _ in range(n)]).p_greater <= error for _ in range(200))
    assert found >= 0.92 * 200


def test_too_few_observations_detect_nothing() -> None:
    assert detectable(0.01, 3, look=0, error=0.01) == math.inf
    assert 0.05 < detectable(0.01, 7, look=0, error=0.01) < 0.12
    assert observations_needed(0.01, 0.05, error=0.01) == 8
    assert observations_needed(0.01, 0.40, error=0.01 / 27) in (5, 6)
    assert observations_needed(0.01, 1e-6, error=0.01) is None


def test_odd_inputs_are_answers_and_no_crash() -> None:
    nothing = analyse([])
    assert (nothing.n, nothing.looks, nothing.p_greater, nothing.lower) == (0, 0, 1.0, -math.inf)
    assert math.isnan(nothing.estimate)
    assert analyse([0.02]).estimate == 0.02
    equal = analyse([0.0] * 20)
    assert (equal.p_greater, equal.p_less, equal.lower, equal.upper) == (1.0, 1.0, 0.0, 0.0)
    assert math.isnan(spread([1.0, 2.0]))


def test_a_final_look_uses_what_came_after_the_last_one() -> None:
    sample = [0.01 * (-1) ** i for i in range(8)] + [0.05] * 2
    assert analyse(sample).looks == 1
    assert analyse(sample, final=True).looks == 2


@given(st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=24), st.floats(-0.3, 0.3))
def test_a_common_factor_moves_estimate_and_interval_by_itself(sample: list[float], shift: float) -> None:
    one, other = analyse(sample), analyse([v + shift for v in sample])
    assert other.estimate == pytest.approx(one.estimate + shift, abs=1e-9)
    assert other.lower == pytest.approx(one.lower + shift, abs=1e-9)


@given(st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=24))
def test_base_and_head_exchanged_is_the_same_answer_mirrored(sample: list[float]) -> None:
    one, other = analyse(sample), analyse([-v for v in sample])
    assert one.p_greater == pytest.approx(other.p_less)
    assert one.upper == pytest.approx(-other.lower)


@given(st.floats(0.001, 0.1), st.floats(-0.1, 0.1))
def test_the_spread_is_that_of_the_quiet_ones(width: float, shift: float) -> None:
    rng = random.Random(8)
    sample = [shift + rng.gauss(0, width) for _ in range(60)] + [5.0] * 4
    assert spread(sample) == pytest.approx(width, rel=0.35)
