import json

import pytest

from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import read_results, recognise


def bmf(document):
    return json.dumps(document).encode()


def test_latencies_are_nanoseconds_and_build_times_seconds():
    content = bmf({"a": {"latency": {"value": 88.0, "lower_value": 87.0}}, "b": {"build-time": {"value": 12.5}}})
    assert recognise(content) == "bencher"
    (run,) = read_results(content).runs
    assert [(s.id, s.median_s, s.figure) for s in run.samples] == [
        ("a", pytest.approx(88e-9), "time"),
        ("b", 12.5, "time"),
    ]
    assert run.started_at == ""


def test_a_throughput_counts_where_there_is_no_latency():
    both = {"throughput": {"value": 5.0}, "latency": {"value": 4.0}}
    (run,) = read_results(bmf({"a": both, "b": {"throughput": {"value": 4.0}}})).runs
    assert [(s.id, s.median_s) for s in run.samples] == [("a", pytest.approx(4e-9)), ("b", 0.25)]


def test_what_is_no_time_is_left_out_and_said():
    content = bmf({"a": {"latency": {"value": 1.0}, "file-size": {"value": 3}}, "b": {"allocations": {"value": 3}}})
    reading = read_results(content)
    assert [sample.id for sample in reading.runs[0].samples] == ["a"]
    assert reading.left_out == ("2 values that are no times left out (1 x file-size, 1 x allocations)",)


@pytest.mark.parametrize("value", ["soon", None, -1, float("nan"), 10**400, [], True])
def test_a_value_that_is_no_number_is_no_time(value):
    with pytest.raises(NotResultsError, match="no usable time"):
        read_results(bmf({"a": {"latency": {"value": value}}}))
