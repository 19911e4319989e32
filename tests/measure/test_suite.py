"""The runner against suites that hang, die, fork and are stopped: what was measured is kept, and nothing stays behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.measure.suite import ASKED, ENTRY_DIR, _environment
from projects import SUITE, is_running, make_project, measure

ESCAPES = """
import subprocess, sys, time

def test_quick(benchmark):
    benchmark(int)

def test_starts_others(benchmark):
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with open("children", "w") as file:
        for apart in (False, True):
            file.write("%d " % subprocess.Popen(sleep, start_new_session=apart).pid)
    time.sleep(60)
"""


def test_a_hanging_suite_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    found = measure(make_project(tmp_path, suite=ESCAPES), timeout_s=3)
    assert found.result.timed_out
    assert found.names == {"test_quick"}  # measured before, so it is kept
    assert [id.rpartition("::")[2] for id in found.probed.unfinished] == ["test_starts_others"]
    children = [int(pid) for pid in (tmp_path / "children").read_text().split()]
    assert len(children) == 2
    assert not any(map(is_running, children))


def test_a_suite_that_ignores_being_asked_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time\nfor s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)\ntime.sleep(60)\n"
    found = measure(make_project(tmp_path, suite=deaf), timeout_s=1)
    assert found.result.timed_out
    assert found.error
    assert found.error.kind == "timeout"
    assert "--timeout" in (found.error.hint or "")


@pytest.mark.parametrize("death", ["os.kill(os.getpid(), 9)", "os._exit(0)"])
def test_what_was_measured_before_pytest_died_is_kept(tmp_path: Path, death: str) -> None:
    suite = SUITE + f"import os\ndef test_dies(benchmark):\n    {death}\n"
    found = measure(make_project(tmp_path, suite=suite))
    assert found.names == {"test_adds", "test_sorts"}
    assert found.probed.sessions == 1
    assert found.probed.finished == 0
    assert [id.rpartition("::")[2] for id in found.probed.unfinished] == ["test_dies"]


def test_processes_left_behind_by_a_suite_that_ended_well_are_killed(tmp_path: Path) -> None:
    suite = ESCAPES.replace("    time.sleep(60)\n", "    benchmark(int)\n")
    found = measure(make_project(tmp_path, suite=suite))
    assert found.names == {"test_quick", "test_starts_others"}
    assert not any(is_running(int(pid)) for pid in (tmp_path / "children").read_text().split())


def test_lines_are_told_while_the_suite_runs_and_only_whole(tmp_path: Path) -> None:
    lines: list[bytes] = []
    measure(make_project(tmp_path), on_line=lines.append)
    assert all(line.startswith(b"{") and line.endswith(b"}\n") for line in lines)
    told = [line for line in lines if b'"kind": "modules"' not in line]  # those are told twice
    assert len(told) == len(set(told))
    assert b'"kind": "session"' in lines[0]
    assert b'"kind": "end"' in lines[-1]


def test_a_benchmarks_memory_is_that_of_its_process(tmp_path: Path) -> None:
    suite = "import time\ndef test_big(benchmark):\n    block = b'x' * 80_000_000\n"
    suite += "    benchmark.pedantic(time.sleep, args=(0.35,), rounds=2)\n"
    found = measure(make_project(tmp_path, suite=suite))
    window = found.probed.windows["tests/benchmark/test_it.py::test_big"]
    memory = found.result.memory.within(window)
    assert memory is not None
    peak, mean = memory
    assert 80e6 < mean <= peak < 400e6


def test_the_probe_is_added_to_the_suites_own_paths(tmp_path: Path) -> None:
    before = {"PYTEST_PLUGINS": "theirs", "PYTHONPATH": "lib", "TOX_OVERRIDE": "testenv.x=1", "MAKEFLAGS": "-j4"}
    env = _environment(before, out=tmp_path, root=tmp_path, top=None, select=None, quick_seconds=None)
    assert env["PYTEST_PLUGINS"] == "theirs"
    assert env["PYTHONPATH"] == f"{ENTRY_DIR}:lib"
    assert env["TOX_OVERRIDE"].startswith("testenv.x=1;testenv.pass_env+=PYTHONPATH,BENCH_AGENT_PLUGIN,")
    assert "MAKEFLAGS" not in env


def test_no_selection_of_an_outer_run_reaches_the_suite(tmp_path: Path) -> None:
    # The product's own suite runs the product: what was asked of the outer run must not be asked of the inner one.
    before = dict.fromkeys(ASKED, "1")
    env = _environment(before, out=tmp_path, root=tmp_path, top=None, select=None, quick_seconds=None)
    assert {name for name in ASKED if name in env} == {"BENCH_AGENT_PLUGIN", "BENCH_AGENT_OUT", "BENCH_AGENT_ROOT"}


def test_the_names_are_those_that_the_probe_reads() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import bench_agent_start as s; print(*s.NAMES)"],
        env={"PYTHONPATH": str(ENTRY_DIR.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert tuple(told.stdout.split()) == ASKED
