"""What odd suites and hooks do to pytest-benchmark's own results must not reach ours: real sessions, read through the probe."""

import json

import pytest

from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.stored import dump_run
from bench_agent.measure.probe_results import ProbeResult
from bench_agent.records import Run
from projects import make_project, measure

ODD = """
import pytest

class Thing:
    pass

@pytest.mark.parametrize("thing", [Thing(), Thing()])
def test_objects(benchmark, thing): benchmark(int)

@pytest.mark.parametrize("thing", [Thing()], ids=repr)
def test_address(benchmark, thing): benchmark(int)

@pytest.mark.parametrize("text", ["a/b::c[d]", "\\xe9\\u2603", b"\\xff"])
def test_text(benchmark, text): benchmark(int)

class TestOne:
    def test_same(self, benchmark): benchmark(int)

class TestTwo:
    def test_same(self, benchmark): benchmark(int)

def test_extra(benchmark):
    benchmark.extra_info.update(nan=float("nan"), inf=float("inf"), raw=b"x", thing=Thing(), many={1, 2})
    benchmark(int)

def test_one_datum(benchmark):
    benchmark.pedantic(int, rounds=1, iterations=100)
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> ProbeResult:
    return measure(make_project(tmp_path_factory.mktemp("odd"), suite=ODD)).probed


def test_odd_parameters_and_shared_names_stay_apart(odd: ProbeResult) -> None:
    names = sorted(s.id.partition("::")[2].partition("[0x")[0] for s in odd.samples)
    assert [name for name in names if "address" not in name] == [
        "TestOne::test_same",
        "TestTwo::test_same",
        "test_extra",
        "test_objects[thing0]",
        "test_objects[thing1]",
        "test_one_datum",
        r"test_text[\xe9\u2603]",
        r"test_text[\xff]",
        "test_text[a/b::c[d]]",
    ]


def test_what_a_benchmark_says_of_itself_can_be_kept(odd: ProbeResult) -> None:
    (sample,) = (s for s in odd.samples if s.id.endswith("test_extra"))
    assert {key: sample.extra[key] for key in ("nan", "inf", "raw")} == {"nan": "nan", "inf": "inf", "raw": "b'x'"}
    kept = dump_run(Run(run_id="20260101_000000", started_at="2026-01-01T00:00:00Z", samples=odd.samples))
    json.loads(kept, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_an_address_in_an_id_is_said_because_no_other_run_will_have_it(odd: ProbeResult) -> None:
    (warning,) = (text for text in odd.warnings if "address" in text)
    assert warning.startswith("1 benchmark has a memory address in its id, so no other run can be compared: ")
    assert "test_address[<" in warning


def test_a_single_datum_of_a_hundred_iterations_is_one_round(odd: ProbeResult) -> None:
    (sample,) = (s for s in odd.samples if s.id.endswith("test_one_datum"))
    assert (sample.rounds, sample.iterations, sample.stddev_s) == (1, 100, 0.0)
    assert not sample.supports_p95


HOOKS = {
    "rewrites_the_schema": "def pytest_benchmark_update_json(output_json):\n    output_json['benchmarks'] = [{'name': 'x'}]",
    "gives_a_list": "def pytest_benchmark_generate_json(): return [1]",
    "breaks": "def pytest_benchmark_update_json(output_json): raise RuntimeError('hook')",
}


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_change_their_file_and_not_our_results(tmp_path, hook: str) -> None:
    project = make_project(tmp_path)
    project.write("tests/benchmark/conftest.py", HOOKS[hook] + "\n")
    found = measure(project, "{pytest} tests/benchmark -k adds --benchmark-json=own.json")
    assert found.names == {"test_adds"}
    assert all(sample.median_s > 0 for sample in found.probed.samples)
    own = tmp_path / "own.json"
    if hook == "breaks":
        assert not own.exists() or not own.read_bytes()
    elif hook == "gives_a_list":
        with pytest.raises(NotResultsError, match="no list of `benchmarks`"):
            parse_results(own.read_bytes())
    else:
        run = parse_results(own.read_bytes())
        assert (run.samples, run.warnings) == ((), ("1 benchmarks have no usable timings and are left out",))
