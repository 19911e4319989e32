"""Counting several versions at once, with real sessions."""

import os
import sys
from pathlib import Path

import pytest

from bench_agent.measure.paired.counts import Counted, Counting
from bench_agent.measure.paired.side import Side

SUITE = """
import json
import work

def test_works(benchmark):
    benchmark(work.work)

def test_dumps(benchmark):
    benchmark(json.dumps, {"a": [1, 2.5]}, indent=1)
"""
WORKS, DUMPS = "test_it.py::test_works", "test_it.py::test_dumps"


def side(folder: Path, text: str) -> Side:
    folder.mkdir()
    (folder / "work.py").write_text(text)
    (folder / "test_it.py").write_text(SUITE)
    return Side(label=folder.name, root=folder, python=(sys.executable,))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    folder = tmp_path_factory.mktemp("counting")
    sides = [
        side(folder / "one", "def work():\n    return [n for n in range(10)]\n"),
        side(folder / "two", "def work():\n    for n in range(20):\n        n += 1\n"),
        side(folder / "bad", "raise ImportError('half done')\n"),
        side(folder / "out", "import os\n\ndef work():\n    os._exit(7)\n"),
    ]
    with Counting((sys.executable,), env=os.environ) as counting:
        return counting.count(sides, [WORKS, DUMPS], start_timeout_s=120, patience_s=60)


def test_each_version_has_its_own_counts(counted: Counted) -> None:
    one, two = (counted.reaches[label][WORKS] for label in ("one", "two"))
    assert one.complete
    assert two.complete
    assert two.functions["work.py::work"] == 1
    assert two.lines["work.py::work"] > one.lines["work.py::work"]


def test_the_standard_library_is_counted_under_names_that_all_trees_share(counted: Counted) -> None:
    reach = counted.reaches["one"][DUMPS]
    assert reach == counted.reaches["two"][DUMPS]
    assert "std:json/encoder.py::JSONEncoder.encode" in reach.functions
    assert not any(name.startswith("/") or "pytest" in name for name in reach.functions)


def test_a_version_that_cannot_be_counted_says_why_and_leaves_the_others_alone(counted: Counted) -> None:
    assert counted.reaches["bad"] == {}
    assert "half done" in counted.problems["bad"][WORKS]
    assert "ended" in counted.problems["out"][""]
    assert counted.problems["one"] == {}


def test_a_version_that_hangs_is_given_up_after_its_patience(tmp_path: Path) -> None:
    hangs = side(tmp_path / "hangs", "def work():\n    while True:\n        pass\n")
    with Counting((sys.executable,), env=os.environ) as counting:
        found = counting.count([hangs], [WORKS], start_timeout_s=120, patience_s=2, count_s=0.5)
    assert found.problems["hangs"] == {"": "no answer within 3 s"}


HELD = """
import os
import pathlib

import work

LOCK = pathlib.Path(os.environ["COUNTED_LOCK"])

def test_held(benchmark):
    LOCK.touch(exist_ok=False)
    try:
        benchmark(work.work)
    finally:
        LOCK.unlink()
"""


def test_versions_that_are_in_each_others_way_are_counted_alone(tmp_path: Path) -> None:
    sides = [side(tmp_path / name, "import time\n\ndef work():\n    time.sleep(0.05)\n") for name in ("one", "two")]
    for each in sides:
        (each.root / "test_it.py").write_text(HELD)
    held = "test_it.py::test_held"
    with Counting((sys.executable,), env={**os.environ, "COUNTED_LOCK": str(tmp_path / "lock")}) as counting:
        found = counting.count(sides, [held], start_timeout_s=120, patience_s=60)
    assert found.problems == {"one": {}, "two": {}}
    assert all(found.reaches[name][held].complete for name in ("one", "two"))


def test_what_fails_alone_too_keeps_its_reason(tmp_path: Path) -> None:
    sides = [
        side(tmp_path / "one", "def work():\n    return 1\n"),
        side(tmp_path / "two", "def work():\n    raise ValueError('not here')\n"),
    ]
    with Counting((sys.executable,), env=os.environ) as counting:
        found = counting.count(sides, [WORKS, DUMPS], start_timeout_s=120, patience_s=60)
    assert found.problems["one"] == {}
    assert "not here" in found.problems["two"][WORKS]
    assert found.reaches["two"].keys() == {DUMPS}
