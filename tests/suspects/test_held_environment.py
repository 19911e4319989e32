"""Commits that change what is installed, said of real ones."""

from pathlib import Path

import pytest

from bench_agent.suspects.held_environment import describe_environment
from planted import git
from repositories import commit_files, opened

POETRY = '[[package]]\nname = "dialer"\nversion = "{version}"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    commit_files(tmp_path, "Start", **{"requirements.txt": "other==1.0\ndialer==1.4.0\n", "code.py": "1\n"})
    git(tmp_path, "tag", "start")
    return tmp_path


def test_commits_that_change_what_is_installed_are_named_with_what_they_change(root: Path) -> None:
    commit_files(root, "Code", **{"code.py": "2\n"})
    bump = commit_files(root, "Bump \x1b[31mdialer " + "x" * 300, **{"requirements.txt": "other==1.0\ndialer==2.0.1\n"})
    said = describe_environment(opened(root), opened(root).commits("start", "HEAD"))
    assert said is not None
    assert "held fixed" in said
    assert "`setup`" in said
    assert said.endswith("…: dialer: ==1.4.0 becomes ==2.0.1 (requirements.txt)")
    assert f"{bump[:8]} Bump " in said
    assert "\x1b" not in said
    assert len(said) < 400


def test_of_many_commits_the_newest_are_named_and_the_others_counted(root: Path) -> None:
    for number in range(5):
        commit_files(root, f"Bump {number}", **{"requirements.txt": f"dialer==2.{number}\n"})
    said = describe_environment(opened(root), opened(root).commits("start", "HEAD"))
    assert said is not None
    assert "Bump 4: dialer: ==2.3 becomes ==2.4" in said
    assert said.endswith("and 2 more commits")


def test_a_version_of_the_project_itself_is_no_change_of_the_environment(root: Path) -> None:
    commit_files(root, "Release", **{"pyproject.toml": '[project]\nname = "it"\nversion = "2"\n'})
    assert describe_environment(opened(root), opened(root).commits("start", "HEAD")) is None


def test_the_packages_of_a_lock_file_are_compared_by_name(root: Path) -> None:
    commit_files(root, "Lock", **{"poetry.lock": POETRY.format(version="1.4.0")})
    git(root, "tag", "-f", "start")
    commit_files(root, "Lock again", **{"poetry.lock": POETRY.format(version="2.0.1")})
    said = describe_environment(opened(root), opened(root).commits("start", "HEAD"))
    assert said is not None
    assert "Lock again: dialer: 1.4.0 becomes 2.0.1 (poetry.lock)" in said
