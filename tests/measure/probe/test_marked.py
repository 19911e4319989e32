"""Suites that pytest-benchmark does not time: tests marked as a whole, with and without CodSpeed's plug-in; async ones."""

import importlib.util
import sys

import pytest

from projects import make_project, measure

BARE = f"'{sys.executable}' -m pytest -q -p no:cacheprovider"
NO_PLUGIN = f"{BARE} -p no:benchmark tests/benchmark"
MARKED = """
import pytest
pytestmark = pytest.mark.benchmark(max_time=0.01)  # as CodSpeed takes it
calls = []

@pytest.fixture
def number():
    calls.append("set-up")
    return 50

def test_whole(number):
    assert sum(range(number)) == 1225

class TestClass:
    @pytest.mark.parametrize("n", [1, 2])
    def test_method(self, n): sorted(range(n))

def test_fails(): assert 0, "boom"

def test_skips(): pytest.skip("not here")

def test_fixtures_are_made_once(): assert calls == ["set-up"]
"""


@pytest.mark.parametrize("recipe", ["{pytest} tests/benchmark", NO_PLUGIN])
def test_tests_marked_as_a_whole_are_timed_by_ourselves(tmp_path, recipe: str) -> None:
    found = measure(make_project(tmp_path, suite=MARKED), recipe)
    assert found.names == {"test_whole", "test_method[1]", "test_method[2]", "test_fixtures_are_made_once"}
    assert [(f.id.rpartition("::")[2], f.outcome) for f in found.probed.failures] == [("test_fails", "failed")]
    assert found.probed.skipped == 1
    whole = next(s for s in found.probed.samples if s.id.endswith("test_whole"))
    assert whole.rounds >= 5
    assert whole.iterations >= 1
    assert 0 < whole.min_s <= whole.median_s
    assert whole.reach.functions == {"tests/benchmark/test_it.py::test_whole": 1}


def test_a_mark_is_a_label_where_tests_use_the_fixture(tmp_path) -> None:
    suite = "import pytest\npytestmark = pytest.mark.benchmark\ndef test_a(benchmark): benchmark(int)\n"
    suite += "def test_b(): pass\n"
    found = measure(make_project(tmp_path, suite=suite), "{pytest} -p no:codspeed tests/benchmark")
    assert found.names == {"test_a"}


def test_a_long_test_is_not_called_more_often_than_it_takes(tmp_path) -> None:
    suite = (
        "import pytest, time\n@pytest.mark.benchmark(max_time=0.01, min_rounds=3)\ndef test_it(): time.sleep(0.02)\n"
    )
    found = measure(make_project(tmp_path, suite=suite), NO_PLUGIN)
    assert [(s.rounds, s.iterations) for s in found.probed.samples] == [(3, 1)]


def test_an_async_function_given_to_the_fixture_is_said_to_be_no_measurement(tmp_path) -> None:
    suite = "async def work(): return 1\ndef test_it(benchmark): benchmark(work).close()\n"
    found = measure(make_project(tmp_path, suite=suite), "{pytest} -W ignore tests/benchmark")
    (warning,) = found.probed.warnings
    assert "test_it measures how long a coroutine takes to make" in warning
    assert "asyncio.run" in warning


@pytest.mark.skipif(not importlib.util.find_spec("pytest_asyncio"), reason="pytest-asyncio is not installed")
def test_marked_async_tests_are_measured_with_their_loop(tmp_path) -> None:
    suite = "import asyncio, pytest\npytestmark = [pytest.mark.asyncio, pytest.mark.benchmark]\n"
    suite += "async def test_waits(): await asyncio.sleep(0.001)\n"
    found = measure(make_project(tmp_path, suite=suite))
    (sample,) = found.probed.samples
    assert sample.min_s >= 0.001


CODSPEED = """
import pytest

def test_fixture(benchmark): assert benchmark(sum, range(50)) == 1225

def test_pedantic(benchmark):
    benchmark.pedantic(sorted, setup=lambda: (([3, 1],), {}), rounds=7)

@pytest.mark.benchmark(max_time=0.01)
def test_marked(): sum(range(50))

def test_ordinary(): assert 0
"""


@pytest.mark.skipif(not importlib.util.find_spec("pytest_codspeed"), reason="pytest-codspeed is not installed")
@pytest.mark.parametrize("options", ["--codspeed", "", "--codspeed -p no:benchmark"])
def test_codspeed_suites_are_measured_whichever_plugin_is_on(tmp_path, options: str) -> None:
    found = measure(make_project(tmp_path, suite=CODSPEED), f"{BARE} tests/benchmark {options}")
    assert found.names == {"test_fixture", "test_pedantic", "test_marked"}
    assert not (tmp_path / ".codspeed").exists()  # nothing is left by a plug-in that we stand in for
