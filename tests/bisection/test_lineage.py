"""The line that is searched, on real repositories."""

from pathlib import Path

import pytest

from bench_agent.bisection.lineage import Version, read_branch, read_branches, read_line, spread_suspicion
from bench_agent.errors import UsageError
from bench_agent.system.git import Repository, open_repository
from planted import Planted, git, plant


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("line") / "repo", kind="loop", commits=40, seed=1, merges=True)


@pytest.fixture(scope="module")
def repository(planted: Planted) -> Repository:
    repository = open_repository(planted.root)
    assert repository is not None
    return repository


def test_the_line_is_gits_first_parents_oldest_first(planted: Planted, repository: Repository) -> None:
    line = read_line(repository, planted.good, planted.head)
    expected = git(planted.root, "rev-list", "--first-parent", "--reverse", f"{planted.good}..{planted.head}").split()
    assert [version.sha for version in line.versions] == [planted.good, *expected]
    assert line.last == len(expected) < len(planted.commits)
    assert line.notes == ()


def test_what_a_merge_brought_has_a_line_of_its_own(planted: Planted, repository: Repository) -> None:
    line = read_line(repository, planted.good, planted.head)
    merge = next(commit for commit in line.commits if commit.sha in planted.merges)
    branch = read_branch(repository, merge)
    assert branch is not None
    assert branch.last == 2
    assert branch.versions[-1].sha == merge.parents[1]
    assert read_branch(repository, line.commit(1)) is None


def test_a_merged_branch_of_a_single_commit_has_one_too(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", commits=4, seed=1)
    git(planted.root, "checkout", "-q", "-b", "side")
    git(planted.root, "commit", "-q", "--allow-empty", "-m", "Alone")
    side = git(planted.root, "rev-parse", "HEAD").strip()
    git(planted.root, "checkout", "-q", "-")
    git(planted.root, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    repository = open_repository(planted.root)
    assert repository is not None
    merge = read_line(repository, planted.head, None).commit(1)
    branch = read_branch(repository, merge)
    assert branch is not None
    assert branch.versions == (Version(planted.head), Version(side))


def test_a_merge_of_three_has_a_line_for_each_of_its_branches(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", commits=4, seed=1)
    main, ends = git(planted.root, "branch", "--show-current").strip(), []
    for name, commits in (("one", 1), ("two", 2)):
        git(planted.root, "checkout", "-q", "-b", name, planted.head)
        for number in range(commits):
            git(planted.root, "commit", "-q", "--allow-empty", "-m", f"{name} {number}")
        ends.append(git(planted.root, "rev-parse", "HEAD").strip())
    git(planted.root, "checkout", "-q", main)
    git(planted.root, "commit", "-q", "--allow-empty", "-m", "Own")
    git(planted.root, "merge", "-q", "--no-ff", "-m", "Merge both", "one", "two")
    repository = open_repository(planted.root)
    assert repository is not None
    merge = read_line(repository, planted.head, None).commit(2)
    assert [(line.last, line.versions[-1].sha) for line in read_branches(repository, merge)] == [
        (1, ends[0]),
        (2, ends[1]),
    ]
    assert read_branch(repository, merge) is None


def test_suspicion_of_merged_commits_falls_on_their_merge(planted: Planted, repository: Repository) -> None:
    line = read_line(repository, planted.good, planted.head)
    commits = repository.commits(planted.good, planted.head)
    merge = next(commit for commit in line.commits if commit.sha in planted.merges)
    weights = spread_suspicion(line, commits, {merge.parents[1]: 0.7, line.versions[1].sha: 0.2})
    assert weights[line.versions.index(Version(merge.sha)) - 1] == pytest.approx(0.7)
    assert weights[0] == pytest.approx(0.2)
    assert sum(weights) == pytest.approx(0.9)


def test_a_good_version_on_another_line_is_replaced_by_where_they_part(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", commits=6, seed=1)
    git(planted.root, "checkout", "-q", "-b", "side", planted.commits[1])
    git(planted.root, "commit", "-q", "--allow-empty", "-m", "Release")
    side = git(planted.root, "rev-parse", "HEAD").strip()
    repository = open_repository(planted.root)
    assert repository is not None
    line = read_line(repository, side, planted.head)
    assert line.versions[0].sha == planted.commits[1]
    assert line.last == 4
    assert "another line" in line.notes[0]


def test_uncommitted_changes_are_the_last_commit(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", commits=3, seed=1)
    repository = open_repository(planted.root)
    assert repository is not None
    assert read_line(repository, planted.good, None).last == 3
    (planted.root / "finder" / "words.py").write_text("# gone\n")
    line = read_line(repository, planted.good, None)
    assert line.versions[-1].is_working_tree
    assert line.commits[-1].subject == "uncommitted changes"
    assert line.newest_commit.sha == planted.head


def test_a_range_the_wrong_way_round_is_an_error_with_a_hint(planted: Planted, repository: Repository) -> None:
    with pytest.raises(UsageError) as caught:
        read_line(repository, planted.head, planted.good)
    assert caught.value.hint
    assert "--good" in caught.value.hint


def test_versions_have_a_label_for_people_and_a_key_for_files() -> None:
    sha = "0123456789abcdef" * 2 + "01234567"
    assert (Version(sha).label, Version(sha).short, Version(sha).key) == (sha[:12], sha[:8], sha)
    assert (Version("").label, Version("").key) == ("working tree", "")
    without = Version(sha, is_newest_without=True)
    assert (without.label, without.key) == (f"end without {sha[:12]}", f"-{sha}")
