from dataclasses import replace

import pytest

from bench_agent.detect.series import collect_series, comparable
from bench_agent.history.lookup import index_runs
from bench_agent.records import Measured
from histories import MACHINE, make_run, make_sample

SAMPLE = make_sample(0)
NOW = Measured(run=make_run(9, [SAMPLE]), sample=SAMPLE)


def earlier(number, *, machine=MACHINE, **changes):
    sample = replace(SAMPLE, **changes)
    return Measured(run=make_run(number, [sample], machine=machine), sample=sample)


def test_like_is_compared_with_like_oldest_first():
    before = [earlier(1), earlier(2, rounds=3), earlier(3, group="another")]
    past = comparable(NOW, before)
    assert list(past.runs) == before
    assert past.notes == ()


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        ({"python": "3.11.7"}, "another Python (CPython 3.11)"),
        ({"implementation": "PyPy"}, "another Python (PyPy 3.12)"),
        ({"cpu": "Intel Xeon"}, "another machine (Intel Xeon)"),
        ({"cpu": ""}, "another machine (not recorded)"),
        ({"cores": 8}, "another number of cores (8)"),
        ({"system": "Darwin", "arch": "arm64"}, "another system (Darwin arm64)"),
    ],
)
def test_another_machine_or_interpreter_is_left_out_and_said(machine, reason):
    past = comparable(NOW, [earlier(1, machine=replace(MACHINE, **machine)), earlier(2)])
    assert [then.run.run_id for then in past.runs] == [make_run(2, []).run_id]
    assert past.notes == (f"1 older run left out: {reason}",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body_hash": "0123456789ab"}, "the benchmark itself was changed"),
        ({"timer": "process_time"}, "measured with another timer (process_time)"),
    ],
)
def test_another_body_or_timer_is_left_out_and_said(changes, reason):
    past = comparable(NOW, [earlier(1, **changes), earlier(2, **changes), earlier(3)])
    assert len(past.runs) == 1
    assert past.notes == (f"2 older runs left out: {reason}",)


@pytest.mark.parametrize(
    ("then", "now", "left_out"),
    [(11.0, 0.5, True), (2.5, 0.5, True), (2.0, 1.0, False), (11.0, 10.5, False), (0.1, 9.0, False)],
)
def test_what_a_much_busier_machine_measured_is_no_level(then, now, left_out):
    calm = Measured(run=make_run(9, [SAMPLE], machine=replace(MACHINE, load_1m=now)), sample=SAMPLE)
    past = comparable(calm, [earlier(1, machine=replace(MACHINE, load_1m=then))])
    assert (not past.runs) is left_out
    assert past.notes == (("1 older run left out: the machine was much busier",) if left_out else ())


@pytest.mark.parametrize("unknown", [{"body_hash": None}, {"timer": None}])
def test_what_is_not_known_is_no_difference(unknown):
    """Imported files know no body; leaving them out would make importing useless."""
    assert len(comparable(NOW, [earlier(1, **unknown)]).runs) == 1


def test_a_patch_release_and_the_load_are_no_difference():
    assert len(comparable(NOW, [earlier(1, machine=replace(MACHINE, python="3.12.9", load_1m=9.0))]).runs) == 1


def test_every_reason_is_said_once_with_its_count():
    before = [earlier(1, machine=replace(MACHINE, cpu="old")), earlier(2, timer="time"), earlier(3, timer="time")]
    assert len(comparable(NOW, before).notes) == 2


def test_the_series_ends_with_now_and_carries_the_notes():
    series = collect_series(
        NOW, comparable(NOW, [earlier(1, timer="time"), earlier(2, median_s=2.0), earlier(3, median_s=3.0)])
    )
    assert series.values == (2.0, 3.0, SAMPLE.median_s)
    assert [point.sha for point in series.points] == [f"{n + 1:040x}" for n in (2, 3, 9)]
    assert len(series.epoch_notes) == 1


@pytest.mark.parametrize("metric", ["median", "min", "mean", "p95", "cpu"])
def test_the_metric_is_a_time_of_the_sample(metric):
    assert collect_series(NOW, comparable(NOW, []), metric=metric).values == (getattr(SAMPLE, f"{metric}_s"),)


def test_runs_without_the_metric_are_left_out():
    past = comparable(NOW, [earlier(1, cpu_s=None), earlier(2, cpu_s=0.0), earlier(3, cpu_s=0.5)])
    assert collect_series(NOW, past, metric="cpu").values == (0.5, SAMPLE.cpu_s)


def test_where_now_saw_no_time_pass_no_older_run_is_taken_for_the_newest():
    now = replace(NOW, sample=replace(SAMPLE, median_s=0.0))
    assert collect_series(now, comparable(now, [earlier(1), earlier(2)])).points == ()


def test_the_index_keeps_the_order_of_the_runs():
    runs = [make_run(n, [make_sample(0), make_sample(n)]) for n in (1, 2, 3)]
    index = index_runs(runs)
    assert [then.run.run_id for then in index[SAMPLE.id]] == [run.run_id for run in runs]
    assert len(index[make_sample(2).id]) == 1


def test_another_minor_version_of_pytest_benchmark_is_left_out_and_said():
    now = Measured(run=make_run(9, [SAMPLE], machine=replace(MACHINE, harness="5.3.0")), sample=SAMPLE)
    before = [earlier(n, machine=replace(MACHINE, harness=h)) for n, h in enumerate(("4.0.0", "5.3.1", ""))]
    past = comparable(now, before)
    assert list(past.runs) == before[1:]
    assert past.notes == ("1 older run left out: measured by another pytest-benchmark (4.0)",)
