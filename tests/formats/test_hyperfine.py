import json
from pathlib import Path

import pytest

from bench_agent.formats.reading import NotResultsError
from bench_agent.formats.registry import read_results, recognise

DATA = Path(__file__).parents[1] / "data" / "hyperfine"
TWO, PARAMETERS = ((DATA / f"{name}.json").read_bytes() for name in ("two_commands", "parameters"))


def test_each_command_has_its_runs():
    theirs = json.loads(TWO)["results"]
    assert recognise(TWO) == "hyperfine"
    (run,) = read_results(TWO).runs
    assert [sample.id for sample in run.samples] == ["sum in awk", "true"]
    for sample, entry in zip(run.samples, theirs, strict=True):
        assert (sample.rounds, sample.median_s) == (12, pytest.approx(entry["median"]))
        assert sample.cpu_s == pytest.approx(entry["user"] + entry["system"])
    assert run.started_at == ""  # hyperfine does not say


def test_commands_that_failed_are_failures_and_no_results():
    reading = read_results(PARAMETERS)
    (run,) = reading.runs
    assert [sample.id for sample in run.samples] == ["seq 1000", "seq 5000"]
    assert [(f.id, f.outcome, f.message) for f in run.failures] == [
        ("false", "failed", "5 of 5 runs failed (exit 1)")
    ] * 2
    assert reading.left_out == ("2 commands that failed left out",)


def test_a_command_that_failed_once_is_a_failure():
    document = json.loads(TWO)
    document["results"][0]["exit_codes"][3] = None  # killed by a signal
    (run,) = read_results(json.dumps(document).encode()).runs
    assert [sample.id for sample in run.samples] == ["true"]


@pytest.mark.parametrize(("median", "figure", "time"), [(2.4, "median", 2.4), (None, "mean", 2.5)])
def test_without_single_times_what_the_file_says_of_them_is_kept(median, figure, time):
    entry = {"command": "make", "mean": 2.5, "median": median, "stddev": 0.1, "max": 3, "memory_usage_byte": [5, 9]}
    sample = read_results(json.dumps({"results": [entry]}).encode()).runs[0].samples[0]
    assert (sample.median_s, sample.mean_s, sample.stddev_s, sample.max_s) == (time, 2.5, 0.1, 3)
    assert (sample.figure, sample.rounds, sample.tails_known, sample.peak_bytes) == (figure, 1, False, 9)


def test_nothing_but_failures_is_refused():
    document = {"results": [{"command": "false", "mean": 0.0, "times": [0.0], "exit_codes": [1]}]}
    with pytest.raises(NotResultsError, match="no usable time in it; 1 commands that failed"):
        read_results(json.dumps(document).encode())
