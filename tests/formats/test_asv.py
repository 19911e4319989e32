import json
from pathlib import Path

import pytest

from bench_agent.formats.asv import benchmarks_description, stands_beside_results
from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import read_results, recognise

DATA = Path(__file__).parents[1] / "data" / "asv"
VERSIONS = sorted(DATA.glob("box/fffe8957-*.json"))
DESCRIBED = benchmarks_description((DATA / "benchmarks.json").read_bytes())
SORT = "bench_words.Sorting.time_sort"


def read(content, described=DESCRIBED):
    return read_results(content, described=described)


@pytest.mark.parametrize("path", VERSIONS, ids=["version 2", "version 1"])
def test_results_of_both_versions_are_read(path):
    theirs = json.loads(path.read_bytes())
    assert (theirs.get("version", 1), recognise(path.read_bytes())) == (2 if "3.11" in path.name else 1, "asv")
    reading = read(path.read_bytes())
    (run,) = reading.runs
    assert (run.started_at, run.head.sha) == ("2026-11-20T10:00:00Z", "fffe8957e038a64974840edd022ea69c14a1a7b2")
    assert (run.machine.system, run.machine.python) == ("Linux", theirs["python"])
    found = {sample.id: sample for sample in run.samples}
    assert set(found) == {
        f"{SORT}[10, 'list']",
        f"{SORT}[1000, 'list']",
        f"{SORT}[1000, 'tuple']",
        "bench_words.time_sum",
        "bench_words.track_latency",
    }
    assert found["bench_words.track_latency"].median_s == pytest.approx(12.5e-3)  # in ms, by benchmarks.json
    column = theirs["results"]["bench_words.time_sum"]
    (figure,) = column["result"] if isinstance(column, dict) else column[0]
    assert found["bench_words.time_sum"].median_s == pytest.approx(figure, rel=0.01)
    assert found["bench_words.time_sum"].body_hash == "02ce33a3a289"
    assert [failure.id for failure in run.failures] == ["bench_words.time_broken"]
    assert reading.left_out == (
        "1 benchmarks that failed left out",
        "2 values that are no times left out (1 x bytes, 1 x words)",
    )


def test_kept_samples_are_rounds_and_without_them_there_is_one_figure():
    with_samples, without = (read(path.read_bytes()).runs[0].sample("bench_words.time_sum") for path in VERSIONS)
    assert (with_samples.rounds, with_samples.tails_known) == (10, True)
    assert (without.rounds, without.iterations, without.tails_known) == (10, 1, False)
    assert without.figure == "median"
    assert 0 < without.q1_s <= without.median_s <= without.q3_s


def test_without_benchmarks_json_the_names_tell_the_unit():
    reading = read(VERSIONS[0].read_bytes(), described={})
    assert {s.id.partition("[")[0] for s in reading.runs[0].samples} == {SORT, "bench_words.time_sum"}
    assert "2 x unit unknown without benchmarks.json" in reading.left_out[1]


def test_other_requirements_are_another_environment():
    document = json.loads(VERSIONS[0].read_bytes())
    plain = read(json.dumps(document).encode()).runs[0].machine
    document["requirements"] = {"numpy": "1.26"}
    other = read(json.dumps(document).encode()).runs[0].machine
    assert plain.key != other.key
    assert other.implementation == "CPython, numpy 1.26"


@pytest.mark.parametrize("name", ["benchmarks.json", "box/machine.json"])
def test_what_stands_beside_the_results_is_known(name):
    content = (DATA / name).read_bytes()
    assert recognise(content) is None
    assert stands_beside_results(content)


def test_results_themselves_stand_beside_nothing():
    assert not any(stands_beside_results(path.read_bytes()) for path in VERSIONS)


@pytest.mark.parametrize(
    "results", [{}, {"time_x": None}, {"time_x": [None, []]}, {"time_x": "1"}, {"time_x": [["1"], []]}]
)
def test_without_any_time_it_is_refused(results):
    document = {"commit_hash": "a" * 40, "date": 0, "result_columns": ["result", "params"], "results": results}
    with pytest.raises(NotResultsError, match="asv"):
        read(json.dumps(document).encode())
