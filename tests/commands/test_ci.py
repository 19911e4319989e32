"""`bench-agent ci` outside of a job, as somebody types it before a push, and what it refuses."""

from pathlib import Path

import pytest

from bench_agent.results.change import CHANGE_SCHEMA, from_dict
from projects import FAST, Project, make_project

WORK = "def work():\n    return sum(range({size}))\n"
SUITE = "import shop\ndef test_works(benchmark): benchmark(shop.work)\n"


@pytest.fixture
def clone(tmp_path: Path) -> Project:
    """A clone of a project with one benchmark, at what its upstream branch has."""
    upstream = make_project(tmp_path / "upstream", suite=SUITE, recipe=f"{{pytest}} {FAST} tests/benchmark")
    upstream.write(".gitignore", "__pycache__/\n.benchmark/\n")
    upstream.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    upstream.write("shop.py", WORK.format(size=20_000))
    upstream.commit("Start")
    upstream.git("clone", "-q", str(upstream.root), str(tmp_path / "clone"))
    return Project(root=tmp_path / "clone")


def test_with_nothing_to_push_nothing_is_measured(clone: Project) -> None:
    done = clone.run("ci", "--fail-on", "any")
    assert (done.code, done.err) == (0, "")
    assert "nothing to measure: HEAD is the commit of origin/main" in done.out
    assert not (clone.root / ".benchmark").exists()
    told = clone.run("ci", "--json").json
    assert (told["schema"], told["status"], told["benchmarks"]) == (CHANGE_SCHEMA, "passing", [])
    assert told["base"] == told["head"] == clone.git("rev-parse", "HEAD").strip()
    assert told["warnings"][0].startswith("nothing to measure: ")
    assert from_dict(told).base_name == "origin/main"


def test_a_comment_needs_a_job_and_a_token(clone: Project) -> None:
    done = clone.run("ci", "--comment")
    assert (done.code, "GitHub Actions or GitLab CI" in done.err) == (2, True)
    done = clone.run("ci", "--post", "change.json")
    assert (done.code, "workflow_run" in done.err) == (2, True)


def test_a_base_that_is_not_there_is_an_error(clone: Project) -> None:
    assert clone.run("ci", "--base", "nowhere").code == 2


@pytest.mark.long
def test_what_is_about_to_be_pushed_is_measured_and_an_accepted_slowdown_fails_nothing(clone: Project) -> None:
    clone.write("shop.py", WORK.format(size=100_000))
    clone.commit("Count further")
    clone.write("shop.py", WORK.format(size=5))  # not committed: it will not be pushed
    done = clone.run("ci", "--fail-on", "regression", "--budget", "40", timeout=400)
    assert done.code == 1, done.text
    assert done.out.startswith("1 regression: works")
    assert "where it left origin/main" in done.out
    assert (clone.root / ".benchmark/ci/comment.md").read_text().startswith("## ❌ 1 regression: works")
    assert "Count further" in (clone.root / ".benchmark/ci/comment.md").read_text()

    clone.git("checkout", "-q", "shop.py")
    accepted = '{"works": {"accepted": {"median_ms": 1.0, "because": "counts everything"}}}\n'
    clone.write("tests/regression/baseline_metrics.json", accepted)
    clone.commit("Accept it")
    done = clone.run("ci", "--fail-on", "regression", "--budget", "40", timeout=400)
    assert done.code == 0, done.text
    assert "Slower, accepted: counts everything" in done.out
