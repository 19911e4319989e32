"""What a search holds fixed, said of real commits."""

from pathlib import Path

import pytest

from bench_agent.bisection.caveats import describe_benchmark, describe_start
from planted import git
from repositories import commit_files, opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    commit_files(tmp_path, "Start", **{"requirements.txt": "other==1.0\ndialer==1.4.0\n", "code.py": "1\n"})
    git(tmp_path, "tag", "start")
    return tmp_path


def test_commits_that_change_the_benchmark_itself_are_named(root: Path) -> None:
    twice = commit_files(root, "Twice the work", **{"tests/test_it.py": "2\n"})
    commit_files(root, "Another test", **{"tests/test_other.py": "2\n"})
    commits = opened(root).commits("start", "HEAD")
    said = describe_benchmark(commits, {"tests/test_it.py", "conftest.py"})
    assert said is not None
    assert said.endswith(f": {twice[:8]} Twice the work (tests/test_it.py)")
    assert describe_benchmark(commits, {"conftest.py"}) is None


def test_commits_that_change_how_the_suite_is_started_are_named(root: Path) -> None:
    sized = commit_files(root, "Larger input", **{"conf/size.env": "N=800\n"})
    commits = opened(root).commits("start", "HEAD")
    said = describe_start(commits, ["conf/size.env", "Makefile"])
    assert said is not None
    assert said.endswith(f"is not part of the answer: {sized[:8]} Larger input (conf/size.env)")
    assert describe_start(commits, ["Makefile"]) is None
