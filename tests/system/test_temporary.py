"""What a killed command left in the temporary directory is removed by a later one; nothing else is."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.system import temporary
from bench_agent.system.alive import birth_of
from bench_agent.system.temporary import LONGEST_PATH, make_temporary, sweep, temporary_folder
from projects import SRC


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(temporary, "LONGEST_PATH", 1000)  # pytest's own folders are long in its parallel workers
    monkeypatch.setattr(temporary, "_swept", False)
    return tmp_path


def test_a_folder_goes_with_its_block_and_stays_while_it_is_used(folder: Path) -> None:
    with temporary_folder() as own:
        (own / "file").touch()
        assert own.parent == folder
        assert sweep(folder) == []
        assert own.is_dir()
    assert not own.exists()


def test_a_folder_whose_path_no_socket_could_have_is_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "LONGEST_PATH", LONGEST_PATH)
    long = folder / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setattr("tempfile.tempdir", None)
    with temporary_folder() as own, socket.socket(socket.AF_UNIX) as listener:
        assert own.parent == Path(temporary.SHORT_PARENT)
        (own / "00001").mkdir()
        listener.bind(str(own / "00001" / "s"))
    assert not own.exists()


def test_what_a_killed_process_left_is_removed_by_the_next(folder: Path) -> None:
    code = "from bench_agent.system import temporary as t; t.LONGEST_PATH = 1000; print(t.make_temporary(), flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": SRC},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    left = Path(child.stdout.readline().strip())
    assert left.is_dir()
    assert sweep(folder) == []
    child.send_signal(signal.SIGKILL)
    child.communicate()
    own = make_temporary()
    assert not left.exists()
    assert own.is_dir()


def test_a_process_with_the_same_id_that_began_later_is_another(folder: Path) -> None:
    old = folder / f"bench-agent-{os.getpid()}-1-abc"
    old.mkdir()
    assert sweep(folder) == ([old] if birth_of(os.getpid()) else [])


@pytest.mark.parametrize("name", ["bench-agent-old", "bench-agent-1000", "bench-agent-99999999-1-abc.d", "other-1-1-x"])
def test_folders_of_other_names_are_left_alone(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    sweep(folder)
    assert (folder / name).is_dir()


def test_a_link_of_such_a_name_is_left_alone(folder: Path) -> None:
    (folder / "mine").mkdir()
    link = folder / f"bench-agent-{2**31 - 2}-1-abc"
    link.symlink_to(folder / "mine")
    assert sweep(folder) == []
    assert link.is_symlink()
