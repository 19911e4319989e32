import json
from pathlib import Path

import pytest

from bench_agent.formats.foreign_values import NotResultsError
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
        (f"false (n={n})", "failed", "5 of 5 runs failed (exit 1)") for n in (1000, 5000)
    ]
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


def timed(command, median, **more):
    return {"command": command, "mean": median, "median": median, "times": [median] * 3, "exit_codes": [0] * 3, **more}


def test_commands_of_one_name_are_told_apart_by_their_parameters():
    results = [timed("load", 10.0**n, parameters={"size": str(10**n)}) for n in range(3)]
    (run,) = read_results(json.dumps({"results": results}).encode()).runs
    assert [(s.id, s.median_s) for s in run.samples] == [
        ("load (size=1)", 1),
        ("load (size=10)", 10),
        ("load (size=100)", 100),
    ]


def test_commands_that_nothing_tells_apart_are_numbered():
    results = [timed("load", 1.0), timed("load", 2.0, parameters={}), timed("load", 3.0), timed("other", 4.0)]
    (run,) = read_results(json.dumps({"results": results}).encode()).runs
    assert [(s.id, s.median_s) for s in run.samples] == [("load", 1), ("load #2", 2), ("load #3", 3), ("other", 4)]
