import math
import os
import random
import shutil
from dataclasses import replace

import pytest

from bench_agent.config import load_config
from bench_agent.errors import StoreError
from bench_agent.formats.stored import dump_run
from bench_agent.history import load, maintenance, series
from bench_agent.history.load import load_history
from bench_agent.history.series import index_history, prune_history
from bench_agent.history.store import Store
from bench_agent.report.courses import recall_trends
from bench_agent.report.judge_by_history import judge_run
from histories import file_name, keep, make_run, make_runs, make_sample


@pytest.fixture(scope="module")
def thirty(tmp_path_factory):
    return keep(tmp_path_factory.mktemp("thirty"), make_runs(30, 3)).dir


@pytest.fixture
def many(thirty, tmp_path, monkeypatch):
    """A history of thirty runs of three benchmarks, of which the newest five are read whole."""
    monkeypatch.setattr(load, "RECENT", 5)
    shutil.copytree(thirty, tmp_path / ".benchmark")
    return Store(tmp_path / ".benchmark")


def medians(runs):
    return [
        [(s.id, s.median_s, s.min_s, s.mean_s, s.p95_s, s.rounds, s.body_hash) for s in run.samples] for run in runs
    ]


def heads(runs):
    return [(run.run_id, run.started_at, run.command, run.head.sha, run.machine.key, run.source) for run in runs]


def test_runs_come_out_of_the_series_as_they_come_out_of_their_files(many):
    from_files, from_series = load_history(many), load_history(many)
    assert many.series.is_file()
    assert medians(from_series.runs) == medians(from_files.runs)
    assert heads(from_series.runs) == heads(from_files.runs)
    assert len(from_series.runs) == 30


def test_a_file_that_is_known_is_not_read_again(many, monkeypatch):
    load_history(many)
    read = []
    monkeypatch.setattr(series, "read_regular", lambda path, limit: read.append(path))
    assert len(index_history(many).lines) == 30
    assert read == []


def test_a_file_that_was_changed_is_read_again(many):
    load_history(many)
    path = many.paths()[3]
    run = make_runs(4, 3)[3]
    path.write_text(dump_run(replace(run, samples=tuple(replace(s, median_s=9.0) for s in run.samples))))
    assert [s.median_s for s in load_history(many).runs[3].samples] == [9.0, 9.0, 9.0]


def test_a_file_that_somebody_removed_is_forgotten(many):
    load_history(many)
    many.paths()[3].unlink()
    assert len(load_history(many).runs) == 29
    assert load_history(many).earlier == ()


def test_a_run_that_was_pruned_is_remembered_by_its_figures(many):
    before = load_history(many)
    assert len(prune_history(many, 10)) == 20
    after = load_history(many)
    assert [run.run_id for run in after.runs] == [run.run_id for run in before.runs[20:]]
    assert medians(after.earlier) == medians(before.runs[:20])
    assert heads(after.whole) == heads(before.runs)


def test_pruning_again_and_again_forgets_nothing(many):
    for number in range(30, 40):
        run = make_run(number, make_runs(1, 3)[0].samples)
        many.write(file_name(run), dump_run(run))
        prune_history(many, 10)
    after = load_history(many)
    assert (len(after.runs), len(after.earlier)) == (10, 30)


def test_a_trend_goes_back_beyond_what_is_kept(tmp_path):
    base = make_sample(0)
    samples = [[replace(base, median_s=1e-3 if n < 20 else 2e-3)] for n in range(40)]
    store = keep(tmp_path, [make_run(n, found) for n, found in enumerate(samples)])
    prune_history(store, 5)
    (trend,) = recall_trends(load_config(tmp_path, environment={}))
    assert len(trend.values) == 40
    assert [change.ratio for change in trend.changes] == [2.0]


def test_a_run_is_judged_by_pruned_runs_too(tmp_path):
    """A rise of 5 % needs more runs to show than the 10 whose files are kept."""
    source = random.Random(2)
    base = make_sample(0)
    runs = []
    for n in range(60):
        factor = math.exp(source.gauss(0, 0.012)) * (1.05 if n >= 44 else 1)
        runs.append(make_run(n, [replace(base, median_s=base.median_s * factor, min_s=base.min_s * factor)]))
    config = load_config(tmp_path, environment={})

    def rules(end, past):
        return judge_run(config, runs[end], past).judgements[0].rules

    end = next(end for end in range(45, 60) if "change_point" in rules(end, runs[:end]))
    store = keep(tmp_path, runs[:end])
    prune_history(store, 10)
    stored = load_history(store)
    assert (len(stored.runs), len(stored.judging)) == (10, end)
    assert "change_point" in rules(end, stored.judging)
    assert "change_point" not in rules(end, stored.runs)


