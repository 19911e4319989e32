import json
from pathlib import Path

import pytest

from bench_agent.formats.pytest_benchmark import NotResultsError, parse_results
from bench_agent.formats.stored import dump_run
from bench_agent.records import Run
from bench_agent.stats.round_summary import summarise_rounds
from histories import make_run, make_sample

DATA = Path(__file__).parents[1] / "data" / "pytest_benchmark"
ODD = (DATA / "odd_values.json").read_bytes()
AUTOSAVED = sorted(DATA.glob("*/*.json"))


def document(*entries, **others):
    return json.dumps({"benchmarks": list(entries), **others}).encode()


def entry(name="test_x", data=None, **stats):
    known = {
        "min": 1.0,
        "max": 3.0,
        "mean": 2.0,
        "stddev": 0.5,
        "median": 2.0,
        "q1": 1.5,
        "q3": 2.5,
        "rounds": 3,
        "iterations": 1,
    }
    return {"fullname": f"a.py::{name}", "name": name, "stats": {**known, **({"data": data} if data else {}), **stats}}


@pytest.mark.parametrize("path", AUTOSAVED, ids=lambda path: path.parent.name)
def test_files_of_every_version_are_read(path):
    theirs = json.loads(path.read_bytes())
    run = parse_results(path.read_bytes())
    assert [s.id for s in run.samples] == ["test_x.py::test_sum[10]", "test_x.py::test_sum[1000]"]
    assert (run.started_at, run.head.sha, run.head.branch) == (
        theirs["datetime"],
        "38f34891342a41284b116c8784cdf1c3906aecf7",
        "master",
    )
    assert run.head.dirty
    assert (run.machine.system, run.machine.cpu, run.machine.cores) == ("Linux", "AMD EPYC", 2)
    assert run.machine.implementation == "CPython"
    assert run.warnings == ()
    for sample, entry in zip(run.samples, theirs["benchmarks"], strict=True):
        assert (sample.rounds, sample.iterations, sample.timer) == (30, 2, "perf_counter")
        assert (sample.median_s, sample.mean_s) == (entry["stats"]["median"], entry["stats"]["mean"])
        assert sample.p95_s == sorted(entry["stats"]["data"])[28]  # the 29th of 30: ceil(28.5)
        assert list(sample.last_s) == entry["stats"]["data"][-4:]


def test_odd_values_are_read_as_far_as_they_go():
    run = parse_results(ODD)
    samples = {sample.id: sample for sample in run.samples}
    assert len(samples) == 10
    assert samples["tests/a/test_a.py::test_extra"].extra["nan"] == "nan"
    assert samples["tests/a/test_a.py::test_extra"].extra["inf"] == "inf"
    assert samples["tests/a/test_a.py::test_extra"].extra["obj"].startswith("UNSERIALIZABLE[")
    assert "tests/a/test_a.py::test_params_odd[a/b::c[d]]" in samples
    assert "tests/a/test_a.py::test_fail_after" in samples  # nothing in the file says that its test failed
    assert {"tests/a/test_a.py::TestK::test_m", "tests/b/test_b.py::TestK::test_m"} <= samples.keys()
    assert samples["tests/a/test_a.py::test_pedantic1"].rounds == 1


def test_what_was_read_can_be_kept_and_read_again():
    for content in (ODD, (DATA / "mcp-server-langgraph.json").read_bytes()):
        run = parse_results(content)
        again = parse_results(dump_run(run).encode())
        assert [s.median_s for s in again.samples] == [s.median_s for s in run.samples]
        assert [s.extra for s in again.samples] == [s.extra for s in run.samples]


def test_a_single_round_of_a_hundred_iterations_is_one_datum():
    run = parse_results((DATA / "mcp-server-langgraph.json").read_bytes())
    for sample in run.samples:
        assert (sample.rounds, sample.iterations, sample.stddev_s) == (1, 100, 0.0)
        assert sample.p95_s == sample.median_s
        assert not sample.supports_p95


def test_zero_times_give_no_rate():
    sample = parse_results(document(entry(min=0, max=0, mean=0, median=0, q1=0, q3=0, data=[0, 0]))).samples[0]
    assert (sample.median_s, sample.ops, sample.p95_s) == (0.0, None, 0.0)


