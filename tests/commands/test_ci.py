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

    clone.write("shop.py", f"# Counts.\n{WORK.format(size=100_000)}")
    clone.commit("Say what it does")
    done = clone.run("ci", "--fail-on", "regression", "--budget", "40", timeout=400)
    assert done.code == 0, "nothing got slower since it was accepted"
    assert "Slower, accepted: counts everything" in done.out
    clone.write("shop.py", WORK.format(size=200_000))
    clone.commit("Count further still")
    done = clone.run("ci", "--fail-on", "regression", "--budget", "40", timeout=400)
    assert done.code == 1, done.err
    assert "which accepts what it was before" in done.out


@pytest.mark.long
def test_what_is_not_committed_is_said_to_be_measured_and_no_commit_is_looked_for(clone: Project) -> None:
    clone.write("shop.py", WORK.format(size=100_000))
    done = clone.run("ci", "--base", "HEAD", "--budget", "20", timeout=400)
    assert done.out.startswith("1 regression: works"), done.text
    assert "the working tree was measured, with changes that" in done.text
    assert "did not get slower" not in done.text


@pytest.mark.long
def test_a_benchmark_that_the_change_removes_is_named_and_one_that_it_adds_is_new(clone: Project) -> None:
    clone.git("rm", "-q", "tests/benchmark/test_it.py")
    added = "import shop\ndef test_adds(benchmark): benchmark(shop.work)\n"
    clone.write("tests/benchmark/test_y.py", added)
    clone.commit("Another benchmark")
    done = clone.run("ci", "--fail-on", "any", "--json", timeout=400)
    rows = {row["id"]: row["mark"] for row in done.json["benchmarks"]}
    assert rows == {
        "tests/benchmark/test_it.py::test_works": "vanished",
        "tests/benchmark/test_y.py::test_adds": "new",
    }
    assert (done.code, done.json["status"]) == (1, "not_compared")
    assert "`works`" in (clone.root / ".benchmark/ci/comment.md").read_text()

    clone.git("checkout", "-q", "HEAD~1", "--", "tests/benchmark/test_it.py")
    clone.write("tests/benchmark/test_it.py", SUITE + added.partition("\n")[2].replace("adds", "more"))
    clone.git("rm", "-qf", "tests/benchmark/test_y.py")
    clone.commit("Both in one file")
    done = clone.run("ci", "--base", "HEAD~1", "--fail-on", "any", timeout=400)
    assert (done.code, "1 benchmark gone" in done.out or "Nothing was compared" in done.out) == (1, True), done.text
    assert "adds" in done.out

    done = clone.run("compare", "origin/main", "--fail-on", "any", timeout=400)
    assert (done.code, "new: more; not in" in done.out) == (0, True), done.text
    clone.write("tests/benchmark/test_it.py", SUITE + added.partition("\n")[2].replace("adds", "renamed"))
    done = clone.run("compare", "HEAD", "--fail-on", "any", timeout=400)
    assert (done.code, "vanished: more; not in working tree" in done.out) == (1, True), done.text
    assert "new: renamed; not in" in done.out
