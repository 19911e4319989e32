import base64
import json
import math
import os
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

import bench_agent
from bench_agent.measure.probe_results import parse_line, parse_probe, with_memory
from bench_agent.stats.round_summary import summarise_rounds


def packed(values):
    return base64.b64encode(array("d", values).tobytes()).decode()


def lines(*events):
    first = {"kind": "session", "python": "3.12.1", "implementation": "CPython", "pytest_benchmark": "5.3.1"}
    return b"".join(json.dumps(event).encode() + b"\n" for event in (first, *events))


def measured(id="a.py::test_x", data=(1.0, 2.0, 3.0), **changes):
    event = {"kind": "benchmark", "id": id, "outcome": "passed", "iterations": 1, "started": 10.0, "stopped": 12.5}
    return event | {"data": packed(data), "cpu": packed(data), "timer": "perf_counter", "body": "abc"} | changes


def outcome(id, outcome, message=""):
    return {"kind": "outcome", "id": id, "outcome": outcome, "message": message}


END = {"kind": "end", "exit": 0, "items": 1, "benchmarks": 1}


def test_rounds_are_summed_up_for_one_iteration():
    data = [0.5 + i / 1000 for i in range(200)]
    event = measured(
        data=data, cpu=packed([0.5, float("nan")] * 100), iterations=10, group="g", extra={"rows": "1\x1b[31m2"}
    )
    (sample,) = parse_probe([lines(event)]).samples
    expected = summarise_rounds(data)
    assert (sample.rounds, sample.iterations, sample.group, sample.body_hash) == (200, 10, "g", "abc")
    assert (sample.median_s, sample.p95_s, sample.mean_s) == (expected.median, expected.p95, expected.mean)
    read = summarise_rounds(data[::2])  # the CPU clock was read around every other round
    assert sample.cpu_s == pytest.approx(read.median / 2)
    assert sample.cpu_use == pytest.approx(0.5)
    assert sample.extra == {"rows": "12"}
    assert sample.spent_s == 2.5


def test_without_cpu_times_the_cpu_time_is_not_known():
    (sample,) = parse_probe([lines(measured(cpu=None))]).samples
    assert (sample.cpu_s, sample.cpu_use) == (None, None)


def test_what_was_executed_and_imported_by_then_belongs_to_the_sample():
    events = [
        measured("one", files=["a.py"], functions={"a.py::f": [2, 10]}, complete=True),
        measured("two", files=["b.py"], functions=None),
    ]
    one, two = parse_probe([lines(*events)]).samples
    assert (one.reach.functions, one.reach.lines, one.reach.files, one.reach.complete) == (
        {"a.py::f": 2},
        {"a.py::f": 10},
        ("a.py",),
        True,
    )
    assert (two.reach.files, two.reach.complete) == (("a.py", "b.py"), False)


@pytest.mark.parametrize("bad", ["failed", "xfailed", "skipped", None])
def test_timings_of_a_test_that_did_not_pass_are_no_results(bad):
    assert parse_probe([lines(measured(outcome=bad), outcome("a.py::test_x", bad))]).samples == ()


def test_an_unexpected_pass_is_a_pass():
    found = parse_probe([lines(measured(outcome="xpassed"), outcome("a.py::test_x", "xpassed"))])
    assert (len(found.samples), found.failures) == (1, ())


def test_a_fault_after_the_test_makes_it_a_failure():
    found = parse_probe(
        [lines(measured(), outcome("a.py::test_x", "passed"), outcome("a.py::test_x", "error", "boom\x1b[0m"))]
    )
    assert found.samples == ()
    assert [(f.outcome, f.message) for f in found.failures] == [("error", "boom")]


def test_a_test_that_was_run_again_is_judged_by_its_last_attempt():
    """pytest-rerunfailures reports "rerun" for the attempts before the last."""
    events = [
        measured(outcome="rerun"),
        outcome("a.py::test_x", "rerun"),
        measured(),
        outcome("a.py::test_x", "passed"),
    ]
    found = parse_probe([lines(*events)])
    assert (len(found.samples), found.failures) == (1, ())
    found = parse_probe([lines(*events[:2], measured(outcome="failed"), outcome("a.py::test_x", "failed"))])
    assert (found.samples, len(found.failures)) == ((), 1)


def test_a_benchmark_that_failed_in_one_session_and_passed_in_another_failed():
    found = parse_probe([lines(outcome("a.py::test_x", "failed")), lines(measured())])
    assert (found.samples, len(found.failures)) == ((), 1)


def test_a_benchmark_measured_twice_keeps_its_last_timing_and_says_so():
    found = parse_probe([lines(measured(data=[1.0])), lines(measured(data=[2.0]))])
    assert [s.median_s for s in found.samples] == [2.0]
    assert "1 benchmark measured more than once" in found.warnings[0]
    assert (found.sessions, found.finished) == (2, 0)


@pytest.mark.parametrize("rounds", [[], [math.nan, 1.0], [1.0, math.inf], [1.0, -0.5, 2.0]])
def test_rounds_that_are_no_times_are_left_out_and_said(rounds):
    found = parse_probe([lines(measured(data=rounds), measured("b.py::test_y"))])
    assert [s.id for s in found.samples] == ["b.py::test_y"]
    assert found.warnings == ("a benchmark could not be recorded: a.py::test_x: its rounds are no times",)


