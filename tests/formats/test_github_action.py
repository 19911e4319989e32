import json

import pytest

from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import read_results, recognise


def entry(number, tool, *benches, date=None):
    """A measurement as the action writes it: of commit `number`, a day after the one before."""
    return {
        "commit": {
            "author": {"name": "A", "email": "a@example.org"},
            "id": f"{number:040x}",
            "message": "change",
            "timestamp": f"2026-03-{number:02}T10:00:00+02:00",
            "url": "",
        },
        "date": 1772600000000 + number * 86_400_000 if date is None else date,
        "tool": tool,
        "benches": list(benches),
    }


def bench(name, value, unit, **more):
    return {"name": name, "value": value, "unit": unit, **more}


def data_js(**suites):
    document = {
        "lastUpdate": 1,
        "repoUrl": "",
        "entries": {name.replace("_", " "): runs for name, runs in suites.items()},
    }
    return f"window.BENCHMARK_DATA = {json.dumps(document, indent=2)}".encode()


def samples(reading):
    return {sample.id: sample for run in reading.runs for sample in run.samples}


def test_each_commit_is_a_run_oldest_first():
    content = data_js(
        Benchmark=[entry(2, "cargo", bench("a", 200, "ns/iter")), entry(1, "cargo", bench("a", 100, "ns/iter"))]
    )
    assert recognise(content) == "github-action-benchmark"
    reading = read_results(content)
    assert [run.head.sha for run in reading.runs] == [f"{n:040x}" for n in (1, 2)]
    assert [run.started_at for run in reading.runs] == ["2026-03-05T04:53:20Z", "2026-03-06T04:53:20Z"]
    assert [run.samples[0].median_s for run in reading.runs] == pytest.approx([100e-9, 200e-9])
    assert reading.left_out == ()


@pytest.mark.parametrize("ending", [b"", b";", b";\n"])
def test_the_script_and_the_plain_object_are_the_same(ending):
    content = data_js(Benchmark=[entry(1, "cargo", bench("a", 100, "ns/iter"))])
    plain = content.partition(b"= ")[2]
    assert read_results(content + ending).runs == read_results(plain).runs


def test_of_pytest_the_mean_of_its_rounds_is_one_figure():
    figure = bench("t.py::test_x[1]", 118.546, "iter/sec", range="stddev: 0.001", extra="mean: 8.435 msec\nrounds: 145")
    (sample,) = samples(read_results(data_js(B=[entry(1, "pytest", figure)]))).values()
    assert sample.median_s == pytest.approx(8.435e-3, rel=1e-3)
    assert (sample.rounds, sample.iterations, sample.supports_p95) == (145, 1, False)
    assert (sample.figure, sample.stddev_s) == ("mean", 0.001)
    assert sample.extra == {"range": "stddev: 0.001", "extra": "mean: 8.435 msec rounds: 145"}


@pytest.mark.parametrize(
    ("tool", "range", "figure", "stddev"),
    [
        ("cargo", "± 12", "median", 0.0),
        ("catch2", "± 20", "mean", 20e-9),
        ("customSmallerIsBetter", "± 5%", "time", 0.0),
        ("pytest", "stddev: nan", "mean", 0.0),
    ],
)
def test_what_a_figure_is_depends_on_the_tool(tool, range, figure, stddev):
    reading = read_results(data_js(B=[entry(1, tool, bench("a", 100, "ns", range=range))]))
    (sample,) = samples(reading).values()
    assert (sample.figure, sample.stddev_s) == (figure, pytest.approx(stddev))


def test_more_operations_a_second_is_faster():
    runs = [entry(n, "customBiggerIsBetter", bench("served", rate, "req/s")) for n, rate in ((1, 100), (2, 50))]
    before, after = read_results(data_js(B=runs)).runs
    assert after.samples[0].median_s == pytest.approx(2 * before.samples[0].median_s)


