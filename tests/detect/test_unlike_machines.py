"""Whether machines of several kinds agree on a change."""

import math
import random

import pytest
from scipy import stats

from bench_agent.detect.unlike_machines import across_machines, difference_p, kind_of, say_across
from bench_agent.records import Machine


def _noisy(rng: random.Random, centre: float, sd: float, n: int) -> list[float]:
    return [centre + sd * rng.gauss(0, 1) for _ in range(n)]


def test_what_slows_one_kind_alone_is_not_pooled() -> None:
    rng = random.Random(1)
    logs = {"ARM, CPython 3.12": _noisy(rng, math.log(1.4), 0.02, 8), "x86, CPython 3.12": _noisy(rng, 0.0, 0.02, 8)}
    found = across_machines(logs)
    assert (found.agreement, found.pooled) == ("kind", None)
    assert [each.kind for each in found.kinds] == ["ARM, CPython 3.12", "x86, CPython 3.12"]
    said = say_across(found)
    assert said is not None
    assert said.startswith("machines disagree: +")
    assert "on ARM" in said


def test_all_slower_but_not_by_the_same_is_said_as_a_difference_in_size() -> None:
    rng = random.Random(2)
    found = across_machines({"a": _noisy(rng, math.log(1.6), 0.02, 8), "b": _noisy(rng, math.log(1.2), 0.02, 8)})
    assert found.agreement == "size"
    opposite = across_machines({"a": _noisy(rng, math.log(1.2), 0.02, 8), "b": _noisy(rng, math.log(0.8), 0.02, 8)})
    assert opposite.agreement == "kind"


def test_those_that_agree_are_pooled_and_nothing_is_said() -> None:
    rng = random.Random(3)
    found = across_machines({"a": _noisy(rng, 0.1, 0.02, 8), "b": _noisy(rng, 0.1, 0.04, 12)})
    assert found.agreement == "agree"
    assert found.pooled is not None
    assert found.pooled.n == 20
    assert found.pooled.estimate == pytest.approx(0.1, abs=0.02)
    assert say_across(found) is None


def test_a_difference_that_nobody_needs_to_know_is_no_disagreement() -> None:
    rng = random.Random(4)
    found = across_machines({"a": _noisy(rng, 0.100, 0.001, 12), "b": _noisy(rng, 0.120, 0.001, 12)})
    assert found.p < 0.01
    assert found.agreement == "agree"


@pytest.mark.parametrize(("one", "other"), [(4, 4), (1, 20), (2, 8)])
def test_too_few_sets_can_not_say_that_machines_agree(one: int, other: int) -> None:
    rng = random.Random(5)
    assert across_machines({"a": _noisy(rng, 0, 0.02, one), "b": _noisy(rng, 0, 0.02, other)}).agreement == "unknown"


def test_one_kind_agrees_with_itself_and_nothing_says_nothing() -> None:
    assert across_machines({"a": [0.1] * 8}).agreement == "agree"
    assert across_machines({"a": [0.1] * 8, "b": []}).agreement == "agree"
    assert across_machines({}).agreement == "unknown"
    assert across_machines({}).pooled is None


@pytest.mark.parametrize("seed", range(5))
def test_the_p_value_is_that_of_a_permutation_test(seed: int) -> None:
    rng = random.Random(seed)
    one, other = _noisy(rng, 0.02, 0.02, 4), _noisy(rng, 0.0, 0.02, 5)
    oracle = stats.permutation_test(
        (one, other),
        lambda a, b: abs(stats.ttest_ind(a, b, equal_var=False).statistic),
        n_resamples=math.inf,
        alternative="greater",
    )
    assert difference_p(one, other) == pytest.approx(oracle.pvalue, abs=1e-9)


def test_equal_values_and_few_values_differ_by_nothing() -> None:
    assert difference_p([0.0] * 5, [0.0] * 5) == 1.0
    assert difference_p([0.0], [1.0, 2.0]) == 1.0
    assert difference_p([0.0] * 5, [1.0] * 5) == pytest.approx(2 / 252)


def test_many_sets_are_sampled_and_still_told_apart() -> None:
    rng = random.Random(6)
    one, other = _noisy(rng, 0.1, 0.02, 20), _noisy(rng, 0.0, 0.02, 20)
    assert difference_p(one, other) < 0.001
    assert difference_p(one, other) == difference_p(one, other)


def test_a_kind_is_the_cpu_and_the_minor_version() -> None:
    one = Machine(cpu="AMD EPYC", python="3.12.1", implementation="CPython", cores=2)
    assert kind_of(one) == "AMD EPYC, CPython 3.12"
    assert kind_of(one) == kind_of(Machine(cpu="AMD EPYC", python="3.12.7", implementation="CPython", cores=64))
    assert kind_of(Machine()) == "an unknown CPU, Python"
