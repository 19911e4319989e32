"""A small real repository, and the product's own view of it."""

from pathlib import Path

import pytest

from bench_agent.system.git import Repository, open_repository
from planted import git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three commits of one file on main."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ada")
    git(folder, "config", "user.email", "ada@example.com")
    for number in range(3):
        (folder / "code.py").write_text(f"x = {number}\n")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", f"Commit {number}")
    return folder


def opened(folder: Path) -> Repository:
    repository = open_repository(folder)
    assert repository is not None
    return repository


def commit_files(root: Path, subject: str, **files: str) -> str:
    """Write the files, whose names may hold folders, and commit everything; the commit's sha."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", subject)
    return git(root, "rev-parse", "HEAD").strip()
