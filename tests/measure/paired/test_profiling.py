"""Own times of two versions in turns, with real sessions."""

import os
import sys
from pathlib import Path

import pytest

from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.profiling import FEWEST, profile_sides
from bench_agent.measure.paired.side import Side
from bench_agent.records import Place, Profile

SUITE = """
import work

def test_works(benchmark):
    benchmark(work.work)

def test_sleeps(benchmark):
    benchmark(work.sleep)

def test_profiles(benchmark):
    benchmark(work.profile)

def test_once(benchmark):
    benchmark(work.once)

def test_skipped(benchmark):
    import pytest
    pytest.skip("not here")
"""
COMMON = """
import cProfile
import time

def sleep():
    time.sleep(0.1)

def profile():
    profiler = cProfile.Profile()
    profiler.enable()
    work()
    profiler.disable()

def once(calls=[]):
    calls.append(1)
    if len(calls) > 1:
        raise ValueError("only once")
"""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    folder = tmp_path_factory.mktemp("profiling")
    found = []
    for name, work in (("one", "return sum(range(500))"), ("two", "return sum(sorted(range(500)))")):
        (folder / name).mkdir()
        (folder / name / "work.py").write_text(f"{COMMON}\ndef work():\n    {work}\n")
        (folder / name / "test_it.py").write_text(SUITE)
        found.append(Side(label=name, root=folder / name, python=(sys.executable,)))
    return found[0], found[1]


def profiled(sides: tuple[Side, Side], test: str) -> Profile:
    with Counting((sys.executable,), env=os.environ) as counting:
        return profile_sides(counting, *sides, f"test_it.py::{test}", start_timeout_s=120, patience_s=60, budget_s=1.0)


def test_both_versions_have_as_many_turns_with_what_each_executes(sides: tuple[Side, Side]) -> None:
    found = profiled(sides, "test_works")
    assert found.problem == ""
    assert len(found.before) == len(found.after) >= FEWEST
    one, two = Place("work.py::work"), Place("work.py::work", "sorted")
    assert all(one in turn.places and two not in turn.places for turn in found.before)
    for turn in found.after:
        assert turn.places[two].calls == 1.0
        assert turn.places[one].calls == 1.0
        assert turn.places[one].built_in_calls == 2.0
        assert 0 < turn.places[two].own_s < turn.profiled_s
        assert turn.plain_s > 0


@pytest.mark.long
@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("test_sleeps", "one call takes 0.1 s"),
        ("test_profiles", "profiler"),
        ("test_once", "raises when it is called again"),
        ("test_skipped", "not here"),
        ("test_nothing", "not collected"),
    ],
)
def test_what_cannot_be_profiled_says_why(sides: tuple[Side, Side], test: str, why: str) -> None:
    found = profiled(sides, test)
    assert why in found.problem
    assert found.before == found.after == ()


def test_a_version_that_does_not_start_is_a_reason_too(sides: tuple[Side, Side], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("raise ImportError('half done')\n")
    broken = Side(label="bad", root=tmp_path, python=(sys.executable,))
    assert profiled((sides[0], broken), "test_works").problem
