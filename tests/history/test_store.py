import errno
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bench_agent
from bench_agent.errors import StoreError
from bench_agent.history import store as store_module
from bench_agent.history.series import prune_history
from bench_agent.history.store import KEPT_OUTPUTS, Store, is_run_id, write_atomically
from bench_agent.system.seal import read_sealed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / ".benchmark")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_created_before_something_is_written(tmp_path, store):
    assert store.paths() == []
    assert prune_history(store, 1) == []
    assert names(tmp_path) == []


def test_a_run_is_kept_and_is_the_latest(store):
    path = store.write("20261123_120000_1a2b3c4d", "{}")
    assert path == store.history_dir / "20261123_120000_1a2b3c4d.json"
    assert path.read_text() == store.latest.read_text() == "{}"


def test_an_imported_run_is_not_the_latest(store):
    store.write("20261123_120000_1a2b3c4d", "new")
    store.write("20251123_120000_1a2b3c4d", "old", newest=False)
    assert store.latest.read_text() == "new"


def test_results_are_ignored_by_git_unless_the_project_says_otherwise(store):
    store.prepare()
    ignore = store.dir / ".gitignore"
    assert ignore.read_text().endswith("\n*\n")
    ignore.write_text("!history\n")
    store.write("20261123_120000_1a2b3c4d", "{}")
    assert ignore.read_text() == "!history\n"


def test_runs_of_one_second_get_letters_and_sort_by_time(store):
    ids = [store.make_run(NOON) for _ in range(26)]
    assert ids[:3] == ["20261123_120000", "20261123_120000b", "20261123_120000c"]
    for id in ids:
        store.write(f"{id}_1a2b3c4d", id)
    store.write(f"{store.make_run(NOON.replace(second=1))}_nogit", "last")
    assert [path.read_text() for path in store.paths()] == [*ids, "last"]
    with pytest.raises(StoreError, match="too many runs"):
        store.make_run(NOON)


def test_the_newest_runs_are_kept_and_foreign_files_stay(store):
    for day in range(10, 20):
        store.write(f"202611{day}_120000_1a2b3c4d", "{}")
    foreign = [
        "README.json",
        "0001_abc.json",
        "20261101.json",
        "20261101_120000_notes.json",
        "20261101_120000-old.json",
    ]
    for name in [*foreign, "notes.txt"]:
        (store.history_dir / name).write_text("mine")
    removed = prune_history(store, 3)
    assert [path.name[:8] for path in removed] == [f"202611{day}" for day in range(10, 17)]
    kept = [f"202611{day}_120000_1a2b3c4d.json" for day in range(17, 20)]
    assert names(store.history_dir) == sorted([*kept, *foreign, "notes.txt"])
    assert prune_history(store, 3) == []


def test_the_seeds_own_file_names_are_runs():
    """`cp .benchmark/latest.json .benchmark/history/$(date +%Y%m%d_%H%M%S).json`"""
    assert is_run_id("20261123_120000")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "20261123",
        "20261123_1200",
        "x20261123_120000",
        "20261123_120000_1A2B3C4D",
        "20261123_120000_1a2b3c4d5",
        "²0261123_120000",
        "20261123-120000",
    ],
)
def test_what_is_not_named_as_a_run_is_none(name):
    assert not is_run_id(name)


def test_unfinished_and_hidden_files_are_no_runs(store):
    store.write("20261123_120000_1a2b3c4d", "{}")
    (store.history_dir / ".20261123_130000_1a2b3c4d.json.tmp1").write_text("half")
    (store.history_dir / ".hidden.json").write_text("half")
    assert [path.stem for path in store.paths()] == ["20261123_120000_1a2b3c4d"]


# --- whole or not at all


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_write_that_is_interrupted_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, moment):
    path = tmp_path / "x.json"
    write_atomically(path, "old")

    def interrupt(*_):
        raise Interrupted

    monkeypatch.setattr(*((os, "fsync") if moment == "fsync" else (Path, "replace")), interrupt)
    with pytest.raises(Interrupted):
        write_atomically(path, "new" * 1000)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["x.json"]


FULL = """
import resource, sys
from pathlib import Path
from bench_agent.errors import StoreError
from bench_agent.history.store import Store
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Store(Path(sys.argv[1])).write("20261123_130000_1a2b3c4d", "x" * 200_000)
except StoreError as error:
    print(error.message, "|", error.hint)
"""


