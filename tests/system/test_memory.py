"""Memory seen from outside: the right processes, and the right moments."""

import os
import subprocess
import sys

import psutil
import pytest

from bench_agent.records import Window
from bench_agent.system.memory import MemorySampler, MemoryTrace, family_of, resident_bytes
from projects import wait_for

TRACE = MemoryTrace(at=(1.0, 1.1, 1.2, 1.3), resident=(10, 30, 20, 40))


def test_a_window_has_the_peak_and_the_mean_of_its_samples() -> None:
    assert TRACE.within(Window(started=1.05, stopped=1.25)) == (30, 25)
    assert TRACE.whole == (40, 25)


def test_a_window_shorter_than_a_period_takes_the_nearest_sample() -> None:
    assert TRACE.within(Window(started=1.21, stopped=1.22)) == (20, 20)
    assert TRACE.within(Window(started=0.5, stopped=0.6)) == (10, 10)


def test_a_window_far_from_every_sample_knows_nothing() -> None:
    assert TRACE.within(Window(started=50.0, stopped=51.0)) is None
    assert MemoryTrace().within(Window(started=1.0, stopped=2.0)) is None
    assert MemoryTrace().whole is None


@pytest.fixture
def parent_and_child():
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=0)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    child = int(process.stdout.readline())
    yield process.pid, child
    process.communicate("\n")


def test_a_family_is_a_process_and_all_below_it(parent_and_child) -> None:
    parent, child = parent_and_child
    assert set(family_of(parent)) == {parent, child}
    assert child in family_of(os.getpid())
    assert family_of(child) == [child]


def test_resident_bytes_are_what_psutil_says() -> None:
    assert resident_bytes(os.getpid()) == pytest.approx(psutil.Process().memory_info().rss, rel=0.1)


def test_a_process_that_ended_has_no_memory_and_no_family() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert resident_bytes(process.pid) == 0
    assert family_of(process.pid) == []


def test_the_sampler_sums_up_what_it_watches(parent_and_child) -> None:
    parent, child = parent_and_child
    sampler = MemorySampler()
    sampler.watch(parent)
    sampler.watch(child)  # of the same family: counted once
    sampler.start()
    wait_for(lambda: len(sampler._at) > 2)
    trace = sampler.stop()
    assert trace.whole is not None
    assert trace.whole[0] == pytest.approx(resident_bytes(parent) + resident_bytes(child), rel=0.3)
