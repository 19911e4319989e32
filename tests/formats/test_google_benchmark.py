import json
from pathlib import Path

import pytest

from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import read_results, recognise

DATA = Path(__file__).parents[1] / "data" / "google_benchmark"
REPEATED, SUMS = ((DATA / f"{name}.json").read_bytes() for name in ("repetitions", "aggregates"))


def test_repetitions_are_rounds_and_aggregates_are_not():
    theirs = json.loads(REPEATED)["benchmarks"]
    assert recognise(REPEATED) == "google-benchmark"
    reading = read_results(REPEATED)
    (run,) = reading.runs
    found = {sample.id: sample for sample in run.samples}
    assert set(found) == {"BM_Sum/64", "BM_Copy", "BM_Grow/64"}
    for id, scale in (("BM_Sum/64", 1e-9), ("BM_Copy", 1e-6)):
        times = [e["real_time"] * scale for e in theirs if e["run_name"] == id and e["run_type"] == "iteration"]
        assert (found[id].rounds, found[id].min_s) == (3, pytest.approx(min(times)))
        assert found[id].cpu_s == pytest.approx(found[id].median_s, rel=0.2)
    assert [(f.id, f.outcome, f.message) for f in run.failures] == [("BM_Broken", "failed", "no data")]
    assert reading.left_out == ("1 benchmarks that failed or were skipped left out",)
    assert (run.started_at, run.machine.cores) == ("2026-11-26T11:00:26Z", 2)


def test_of_aggregates_alone_the_median_is_one_figure():
    (run,) = read_results(SUMS).runs
    theirs = {e["name"]: e for e in json.loads(SUMS)["benchmarks"]}
    assert [sample.id for sample in run.samples] == ["BM_Sum/64", "BM_Sum/4096", "BM_Copy"]
    sample = run.samples[0]
    assert sample.median_s == pytest.approx(theirs["BM_Sum/64_median"]["real_time"] * 1e-9)
    assert (sample.rounds, sample.figure, sample.tails_known) == (3, "median", False)


def test_files_without_a_run_type_tell_aggregates_by_name():
    rows = [
        {"name": name, "real_time": 5, "cpu_time": 5, "time_unit": "ms", "iterations": 9}
        for name in ("BM_x", "BM_x", "BM_x_mean", "BM_x_stddev")
    ]
    (run,) = read_results(json.dumps({"context": {"date": "2017-01-02 03:04:05"}, "benchmarks": rows}).encode()).runs
    assert [(s.id, s.rounds, s.median_s) for s in run.samples] == [("BM_x", 2, 0.005)]
    assert run.started_at == "2017-01-02T03:04:05Z"


def test_skipped_is_no_result():
    rows = [{"name": "BM_x", "skipped": True, "skip_message": "no GPU", "real_time": 0, "time_unit": "ns"}]
    with pytest.raises(NotResultsError, match="failed or were skipped"):
        read_results(json.dumps({"context": {}, "benchmarks": rows}).encode())


def test_a_benchmark_whose_name_ends_like_an_aggregate_is_none():
    names = ["BM_arith_mean", "BM_geo_mean", "BM_sort_median"]
    rows = [{"name": name, "real_time": 5, "cpu_time": 5, "time_unit": "ns", "iterations": 9} for name in names]
    (run,) = read_results(json.dumps({"context": {}, "benchmarks": rows}).encode()).runs
    assert [sample.id for sample in run.samples] == names


def test_aggregates_alone_are_known_without_run_type():
    rows = [
        {"name": f"BM_x{kind}", "real_time": value, "cpu_time": 5, "time_unit": "ms", "iterations": 3}
        for kind, value in (("_mean", 5), ("_median", 4), ("_stddev", 1))
    ]
    (run,) = read_results(json.dumps({"context": {}, "benchmarks": rows}).encode()).runs
    assert [(s.id, s.median_s, s.stddev_s, s.figure) for s in run.samples] == [("BM_x", 0.004, 0.001, "median")]


def test_the_date_of_old_versions_is_read():
    rows = [{"name": "BM_x", "real_time": 5, "time_unit": "ms", "iterations": 9}]
    document = {"context": {"date": "2015/03/17-18:40:25"}, "benchmarks": rows}
    (run,) = read_results(json.dumps(document).encode()).runs
    assert run.started_at == "2015-03-17T18:40:25Z"
