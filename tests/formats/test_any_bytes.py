"""Whatever a file holds, reading it gives runs that can be judged and kept, or one error that says why. Nothing else."""

import copy
import dataclasses
import gzip
import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench_agent.formats.asv import benchmarks_description, stands_beside_results
from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.registry import NAMES, read_results, recognise
from bench_agent.formats.series import SeriesFile
from bench_agent.formats.stored import decode_reach, dump_run, own_part
from histories import make_reach, make_run, make_runs, make_sample

DATA = Path(__file__).parents[1] / "data"
MANY = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

ODD_NUMBERS = st.sampled_from(
    [math.nan, math.inf, -math.inf, 1e308, 5e-324, -0.0, -1.0, 10**400, -(10**30), 2**63, 0, True]
)
LEAVES = st.none() | ODD_NUMBERS | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=8), v, max_size=4), max_leaves=12
)


def _stored():
    sample = dataclasses.replace(make_sample(1), reach=make_reach(1))
    return json.loads(dump_run(make_run(0, [sample, make_sample(2)])))


REAL = {
    "asv": json.loads(next((DATA / "asv").rglob("*py3.11.json")).read_bytes()),
    "asv 1": json.loads(next((DATA / "asv").rglob("*py3.8.json")).read_bytes()),
    "pyperf": json.loads((DATA / "pyperf" / "one.json").read_bytes()),
    "hyperfine": json.loads((DATA / "hyperfine" / "two_commands.json").read_bytes()),
    "google": json.loads(min((DATA / "google_benchmark").glob("*.json"), key=lambda p: p.stat().st_size).read_bytes()),
    "pytest-benchmark": json.loads(min((DATA / "pytest_benchmark").rglob("*.json"), key=lambda p: p.stat().st_size).read_bytes()),
    "github": {"entries": {"S": [{"commit": {"id": "a" * 40, "timestamp": "2026-01-01T00:00:00Z"}, "date": 1772600000000,
               "tool": "pytest", "benches": [{"name": "a", "value": 5.0, "unit": "ms", "range": "stddev: 1", "extra": "rounds: 3"}]}]}},
    "custom": [{"name": "a", "unit": "ms", "value": 5}, {"name": "b", "unit": "ops/s", "value": 3}],
    "bencher": {"a": {"latency": {"value": 5.0}}, "b": {"throughput": {"value": 3.0}}},
    "ours": _stored(),
}  # fmt: skip
GO = "goos: linux\npkg: a\nBenchmarkX-8   \t  100\t  12.5 ns/op\t 3 B/op\n--- FAIL: BenchmarkY\n"


@st.composite
def changed(draw, document):
    """The document with one to three places holding something else, or nothing."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        place, depth = document, draw(st.integers(0, 5))
        while isinstance(place, dict | list) and place:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if depth == 0 or not isinstance(place[key], dict | list) or not place[key]:
                if draw(st.booleans()) and isinstance(place, dict):
                    del place[key]
                else:
                    place[key] = draw(VALUES)
                break
            place, depth = place[key], depth - 1
    return document


def check_run(run):
    """Every number is finite and every text a text, so that judging and keeping the run can't go wrong."""
    for sample in run.samples:
        for field in dataclasses.fields(sample):
            value = getattr(sample, field.name)
            assert not isinstance(value, float) or (math.isfinite(value) and value >= 0), (field.name, value)
        assert isinstance(sample.id, str)
        assert isinstance(sample.rounds, int)
        assert sample.rounds >= 0
        for value in (*sample.first_s, *sample.last_s, *sample.quantiles_s):
            assert math.isfinite(value)
    assert isinstance(run.started_at, str)
    assert run.head.sha is None or isinstance(run.head.sha, str)
    assert isinstance(run.machine.key, str)
    kept = parse_results(dump_run(run).encode("utf-8", "surrogatepass"))
    assert [(s.id, s.median_s, s.rounds) for s in kept.samples] == [(s.id, s.median_s, s.rounds) for s in run.samples]
    series = SeriesFile()
    series.add(run, file="a.json", size_bytes=1, modified_ns=1)
    for line in SeriesFile(series.dump()).lines.values():
        assert series.run(line) is not None


def check_text(text):
    assert text.isprintable()
    assert len(text) < 1000


def check_bytes(content, format=None):
    try:
        reading = read_results(content, format=format, described=benchmarks_description(content))
    except NotResultsError as error:
        check_text(str(error))
        return
    for text in reading.left_out:
        check_text(text)
    for run in reading.runs:
        check_run(run)


@MANY
@given(st.binary(max_size=300), st.sampled_from([None, *NAMES]))
@example(b"[" * 100_000, None)
@example(b'{"a":' * 50_000, "asv")
@example(b"9" * 10_000, None)
@example(b"\x1f\x8b" + b"\x00" * 50, None)
@example(b'{"benchmarks": [' + b"9" * 5000 + b"]}", None)
def test_any_bytes_give_runs_or_one_error(content, format):
    recognise(content)
    stands_beside_results(content)
    check_bytes(content, format)
    check_bytes(gzip.compress(content), format)


@MANY
@given(VALUES, st.sampled_from([None, *NAMES]))
def test_any_json_gives_runs_or_one_error(document, format):
    check_bytes(json.dumps(document).encode(), format)


@pytest.mark.long
@pytest.mark.parametrize("name", REAL)
@MANY
@given(st.data())
def test_a_results_file_with_anything_in_any_place_gives_runs_or_one_error(name, data):
    content = json.dumps(data.draw(changed(REAL[name]))).encode()
    check_bytes(content)
    try:
        check_run(parse_results(content, whole=False))
    except NotResultsError:
        return


@MANY
@given(st.text(max_size=30), st.integers(0, len(GO)), st.integers(0, 20))
def test_the_text_of_go_with_anything_in_it_gives_runs_or_one_error(text, at, cut):
    check_bytes((GO[:at] + text + GO[at + cut :]).encode("utf-8", "replace"))


@MANY
@given(st.data())
def test_what_was_executed_is_read_from_anything_or_unknown(data):
    ours = data.draw(changed(REAL["ours"]["bench_agent"]))
    for reach in decode_reach(ours).values():
        assert isinstance(reach.files, tuple)
    own_part(json.dumps({"bench_agent": ours}).encode())


SERIES = SeriesFile()
for number, each in enumerate(make_runs(3, 2, rounds=5)):
    SERIES.add(each, file=f"{number}.json", size_bytes=1, modified_ns=1)
LINES = SERIES.dump()


@MANY
@given(st.data())
def test_a_series_with_anything_in_any_line_gives_runs_or_none(data):
    lines = LINES.split(b"\n")[:-1]
    number = data.draw(st.integers(1, len(lines) - 1))
    lines[number] = json.dumps(data.draw(changed(json.loads(lines[number]))), separators=(",", ":")).encode()
    found = SeriesFile(b"\n".join(lines))
    for line in found.lines.values():
        if (run := found.run(line)) is not None:
            check_run(run)
    found.dump()


@MANY
@given(st.binary(max_size=60), st.integers(0, len(LINES)), st.integers(0, 40))
def test_a_series_with_any_bytes_in_it_can_be_read_and_written_again(content, at, cut):
    found = SeriesFile(LINES[:at] + content + LINES[at + cut :])
    for line in found.lines.values():
        found.run(line)
    assert set(SeriesFile(found.dump()).lines) == set(found.lines)