@pytest.mark.parametrize("data", [None, "", "?", "AAAA", "é"])
def test_rounds_that_cannot_be_decoded_are_left_out(data):
    assert parse_probe([lines(measured() | {"data": data})]).samples == ()


def test_zero_times_are_times_without_a_rate():
    (sample,) = parse_probe([lines(measured(data=[0.0, 0.0], cpu=None))]).samples
    assert (sample.median_s, sample.ops, sample.cpu_use) == (0.0, None, None)


def test_a_line_cut_short_by_a_kill_costs_only_itself():
    content = lines(measured("one"), measured("two"))
    for cut in range(len(content)):
        found = [sample.id for sample in parse_probe([content[:cut]]).samples]
        assert found == ["one", "two"][: len(found)]
        assert len(found) >= content[:cut].count(b"\n") - 1
    assert parse_line(content[:20]) is None


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"3", b'{"kind": 3}', b"{}", b"\xff\xfe"])
def test_what_is_no_event_is_no_line(line):
    assert parse_line(line) is None


def test_the_exit_code_is_the_first_that_is_not_zero():
    ends = [lines(END | {"exit": code}) for code in (0, 5, 1)]
    assert parse_probe(ends).exit_code == 5
    assert parse_probe(ends[:1]).exit_code == 0
    assert parse_probe([lines()]).exit_code is None
    assert parse_probe([]).exit_code is None


def test_memory_joins_the_samples_by_id():
    found = with_memory(parse_probe([lines(measured("one"), measured("two"))]), {"one": (200, 100)})
    assert [(s.peak_bytes, s.mean_bytes) for s in found.samples] == [(200, 100), (None, None)]
    assert found.windows["one"].stopped == 12.5


NOTHING = {"kind": "end", "exit": 5, "items": 0, "benchmarks": 0}


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        ({"items": 3, "disabled": True, "benchmarks": 3}, "disabled"),
        ({"items": 3, "skip": True, "benchmarks": 3}, "skipped"),
        ({"items": 3, "xdist": True, "benchmarks": 3}, "xdist"),
        ({"items": 0, "deselected": 7}, "deselected"),
        ({"items": 3}, "no_fixture"),
        ({}, "no_tests"),
        ({"items": 1, "benchmarks": 1}, "nothing_ended"),
    ],
)
def test_what_pytest_knew_at_its_end_is_told(end, cause):
    assert parse_probe([lines(NOTHING | end)]).nothing.cause == cause


def test_what_could_not_be_collected_is_one_line():
    end = NOTHING | {"collect_errors": [{"id": "a.py", "message": "No module named\n'x'"}]}
    assert "could not collect a.py: No module named 'x'" in parse_probe([lines(end)]).nothing.reason


def test_the_first_failure_is_named():
    found = parse_probe([lines(outcome("a.py::test_x", "failed", "assert 1 == 2"), END)])
    assert found.nothing.reason == "1 benchmark failed and none passed; the first: a.py::test_x: assert 1 == 2"


def test_without_pytest_benchmark_it_says_what_to_install():
    content = lines(END).replace(b'"5.3.1"', b"null")
    assert "pip install pytest-benchmark" in parse_probe([content]).nothing.hint


def test_a_session_that_was_killed_says_so():
    collected = {"kind": "collected", "items": 1, "benchmarks": ["a.py::test_x"], "marker_only": 0}
    assert parse_probe([lines(collected)]).nothing.cause == "stopped"


def test_a_session_that_gave_up_before_collecting_leaves_the_word_to_its_output():
    assert parse_probe([lines()]).nothing is None


def test_without_any_session_there_is_no_reason_to_tell():
    assert (parse_probe([]).nothing, parse_probe([b"nonsense\n"]).sessions) == (None, 0)


def test_what_the_real_probe_writes_is_read(tmp_path):
    (tmp_path / "test_x.py").write_text(
        "import pytest\n"
        "def work():\n    return sum(range(100))\n"
        "def test_good(benchmark):\n    benchmark.pedantic(work, rounds=30, iterations=2)\n"
        "def test_bad(benchmark):\n    benchmark.pedantic(work, rounds=5)\n    assert False, 'no\\x1b[31m'\n"
        "@pytest.mark.skip\ndef test_skipped(benchmark):\n    benchmark(work)\n"
    )
    entry = Path(bench_agent.__file__).parent / "measure" / "probe" / "start"
    environment = {**os.environ, "PYTHONPATH": str(entry), "BENCH_AGENT_PLUGIN": "bench_agent_probe"}
    environment |= {"BENCH_AGENT_OUT": str(tmp_path / "out"), "BENCH_AGENT_ROOT": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_x.py"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=120, check=False)
    found = parse_probe([path.read_bytes() for path in (tmp_path / "out").glob("*.jsonl")])
    assert [(s.id, s.rounds, s.iterations) for s in found.samples] == [("test_x.py::test_good", 30, 2)]
    assert found.samples[0].reach.functions["test_x.py::work"] == 1
    assert found.samples[0].cpu_s > 0
    assert [(f.id, f.outcome) for f in found.failures] == [("test_x.py::test_bad", "failed")]
    assert "\x1b" not in found.failures[0].message
    assert (found.skipped, found.collected, found.exit_code, found.finished) == (1, 3, 1, 1)
    assert found.warnings == ()
