import json
from dataclasses import replace

import pytest

from bench_agent.formats import series
from bench_agent.formats.series import SeriesFile
from bench_agent.records import Machine
from histories import make_run, make_runs, make_sample


def filled(runs):
    found = SeriesFile()
    for run in runs:
        found.add(run, file=f"{run.run_id}.json", size_bytes=100, modified_ns=5)
    return found


def read(content):
    found = SeriesFile(content)
    return [found.run(line) for line in found.lines.values()]


def test_what_was_written_is_read_with_exact_figures():
    runs = make_runs(3, 4)
    for run, back in zip(runs, read(filled(runs).dump()), strict=True):
        assert (back.run_id, back.started_at, back.seconds) == (run.run_id, run.started_at, run.seconds)
        assert (back.head, back.machine, back.command) == (run.head, run.machine, run.command)
        kept = ("id", "name", "group", "median_s", "min_s", "mean_s", "p95_s", "rounds", "body_hash", "timer")
        assert [[getattr(s, name) for name in kept] for s in back.samples] == [
            [getattr(s, name) for name in kept] for s in run.samples
        ]


def test_a_thousand_runs_of_one_suite_name_its_benchmarks_once():
    content = filled(make_runs(20, 5, rounds=5)).dump()
    assert content.count(b"test_work_3") == 1
    assert content.count(b'"machine":') == 1


def test_another_suite_or_machine_is_written_beside_the_first():
    runs = [
        make_run(0, [make_sample(0)]),
        make_run(1, [make_sample(1)]),
        make_run(2, [make_sample(0)], machine=Machine()),
    ]
    assert [(run.samples[0].id, run.machine) for run in read(filled(runs).dump())] == [
        (run.samples[0].id, run.machine) for run in runs
    ]


def test_numbers_of_tables_stay_what_they_are_when_lines_are_added_later():
    first, second = make_runs(2, 2)[0], make_run(1, [make_sample(7)])
    found = SeriesFile(filled([first]).dump())
    found.add(second, file="b.json", size_bytes=1, modified_ns=1)
    assert [len(run.samples) for run in read(found.dump())] == [2, 1]


def test_what_is_too_much_goes_the_oldest_pruned_runs_first(monkeypatch):
    found = filled(make_runs(30, 3))
    found.prune(list(found.lines)[:20])
    whole = len(found.dump())
    monkeypatch.setattr(series, "MAX_BYTES", whole // 2)
    left = SeriesFile(found.dump()).lines
    assert sorted(left) == sorted(found.lines)[-len(left) :]
    assert 10 < len(left) < 20


def test_a_name_or_date_that_cannot_be_written_gets_no_line():
    found, run = SeriesFile(), make_runs(1, 1)[0]
    for file, started in (
        ("a\nb.json", run.started_at),
        ('"', run.started_at),
        ("../x.json", run.started_at),
        ("a", "soon"),
    ):
        found.add(replace(run, started_at=started), file=file, size_bytes=1, modified_ns=1)
    assert found.lines == {}


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("median_s", [float("nan")]),
        ("median_s", [-1.0]),
        ("median_s", [10**400]),
        ("median_s", ["x"]),
        ("median_s", []),
        ("median_s", None),
        ("median_s", 1e-3),
        ("rounds", [-1]),
        ("rounds", [True]),
        ("suite", 99),
        ("suite", [0]),
        ("place", None),
    ],
)
def test_a_line_that_does_not_fit_is_no_run(what, value):
    lines = filled([make_run(0, [make_sample(0)])]).dump().split(b"\n")
    row = json.loads(lines[3])
    assert read(b"\n".join(lines))[0] is not None
    lines[3] = json.dumps({**row, what: value}, separators=(",", ":")).encode()
    assert read(b"\n".join(lines)) == [None]


@pytest.mark.parametrize(
    "column", [{"id": [3]}, {"id": "x"}, {"tails_known": ["no"]}, {"iterations": [None]}, {"id": None}]
)
def test_a_suite_that_does_not_fit_makes_no_run(column):
    lines = filled([make_run(0, [make_sample(0)])]).dump().split(b"\n")
    lines[1] = json.dumps({**json.loads(lines[1]), **column}, separators=(",", ":")).encode()
    assert read(b"\n".join(lines)) == [None]


def test_a_line_cannot_name_a_file_to_be_read():
    lines = filled([make_run(0, [make_sample(0)])]).dump().split(b"\n")
    lines[3] = lines[3][:-1] + b',"source":"/etc/passwd","reason":"x"}'
    assert read(b"\n".join(lines))[0].source == ""


def test_the_memory_of_a_call_is_kept_and_costs_nothing_where_it_was_not_traced():
    traced = replace(make_sample(0), call_peak_bytes=123_456, call_left_bytes=2.5)
    (back,) = read(filled([make_run(0, [traced, make_sample(1)])]).dump())
    assert [(s.call_peak_bytes, s.call_left_bytes) for s in back.samples] == [(123_456, 2.5), (None, None)]
    assert b"call_" not in filled(make_runs(2, 2)).dump()


@pytest.mark.parametrize("told", [b"[-1]", b"[1.5]", b"[true]", b'["x"]', b"[1,2]", b"7", b"[1e999]"])
def test_memory_that_is_none_makes_the_line_unreadable(told):
    traced = replace(make_sample(0), call_peak_bytes=123_456, call_left_bytes=2.5)
    content = filled([make_run(0, [traced])]).dump()
    assert read(content)[0] is not None
    assert read(content.replace(b"[123456]", told)) == [None]
