import math
import random

import pytest

from bench_agent.detect.drift import new_drift


def told(values, **given):
    return [(end, drift) for end in range(1, len(values) + 1) if (drift := new_drift(values[:end], **given))]


def creeping(rate, runs, *, noise=0.02, seed=1):
    source = random.Random(seed)
    return [math.exp(rate * i + source.gauss(0, noise)) for i in range(runs)]


def test_small_rises_are_summed_up_and_named_once():
    (end, drift), *more = told(creeping(0.005, 35))
    assert more == []
    assert 18 <= end <= 32
    assert drift.ratio == pytest.approx(1.1, abs=0.03)
    assert drift.runs == end - 1


def test_it_is_named_again_when_it_grew_by_as_much_again():
    assert 2 <= len(told(creeping(0.01, 40))) <= 4


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05, 0.15])
def test_nothing_creeps_in_noise_nor_in_a_step_nor_downwards(noise):
    for seed in range(10):
        source = random.Random(seed)
        flat = [math.exp(source.gauss(0, noise)) for _ in range(40)]
        assert told(flat) == []
        assert noise > 0.1 or told([v * (1.3 if i >= 20 else 1) for i, v in enumerate(flat)]) == []
        assert told(creeping(-0.01, 40, noise=noise, seed=seed)) == []


def test_an_accepted_level_is_where_it_is_counted_from():
    values = creeping(0.006, 30)
    assert told(values, accepted=values[-1] * 1.05) == []
    (_, drift), *_ = told(values, accepted=1.0)
    assert drift.level == 1.0


@pytest.mark.parametrize("values", [[], [1.0], [0.0] * 30, [math.nan] * 30, [2.0] * 30])
def test_odd_input_does_not_creep(values):
    assert new_drift(values) is None