def test_of_the_pruned_runs_as_many_judge_as_there_is_room_for(many, monkeypatch):
    prune_history(many, 10)
    stored = load_history(many)
    assert heads(stored.judging) == heads(stored.whole)
    monkeypatch.setattr(load, "JUDGED_BY", 15)
    assert heads(stored.judging) == heads(stored.whole)[-15:]
    monkeypatch.setattr(load, "JUDGED_SAMPLES", 3 * 12)
    assert heads(stored.judging) == heads(stored.whole)[-12:]


def test_the_list_says_how_many_runs_are_known_by_their_figures_alone(many, tmp_path):
    prune_history(many, 28)
    said = maintenance.list_history(load_config(tmp_path, environment={}))
    assert said.lines[-1] == "2 older runs pruned: their medians are kept in .benchmark/series.jsonl, for trends"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b'{"schema":"bench-agent/series/2"}\n', b"[]\n" * 100])
def test_a_series_that_is_damaged_is_made_again(many, content):
    wanted = medians(load_history(many).runs)
    many.series.write_bytes(content)
    assert medians(load_history(many).runs) == wanted
    assert many.series.read_bytes().startswith(b'{"schema":"bench-agent/series/1"}\n')


def test_a_half_written_line_costs_that_run_a_look_at_its_file(many):
    wanted = medians(load_history(many).runs)
    many.series.write_bytes(many.series.read_bytes()[:-40])
    assert medians(load_history(many).runs) == wanted


def test_a_link_in_place_of_the_series_is_replaced_and_not_followed(many, tmp_path):
    (tmp_path / "mine").write_text("mine")
    many.series.symlink_to(tmp_path / "mine")
    prune_history(many, 10)
    assert (tmp_path / "mine").read_text() == "mine"
    assert len(load_history(many).earlier) == 20


def test_without_a_place_for_the_series_the_history_is_read_all_the_same(many):
    many.series.mkdir()
    assert len(load_history(many).runs) == 30
    assert len(prune_history(many, 10)) == 20


def test_without_room_for_the_lines_nothing_is_pruned(many, monkeypatch):
    def full(path, text):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(series, "write_atomically", full)
    assert prune_history(many, 10) == []
    assert len(load_history(many).runs) == 30


def test_only_the_newest_runs_of_a_long_history_are_looked_at(many, monkeypatch):
    assert [run.run_id for run in load_history(many, most=7).runs] == [
        run.run_id for run in load_history(many).runs[-7:]
    ]
    monkeypatch.setattr(load, "MOST_SAMPLES", 20)
    assert len(load_history(many).runs) == 7
    assert len(load_history(many, most=None).runs) == 30


def test_of_a_long_history_without_a_series_only_the_newest_files_are_read(many, monkeypatch):
    read, really = [], series.read_regular
    monkeypatch.setattr(series, "read_regular", lambda path, limit: read.append(path) or really(path, limit=limit))
    assert len(load_history(many, most=7).runs) == 7
    assert {path.name for path in read} == {path.name for path in many.paths()[-7:]}


def test_runs_of_the_future_are_left_out_wherever_they_are_known_from(many):
    run = replace(make_runs(1, 3)[0], started_at="2099-01-01T00:00:00Z", run_id="20990101_000000")
    many.write("20990101_000000_00000001", dump_run(run))
    for _ in range(2):
        loaded = load_history(many)
        assert len(loaded.runs) == 30
        assert "is dated 2099-01-01, in the future" in loaded.warnings[0]


def test_a_folder_that_is_a_link_is_refused(many, tmp_path):
    many.dir.rename(tmp_path / "elsewhere")
    many.dir.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="symbolic link"):
        prune_history(many, 1)
    assert len(Store(tmp_path / "elsewhere").paths()) == 30
