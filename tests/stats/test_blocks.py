"""Oracles: scipy's t, and a least-squares fit of sets and versions by numpy. Noise: recorded, and heavier."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench_agent.stats.blocks import LEAST_SPREAD, contrast, student_quantile, student_tail
from bench_agent.stats.sequential import EARLY_LOOKS

RECORDED: dict[str, list[float]] = json.loads((Path(__file__).parent / "ring_noise.json").read_text())["samples"]


def sets_of(rows: list[list[float]]) -> list[dict[str, float]]:
    return [{f"v{number}": level for number, level in enumerate(row)} for row in rows]


def differences(rows: list[list[float]]) -> list[float]:
    return [row[1] - row[0] for row in rows]


@given(st.floats(-50, 50), st.integers(1, 60))
def test_the_tail_is_scipys(x: float, freedom: int) -> None:
    assert student_tail(x, freedom) == pytest.approx(stats.t.sf(x, freedom), rel=1e-6, abs=1e-14)


@given(st.floats(1e-8, 0.49), st.integers(2, 60))
def test_the_quantile_is_where_the_tail_begins(tail: float, freedom: int) -> None:
    assert student_tail(student_quantile(tail, freedom), freedom) == pytest.approx(tail, rel=1e-5)


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=6).filter(lambda v: max(v) - min(v) > 3 * LEAST_SPREAD))
def test_of_two_versions_it_is_the_paired_t_test(sample: list[float]) -> None:
    found = contrast(sample, sets_of([[0.0, value] for value in sample]))
    expected = stats.ttest_1samp(sample, 0.0, alternative="greater")
    assert found.p_above(0.25) == pytest.approx(expected.pvalue / 0.25, rel=1e-6)
    bounds = stats.ttest_1samp(sample, 0.0).confidence_interval(0.9)
    assert found.interval(0.2, 0.25) == pytest.approx((bounds.low, bounds.high), rel=1e-6, abs=1e-9)


def test_of_several_versions_it_is_a_two_way_analysis_of_variance() -> None:
    rng = random.Random(4)
    for sets, versions in ((3, 4), (4, 5), (5, 3)):
        rows = [[shift + v * 0.05 + rng.gauss(0, 0.02) for v in range(versions)] for shift in range(sets)]
        design = np.zeros((sets * versions, sets + versions))
        for s in range(sets):
            for v in range(versions):
                design[s * versions + v, [s, sets + v]] = 1
        levels = np.array(rows).ravel()
        fitted, *_ = np.linalg.lstsq(design, levels, rcond=None)
        freedom = (sets - 1) * (versions - 1)
        pooled = 2 * float(np.sum((levels - design @ fitted) ** 2)) / freedom
        own = float(np.var(differences(rows), ddof=1))
        found = contrast(differences(rows), sets_of(rows))
        assert found.freedom == freedom
        assert found.error == pytest.approx(math.sqrt(max(pooled, own) / sets))


def test_a_difference_that_scatters_more_than_the_others_is_judged_by_its_own_scatter() -> None:
    rows = [[0.0, 0.1, 0.3, 0.3], [0.0, 0.3, 0.3, 0.3], [0.0, 0.2, 0.3, 0.3]]
    found = contrast(differences(rows), sets_of(rows))
    assert found.error == pytest.approx(0.1 / math.sqrt(3))


def test_few_that_agree_by_chance_are_not_taken_for_exact() -> None:
    rows = [[0.0, 0.02, 0.0]] * 3
    assert contrast(differences(rows), sets_of(rows)).error == pytest.approx(LEAST_SPREAD / math.sqrt(3))


def test_sets_of_other_versions_add_their_degrees_of_freedom() -> None:
    rng = random.Random(5)
    wide = [[rng.gauss(0, 0.02) for _ in range(4)] for _ in range(3)]
    narrow = [[rng.gauss(0, 0.02) for _ in range(2)] for _ in range(2)]
    assert contrast(differences(wide), sets_of(wide)).freedom == 6
    assert contrast(differences(wide + narrow), sets_of(wide + narrow)).freedom == 7
    alone = [{"v0": 0.0, "v1": 0.2 + n / 100, f"other {n}": 0.1} for n in range(4)]
    assert contrast([s["v1"] for s in alone], alone).freedom == 3  # as if the two had been alone


@pytest.mark.parametrize(
    ("values", "rows"), [([0.1], [[0.0, 0.1]]), ([0.1, 0.2], [[0.0, 0.1]]), ([0.1, 0.2], [[0.0], [0.1]])]
)
def test_what_does_not_fit_is_refused(values: list[float], rows: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="versions"):
        contrast(values, sets_of(rows))


@pytest.mark.parametrize("recorded", RECORDED)
@pytest.mark.parametrize("versions", [2, 3, 5])
def test_unchanged_versions_are_called_different_as_seldom_as_promised(recorded: str, versions: int) -> None:
    """At 1 in 1,000, of 3 to 5 sets; each version's noise is drawn from what was recorded, with either sign."""
    rng = random.Random(11)
    trials, alarms, misses = 4_000, 0, 0
    for trial in range(trials):
        n = 3 + trial % 3
        rows = [[rng.choice(RECORDED[recorded]) * rng.choice((1, -1)) for _ in range(versions)] for _ in range(n)]
        found = contrast(differences(rows), sets_of(rows))
        alarms += found.p_above(0.1) <= 0.01
        lower, upper = found.interval(0.01, 0.1)
        misses += not lower <= 0 <= upper
    assert alarms <= 9  # expected: 4 at most; 10 or more come in 1 of 100
    assert misses <= 15


@pytest.mark.parametrize("times", [3, 10, 100])
@pytest.mark.parametrize("beside", [1, 3])
def test_a_version_that_alone_is_noisy_makes_hardly_more_alarms(times: int, beside: int) -> None:
    """Of unchanged versions, at the first three looks of a search together: about the 1 % that a proof may spend."""
    rng = random.Random(12)
    trials, alarms = 2_000, 0
    for _ in range(trials):
        rows = [[rng.gauss(0, s) for s in (0.01, 0.01 * times, *(0.01,) * beside)] for _ in range(max(EARLY_LOOKS))]
        looks = [contrast(differences(rows[:n]), sets_of(rows[:n])).p_above(EARLY_LOOKS[n]) for n in EARLY_LOOKS]
        alarms += min(looks) <= 0.01
    assert alarms <= 0.012 * trials
