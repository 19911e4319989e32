import gzip
import json
from pathlib import Path

import pytest

from bench_agent.formats import format
from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import read_results, recognise

DATA = Path(__file__).parents[1] / "data" / "pyperf"
SUITE, ONE = ((DATA / f"{name}.json").read_bytes() for name in ("suite", "one"))


def test_the_values_of_all_processes_are_rounds():
    theirs = json.loads(SUITE)
    assert recognise(SUITE) == "pyperf"
    (run,) = read_results(SUITE).runs
    assert [sample.id for sample in run.samples] == ["sort list", "join"]
    for sample, entry in zip(run.samples, theirs["benchmarks"], strict=True):
        values = [value for each in entry["runs"] for value in each.get("values", ())]
        assert (sample.rounds, sample.min_s, sample.max_s) == (9, min(values), max(values))  # 3 processes of 3 values
        assert sample.iterations > 1
        assert sample.peak_bytes > 1_000_000
    assert run.started_at == "2026-11-26T11:00:26Z"
    assert (run.machine.system, run.machine.arch, run.machine.cpu, run.machine.cores) == (
        "Linux",
        "x86_64",
        "AMD EPYC",
        2,
    )
    assert (run.machine.python, run.machine.implementation) == ("3.11.7", "CPython")


def test_one_benchmark_has_its_name_in_the_common_part():
    assert [sample.id for run in read_results(ONE).runs for sample in run.samples] == ["timeit"]


def test_a_unit_of_bytes_is_no_time():
    document = json.loads(ONE)
    document["metadata"]["unit"] = "byte"
    with pytest.raises(NotResultsError, match="1 x byte"):
        read_results(json.dumps(document).encode())


def test_the_commit_that_pyperformance_writes_is_kept():
    document = json.loads(ONE)
    document["metadata"] |= {"commit_id": "ab" * 20, "commit_branch": "main"}
    (run,) = read_results(json.dumps(document).encode()).runs
    assert (run.head.sha, run.head.branch) == ("ab" * 20, "main")


@pytest.mark.parametrize("runs", [[], [{}], [{"values": []}], [{"values": [1.0, "x"]}], [{"values": [float("nan")]}]])
def test_without_usable_values_it_is_refused(runs):
    with pytest.raises(NotResultsError, match="no usable time"):
        read_results(json.dumps({"benchmarks": [{"runs": runs}], "version": "1.0"}).encode())


def test_a_packed_file_is_read_as_the_plain_one():
    assert recognise(gzip.compress(SUITE)) == "pyperf"
    assert read_results(gzip.compress(SUITE)).runs == read_results(SUITE).runs


def test_benchmarks_of_one_name_are_numbered():
    document = json.loads(SUITE)
    document["benchmarks"].append(document["benchmarks"][0])
    (run,) = read_results(json.dumps(document).encode()).runs
    assert [sample.id for sample in run.samples] == ["sort list", "join", "sort list #2"]


def test_a_packed_file_that_is_damaged_says_so():
    with pytest.raises(NotResultsError, match="can't be unpacked"):
        read_results(gzip.compress(SUITE)[:-100])


def test_what_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(format, "MOST_UNPACKED", 1000)
    with pytest.raises(NotResultsError, match="unpacked it has more than"):
        read_results(gzip.compress(b" " * 2000 + SUITE))
