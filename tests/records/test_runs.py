from dataclasses import FrozenInstanceError, replace

import pytest

from bench_agent.records import Point, Series
from histories import MACHINE, make_run, make_sample


@pytest.mark.parametrize(
    "other",
    [{"load_1m": 7.0}, {"virtual": True}, {"python": "3.12.9"}],
    ids=["load", "virtual", "patch level"],
)
def test_what_does_not_change_timings_leaves_the_key(other):
    assert replace(MACHINE, **other).key == MACHINE.key


@pytest.mark.parametrize(
    "other",
    [
        {"system": "Darwin"},
        {"arch": "arm64"},
        {"cpu": "M3"},
        {"cores": 4},
        {"python": "3.13.1"},
        {"implementation": "PyPy"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_machine_or_interpreter_has_another_key(other):
    assert replace(MACHINE, **other).key != MACHINE.key


def test_python_3_1_and_3_12_are_not_the_same_minor():
    assert replace(MACHINE, python="3.1.2").key != MACHINE.key


def test_a_run_finds_its_samples_by_id():
    run = make_run(0, [make_sample(0), make_sample(1)])
    assert run.sample(make_sample(1).id) == make_sample(1)
    assert run.sample("nothing") is None


@pytest.mark.parametrize(
    ("rounds", "p95", "p99"), [(19, False, False), (20, True, False), (99, True, False), (100, True, True)]
)
def test_percentiles_need_rounds_enough(rounds, p95, p99):
    sample = make_sample(rounds=rounds)
    assert (sample.supports_p95, sample.supports_p99) == (p95, p99)


def test_values_do_not_change():
    with pytest.raises(FrozenInstanceError):
        make_sample().median_s = 1.0


def test_a_series_gives_its_values_in_order():
    points = tuple(Point(run_id=str(i), at="", sha=None, value=float(i)) for i in range(3))
    assert Series(id="x", name="x", metric="median", points=points).values == (0.0, 1.0, 2.0)
