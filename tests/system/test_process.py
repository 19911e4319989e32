"""The door to processes: bounded, and nothing stays behind however it ends."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bench_agent.errors import MeasureError
from bench_agent.system.process import MAX_OUTPUT, Running
from projects import SRC, is_running, wait_for


def test_exit_code_and_output_of_a_shell_command(tmp_path: Path) -> None:
    with Running("echo out; echo err >&2; exit 7", cwd=tmp_path, log=tmp_path / "log") as running:
        assert running.wait(10) == 7
    assert sorted(running.output().split()) == ["err", "out"]
    assert sorted((tmp_path / "log").read_text().split()) == ["err", "out"]


def test_output_is_bounded_with_its_head_and_tail(tmp_path: Path) -> None:
    script = "print('head'); print('x' * 3_000_000); print('tail')"
    with Running([sys.executable, "-c", script], cwd=tmp_path) as running:
        running.wait(20)
    text = running.output()
    assert text.startswith("head\n")
    assert text.endswith("tail\n")
    assert "bytes left out" in text
    assert len(text) < MAX_OUTPUT + 100


@pytest.mark.parametrize("command", [["no-such-program"], ["/"], "echo \0"])
def test_what_cannot_be_started_is_an_error_with_the_reason(tmp_path: Path, command) -> None:
    with pytest.raises(MeasureError, match="could not start"):
        Running(command, cwd=tmp_path)


def test_the_reason_comes_before_what_may_be_cut_off(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match=r"^could not start `/no/such`: No such file or directory, in /"):
        Running(["/no/such", *["argument"] * 50], cwd=tmp_path)


def test_a_log_that_cannot_be_written_does_not_stop_the_command(tmp_path: Path) -> None:
    with Running("echo yes", cwd=tmp_path, log=tmp_path / "missing" / "log") as running:
        assert running.wait(10) == 0
    assert running.output() == "yes\n"


def test_leaving_ends_the_command_and_what_it_started_even_in_sessions_of_their_own(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import subprocess, sys, time
        for apart in (False, True):
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=apart)
            print(child.pid, flush=True)
        time.sleep(60)
    """)
    with Running([sys.executable, "-c", script], cwd=tmp_path) as running:
        wait_for(lambda: running.output().count("\n") == 2)
    assert not any(is_running(int(pid)) for pid in running.output().split())


def test_ending_asks_first_so_that_teardown_runs(tmp_path: Path) -> None:
    script = "import time\ntry:\n    print('ready', flush=True); time.sleep(60)\nexcept KeyboardInterrupt:\n    print('tidied')"
    with Running([sys.executable, "-c", script], cwd=tmp_path) as running:
        wait_for(lambda: running.output().endswith("\n"))
        running.end(first=signal.SIGINT)
    assert running.output() == "ready\ntidied\n"


def test_ending_twice_is_harmless(tmp_path: Path) -> None:
    running = Running("sleep 60", cwd=tmp_path)
    running.end()
    running.end()
    assert running.exit_code is not None


def test_a_command_dies_with_us_even_when_we_are_killed(tmp_path: Path) -> None:
    ours = textwrap.dedent(f"""
        import sys, time
        sys.path.insert(0, {SRC!r})
        from pathlib import Path
        from bench_agent.system.process import Running
        running = Running("sleep 60", cwd=Path("."))
        print(running.pid, flush=True)
        time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", ours], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    group = int(process.stdout.readline())
    assert is_running(group)
    process.kill()
    process.communicate()
    wait_for(lambda: not is_running(group))


def test_waiting_returns_as_soon_as_it_ended_and_costs_next_to_nothing(tmp_path: Path) -> None:
    with Running("sleep 0.3", cwd=tmp_path) as running:
        before = time.process_time()
        assert running.wait(30) == 0
        assert time.process_time() - before < 0.05


def test_the_commands_environment_can_be_replaced(tmp_path: Path) -> None:
    with Running("echo $ONLY_THIS-$HOME", cwd=tmp_path, env={"ONLY_THIS": "1", "PATH": os.environ["PATH"]}) as running:
        running.wait(10)
    assert running.output() == "1-\n"


OURS = """
import sys
from pathlib import Path
sys.path.insert(0, {src!r})
from bench_agent.system import alive
from bench_agent.system.process import Running
alive.is_program = {program}
def pid(name):
    while not (Path(name).exists() and Path(name).read_text().strip()):
        pass
    return int(Path(name).read_text())
def lives(pid):
    try:
        return Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
{body}
"""
HIDES = (
    "env -i setsid sh -c 'echo $$ > pid; sleep 60 & echo $! > child; wait' & while ! test -s child; do sleep 0.01; done"
)


def _ours(folder: Path, body: str, *, program: bool = True) -> str:
    """What a program of ours prints: in the tests' own process other children are not ours to end."""
    code = OURS.format(src=SRC, body=textwrap.dedent(body), program=program)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells who adopted a process")
def test_what_left_the_session_with_an_empty_environment_dies_too(tmp_path: Path) -> None:
    body = f"""
        with Running({HIDES!r}, cwd=Path(".")) as running:
            assert running.wait(20) == 0
        print(lives(pid("pid")), lives(pid("child")))
    """
    assert _ours(tmp_path, body) == "False False\n"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells who adopted a process")
def test_what_another_command_left_behind_stays_while_one_is_under_way(tmp_path: Path) -> None:
    body = """
        with Running("env -i setsid sleep 60 & echo $! > pid; sleep 60", cwd=Path(".")):
            hidden = pid("pid")
            with Running("true", cwd=Path(".")) as second:
                second.wait(10)
            print(lives(hidden))
        print(lives(hidden))
    """
    assert _ours(tmp_path, body) == "True\nFalse\n"


def test_in_somebody_elses_process_only_what_was_started_here_is_ended(tmp_path: Path) -> None:
    """A server that the process started by other ways is no child of ours, though it has left its session too."""
    body = """
        import subprocess
        subprocess.run("setsid sleep 60 & echo $! > pid", shell=True, check=True)
        with Running("true", cwd=Path(".")) as running:
            running.wait(10)
        print(lives(pid("pid")))
        import os
        os.kill(pid("pid"), 9)
    """
    assert _ours(tmp_path, body, program=False) == "True\n"


def test_where_the_system_tells_of_no_processes_what_was_started_ends_all_the_same(monkeypatch, tmp_path):
    import psutil

    def without_proc():
        raise IndexError("list index out of range")  # what psutil makes of an empty /proc

    monkeypatch.setattr(psutil, "process_iter", without_proc)
    with Running(["sleep", "60"], cwd=tmp_path) as running:
        pass
    assert not is_running(running.pid)
