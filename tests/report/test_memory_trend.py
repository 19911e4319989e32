"""The memory of one call over stored runs: where it grew, with the commit, and since when it leaks."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import histories
from bench_agent.config import load_config
from bench_agent.history.series import prune_history
from bench_agent.history.store import Store
from bench_agent.render.trends import memory_lines
from bench_agent.report.courses import recall_trends
from bench_agent.results.report_json import trends_json
from bench_agent.results.trends import MemoryTrend
from repositories import project

__all__ = ["project"]

MB = 1_000_000


def keep(root: Path, held: Sequence[int | None], left: Sequence[float] = (), *, head: str = "") -> None:
    """Runs of one benchmark that hold so much each, the last on that commit."""
    made = histories.make_runs(len(held), 1)
    runs = [
        replace(
            run,
            samples=tuple(
                replace(s, call_peak_bytes=size, call_left_bytes=left[n] if left else 0.0) for s in run.samples
            ),
        )
        for n, (run, size) in enumerate(zip(made, held, strict=True))
    ]
    if head:
        runs[-1] = replace(runs[-1], head=replace(runs[-1].head, sha=head))
    histories.keep(root, runs)


def memory(root: Path) -> MemoryTrend | None:
    (trend,) = recall_trends(load_config(root, environment={}))
    return trend.memory


def test_a_step_has_its_commit_and_what_was_held_before_and_after(project: Path) -> None:
    sha = subprocess.run(["git", "-C", project, "log", "-1", "--format=%H %s"], capture_output=True, text=True).stdout
    keep(project, [2 * MB] * 5 + [5 * MB], head=sha.split()[0])
    found = memory(project)
    assert found is not None
    (step,) = found.steps
    assert (step.before_bytes, step.after_bytes, step.runs) == (2 * MB, 5 * MB, 1)
    assert (step.sha, step.subject) == (sha[:12], sha.split(maxsplit=1)[1].strip())
    (trend,) = recall_trends(load_config(project, environment={}))
    lines = memory_lines(trend)
    assert lines[0].startswith("one call holds 5 MB (6 traced runs)")
    assert lines[1].startswith("+150 %, 2 MB to 5 MB at ")
    assert f"{sha[:8]}, 1 run: " in lines[1]
    assert '"memory":{"held_bytes":[2000000,' in trends_json([trend])


def test_runs_that_were_not_traced_are_passed_over(project: Path) -> None:
    keep(project, [2 * MB, None, 2 * MB, None])
    found = memory(project)
    assert found is not None
    assert (found.held_bytes, found.steps, found.note) == ((2 * MB, 2 * MB), (), None)


def test_nothing_is_said_where_no_run_was_traced(project: Path) -> None:
    keep(project, [None] * 4)
    assert memory(project) is None


def test_a_leak_is_told_since_the_run_that_has_it_first(project: Path) -> None:
    keep(project, [2 * MB] * 4, [0, 0, 900, 900])
    found = memory(project)
    assert found is not None
    assert (found.left_bytes, found.leaks_since) == (900, f"{3:040x}"[:12])


def test_the_memory_of_pruned_runs_stays_known(project: Path) -> None:
    keep(project, [2 * MB] * 10 + [5 * MB] * 10)
    prune_history(Store(load_config(project, environment={}).state_dir), 4)
    found = memory(project)
    assert found is not None
    assert [step.runs for step in found.steps] == [10]
    assert len(found.held_bytes) == 20


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ([4_000, 16 * MB, 16 * MB], "one call holds 16 MB, 4 kB to 16 MB in all of them (3 traced runs)"),
        ([16 * MB, 16 * MB, 16 * MB], "one call holds 16 MB, the same in all of them (3 traced runs)"),
        ([2_034, 10_988, 10_988, 11_629], "one call holds 11.6 kB, 2.03 kB to 11.6 kB in all of them (4 traced runs)"),
    ],
)
def test_all_runs_are_said_to_hold_the_same_only_where_they_do(project: Path, held: list[int], told: str) -> None:
    keep(project, held)
    (trend,) = recall_trends(load_config(project, environment={}))
    assert memory_lines(trend)[0] == told