def test_a_full_disk_is_said_and_leaves_the_history_as_it_was(store):
    store.write("20261123_120000_1a2b3c4d", "{}")
    environment = {**os.environ, "PYTHONPATH": str(Path(bench_agent.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(store.dir)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"could not write {store.history_dir}/20261123_130000_1a2b3c4d.json: ")
    assert done.stdout.strip().endswith("| free some space; bench-agent run --no-store measures without storing")
    assert names(store.history_dir) == ["20261123_120000_1a2b3c4d.json"]
    assert store.latest.read_text() == "{}"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_whatever_the_system_calls_a_full_disk_the_hint_is_the_same(store, monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError) as caught:
        store.write("20261123_120000_1a2b3c4d", "{}")
    assert "free some space" in caught.value.hint


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / ".benchmark").write_text("")
    with pytest.raises(StoreError, match=r"could not create .*\.benchmark"):
        Store(tmp_path / ".benchmark").write("20261123_120000_1a2b3c4d", "{}")


def test_others_may_read_what_was_written(tmp_path):
    write_atomically(tmp_path / "x", "é")
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "x").read_bytes() == "é".encode()


def test_the_limit_on_file_sizes_is_untouched_here():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


# --- runs while they last


def test_only_the_newest_ended_runs_keep_their_output(store):
    running = store.make_run(NOON)
    ended = []
    for minute in range(1, KEPT_OUTPUTS + 4):
        ended.append(store.make_run(NOON.replace(minute=minute)))
        (store.runs_dir / ended[-1] / "probe").mkdir()
        store.finish_run(ended[-1], under_way=[running])
    assert names(store.runs_dir) == [running, *ended[-KEPT_OUTPUTS:]]
    assert names(store.runs_dir / ended[-1]) == ["finished"]


def test_the_report_and_its_brief_are_kept_together(store):
    store.write_report("{}", brief='{"status": "passing"}')
    assert read_sealed(str(store.report)) == b"{}"
    assert read_sealed(str(store.dir / "status.json")) == b'{"status": "passing"}'
    assert store_module.Store(store.dir).paths() == []


# --- what a repository can bring with it


@pytest.mark.parametrize("name", ["", "history", "runs", "bisect"])
def test_a_folder_of_ours_that_is_a_link_is_refused_and_nothing_behind_it_is_touched(tmp_path, store, name):
    outside = tmp_path / "outside"
    for number in range(8):
        (outside / f"2026112{number}_120000").mkdir(parents=True)
    (store.dir / name).parent.mkdir(exist_ok=True)
    (store.dir / name).symlink_to(outside)
    for act in (
        lambda: store.make_run(NOON),
        lambda: store.write("20261123_120000_1a2b3c4d", "{}"),
        lambda: store.write_report("{}", brief="{}"),
        store.paths,
    ):
        with pytest.raises(StoreError, match="is a symbolic link") as caught:
            act()
        assert "remove it" in caught.value.hint
    store.finish_run("20261123_120000")
    assert len(names(outside)) == 8


@pytest.mark.parametrize("name", ["latest.json", "report.json", "status.json", "history/20261123_120000_1a2b3c4d.json"])
def test_a_file_of_ours_that_is_a_link_is_replaced_and_its_target_stays(tmp_path, store, name):
    outside = tmp_path / "profile"
    outside.write_text("mine")
    (store.dir / name).parent.mkdir(parents=True)
    (store.dir / name).symlink_to(outside)
    store.write("20261123_120000_1a2b3c4d", "{}")
    store.write_report("{}", brief="{}")
    assert outside.read_text() == "mine"
    assert not (store.dir / name).is_symlink()


def test_folders_that_are_not_named_as_runs_are_never_removed(store):
    store.prepare()
    for number in range(9):
        (store.runs_dir / f"experiment{number}").mkdir(parents=True)
    store.finish_run(store.make_run(NOON))
    assert len(names(store.runs_dir)) == 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(store):
    store.prepare()
    os.chown(store.dir, 54321, 54321)
    with pytest.raises(StoreError, match="belongs to another user"):
        store.make_run(NOON)


def test_a_run_of_the_future_neither_counts_nor_goes_when_tidying(store):
    for name in ("20261120_120000_1a2b3c4d", "20261121_120000_1a2b3c4d", "20990101_000000_1a2b3c4d"):
        store.write(name, "{}")
    prune_history(store, 1)
    assert names(store.history_dir) == ["20261121_120000_1a2b3c4d.json", "20990101_000000_1a2b3c4d.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("which", ["dir", "history_dir", "runs_dir"])
def test_a_folder_that_cannot_be_read_is_said(store, which):
    store.write("20261120_120000_1a2b3c4d", "{}")
    store.make_run(NOON)
    folder = getattr(store, which)
    folder.chmod(0)
    try:
        with pytest.raises(StoreError, match="can't be read: permission denied"):
            store.paths()
    finally:
        folder.chmod(0o755)
