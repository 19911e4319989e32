"""Which commits a search by memory looks at first: by their patches, and only where somebody stands out."""

from pathlib import Path

from bench_agent.bisection.lineage import Line, read_line
from bench_agent.bisection.patch_weights import likely_inside, patch_weights, stands_out
from bench_agent.system.git import Repository, open_repository
from projects import make_project


def planted(folder: Path, commits: int, culprit: int) -> tuple[Repository, Line]:
    """Notes, and one commit that changes the code."""
    project = make_project(folder / "project")
    project.write("mod.py", "def total():\n    return 1\n")
    first = project.commit()
    for number in range(1, commits + 1):
        if number == culprit:
            project.write("mod.py", "def total():\n    return [n for n in range(99)]\n")
        project.write("notes.txt", f"{number}\n")
        project.commit(f"Change {number}")
    repository = open_repository(project.root)
    assert repository is not None
    return repository, read_line(repository, first, None)


def test_the_commit_that_changes_code_stands_out_among_notes(tmp_path: Path) -> None:
    weights = patch_weights(*planted(tmp_path, 16, 5))
    assert len(weights) == 16
    assert max(range(16), key=weights.__getitem__) == 4


def test_few_commits_are_not_weighed(tmp_path: Path) -> None:
    assert patch_weights(*planted(tmp_path, 5, 2)) == []


def test_nobody_stands_out_where_all_are_alike_or_nothing_is_known() -> None:
    assert not stands_out([1.0] * 20)
    assert not stands_out([0.0] * 20)
    assert not stands_out([5.0, *[1.0] * 19])
    assert stands_out([30.0, *[1.0] * 19])


def test_the_positions_around_the_suspicious_one_are_looked_at() -> None:
    weights = [50.0 if p == 171 else 1.0 for p in range(1, 257)]
    low, high = likely_inside(0, 256, weights, frozenset(), 2)
    assert low < 171 <= high
    assert high - low < 60, "an even third is 85"
    assert likely_inside(170, 171, weights, frozenset(), 2) == []
