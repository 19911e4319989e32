"""What a project looks like afterwards: as before, but for `.benchmark/`, which git doesn't see."""

from pathlib import Path

import pytest

from projects import Project, make_project


def footprint(project: Project) -> dict[str, tuple[int, bytes]]:
    """Every file outside `.benchmark/` and git's own, with its time and content."""
    files = [path for path in project.root.rglob("*") if path.is_file() and not path.is_symlink()]
    below = {str(path.relative_to(project.root)): path for path in files}
    return {
        name: (path.stat().st_mtime_ns, path.read_bytes())
        for name, path in below.items()
        if not name.startswith((".benchmark/", ".git/"))
    }


@pytest.mark.long
def test_measuring_writes_nothing_outside_its_folder_and_git_sees_no_change(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write("src/shop.py", "x = 1\n")
    project.commit()
    project.write("src/shop.py", "x = 2\n")
    project.write("notes.txt", "untracked\n")
    before, status, refs = footprint(project), project.git("status", "--porcelain"), project.git("show-ref", "--head")
    for command in (["run"], ["run", "--quick", "--no-confirm"], ["compare", "HEAD", "--budget", "2"]):
        assert project.run(*command).code in (0, 3)  # 3: on a busy machine two seconds are over before a pair
    assert footprint(project) == before
    assert project.git("status", "--porcelain") == status
    assert project.git("show-ref", "--head") == refs
    assert len(project.git("worktree", "list").splitlines()) == 1
    assert project.leftovers() == []
