import json
from dataclasses import replace

import pytest

from bench_agent.config import load_config
from bench_agent.errors import StoreError, UsageError
from bench_agent.history.baseline import load_targets
from bench_agent.history.load import latest_report, load_history, load_reach, save_report
from bench_agent.history.lookup import find_benchmark
from bench_agent.history.series import prune_history
from bench_agent.history.store import Store
from bench_agent.render.trends import level_lines
from bench_agent.report.courses import recall_trends
from bench_agent.report.gate_history import run_gate
from bench_agent.results import plain
from bench_agent.system.seal import read_sealed
from bench_agent.text import quantity
from histories import MACHINE, file_name, keep, make_reach, make_run, make_runs, make_sample
from reports import all_well, two_slowdowns

FIELDS = ("median_s", "min_s", "p95_s", "q1_s", "q3_s")


def series(values, number=0, **changes):
    """One benchmark's sample for each value, as a run each."""
    base = replace(make_sample(number), **changes)
    return [replace(base, **dict.fromkeys(FIELDS, value)) for value in values]


def kept(root, *benchmarks):
    """A project whose runs hold those series, the newest last."""
    keep(root, [make_run(number, samples) for number, samples in enumerate(zip(*benchmarks, strict=True))])
    return load_config(root, environment={})


# --- the history


def test_runs_come_back_oldest_first_with_where_they_were_read(tmp_path):
    runs = make_runs(3, 2)
    store = keep(tmp_path, reversed(runs))
    loaded = load_history(store)
    assert [run.run_id for run in loaded.runs] == [run.run_id for run in runs]
    assert loaded.runs[0].source == str(store.history_dir / f"{file_name(runs[0])}.json")
    assert [s.median_s for s in loaded.runs[1].samples] == [s.median_s for s in runs[1].samples]
    assert loaded.warnings == ()


@pytest.mark.long
def test_a_history_of_30_runs_of_1000_benchmarks_is_read_whole(tmp_path):
    runs = make_runs(2, 1000, rounds=5)
    copies = [replace(make_run(n, runs[n % 2].samples)) for n in range(30)]
    loaded = load_history(keep(tmp_path, copies)).runs
    assert [len(run.samples) for run in loaded] == [1000] * 30
    assert [run.samples[999].min_s for run in loaded] == [run.samples[999].min_s for run in copies]


def test_what_cannot_be_read_is_said_and_stays(tmp_path):
    store = keep(tmp_path, make_runs(2, 1))
    (store.history_dir / "20261123_120000_1a2b3c4d.json").write_text('{"benchmarks": [')
    (store.history_dir / "odd\x1b[31m.json").write_text("")
    (store.history_dir / "folder.json").mkdir()
    loaded = load_history(store)
    assert len(loaded.runs) == 2
    assert len(loaded.warnings) == 3
    assert ".benchmark/history/20261123_120000_1a2b3c4d.json is left out: not JSON" in loaded.warnings[0]
    assert not [warning for warning in loaded.warnings if "\x1b" in warning]
    assert len(store.paths()) == 5


def test_without_a_history_there_are_no_runs(tmp_path):
    assert load_history(Store(tmp_path / ".benchmark")).runs == ()


def test_what_a_stored_run_executed_is_read_on_its_own(tmp_path):
    sample = replace(make_sample(1), reach=make_reach(1))
    (run,) = load_history(keep(tmp_path, [make_run(0, [sample])])).runs
    assert run.samples[0].reach is None
    assert load_reach(run) == {sample.id: sample.reach}
    assert load_reach(replace(run, source=str(tmp_path / "gone.json"))) == {}


def test_a_run_of_the_future_is_left_out_and_said(tmp_path):
    runs = make_runs(3, 1)
    store = keep(tmp_path, [*runs, replace(runs[0], run_id="20990101_000000", started_at="2099-01-01T00:00:00Z")])
    found = load_history(store)
    assert len(found.runs) == 3
    assert [w for w in found.warnings if "dated 2099-01-01, in the future" in w]


# --- targets


def test_targets_of_the_configuration_go_over_those_of_the_baseline_file(tmp_path):
    baseline = tmp_path / "tests" / "regression" / "baseline_metrics.json"
    baseline.parent.mkdir(parents=True)
    baseline.write_text(json.dumps({"x": {"p95_ms": 50, "max_regression": 0.3}, "y": {"p95_ms": 1}}))
    (tmp_path / "pyproject.toml").write_text(
        "[tool.bench-agent.targets]\nx = {p95_ms = 20}\nz = {max_regression = 0.5}\n"
    )
    targets = load_targets(load_config(tmp_path, environment={}))
    assert {name: (t.p95_s, t.max_regression) for name, t in targets.items()} == {
        "x": (0.02, 0.3),
        "y": (0.001, None),
        "z": (None, 0.5),
    }


# --- the newest report


