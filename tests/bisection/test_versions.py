"""Versions made ready, in the background too: what is told of those that can't be, how long they are waited for."""

import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench_agent.bisection.kept_trees import SLOTS
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.timeouts import CALL_LEAST_S
from bench_agent.bisection.versions import Versions
from bench_agent.measure.paired.side import SideError
from bench_agent.records import PytestProcess
from bench_agent.system.builds import Builds
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.worktrees import Trees
from planted import Planted, git, plant

COMMITS = 14


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, list[Version]]:
    """A repository whose commits write their number into a file; (it, the shas, oldest first)."""
    root = tmp_path_factory.mktemp("versions") / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for number in range(COMMITS):
        (root / "number.txt").write_text(str(number))
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", f"number {number}")
    repository = open_repository(root)
    assert repository is not None
    return repository, [Version(sha) for sha in git(root, "rev-list", "--reverse", "HEAD").split()]


@pytest.fixture
def make(history: tuple[Repository, list[Version]], tmp_path: Path) -> Iterator[object]:
    repository, shas = history
    opened: list[object] = []

    def make(setup: str | None = None) -> Versions:
        builds = setup and Builds(
            setup, python=sys.executable, repository=repository, home=tmp_path / "builds", environment=os.environ
        )
        trees = Trees(repository, cache=tmp_path / "cache", builds=builds or None).__enter__()
        versions = Versions(
            trees, end=shas[-1], end_sha=shas[-1].sha, top=repository.root, root=repository.root,
            process=PytestProcess(executable=sys.executable, rootdir=str(repository.root)), environment=os.environ, iterations={},
        )  # fmt: skip
        opened.extend([trees, versions])
        return versions

    yield make
    for each in reversed(opened):
        each.__exit__(None, None, None)


def number_in(side) -> int:
    return int((side.root / "number.txt").read_text())


def test_each_side_holds_its_version_however_often_the_trees_are_reused(make, history) -> None:
    versions, (_, shas) = make(), history
    for low in range(0, COMMITS - 4, 3):
        wanted = [0, low + 1, low + 2, COMMITS - 1]
        assert [number_in(side) for side in versions.sides([shas[n] for n in wanted])] == wanted


def test_what_is_made_ready_early_takes_no_tree_that_is_in_use(make, history) -> None:
    versions, (_, shas) = make(), history
    in_use = [shas[n] for n in range(len(SLOTS) - 1)]
    sides = versions.sides(in_use)
    versions.kept.prefetch([shas[9], shas[10], shas[11]], beside=in_use)
    (early,) = versions.sides([shas[9]])
    versions.kept.prepare_without(shas[-1].sha, parent=None)  # after all that was begun
    assert number_in(early) == 9
    assert [number_in(side) for side in sides] == list(range(len(SLOTS) - 1))


def test_trees_made_ready_for_nobody_yet_hold_what_is_asked_for_and_only_as_many_are_made(make, history) -> None:
    versions, (_, shas) = make(), history
    versions.kept.make_ready(2)
    sides = versions.sides([shas[3], shas[5]])
    assert {side.root.name for side in sides} == {"s1", "s2"}
    assert [number_in(side) for side in sides] == [3, 5]
    versions.kept.prefetch([shas[7]], beside=[shas[3]])
    (moved,) = versions.sides([shas[7]])
    assert moved.root.name == "s2", "one that nobody uses is moved before another is made"
    assert [number_in(side) for side in (sides[0], moved)] == [3, 7]


def test_a_version_that_cannot_be_made_is_told_when_it_is_asked_for_and_others_can_be_had(make, history) -> None:
    versions, (_, shas) = make(), history
    missing = Version("f" * 40)
    versions.kept.prefetch([missing, shas[3]], beside=())
    with pytest.raises(SideError, match="no worktree for ffffffffffff"):
        versions.sides([shas[0], missing])
    assert [number_in(side) for side in versions.sides([shas[0], shas[3]])] == [0, 3]


def test_with_setup_nothing_is_built_that_was_not_asked_for(make, history, tmp_path: Path) -> None:
    built = tmp_path / "built"
    versions, (_, shas) = make(setup=f"cat number.txt >> {built}; echo >> {built}"), history
    versions.kept.prefetch([shas[1], shas[2]], beside=())
    versions.sides([shas[5]])
    assert built.read_text().split() == [str(COMMITS - 1), "5"]


# --- waiting


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return plant(tmp_path / "repo", kind="loop", commits=2)


@pytest.fixture
def versions_of(request: pytest.FixtureRequest) -> Callable[..., Versions]:
    def versions_of(planted: Planted, trees: Trees, *, deadline: float = math.inf) -> Versions:
        versions = _versions_of(planted, trees, deadline)
        request.addfinalizer(versions.__exit__)
        return versions

    return versions_of


def _versions_of(planted: Planted, trees: Trees, deadline: float) -> Versions:
    return Versions(
        trees,
        end=Version(planted.head),
        end_sha=planted.head,
        top=planted.root,
        root=planted.root,
        process=PytestProcess(executable=sys.executable, rootdir=str(planted.root), flags=("-B",)),
        environment=os.environ,
        iterations={},
        deadline=deadline,
    )


def trees_of(planted: Planted, folder: Path) -> Trees:
    repository = open_repository(planted.root)
    assert repository is not None
    return Trees(repository, cache=folder)


def test_once_the_ends_are_counted_a_hang_is_told_by_what_they_took(
    planted: Planted, versions_of, tmp_path: Path
) -> None:
    with trees_of(planted, tmp_path) as trees:
        versions = versions_of(planted, trees)
        counted, failed = versions.count([Version(planted.good), Version(planted.head)], [planted.benchmark])
        assert not failed
        assert len(counted.reaches) == 2
        assert versions.lasted.counted_s is not None
        assert versions.patience_s == max(5 * versions.lasted.counted_s, CALL_LEAST_S)


def test_where_no_tree_can_be_had_nothing_is_counted(planted: Planted, versions_of, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        counted, failed = versions_of(planted, trees).count([Version("dead" * 10)], [planted.benchmark])
        assert counted.reaches == {}
        assert set(failed) == {Version("dead" * 10)}


def test_sessions_have_the_flags_of_the_suites_interpreter(planted: Planted, versions_of, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        assert versions_of(planted, trees).sides([Version(planted.head)])[0].python == (sys.executable, "-B")


def test_of_the_files_held_fixed_the_benchmarks_own_are_known(planted: Planted, versions_of, tmp_path: Path) -> None:
    with trees_of(planted, tmp_path) as trees:
        versions = versions_of(planted, trees)
        versions.kept.overlaid = ("tests", "pyproject.toml", "conftest.py")
        own = versions.kept.held_files("tests/benchmark/test_search.py::test_loop", ["tests/data.py", "finder/dial.py"])
        assert {"tests/benchmark/test_search.py", "tests/data.py", "conftest.py"} <= own
        assert "tests/benchmark/conftest.py" in own
        assert not own & {"finder/dial.py", "pyproject.toml", "tests/test_other.py"}
