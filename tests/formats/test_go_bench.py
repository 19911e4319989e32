from pathlib import Path

import pytest

from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import read_results, recognise

DATA = Path(__file__).parents[1] / "data" / "go"
TEXT, EVENTS = (DATA / "counts.txt").read_bytes(), (DATA / "events.jsonl").read_bytes()


def test_each_count_is_a_round_and_processors_are_no_part_of_the_name():
    assert recognise(TEXT) == "go"
    reading = read_results(TEXT)
    (run,) = reading.runs
    found = {sample.id: sample for sample in run.samples}
    assert set(found) == {f"example.org/words.Benchmark{name}" for name in ("Join/few", "Join/many", "Custom")}
    few = found["example.org/words.BenchmarkJoin/few"]
    assert (few.rounds, few.min_s, few.max_s) == (3, pytest.approx(128e-9), pytest.approx(380.3e-9))
    assert found["example.org/words.BenchmarkCustom"].extra == {"words/op": "42.50"}
    assert (run.machine.system, run.machine.arch, run.machine.cpu, run.machine.cores) == (
        "linux",
        "amd64",
        "AMD EPYC",
        2,
    )
    assert [failure.id for failure in run.failures] == ["example.org/words.BenchmarkFails"]
    assert reading.left_out == (
        "1 benchmarks that failed left out",
        "3 values that are no times left out (3 x things)",
    )


def test_events_of_json_are_the_same_text_with_a_time():
    assert recognise(EVENTS) == "go"
    (run,) = read_results(EVENTS).runs
    assert [(s.id.rpartition(".")[2], s.rounds) for s in run.samples] == [
        ("BenchmarkJoin/few", 2),
        ("BenchmarkJoin/many", 2),
        ("BenchmarkCustom", 2),
    ]
    assert run.started_at == "2026-11-26T11:00:52Z"


def test_names_of_several_processor_counts_stay_apart():
    text = b"pkg: x\nBenchmarkA \t 10\t 5 ns/op\nBenchmarkA-2 \t 10\t 3 ns/op\nBenchmarkA-4 \t 10\t 2 ns/op\n"
    assert [s.id for s in read_results(text).runs[0].samples] == ["x.BenchmarkA", "x.BenchmarkA-2", "x.BenchmarkA-4"]


def test_bytes_and_allocations_are_kept_as_text():
    text = b"BenchmarkA-8   \t 1000000\t      1052 ns/op\t     448 B/op\t       2 allocs/op\n"
    sample = read_results(text).runs[0].samples[0]
    assert (sample.id, sample.median_s, sample.iterations) == ("BenchmarkA", pytest.approx(1052e-9), 1000000)
    assert sample.extra == {"B/op": "448", "allocs/op": "2"}


def test_the_commit_and_date_of_the_header_are_kept():
    text = b"commit: " + b"ab" * 20 + b"\ndate: 2026-01-02T03:04:05Z\nBenchmarkA 1 5 ns/op\n"
    (run,) = read_results(text).runs
    assert (run.head.sha, run.started_at) == ("ab" * 20, "2026-01-02T03:04:05Z")


def test_parts_of_a_benchmark_that_failed_are_no_results():
    text = b"BenchmarkA/x-2 \t 10\t 5 ns/op\nBenchmarkB-2 \t 10\t 5 ns/op\n--- FAIL: BenchmarkA\n    --- FAIL: BenchmarkA/y\n"
    assert [s.id for s in read_results(text).runs[0].samples] == ["BenchmarkB"]


@pytest.mark.parametrize("text", [b"PASS\nok x 1s\n", b"BenchmarkA\n", b"BenchmarkA 10 fast ns/op\n"])
def test_text_without_figures_is_another_format(text):
    assert recognise(text) is None


def test_forced_on_other_text_it_is_refused():
    with pytest.raises(NotResultsError, match="go: no usable time"):
        read_results(b"hello", format="go")