@pytest.mark.parametrize("report", [all_well(), two_slowdowns()], ids=["all well", "slowdowns"])
def test_the_newest_report_comes_back_whole_with_its_brief(tmp_path, report):
    config = load_config(tmp_path, environment={})
    save_report(Store(config.state_dir), report)
    assert latest_report(config) == report
    brief = json.loads(read_sealed(str(config.state_dir / "status.json")) or "")
    assert brief["headline"] == report.summary.headline
    assert len(brief["regressions"]) == len(report.regressions)


def test_without_a_run_the_report_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError) as caught:
        latest_report(load_config(tmp_path, environment={}))
    assert caught.value.hint == "run: bench-agent run"


@pytest.mark.parametrize("content", ["{", "{}", '{"schema": "bench-agent/findings/1"}'])
def test_a_report_that_cannot_be_read_is_an_error_with_a_hint(tmp_path, content):
    config = load_config(tmp_path, environment={})
    Store(config.state_dir).write_report(content, brief="{}")
    with pytest.raises(StoreError, match="cannot be read"):
        latest_report(config)


@pytest.mark.parametrize("content", ["", "[]", '{"schema": "bench-agent/findings/1", "status": "passing"}'])
def test_a_report_that_came_with_the_repository_is_not_shown(tmp_path, content):
    config = load_config(tmp_path, environment={})
    Store(config.state_dir).write_report("{}", brief="{}")
    Store(config.state_dir).report.write_text(content)
    with pytest.raises(StoreError, match="was not written by bench-agent on this machine"):
        latest_report(config)


# --- trends


def test_the_trend_of_every_benchmark_of_the_newest_run(tmp_path):
    rising = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    config = kept(tmp_path, series(rising), series([2.0] * 6, 1))
    one, other = recall_trends(config)
    assert (one.benchmark, one.direction, one.values) == ("work_0", "degrading", tuple(rising))
    assert one.velocity_s == pytest.approx(0.1, rel=0.05)
    assert (other.direction, other.shas[-1], other.dates[-1]) == ("stable", f"{6:040x}"[:12], "2026-11-01")


def test_a_trend_is_of_comparable_runs_and_says_what_is_left_out(tmp_path):
    samples = series([5.0, *[1.0] * 6])
    machines = [replace(MACHINE, python="3.11.0"), *[MACHINE] * 6]
    keep(tmp_path, [make_run(n, [s], machine=m) for n, (s, m) in enumerate(zip(samples, machines, strict=True))])
    (trend,) = recall_trends(load_config(tmp_path, environment={}))
    assert (trend.runs, trend.direction) == (6, "stable")
    assert "another Python (CPython 3.11)" in trend.note


def test_a_trend_names_the_commit_of_the_run_with_which_the_level_changed(tmp_path):
    keep(
        tmp_path, make_runs(30, 1, factor=lambda _, run, random: (1.3 if run >= 12 else 1) * random.uniform(0.99, 1.01))
    )
    (trend,) = recall_trends(load_config(tmp_path, environment={}))
    (change,) = trend.changes
    assert (change.sha, change.runs, change.ratio) == (f"{13:040x}"[:12], 18, pytest.approx(1.3, rel=0.02))
    assert level_lines(trend) == [f"{quantity.change(change.ratio)} at 2026-11-02 {f'{13:040x}'[:8]}, 18 runs"]


def test_a_target_makes_it_the_trend_of_p95_where_every_run_has_rounds_enough(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.bench-agent.targets]\nwork_0 = {p95_ms = 20}\narea_1 = {p95_ms = 20}\n"
    )
    config = kept(tmp_path, series([1.0] * 3), [replace(s, rounds=5) for s in series([1.0] * 3, 1)])
    one, other = recall_trends(config)
    assert (one.metric, one.target_s) == ("p95", 0.02)
    assert (other.metric, other.target_s) == ("median", None)


def test_wanted_benchmarks_are_found_by_name_id_or_part(tmp_path):
    config = kept(tmp_path, series([1.0] * 3, 1), series([1.0] * 3, 12))
    for wanted, found in (
        ("work_1", ["work_1"]),
        ("work", ["work_1", "work_12"]),
        (make_sample(12).id, ["work_12"]),
        ("area_2", ["work_12"]),
    ):
        assert [trend.benchmark for trend in recall_trends(config, (wanted,))] == found
    with pytest.raises(UsageError) as caught:
        recall_trends(config, ("nothing\x1b[0m",))
    assert (caught.value.message, caught.value.hint) == (
        "no stored benchmark is called `nothing`",
        "there are: work_1, work_12",
    )


def test_without_runs_a_trend_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match="no run is stored"):
        recall_trends(load_config(tmp_path, environment={}))


def test_a_benchmark_that_is_gone_does_not_change_the_name_of_one_that_is_there(tmp_path):
    """Moved from one file to another, it is still called what the newest run calls it."""
    old, new = make_sample(0), replace(make_sample(0), id="tests/benchmark/test_moved.py::test_work_0")
    keep(tmp_path, [make_run(0, [old]), make_run(1, [new])])
    config = load_config(tmp_path, environment={})
    assert find_benchmark(config, "work_0").sample.id == new.id
    assert find_benchmark(config, "work_0").sample.name == "work_0"


