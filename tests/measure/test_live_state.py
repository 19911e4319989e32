"""What a run tells others while it lasts."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench_agent.measure.live_state import StateWriter, read_state, running_states
from bench_agent.system.alive import birth_of, is_alive
from bench_agent.system.seal import read_sealed, seal


def _writer(folder: Path, **expected_s: float) -> StateWriter:
    folder.mkdir(parents=True, exist_ok=True)
    return StateWriter(folder, run_id=folder.name, command="make benchmark", expected_s=expected_s)


def test_the_estimate_is_what_the_last_run_took_for_what_is_left(tmp_path: Path) -> None:
    writer = _writer(tmp_path / "r", a=1.0, b=2.0, c=4.0)
    writer.collected(["a", "b", "c", "new"])
    assert writer.state.estimate_s == 7.0
    writer.finished("b")
    assert writer.state.estimate_s == 5.0
    assert (writer.state.done, writer.state.of) == (1, 4)


def test_without_most_benchmarks_known_there_is_no_estimate(tmp_path: Path) -> None:
    writer = _writer(tmp_path / "r", a=1.0)
    writer.collected(["a", "b", "c"])
    assert writer.state.estimate_s is None
    writer.finished("unheard of")
    assert writer.state.done == 1


def test_a_run_under_way_is_found_until_it_is_finished(tmp_path: Path) -> None:
    _writer(tmp_path / "one").collected(["x"])
    assert [state.run_id for state in running_states(tmp_path)] == ["one"]
    (tmp_path / "one" / "finished").touch()
    assert running_states(tmp_path) == []


def test_a_run_whose_process_ended_is_not_under_way(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    _writer(tmp_path / "one")
    state = json.loads(read_sealed(str(tmp_path / "one" / "state.json")) or "")
    (tmp_path / "one" / "state.json").write_text(
        seal(json.dumps({**state, "pid": child.pid, "birth": birth_of(child.pid)}))
    )
    assert running_states(tmp_path)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and nobody asked yet how: a zombie
    assert running_states(tmp_path) == []
    child.communicate()
    assert running_states(tmp_path) == []


def test_a_later_process_with_the_same_id_is_not_the_run(tmp_path: Path) -> None:
    _writer(tmp_path / "one")
    state = json.loads(read_sealed(str(tmp_path / "one" / "state.json")) or "")
    assert is_alive(os.getpid(), state["birth"])
    (tmp_path / "one" / "state.json").write_text(seal(json.dumps({**state, "birth": "1"})))
    assert bool(running_states(tmp_path)) is (birth_of(os.getpid()) is None)  # only where the system tells


def test_impossible_process_ids_are_dead() -> None:
    assert not any(is_alive(pid) for pid in (0, -1, None, True, "12", 10**30, 2**31 - 1))


def test_files_of_another_shape_are_no_runs(tmp_path: Path) -> None:
    for number, content in enumerate(["", "[]", "{}", '{"run_id": 1, "pid": "x"}', "[" * 100_000, '{"pid": 1}']):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "state.json").write_text(content)
        assert read_state(tmp_path / str(number)) is None
    assert running_states(tmp_path) == []


def test_a_folder_that_is_gone_does_not_end_the_run(tmp_path: Path) -> None:
    writer = _writer(tmp_path / "r")
    (tmp_path / "r" / "state.json").unlink()
    (tmp_path / "r").rmdir()
    writer.collected(["a"])
    writer.finished("a")
    assert writer.state.done == 1