def test_of_go_the_time_counts_and_its_twin_does_not():
    benches = [
        bench("BenchmarkAdd", 516.2, "ns/op\t     448 B/op\t       2 allocs/op", extra="475801 times\n4 procs"),
        bench("BenchmarkAdd - ns/op", 516.2, "ns/op"),
        bench("BenchmarkAdd - MB/s", 4.1, "MB/s"),
        bench("BenchmarkAdd - B/op", 448, "B/op"),
        bench("BenchmarkAdd - allocs/op", 2, "allocs/op"),
    ]
    reading = read_results(data_js(B=[entry(1, "go", *benches)]))
    assert {id: s.median_s for id, s in samples(reading).items()} == {"BenchmarkAdd": pytest.approx(516.2e-9)}
    assert reading.left_out == ("2 values that are no times left out (1 x B/op, 1 x allocs/op)",)


def test_a_benchmark_named_several_times_has_so_many_rounds():
    benches = [bench("BenchmarkAdd", value, "ns/op") for value in (10, 12, 11)]
    (sample,) = samples(read_results(data_js(B=[entry(1, "go", *benches)]))).values()
    assert (sample.rounds, sample.min_s, sample.median_s) == (3, pytest.approx(10e-9), pytest.approx(11e-9))


def test_suites_of_one_commit_are_one_run_and_shared_names_are_told_apart():
    content = data_js(
        py_3=[entry(1, "cargo", bench("parse", 1, "ms"), bench("load", 2, "ms"))],
        py_4=[entry(1, "cargo", bench("parse", 3, "ms"), date=1772686500000)],
    )
    (run,) = read_results(content).runs
    assert {s.id: s.median_s for s in run.samples} == {"py 3::parse": 1e-3, "load": 2e-3, "py 4::parse": 3e-3}


def test_a_commit_measured_again_is_another_run():
    content = data_js(
        B=[entry(1, "cargo", bench("a", value, "ms"), date=date) for value, date in ((1, 1000), (2, 2000))]
    )
    assert [run.samples[0].median_s for run in read_results(content).runs] == [1e-3, 2e-3]


def test_without_a_date_the_commits_serves():
    content = data_js(B=[entry(1, "cargo", bench("a", 1, "ms"), date="?")])
    assert read_results(content).runs[0].started_at == "2026-03-01T08:00:00Z"


@pytest.mark.parametrize(
    ("tool", "unit"),
    [
        ("customBiggerIsBetter", "Percent"),
        ("customSmallerIsBetter", "Megabytes"),
        ("customBiggerIsBetter", "ms"),
        ("customSmallerIsBetter", "req/s"),
    ],
)
def test_what_is_no_time_is_refused_in_words(tool, unit):
    with pytest.raises(NotResultsError, match=f"no usable time in it; 1 value that is no time left out .1 x {unit}"):
        read_results(data_js(B=[entry(1, tool, bench("score", 50, unit))]))


@pytest.mark.parametrize(
    "entries", [{}, {"B": None}, {"B": [None, 7, {}]}, {"B": [{"benches": [{"name": 1}, {"name": "x"}]}]}]
)
def test_other_shapes_are_refused(entries):
    with pytest.raises(NotResultsError):
        read_results(json.dumps({"entries": entries}).encode())


def test_the_list_that_custom_tools_give_is_one_run():
    content = json.dumps([bench("a", 50, "ms", range="3"), bench("b", 500, "ops/s"), bench("c", 3, "MB")]).encode()
    assert recognise(content) == "github-action-benchmark"
    reading = read_results(content)
    assert [(s.id, s.median_s, s.figure) for s in reading.runs[0].samples] == [
        ("a", 0.05, "time"),
        ("b", 0.002, "time"),
    ]
    assert reading.left_out == ("1 value that is no time left out (1 x MB)",)


@pytest.mark.parametrize("items", [[{"name": "x", "value": 1}], [1], [bench("a", 5, "ms"), 7], [[bench("a", 5, "ms")]]])
def test_another_list_is_none_of_it(items):
    assert recognise(json.dumps(items).encode()) is None
