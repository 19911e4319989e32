"""The builder keeps its promises: same shas, one culprit that does more work, noise that does not."""

import subprocess
import sys

import pytest

from planted import KINDS, git, plant
from traced import trace_benchmark


def test_the_same_arguments_give_the_same_history(tmp_path):
    one = plant(tmp_path / "one", kind="hot", commits=40, seed=5, merges=True, broken=2)
    other = plant(tmp_path / "other", kind="hot", commits=40, seed=5, merges=True, broken=2)
    assert (one.head, one.culprits, one.merges, one.broken) == (other.head, other.culprits, other.merges, other.broken)
    assert plant(tmp_path / "third", kind="hot", commits=40, seed=6).head != one.head


@pytest.mark.parametrize("merges", [False, True])
def test_there_are_as_many_commits_as_asked_for(tmp_path, merges):
    planted = plant(tmp_path / "repo", commits=50, seed=1, merges=merges)
    assert len(planted.commits) == 50 == int(git(planted.root, "rev-list", "--count", f"{planted.good}..main"))
    assert bool(planted.merges) == merges
    assert git(planted.root, "status", "--porcelain") == ""


def lines(planted, revision):
    return sum(trace_benchmark(planted.root, revision, planted.benchmark).lines.values())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "dependency"])
def test_the_culprit_does_more_work_than_its_parent(tmp_path, kind):
    planted = plant(tmp_path / "repo", kind=kind, commits=12, seed=3, variant=0)
    assert lines(planted, planted.culprit) > 1.05 * lines(planted, f"{planted.culprit}^")


def test_without_a_culprit_the_work_stays_within_a_few_percent(tmp_path):
    planted = plant(tmp_path / "repo", kind="none", commits=60, seed=2)
    assert planted.culprits == ()
    assert 0.95 < lines(planted, planted.head) / lines(planted, planted.good) < 1.05


def test_effects_are_what_was_asked_for_in_lines_or_in_nothing_but_time(tmp_path):
    loop = plant(tmp_path / "loop", kind="loop", commits=20, seed=1, effects=(0.3, 0.1))
    assert len(loop.culprits) == 2
    first = lines(loop, loop.culprits[0]) / lines(loop, loop.good)
    both = lines(loop, loop.head) / lines(loop, loop.good)
    assert (round(first, 2), round(both, 2)) == (1.3, 1.4)
    builtin = plant(tmp_path / "builtin", kind="builtin", commits=20, seed=1, effects=(0.2,))
    assert lines(builtin, builtin.head) == lines(builtin, builtin.good)


def test_broken_commits_cannot_be_imported_and_the_others_can(tmp_path):
    planted = plant(tmp_path / "repo", kind="loop", commits=20, seed=4, broken=3)
    assert len(planted.broken) == 3
    with pytest.raises(subprocess.CalledProcessError):
        lines(planted, planted.broken[0])
    lines(planted, planted.culprit)


def test_the_suite_runs_in_pytest_benchmark(tmp_path):
    planted = plant(tmp_path / "repo", commits=3, seed=1)
    command = [sys.executable, "-m", "pytest", "-q", "--benchmark-disable", "-p", "no:cacheprovider", "tests/benchmark"]
    done = subprocess.run(command, cwd=planted.root, capture_output=True, text=True, check=False)
    assert "4 passed" in done.stdout, done.stdout
