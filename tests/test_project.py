"""Where a project is."""

from pathlib import Path

import pytest

from bench_agent.project import find_root


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", "Makefile", "GNUmakefile", ".benchmark"])
def test_a_projects_root_is_found_from_any_folder_below_it(tmp_path: Path, mark: str) -> None:
    (tmp_path / "project" / "a" / "b").mkdir(parents=True)
    (tmp_path / "project" / mark).mkdir()
    assert find_root(str(tmp_path / "project" / "a" / "b")) == str(tmp_path / "project")


def test_the_nearest_of_nested_projects_counts(tmp_path: Path) -> None:
    (tmp_path / "inner" / "x").mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "inner" / "Makefile").touch()
    assert find_root(str(tmp_path / "inner" / "x")) == str(tmp_path / "inner")


def test_through_a_link_the_real_folder_is_the_root(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "Makefile").touch()
    (tmp_path / "link").symlink_to("real")
    assert find_root(str(tmp_path / "link")) == str(tmp_path / "real")
