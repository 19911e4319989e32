"""A core belongs to one worker at a time, whichever process it is in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.cluster.cores import in_order, own_core
from bench_agent.errors import MeasureError

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="nothing is pinned here")
CORE = min(os.sched_getaffinity(0))
HOLD = """
import sys
from bench_agent.cluster.cores import own_core
with own_core([{core}]) as core:
    print(core, flush=True)
    sys.stdin.read()
"""


def test_what_measures_is_on_its_core_alone_and_back_afterwards() -> None:
    before = os.sched_getaffinity(0)
    with own_core([CORE]) as core:
        assert core == CORE
        assert os.sched_getaffinity(0) == {CORE}
        child = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert child.stdout.strip() == str({CORE})
    assert os.sched_getaffinity(0) == before


def test_a_second_worker_of_the_machine_takes_another_core_or_none() -> None:
    with own_core([CORE]), pytest.raises(MeasureError, match="measured on by others"), own_core([CORE], wait_s=0.0):
        pass
    with own_core([CORE], wait_s=0.0) as core:  # it was given back
        assert core == CORE


def test_a_killed_process_holds_nothing() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(core=CORE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == str(CORE)
    with pytest.raises(MeasureError), own_core([CORE], wait_s=0.0):
        pass
    process.kill()
    process.wait()
    with own_core([CORE], wait_s=0.0):
        pass
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def test_threads_of_one_core_come_last(tmp_path: Path) -> None:
    for core, siblings in {0: "0,4", 1: "1,5", 4: "0,4", 5: "1,5", 2: "2-3", 3: "2-3", 6: "nonsense"}.items():
        folder = tmp_path / f"cpu{core}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(siblings + "\n")
    assert in_order({5, 4, 3, 2, 1, 0, 6, 7}, str(tmp_path)) == [0, 1, 2, 6, 7, 3, 4, 5]
