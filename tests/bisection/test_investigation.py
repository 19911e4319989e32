"""Searches in projects whose trees must be built: what `setup` does at each commit, and what is said where it can't."""

import pytest

from projects import FAST, Done, Project, make_project

BUILD = """
import re, shutil
from pathlib import Path

(version,) = re.findall("dialer==(.*)", Path("requirements.txt").read_text())
if version == "1.5.0":
    raise SystemExit("no release \\x1b[31m1.5.0 of dialer")
steps = {"1.4.0": 1000, "2.0.1": 3000}[version]
Path("installed").mkdir(exist_ok=True)
Path("installed/dialer.py").write_text(f"def turn():\\n    for n in range({steps}):\\n        n += 1\\n")
"""
SUITE = "import dialer\n\n\ndef test_turns(benchmark):\n    benchmark(dialer.turn)\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose requirement is installed into the tree by `setup`: its second version does three times the work."""
    project = make_project(tmp_path_factory.mktemp("built"), suite=SUITE, recipe=f"{{pytest}} {FAST} tests/benchmark")
    project.write(".gitignore", "__pycache__/\n.benchmark/\ninstalled/\n")
    settings = '[tool.bench-agent]\nsetup = "python build.py"\n'
    project.write("pyproject.toml", f'[tool.pytest.ini_options]\npythonpath = ["installed"]\n{settings}')
    project.write("build.py", BUILD)
    for tag, version in (("start", "1.4.0"), ("docs", None), ("yanked", "1.5.0"), ("back", "1.4.0"), ("bump", "2.0.1")):
        project.write("README.md", tag)
        if version:
            project.write("requirements.txt", f"other==1.0\ndialer=={version}\n")
        project.commit(f"The {tag}")
        project.git("tag", tag)
    project.write("installed/dialer.py", "def turn():\n    pass\n")  # what the user has: nothing must be read from it
    return project


def search(project: Project, *arguments: str) -> Done:
    return project.run("bisect", "turns", "--json", *arguments, timeout=400)


@pytest.mark.long
def test_setup_runs_at_each_commit_and_a_commit_at_which_it_fails_is_skipped(built: Project) -> None:
    found = search(built, "--good", "start").json
    (culprit,) = found["culprits"]
    assert culprit["sha"] == built.git("rev-parse", "bump")
    assert culprit["functions"][0]["name"] == "installed/dialer.py::turn"
    assert "it changes a requirement: dialer: ==1.4.0 becomes ==2.0.1 (requirements.txt)" in culprit["evidence"]
    (skipped,) = found["skipped"]
    assert skipped["sha"] == built.git("rev-parse", "yanked")
    assert "failed (exit 1)" in skipped["reason"]
    assert "no release 1.5.0 of dialer" in skipped["reason"]
    assert not any("environment" in warning for warning in found["warnings"])


@pytest.mark.long
def test_setup_that_fails_at_an_end_is_an_error_that_says_where_and_what_to_do(built: Project) -> None:
    for ends in (("--good", "yanked"), ("--good", "start", "--bad", "yanked")):
        done = search(built, *ends)
        assert (done.code, done.json["error"]["kind"]) == (3, "measure")
        assert built.git("rev-parse", "yanked")[:12] in done.json["error"]["message"]
        assert "an end of the range" in done.json["error"]["message"]
        assert "no release 1.5.0 of dialer" in done.json["error"]["message"]
        assert "`setup`" in done.json["error"]["hint"]
