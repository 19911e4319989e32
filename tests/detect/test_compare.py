import math
import random

import pytest

from bench_agent.detect.compare import compare_samples, judge_latest

SOURCE = random.Random(5)
LEVEL = [math.exp(SOURCE.gauss(0, 0.02)) for _ in range(60)]


def test_a_usual_value_is_the_same():
    found = judge_latest([*LEVEL, 1.01])
    assert (found.verdict, found.worse) == ("same", False)
    assert found.ratio == pytest.approx(1.01, rel=0.01)


def test_one_run_that_stands_out_is_undecided_the_second_is_slower_and_the_third_is_not_told_again():
    verdicts = [judge_latest([*LEVEL, *[1.3, 1.31, 1.29, 1.3][:n]]) for n in (1, 2, 3)]
    assert [v.verdict for v in verdicts] == ["undecided", "slower", "undecided"]
    assert "alone" in verdicts[0].why
    assert (verdicts[1].since, verdicts[1].worse) == (60, True)
    assert verdicts[1].ratio == pytest.approx(1.3, rel=0.02)
    assert "3" not in verdicts[2].why
    assert verdicts[2].level is None


def test_throughput_and_improvements():
    fewer = [*LEVEL, 0.7, 0.7]
    assert judge_latest(fewer).verdict == "faster"
    assert judge_latest(fewer, better="higher").verdict == "slower"


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0], [*LEVEL, math.nan], [math.nan] * 9, [1.0, math.inf]])
def test_too_little_to_go_by_is_undecided(values):
    assert judge_latest(values).verdict == "undecided"


def test_a_constant_series_is_the_same():
    assert judge_latest([3.0] * 30).verdict == "same"
    assert judge_latest([0.0] * 30).verdict == "same"


@pytest.mark.long
def test_noise_is_called_slower_or_faster_in_less_than_one_of_200_runs():
    told = runs = 0
    for seed in range(12):
        source = random.Random(seed)
        values = [math.exp(source.gauss(0, 0.05)) for _ in range(90)]
        for end in range(30, 91, 3):
            told += judge_latest(values[:end]).verdict in ("slower", "faster")
            runs += 1
    assert told <= runs / 200


def test_two_samples_tell_a_change_and_its_size():
    source = random.Random(1)
    base, slow = ([m * math.exp(source.gauss(0, 0.02)) for _ in range(30)] for m in (1.0, 1.1))
    found = compare_samples(base, slow)
    assert (found.verdict, found.n_base) == ("slower", 30)
    assert found.interval[0] < 1.1 < found.interval[1]
    back = compare_samples(slow, base)
    assert (back.verdict, back.ratio) == ("faster", pytest.approx(1 / found.ratio))


def test_equal_samples_are_called_different_as_seldom_as_promised():
    source = random.Random(2)
    wrong = same = 0
    for _ in range(400):
        base, other = ([math.exp(source.gauss(0, 0.01)) for _ in range(20)] for _ in "ab")
        verdict = compare_samples(base, other).verdict
        wrong, same = wrong + (verdict == "slower"), same + (verdict == "same")
    assert wrong <= 0.02 * 400
    assert same >= 0.95 * 400


def test_three_values_a_side_settle_nothing_five_can():
    assert compare_samples([1, 1.01, 1.02], [2, 2.01, 2.02]).verdict == "undecided"
    assert compare_samples([1, 1.01, 1.02], [2, 2.01, 2.02]).interval is None
    five = [1 + i / 100 for i in range(5)]
    assert compare_samples(five, [2 * v for v in five]).verdict == "slower"


@pytest.mark.parametrize("sample", [[], [0.0, -1.0], [math.nan, math.inf]])
def test_samples_without_usable_values_have_no_ratio(sample):
    found = compare_samples(sample, [1.0, 2.0])
    assert (found.verdict, found.ratio, found.interval, found.n_base) == ("undecided", None, None, 0)


def test_very_many_rounds_are_compared_by_their_order_statistics():
    source = random.Random(3)
    base, slow = ([m * math.exp(source.gauss(0, 0.1)) for _ in range(50_000)] for m in (1.0, 1.2))
    found = compare_samples(base, slow)
    assert (found.verdict, found.n_candidate) == ("slower", 50_000)
    assert found.ratio == pytest.approx(1.2, rel=0.01)
