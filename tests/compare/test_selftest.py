"""The self-test as somebody types it: it ends, it says what it left out, and it leaves nothing behind."""

import os
import signal
from pathlib import Path

import pytest

from projects import Project, end, make_project, wait_for

SUITE = """
def test_adds(benchmark):
    benchmark(sum, range(5000))

def test_fails(benchmark):
    assert 0, "boom"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.commit()
    return project


def untouched(project: Project, cache: Path) -> bool:
    """Whether the repository is as it was: nothing written but what .benchmark/ keeps, no worktree, no lock."""
    status, trees = project.git("status", "--porcelain", "--ignored"), project.git("worktree", "list").splitlines()
    return (
        not status.replace("!! tests/benchmark/__pycache__/", "").replace("!! .benchmark/", "").strip()
        and len(trees) == 1
        and not any(cache.rglob("lock"))
    )


@pytest.mark.long
def test_each_benchmark_is_tried_and_what_could_not_be_is_said(project: Project, tmp_path: Path) -> None:
    done = project.run("selftest", "--budget", "12", "--json", timeout=120, XDG_CACHE_HOME=str(tmp_path))
    assert done.code == 0, done.text
    (tested,) = done.json["benchmarks"]
    assert (done.json["schema"], tested["benchmark"][-9:]) == ("bench-agent/selftest/2", "test_adds")
    assert tested["unchanged"]["tried"] + sum(p["tried"] for p in tested["planted"]) == done.json["comparisons"]
    assert "boom" in done.json["left_out"]["tests/benchmark/test_it.py::test_fails"]
    assert "comparison 1: 1 " in done.err
    assert untouched(project, tmp_path)


def test_an_interrupt_gives_what_is_known_and_leaves_nothing(project: Project, tmp_path: Path) -> None:
    process = project.start("selftest", "--budget", "600", XDG_CACHE_HOME=str(tmp_path))
    try:
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        wait_for(lambda: "comparison 1:" in next(said), seconds=60)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        end(process)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert "nothing is known yet" in out
    assert untouched(project, tmp_path)


def test_without_a_repository_it_says_so(tmp_path: Path) -> None:
    done = make_project(tmp_path).run("selftest", "--json")
    assert (done.code, done.json["error"]["kind"]) == (2, "usage")
    assert "git repository" in done.json["error"]["message"]
