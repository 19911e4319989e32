"""Versions made ready to be measured: how long they are waited for, and what they have the same of."""

import math
import os
import sys
import time
from pathlib import Path

import pytest

from bench_agent.measure.field import CALL_LEAST_S, FIRST_CALL_S, Field
from bench_agent.measure.worktree import Trees
from bench_agent.repo import open_repository
from planted import Planted, plant


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return plant(tmp_path / "repo", kind="loop", commits=2)


def field_of(planted: Planted, trees: Trees, *, deadline: float = math.inf) -> Field:
    return Field(
        trees,
        end=planted.head,
        end_sha=planted.head,
        top=planted.root,
        below=Path(),
        python=(sys.executable, "-B"),
        arguments=(),
        environment=os.environ,
        iterations={},
        deadline=deadline,
    )


def trees_of(planted: Planted, folder: Path) -> Trees:
    repository = open_repository(planted.root)
    assert repository is not None
    return Trees(repository, cache=folder)


def test_a_call_that_is_not_known_yet_is_not_given_most_of_the_time(planted: Planted, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        assert field_of(planted, trees).patience_s == FIRST_CALL_S
        assert field_of(planted, trees, deadline=time.monotonic() + 60).patience_s <= 15
        assert field_of(planted, trees, deadline=time.monotonic()).patience_s == CALL_LEAST_S


def test_once_the_ends_are_counted_a_hang_is_told_by_what_they_took(planted: Planted, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        field = field_of(planted, trees)
        counted, failed = field.count([planted.good, planted.head], [planted.benchmark])
        assert not failed
        assert len(counted.reaches) == 2
        assert field.counted_s is not None
        assert field.patience_s == max(5 * field.counted_s, CALL_LEAST_S)
        assert field.patience_s < FIRST_CALL_S
        late = field_of(planted, trees, deadline=time.monotonic())
        late.call_s = 30.0  # an ordinary call, which must not be taken for a hang because time is short
        assert late.patience_s == 90.0


def test_where_no_tree_can_be_had_nothing_is_counted(planted: Planted, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        counted, failed = field_of(planted, trees).count(["dead" * 10], [planted.benchmark])
        assert counted.reaches == {}
        assert set(failed) == {"dead" * 10}


def test_sessions_have_the_flags_of_the_suites_interpreter(planted: Planted, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        assert field_of(planted, trees).sides([planted.head])[0].python == (sys.executable, "-B")


def test_of_the_files_held_fixed_the_benchmarks_own_are_known(planted: Planted, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        field = field_of(planted, trees)
        field.overlaid = ("tests", "pyproject.toml", "conftest.py")
        own = field.held_files("tests/benchmark/test_search.py::test_loop", ["tests/data.py", "finder/dial.py"])
        assert {"tests/benchmark/test_search.py", "tests/data.py", "conftest.py"} <= own
        assert "tests/benchmark/conftest.py" in own
        assert not own & {"finder/dial.py", "pyproject.toml", "tests/test_other.py"}
