"""The one write: exactly one file, and nothing of the user's."""

from pathlib import Path

import pytest

from bench_agent.errors import GitError
from bench_agent.system.git_commit import commit_file
from planted import git
from repositories import opened, project

__all__ = ["project"]  # the fixture

RESULT = ".benchmark/history/1.json"


@pytest.fixture
def result(project: Path) -> Path:
    """A result in a folder that git ignores."""
    (project / ".gitignore").write_text(".benchmark/\n")
    git(project, "add", ".gitignore")
    git(project, "commit", "-q", "-m", "Ignore")
    file = project / RESULT
    file.parent.mkdir(parents=True)
    file.write_text("{}\n")
    return file


def status(folder: Path) -> str:
    return git(folder, "status", "--porcelain")


def test_an_ignored_file_is_committed_and_the_status_is_clean(project, result):
    before = git(project, "rev-parse", "HEAD").strip()
    sha = commit_file(opened(project), result, "chore(benchmark): results")
    assert git(project, "rev-parse", "main", "main~1").split() == [sha, before]
    assert git(project, "show", "--format=%s", "--name-status", sha) == f"chore(benchmark): results\n\nA\t{RESULT}\n"
    assert status(project) == ""
    assert git(project, "diff-index", "HEAD") == ""


def test_what_is_staged_or_changed_stays_as_it_is(project, result):
    (project / "staged.py").write_text("new\n")
    git(project, "add", "staged.py")
    (project / "code.py").write_text("changed\n")
    (project / "untracked.py").write_text("?\n")
    before = status(project)
    sha = commit_file(opened(project), RESULT, "results")
    assert status(project) == before == " M code.py\nA  staged.py\n?? untracked.py\n"
    assert git(project, "diff-tree", "--no-commit-id", "--name-only", "-r", sha) == f"{RESULT}\n"


def test_the_same_content_twice_is_one_commit(project, result):
    repository = opened(project)
    assert commit_file(repository, RESULT, "results") == commit_file(repository, RESULT, "results")
    result.write_text("[]\n")
    assert commit_file(repository, RESULT, "results") != git(project, "rev-parse", "HEAD~1").strip()
    assert status(project) == ""


def test_a_linked_worktree_commits_on_its_own_branch(project, result, tmp_path):
    git(project, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    (tmp_path / "linked" / "r.json").write_text("{}")
    main = git(project, "rev-parse", "main")
    sha = commit_file(opened(tmp_path / "linked"), "r.json", "results")
    assert git(project, "rev-parse", "side").strip() == sha
    assert git(project, "rev-parse", "main") == main
    assert status(tmp_path / "linked") == ""


def _detach(folder: Path) -> None:
    git(folder, "checkout", "-q", "--detach")


def _merge(folder: Path) -> None:
    (folder / ".git" / "MERGE_HEAD").write_text(git(folder, "rev-parse", "HEAD"))


def _rebase(folder: Path) -> None:
    (folder / ".git" / "rebase-merge").mkdir()


@pytest.mark.parametrize(("prepare", "message"), [(_detach, "detached"), (_merge, "merge"), (_rebase, "rebase")])
def test_it_refuses_where_a_commit_would_surprise(project, result, prepare, message):
    prepare(project)
    before = (git(project, "rev-parse", "HEAD"), (project / ".git" / "index").read_bytes())
    with pytest.raises(GitError, match=message):
        commit_file(opened(project), RESULT, "results")
    assert (git(project, "rev-parse", "HEAD"), (project / ".git" / "index").read_bytes()) == before


def test_it_refuses_before_the_first_commit(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "r.json").write_text("{}")
    with pytest.raises(GitError, match="no commit yet"):
        commit_file(opened(tmp_path), "r.json", "results")


@pytest.mark.parametrize("path", ["../outside.json", ".git/config", "missing.json", "link.json", "."])
def test_it_commits_only_files_of_the_working_tree(project, result, path):
    (project.parent / "outside.json").write_text("{}")
    (project / "link.json").symlink_to("/etc/hostname")
    with pytest.raises(GitError, match="nothing was committed"):
        commit_file(opened(project), path, "results")


def test_a_locked_index_means_that_nothing_happened(project, result):
    (project / ".git" / "index.lock").write_text("")
    before = git(project, "rev-parse", "HEAD")
    with pytest.raises(GitError, match=r"index\.lock"):
        commit_file(opened(project), RESULT, "results")
    assert git(project, "rev-parse", "HEAD") == before


def test_a_branch_that_cannot_be_moved_leaves_the_index_as_it_was(project, result):
    (project / ".git" / "refs" / "heads" / "main.lock").write_text("")
    with pytest.raises(GitError):
        commit_file(opened(project), RESULT, "results")
    (project / ".git" / "refs" / "heads" / "main.lock").unlink()
    assert status(project) == ""
    assert git(project, "ls-files", ".benchmark") == ""


def test_without_a_name_git_is_told_what_to_set(project, result, monkeypatch):
    git(project, "config", "--unset", "user.name")
    git(project, "config", "user.useConfigOnly", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    with pytest.raises(GitError) as caught:
        commit_file(opened(project), RESULT, "results")
    assert "user.name" in (caught.value.hint or "")
    assert status(project) == ""


def test_an_odd_name_and_message_are_taken_as_they_are(project):
    name = "odd [x] \n -n.json"
    (project / name).write_text("{}")
    sha = commit_file(opened(project), name, "-m --amend\n\x1b[31m")
    assert git(project, "diff-tree", "--no-commit-id", "--name-only", "-r", "-z", sha) == f"{name}\0"
