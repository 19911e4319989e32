"""Real runs of the same code in which a package of the environment got slower: it is named, and no commit is."""

from pathlib import Path

import pytest

from projects import SRC, Project, make_project

SUITE = "import dep\n\ndef test_dep(benchmark):\n    benchmark(dep.work)\n"


@pytest.fixture
def packages(tmp_path: Path) -> list[str]:
    """Two places with the same package, as two virtual environments would have: version 2.0 does four times the work."""
    folders = []
    for version, work in (("1.0", 200), ("2.0", 800)):
        folder = tmp_path / f"env-{version}"
        (folder / f"slow_dep-{version}.dist-info").mkdir(parents=True)
        (folder / "dep.py").write_text(f"def work():\n    return sum(i * i for i in range({work}))\n")
        folders.append(f"{SRC}:{folder}")
    return folders


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    return project


@pytest.mark.long
def test_a_package_that_got_slower_is_named_and_no_commit_is(project: Project, packages: list[str]) -> None:
    project.run("run", PYTHONPATH=packages[0])
    done = project.run("run", "--json", PYTHONPATH=packages[1])
    assert done.code == 0
    assert done.json["regressions"] == []
    (finding,) = done.json["environment"]
    assert (finding["verdict"], finding.get("suspects")) == ("environment", None)
    assert "slow-dep 1.0 -> 2.0" in finding["evidence"]["differs"]
    assert any("slow-dep 1.0 -> 2.0" in warning for warning in done.json["warnings"])
    assert "Differs" in (shown := project.run("report").out)
    assert "slow-dep 1.0 -> 2.0" in " ".join(shown.split())
