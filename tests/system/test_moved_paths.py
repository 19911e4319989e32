"""Paths of the checkout in files that git does not keep, as they stand in a tree."""

from pathlib import Path

from bench_agent.system.moved_paths import MAX_FILE, MovedPaths


def test_paths_in_a_small_text_file_become_those_of_the_tree(tmp_path: Path) -> None:
    top, tree = tmp_path / "top", tmp_path / "tree"
    for folder in (top / "src", top / "only-there", tree / "src"):
        folder.mkdir(parents=True)
    file = tree / "local.cfg"
    file.write_text(f"code={top}/src\ndata={top}/only-there\nother={top}-old/src\n")
    MovedPaths(top, tree).in_file(file)
    assert file.read_text() == f"code={tree}/src\ndata={top}/only-there\nother={top}-old/src\n"


def test_other_files_stay_as_they_are(tmp_path: Path) -> None:
    top, tree = tmp_path / "top", tmp_path / "tree"
    (tree / "src").mkdir(parents=True)
    binary, large, link = tree / "binary", tree / "large", tree / "link"
    binary.write_bytes(f"\0{top}/src".encode())
    large.write_text(f"{top}/src".ljust(MAX_FILE + 1))
    link.symlink_to(top / "src")
    for file in (binary, large, link):
        before = file.readlink() if file.is_symlink() else file.read_bytes()
        MovedPaths(top, tree).in_file(file)
        assert before == (file.readlink() if file.is_symlink() else file.read_bytes())