def test_without_raw_rounds_the_percentiles_are_the_maximum():
    sample = parse_results(document(entry())).samples[0]
    assert (sample.p95_s, sample.p99_s, sample.quantiles_s) == (3.0, 3.0, ())
    many = parse_results(document(entry(rounds=5000))).samples[0]
    assert (many.rounds, many.supports_p95) == (5000, False)
    assert (
        not parse_results(dump_run(Run(run_id="", started_at="", samples=(many,))).encode(), whole=False)
        .samples[0]
        .supports_p95
    )


def test_percentiles_come_from_the_raw_rounds():
    data = [float(i) for i in range(100, 0, -1)]
    sample = parse_results(document(entry(data=data))).samples[0]
    assert (sample.rounds, sample.p95_s, sample.p99_s) == (100, 95.0, 99.0)
    assert sample.quantiles_s == summarise_rounds(data).quantiles


def test_a_benchmark_twice_in_a_file_keeps_its_last_timing_and_says_so():
    run = parse_results(document(entry(median=1.0), entry(median=2.0)))
    assert [s.median_s for s in run.samples] == [2.0]
    assert run.warnings == ("1 benchmarks occur more than once; the last timing counts",)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        None,
        "text",
        [],
        {"stats": None, "name": "x"},
        {"stats": {}, "name": "x"},
        {"name": "x"},
        entry(median=None),
        entry(mean=float("nan")),
        entry(max=float("inf")),
        entry(min="0.5"),
        entry(min=True),
        entry(data=[1.0, float("nan"), 2.0]),
        entry(data=[1.0, float("inf")]),
        {"stats": entry()["stats"]},
    ],
)
def test_a_benchmark_without_usable_timings_is_left_out_and_counted(odd):
    run = parse_results(document(odd, entry("test_good")))
    assert [s.id for s in run.samples] == ["a.py::test_good"]
    assert run.warnings == ("1 benchmarks have no usable timings and are left out",)


@pytest.mark.parametrize(
    "data", [["... omitted"], [1.0, "2.0"], [1.0, None], [[1.0], [2.0]], ["1", "2"], "... omitted", {"a": 1}, [True]]
)
def test_where_rounds_are_no_numbers_the_summary_counts_and_that_is_said(data):
    run = parse_results(document(entry(data=data), entry("test_good")))
    odd, good = run.samples
    assert (odd.median_s, odd.supports_p95) == (good.median_s, False)
    assert run.warnings == ("1 benchmarks have something else than numbers for rounds: their summary counts",)


@pytest.mark.parametrize(
    "others",
    [
        {"machine_info": {}, "commit_info": {}},
        {"machine_info": None, "commit_info": "none"},
        {"machine_info": {"cpu": []}, "commit_info": {"id": 7, "branch": None}},
        {"bench_agent": None},
        {"bench_agent": {"schema": "somebody else's"}},
        {"bench_agent": []},
    ],
)
def test_what_hooks_did_to_the_rest_does_no_harm(others):
    run = parse_results(document(entry(), **others))
    assert len(run.samples) == 1
    assert (run.head.sha, run.machine.python) == (None, "")


@pytest.mark.parametrize(
    ("id", "branch", "expected"),
    [
        ("unknown", "(unknown)", (None, None)),
        ("unversioned", "(unknown)", (None, None)),
        ("abc", "(detached head)", ("abc", None)),
    ],
)
def test_what_stands_for_no_commit_is_none(id, branch, expected):
    run = parse_results(document(entry(), commit_info={"id": id, "branch": branch, "dirty": False}))
    assert (run.head.sha, run.head.branch) == expected
    assert run.head.dirty == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"{", "not JSON"),
        (b'{"benchmarks": [', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no list of `benchmarks`"),
        (b"{}", "no list of `benchmarks`"),
        (b'{"benchmarks": {}}', "no list of `benchmarks`"),
        (b'{"bench_agent": {"schema": "bench-agent/run/1"}}', "no list of `benchmarks`"),
    ],
)
def test_anything_else_is_refused_with_the_reason(content, why):
    for whole in (True, False):
        with pytest.raises(NotResultsError, match=why):
            parse_results(content, whole=whole)


def test_ours_is_read_the_same_with_and_without_the_rest_of_the_file():
    run = make_run(0, [make_sample(i) for i in range(3)])
    text = dump_run(run)
    whole, part = parse_results(text.encode()), parse_results(text.encode(), whole=False)
    assert [s.median_s for s in whole.samples] == [s.median_s for s in part.samples]
    assert whole.samples[0].quantiles_s
    assert not part.samples[0].quantiles_s
