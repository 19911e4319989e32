"""`bench-agent compare` and the files it writes, as a user calls it."""

import re
from pathlib import Path

import pytest

from projects import FAST, Project, make_project

WORK = "def work():\n    return sum(range({size}))\n"
SUITE = "import work\ndef test_works(benchmark): benchmark(work.work)\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A branch that does five times the work, and one more commit on main since."""
    project = make_project(tmp_path_factory.mktemp("compare"), suite=SUITE, recipe=f"{{pytest}} {FAST} tests/benchmark")
    project.write(".gitignore", "__pycache__/\n.benchmark/\n*.md\n*.html\n*.json\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("work.py", WORK.format(size=20_000))
    project.commit("Start")
    project.git("checkout", "-qb", "feature")
    project.write("work.py", WORK.format(size=100_000))
    project.commit("Work | harder")
    project.git("checkout", "-q", "main")
    project.write("other.py", "")
    project.commit("Else")
    project.git("checkout", "-q", "feature")
    return project


@pytest.mark.long
def test_a_branch_is_compared_with_its_fork_point_and_every_file_says_the_same(project: Project) -> None:
    outputs = ("--markdown", "c.md", "--html", "c.html", "--out", "c.json")
    done = project.run("compare", "main...", "--budget", "40", "--fail-on", "regression", *outputs, timeout=400)
    assert done.code == 1, done.text
    assert "main has moved on by 1 commit" in done.out
    markdown = (project.root / "c.md").read_text()
    assert re.match(r"## ❌ 1 regression: works [3-8]", markdown)
    assert "where it left main" in markdown
    assert "bench-agent compare 'main...'" in markdown or "bench-agent compare main..." in markdown
    assert '"verdict": "slower"' in (project.root / "c.json").read_text()
    page = (project.root / "c.html").read_text()
    assert "1 regression: works" in page
    assert page.count("<script") == 2  # its figures and ours, each named by hash in the page's policy
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=", page)


def test_two_results_do_not_both_go_to_stdout(project: Project, tmp_path: Path) -> None:
    assert project.run("compare", "main", "--json", "--markdown", "-").code == 2
    done = project.run("bisect", "--good", "main", "--out", str(tmp_path / "no" / "such.json"))
    assert (done.code, "there is no folder" in done.err) == (2, True)
