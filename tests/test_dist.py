"""What people are told to install exists: no package index holds a name of ours, and a tag is the version of the code."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import bench_agent

TOP = Path(__file__).resolve().parents[1]
TEXTS = [
    path
    for pattern in (
        "*.md",
        "*.yml",
        "*.yaml",
        "Dockerfile",
        "docs/**/*.md",
        "src/**/*.py",
        "src/**/*.yaml",
        "src/**/*.md",
    )
    for path in sorted(TOP.glob(pattern))
]
BY_NAME = re.compile(
    r"\b(?:pip3? install|pipx install|pipx run|uv add|uv tool install|uvx)(?: -\S+)* ['\"]?bench[-_]agent\b"
)


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TOP / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_dist = _script("make_dist")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(TOP)))
def test_no_instruction_names_an_entry_of_a_package_index_that_is_not_ours(path: Path) -> None:
    assert BY_NAME.findall(path.read_text("utf-8")) == []


def test_a_copy_without_git_has_the_version_that_the_code_says() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    assert make_dist.release_of(TOP) == bench_agent.RELEASE == project["tool"]["hatch"]["version"]["fallback-version"]


@pytest.mark.parametrize("tags", [[], ["nightly"], ["v1.2.0"], ["v1.2.0", "stable"]])
def test_a_commit_without_a_version_tag_or_with_its_own_is_built(tags: list[str]) -> None:
    make_dist.check_tag("1.2.0", tags)


@pytest.mark.parametrize("tags", [["v1.2.1"], ["nightly", "v2"]])
def test_a_tag_that_is_not_the_version_stops_the_release(tags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        make_dist.check_tag("1.2.0", tags)
    assert "says 1.2.0" in capsys.readouterr().err


def test_two_builds_that_differ_are_an_error(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.whl").write_text("same")
    make_dist.compare(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "x.whl").write_text("other")
    with pytest.raises(SystemExit):
        make_dist.compare(tmp_path / "one", tmp_path / "two")
