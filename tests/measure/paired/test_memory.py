"""Tracing several versions, with real sessions: the deadline of a budget holds, and what is narrowed does not ask for leaks."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.memory import OVER_S, trace_memory
from bench_agent.measure.paired.side import Side

SUITE = """
import time
import work

def test_works(benchmark):
    benchmark(work.work)

def test_hangs(benchmark):
    benchmark(time.sleep, 60)
"""
WORKS, HANGS = "test_it.py::test_works", "test_it.py::test_hangs"
LEAK = "seen = []\n\n\ndef work():\n    seen.append(bytes(5000))\n    return [0] * 100_000\n"


def side(folder: Path) -> Side:
    folder.mkdir()
    (folder / "work.py").write_text(LEAK)
    (folder / "test_it.py").write_text(SUITE)
    return Side(label=folder.name, root=folder, python=(sys.executable,))


@pytest.fixture(scope="module")
def counting() -> Iterator[Counting]:
    with Counting((sys.executable,), env=os.environ) as ready:
        yield ready


def test_what_a_call_leaves_is_only_looked_at_where_it_is_asked_for(counting: Counting, tmp_path: Path) -> None:
    one = side(tmp_path / "one")
    found = [
        trace_memory(counting, [one], [WORKS], start_timeout_s=60, patience_s=10, left=left).memory["one"][WORKS]
        for left in (True, False)
    ]
    assert found[0].peak_bytes == pytest.approx(found[1].peak_bytes, abs=100)
    assert found[0].left_bytes > 4_000
    assert (found[1].left_bytes, found[1].calls) == (0.0, 0)


def test_sessions_that_have_started_already_are_used(counting: Counting, tmp_path: Path) -> None:
    one = side(tmp_path / "one")
    begun = counting.start([one], [WORKS])
    told = trace_memory(counting, [one], [WORKS], start_timeout_s=60, patience_s=10, begun=begun)
    assert told.memory["one"][WORKS].peak_bytes > 700_000
    assert begun[0].has_quit


@pytest.mark.long
def test_after_the_deadline_no_benchmark_is_begun_and_what_is_under_way_is_left(
    counting: Counting, tmp_path: Path
) -> None:
    one = side(tmp_path / "one")
    began = time.monotonic()
    told = trace_memory(counting, [one], [HANGS, WORKS], start_timeout_s=60, patience_s=30, deadline=began + 2.0)
    assert told.not_reached == {HANGS, WORKS}
    assert told.memory["one"] == {}
    assert time.monotonic() - began < 2.0 + 2 * OVER_S
