"""Sessions started together: each is what `python -m pytest` would have been."""

import contextlib
import os
import random
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bench_agent.measure.paired.forkserver import ForkServer, ForkServers, Planned, is_possible

pytestmark = pytest.mark.skipif(not is_possible(), reason="sessions are started together on Linux only")
SUITE = """
import os, sys

def test_passes():
    print("here", os.getcwd(), os.environ["WHO"], sys.path[0], hash("a"))
    sys.stdout.flush()

def test_fails():
    assert os.environ["WHO"] == "one"
"""


def plan(folder: Path, who: str, *more: str) -> Planned:
    folder.mkdir()
    (folder / "test_it.py").write_text(SUITE)
    return Planned(
        arguments=("-q", "-s", "-p", "no:cacheprovider", "test_it.py", *more),
        cwd=folder,
        env={**os.environ, "WHO": who},
        tree=folder,
        log=folder / "log",
    )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[object]:
    begun: list[ForkServer] = []

    def start() -> ForkServer:
        env = {**os.environ, "PYTHONHASHSEED": "5"}
        begun.append(ForkServer((sys.executable,), tmp_path / "fork_server", env, mark="a"))
        return begun[-1]

    yield start
    for fork_server in begun:
        fork_server.close()


def test_each_session_has_its_own_folder_environment_output_and_exit_code(start, tmp_path: Path) -> None:
    sessions = start().begin([plan(tmp_path / "one", "one"), plan(tmp_path / "two", "two")], last=True)
    assert [session.wait(120) for session in sessions] == [0, 1]
    one, two = (session.output() for session in sessions)
    assert f"here {tmp_path / 'one'} one {tmp_path / 'one'}" in one
    assert f"here {tmp_path / 'two'} two {tmp_path / 'two'}" in two
    seeds = {text.split("here ")[1].split()[3] for text in (one, two)}
    assert len(seeds) == 1  # one hash seed for all


def test_sessions_can_be_started_while_others_run(start, tmp_path: Path) -> None:
    fork_server = start()
    waits = plan(tmp_path / "one", "one")
    (tmp_path / "one" / "test_it.py").write_text("import time\n\ndef test_waits():\n    time.sleep(300)\n")
    (first,) = fork_server.begin([waits])
    (second,) = fork_server.begin([plan(tmp_path / "two", "two")])
    assert second.wait(120) == 1
    assert first.exit_code is None
    (third,) = fork_server.begin([plan(tmp_path / "three", "one")], last=True)
    assert third.wait(120) == 0
    assert first.exit_code is None


def test_sessions_of_a_fork_server_that_is_gone_have_ended(start, tmp_path: Path) -> None:
    fork_server = start()
    os.kill(fork_server.pid, 9)
    (session,) = fork_server.begin([plan(tmp_path / "one", "one")])
    assert session.wait(10) not in (0, None)


def test_a_project_that_pytest_itself_imports_gets_a_fresh_interpreter_and_its_own_copy(start, tmp_path: Path) -> None:
    planned = plan(tmp_path / "one", "one")
    (tmp_path / "one" / "iniconfig").mkdir()
    (tmp_path / "one" / "iniconfig" / "__init__.py").write_text("raise RuntimeError('the copy under test')\n")
    (session,) = start().begin([planned])
    assert session.wait(120) not in (0, None)
    assert "the copy under test" in session.output()


def test_a_plug_in_that_begins_a_thread_when_imported_has_it_in_each_session(
    start, tmp_path: Path, monkeypatch
) -> None:
    site = tmp_path / "site"
    (site / "threaded-1.0.dist-info").mkdir(parents=True)
    (site / "threaded-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: threaded\nVersion: 1.0\n")
    (site / "threaded-1.0.dist-info" / "entry_points.txt").write_text("[pytest11]\nthreaded = threaded_plugin\n")
    (site / "threaded_plugin.py").write_text(
        "import threading\nTHREAD = threading.Thread(target=threading.Event().wait, daemon=True)\nTHREAD.start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(site))
    planned = plan(tmp_path / "one", "one")
    suite = "import threaded_plugin\n\ndef test_it():\n    assert threaded_plugin.THREAD.is_alive()\n"
    (tmp_path / "one" / "test_it.py").write_text(suite)
    (session,) = start().begin([planned])
    assert session.wait(120) == 0, session.output()


def test_ending_a_fork_server_ends_its_sessions(start, tmp_path: Path) -> None:
    planned = plan(tmp_path / "one", "one")
    (tmp_path / "one" / "test_it.py").write_text("import time\n\ndef test_waits():\n    time.sleep(300)\n")
    fork_server = start()
    (session,) = fork_server.begin([planned])
    assert session.wait(0.5) is None
    fork_server.close()
    assert session.wait(10) is not None


def _fork_servers(before: Collection[int] = ()) -> list[psutil.Process]:
    """Those begun since `before` was listed. What other tests left is about to end; a zombie has no command any more."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if child.pid not in before and "bench_agent_forkserver" in str(child.cmdline()):
                found.append(child)
    return found


def test_fork_servers_differ_in_hash_seed_and_those_made_ready_are_taken_first(tmp_path: Path) -> None:
    before = [child.pid for child in _fork_servers()]
    fork_servers = ForkServers((sys.executable,), os.environ, random.Random(1))
    taken: list[tuple[Mapping[str, str], ForkServer]] = []
    try:
        fork_servers.prepare(2)
        early = [child.pid for child in _fork_servers(before)]
        assert len(early) == 2
        taken += [fork_servers.take() for _ in range(3)]
        assert [fork_server.pid in early for _, fork_server in taken] == [True, True, False]
        said = []
        for number, (env, fork_server) in enumerate(taken):
            planned = plan(tmp_path / str(number), "one")
            (session,) = fork_server.begin([replace(planned, env={**planned.env, **env})], last=True)
            assert session.wait(120) == 0
            said.append(session.output().split("here ")[1].split()[3])
        assert len({env["PYTHONHASHSEED"] for env, _ in taken}) == 3
        assert len(set(said)) == 3  # the hashes themselves differ
    finally:
        for _, fork_server in taken:
            fork_server.close()
        fork_servers.close()


def test_fork_servers_that_were_made_ready_and_not_taken_are_ended() -> None:
    before = [child.pid for child in _fork_servers()]
    fork_servers = ForkServers((sys.executable,), os.environ, random.Random(1))
    fork_servers.prepare(2)
    waiting = _fork_servers(before)
    fork_servers.close()
    assert waiting
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in waiting)
