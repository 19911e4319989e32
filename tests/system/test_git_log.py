"""What git log prints, read from pieces that end anywhere."""

import subprocess

import pytest

from bench_agent.system.git_log import log_format, parse_log
from planted import git, plant

MARK = "f" * 32


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """`git log` of a planted history with a merge that takes neither side's text, and a commit that changes nothing."""
    planted = plant(tmp_path_factory.mktemp("log") / "repo", commits=20, seed=1, merges=True)
    root = planted.root
    git(root, "checkout", "-q", "-b", "side", "HEAD~1")
    (root / "README.md").write_text("theirs\n")
    (root / "side.md").write_text("new\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Theirs")
    git(root, "checkout", "-q", "main")
    (root / "README.md").write_text("ours\n")
    git(root, "commit", "-qam", "Ours")
    git(root, "merge", "-q", "--no-commit", "-s", "ours", "side")
    (root / "README.md").write_text("neither\n")
    (root / "side.md").write_text("new\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Merge")
    git(root, "commit", "-q", "--allow-empty", "-m", "Nothing")
    return subprocess.run(
        ["git", "log", "-z", "--name-only", "--no-renames", "--diff-merges=combined", f"--format={log_format(MARK)}"],
        cwd=root, capture_output=True, check=True,
    ).stdout  # fmt: skip


def test_a_merge_has_the_files_it_changed_by_itself_and_an_empty_commit_none(printed):
    nothing, merge, *rest = parse_log([printed], MARK)
    assert (nothing.subject, nothing.files) == ("Nothing", ())
    assert (merge.subject, [c.path for c in merge.files]) == ("Merge", ["README.md"])
    assert {c.subject: [f.path for f in c.files] for c in rest}["Theirs"] == ["README.md", "side.md"]
    clean = [c for c in rest if c.subject.startswith("Merge pull request")]
    assert clean
    assert not any(c.files for c in clean)
    assert len(parse_log([printed], MARK)) == printed.count(MARK.encode())


@pytest.mark.parametrize("size", [1, 7, 33, 64, 1000])
def test_pieces_may_end_anywhere(printed, size):
    pieces = [printed[at : at + size] for at in range(0, len(printed), size)]
    assert parse_log(pieces, MARK) == parse_log([printed], MARK)


def test_no_output_is_no_commit():
    assert parse_log([], MARK) == []
    assert parse_log([b""], MARK) == []