def test_one_benchmark_must_be_named_exactly(tmp_path):
    config = kept(tmp_path, series([1.0], 1), series([1.0], 12))
    assert find_benchmark(config, "work_1").sample.name == "work_1"
    with pytest.raises(UsageError, match="fits 2 benchmarks: work_1, work_12"):
        find_benchmark(config, "work")


# --- the gate


WORSE = [3.2] * 5 + [3.5, 3.8, 4.2]


def test_the_gate_flags_the_documents_example(tmp_path):
    gate = run_gate(kept(tmp_path, series(WORSE), series([1.0] * 8, 1)), threshold=0.2, consecutive=3)
    assert [found.benchmark for found in gate.flagged] == ["work_0"]
    assert (gate.benchmarks, gate.runs) == (2, 8)
    words = "\n".join(gate.in_words())
    assert "1 suspected slowdown in 2 benchmarks, 8 stored runs" in words
    assert "work_0  +24 %  3.2 s -> 3.5 s -> 3.8 s -> 4.2 s" in words
    document = plain.document(gate.published())
    assert document["flagged"][0]["ratio"] == pytest.approx(4.2 / 3.38, abs=1e-4)
    assert document["flagged"][0]["worsening_runs"] == 3
    assert json.loads(json.dumps(document)) == document


def test_the_gate_suspects_memory_that_grew_in_the_newest_run(tmp_path):
    grown = [replace(s, call_peak_bytes=5_000_000 if n == 3 else 1_000_000) for n, s in enumerate(series([1.0] * 4))]
    same = [replace(s, call_peak_bytes=7_000_000, call_left_bytes=0.0) for s in series([1.0] * 4, 1)]
    gate = run_gate(kept(tmp_path, grown, same), threshold=0.2, consecutive=3)
    assert gate.flagged == ()
    assert [(one.benchmark, one.base_bytes, one.current_bytes) for one in gate.memory] == [("work_0", 1e6, 5_000_000)]
    assert "  work_0  one call holds 5 MB, was 1 MB" in gate.in_words()
    assert plain.document(gate.published())["memory"][0]["current_bytes"] == 5_000_000


def test_the_memory_of_pruned_runs_still_counts_for_the_gate(tmp_path):
    grown = [replace(s, call_peak_bytes=5_000_000 if n == 3 else 1_000_000) for n, s in enumerate(series([1.0] * 4))]
    config = kept(tmp_path, grown)
    assert len(prune_history(Store(config.state_dir), keep=1)) == 3
    assert [one.benchmark for one in run_gate(config, threshold=0.2, consecutive=3).memory] == ["work_0"]


def test_the_gate_says_when_there_are_too_few_runs(tmp_path):
    gate = run_gate(kept(tmp_path, series([1.0, 2.0])), threshold=0.2, consecutive=3)
    assert gate.flagged == ()
    assert gate.in_words() == [
        "nothing compared in 1 benchmark, 2 stored runs: 4 comparable runs are the least it needs"
    ]


def test_the_gate_clears_only_what_it_could_judge(tmp_path):
    runs = [[s] for s in series([1.0] * 8)]
    new = series([1.0] * 2, 1)
    keep(tmp_path, [make_run(n, [*s, *([new[n - 6]] if n >= 6 else [])]) for n, s in enumerate(runs)])
    gate = run_gate(load_config(tmp_path, environment={}), threshold=0.2, consecutive=3)
    assert (gate.benchmarks, gate.too_few_runs, gate.published().too_few_runs) == (2, 1, 1)
    assert gate.in_words()[0].startswith("none suspected in 1 benchmark, 8 stored runs: ")
    assert "; 1 more not compared: 4 comparable runs" in gate.in_words()[0]


def test_growth_up_to_an_accepted_level_passes_the_gate(tmp_path):
    config = kept(tmp_path, series(WORSE))
    baseline = tmp_path / config.baseline
    baseline.parent.mkdir(parents=True)
    for level_ms, flagged in ((4100, 0), (3200, 1)):
        baseline.write_text(json.dumps({"work_0": {"accepted": {"median_ms": level_ms}}}))
        assert len(run_gate(config, threshold=0.2, consecutive=3).flagged) == flagged


def test_runs_of_another_machine_are_not_in_the_gates_series(tmp_path):
    machines = [replace(MACHINE, cpu="fast")] * 5 + [MACHINE] * 3
    keep(tmp_path, [make_run(n, [s], machine=m) for n, (s, m) in enumerate(zip(series(WORSE), machines, strict=True))])
    assert run_gate(load_config(tmp_path, environment={}), threshold=0.2, consecutive=3).flagged == ()


def test_a_benchmark_that_is_no_longer_measured_is_not_gated(tmp_path):
    samples = series(WORSE)
    keep(tmp_path, [*(make_run(n, [s]) for n, s in enumerate(samples)), make_run(9, [make_sample(5)])])
    gate = run_gate(load_config(tmp_path, environment={}), threshold=0.2, consecutive=3)
    assert (gate.flagged, gate.benchmarks) == ((), 1)
