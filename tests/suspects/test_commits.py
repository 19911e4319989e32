"""Ranges on real histories: the ordinary one, and every way in which where to begin is not known."""

from dataclasses import replace

import pytest

from bench_agent.records import Head
from bench_agent.suspects.commits import FALLBACK_COMMITS, collect_range
from bench_agent.system.git import open_repository
from planted import git, plant


@pytest.fixture
def planted(tmp_path):
    return plant(tmp_path / "repo", commits=30, seed=1)


def collect(planted, good, **changes):
    repository = open_repository(planted.root)
    assert repository is not None
    head = replace(repository.head(), **changes)
    return collect_range(repository, good, head)


def test_the_commits_after_the_good_one_newest_first(planted):
    found = collect(planted, planted.good)
    assert [commit.sha for commit in found.commits] == list(reversed(planted.commits))
    assert (found.exact, found.notes, found.good, found.bad) == (True, (), planted.good, planted.head)


@pytest.mark.parametrize("sha", ["0" * 40, "--output=stolen", "no such thing"])
def test_a_run_of_another_repository_has_no_range(planted, sha):
    found = collect(planted, planted.good, sha=sha)
    assert (found.commits, found.bad) == ((), None)
    assert "which was measured, is not in this repository" in found.notes[0]
    assert not (planted.root / "stolen").exists()


def test_uncommitted_changes_are_the_newest_commit_and_untracked_files_are_not(planted):
    (planted.root / "finder" / "cli.py").write_text("pass\n")
    (planted.root / "scratch.py").write_text("pass\n")
    found = collect(planted, planted.head)
    assert [(c.sha, [f.path for f in c.files]) for c in found.commits] == [("", ["finder/cli.py"])]
    assert found.exact


def test_changes_that_are_gone_again_are_known_by_name_and_said_to_be_gone(planted):
    found = collect(planted, planted.head, dirty=("finder/cli.py",))
    assert [f.path for f in found.commits[0].files] == ["finder/cli.py"]
    assert "no longer there" in found.notes[0]


def test_nothing_changed_points_to_the_environment(planted):
    found = collect(planted, planted.head)
    assert found.commits == ()
    assert "look at the environment" in found.notes[0]


def test_what_was_measured_counts_and_not_what_is_checked_out_now(planted):
    measured = planted.commits[9]
    found = collect(planted, planted.good, sha=measured)
    assert [commit.sha for commit in found.commits] == list(reversed(planted.commits[:10]))


def test_an_unknown_good_commit_falls_back_to_the_last_ones_and_says_so(planted):
    found = collect(planted, "1234567890" * 4)
    assert len(found.commits) == FALLBACK_COMMITS
    assert "1234567890" in found.notes[0]
    assert "rebased away" in found.notes[0]
    assert not found.exact


def test_an_unknown_good_commit_on_a_branch_begins_where_the_branch_does(planted):
    git(planted.root, "checkout", "-q", "-b", "topic", planted.commits[20])
    git(planted.root, "commit", "-q", "--allow-empty", "-m", "On the branch")
    found = collect(planted, "1234567890" * 4)
    assert [commit.subject for commit in found.commits] == ["On the branch"]
    assert found.good == planted.commits[20]
    assert "where this branch leaves main" in found.notes[0]


def test_a_rebased_good_commit_begins_where_the_lines_part(planted):
    git(planted.root, "checkout", "-q", "-b", "old", planted.commits[10])
    git(planted.root, "commit", "-q", "--allow-empty", "-m", "Before the rebase")
    old = git(planted.root, "rev-parse", "HEAD").strip()
    git(planted.root, "checkout", "-q", "main")
    found = collect(planted, old)
    assert [commit.sha for commit in found.commits] == list(reversed(planted.commits[11:]))
    assert "another line" in found.notes[0]
    assert not found.exact


def test_a_good_commit_newer_than_what_was_measured_leaves_no_commit(planted):
    found = collect(planted, planted.head, sha=planted.commits[5])
    assert found.commits == ()
    assert "newer" in found.notes[0]


def test_a_shallow_clone_says_how_to_get_the_rest(planted, tmp_path):
    git(tmp_path, "clone", "-q", "--depth=3", planted.root.as_uri(), "shallow")
    repository = open_repository(tmp_path / "shallow")
    assert repository is not None
    found = collect_range(repository, planted.good, repository.head())
    assert len(found.commits) == 3
    assert "git fetch --unshallow" in found.notes[0]


def test_no_good_commit_no_repository_and_no_commit_are_said(planted, tmp_path):
    assert "not known" in collect(planted, None).notes[0]
    assert "no git repository" in collect_range(None, "abc", Head()).notes[0]
    git(tmp_path, "init", "-q", "empty")
    empty = open_repository(tmp_path / "empty")
    assert empty is not None
    assert collect_range(empty, planted.good, empty.head()).notes == ("git: the repository has no commits yet",)


def test_a_range_beyond_the_limit_keeps_the_newest_and_says_so(planted):
    repository = open_repository(planted.root)
    assert repository is not None
    found = collect_range(repository, planted.good, repository.head(), limit=7)
    assert [commit.sha for commit in found.commits] == list(reversed(planted.commits))[:7]
    assert not found.exact
    assert "more than 7 commits" in found.notes[0]


def test_a_revision_that_looks_like_an_option_is_only_unknown(planted):
    assert "is not in this repository" in collect(planted, "--output=/tmp/x").notes[0]
