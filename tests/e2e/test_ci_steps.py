"""The shell steps of the CI workflows and of the action, run as they stand, in clones as the service makes them.

What the service gives a step is stood in for: environment files, an event, its API on this machine. Installing is left out: the
program is the one under test.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench_agent.scaffold.workflow import GITHUB_FILES, GITLAB_FILES, CiFile, ci_text
from e2e.shop import SOURCE, Shop, search_path
from loopback_github import TOKEN, loopback_github
from projects import FAST, Project, make_project

ROOT = SOURCE.parent
WEEKLY = yaml.safe_load((ROOT / ".github/workflows/benchmark.yaml").read_text())["jobs"]["benchmark"]["steps"]
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
WORK = "def work():\n    return sum(range({size}))\n\n\ndef other():\n    return sorted(range(300))\n"
SUITE = (
    "import shop\ndef test_works(benchmark): benchmark(shop.work)\ndef test_others(benchmark): benchmark(shop.other)\n"
)


@dataclass
class Runner:
    """What a job has: a checkout, a folder of the service's files, and what `${{ }}` in a step's environment stands for."""

    folder: Path
    checkout: Path
    values: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    program: str = ""  # where the installed program is, instead of PATH

    def run(self, step: dict[str, Any], *, code: int = 0) -> str:
        """One `run:` step as GitHub runs it; what it printed."""
        self.folder.mkdir(exist_ok=True)
        files = {
            name: str(self.folder / name.lower()) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_PATH")
        }
        environment = {
            "PATH": search_path(self.folder / "bin"),
            "HOME": str(self.folder),
            "PYTHONPATH": str(SOURCE),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": "abc",
            **GIT,
            **files,
            **self.variables,
            **{name: self._value(value) for name, value in step.get("env", {}).items()},
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=self.checkout, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert done.returncode == code, f"{step.get('name')}: {done.stdout}"
        assert "Traceback" not in done.stdout
        return done.stdout

    def _value(self, text: str) -> str:
        return self.values.get(text, "") if "${{" in text else text


def steps_of(file: CiFile) -> dict[str, dict[str, Any]]:
    (job,) = yaml.safe_load(ci_text(file, "path", "git+https://example.org/o/bench-agent@abc"))["jobs"].values()
    return {step["name"]: step for step in job["steps"] if "run" in step}


PERFORMANCE, COMMENT, _ = map(steps_of, GITHUB_FILES)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """main, and a pull request whose second commit does five times the work, merged as GitHub does."""
    project = make_project(tmp_path_factory.mktemp("ci") / "upstream", suite=SUITE)
    project.makefile(f"{{pytest}} {FAST} tests/benchmark")
    project.write(".gitignore", "__pycache__/\n.benchmark/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("shop.py", WORK.format(size=20_000))
    project.commit("Start")
    project.git("checkout", "-qb", "feature")
    project.write("README.md", "Shop.\n")
    project.commit("Docs")
    project.write("shop.py", WORK.format(size=100_000))
    project.commit("Count ::error::further")
    project.git("checkout", "-q", "main")
    project.write("else.txt", "")
    project.commit("Else")
    project.git("checkout", "-q", "--detach")
    project.git("merge", "-q", "--no-ff", "-m", "Merge", "feature")
    project.git("update-ref", "refs/pull/7/merge", "HEAD")
    project.git("checkout", "-q", "main")
    return project


def checked_out(upstream: Project, folder: Path, depth: int = 0) -> Runner:
    """As actions/checkout leaves it for a pull request, with the event's file."""
    checkout = Project(root=folder / "checkout")
    checkout.root.mkdir()
    checkout.git("init", "-q")
    checkout.git("remote", "add", "origin", f"file://{upstream.root}")
    what = "+refs/pull/7/merge:refs/remotes/pull/7/merge"
    every = ["+refs/heads/*:refs/remotes/origin/*", what]
    checkout.git("fetch", "-q", *(["--depth=1", "origin", what] if depth else ["origin", *every]))
    checkout.git("checkout", "-q", "--detach", "refs/remotes/pull/7/merge")
    base, head = upstream.git("rev-parse", "main"), upstream.git("rev-parse", "feature")
    event = {"pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": head}}}
    (folder / "event.json").write_text(json.dumps(event))
    variables = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_BASE_REF": "main",
    }
    return Runner(folder=folder / "job", checkout=checkout.root, variables=variables)


@pytest.mark.long
def test_a_pull_request_of_a_fork_is_measured_by_one_job_and_commented_by_another(
    upstream: Project, tmp_path: Path
) -> None:
    runner = checked_out(upstream, tmp_path)
    said = runner.run(PERFORMANCE["Measure the change"], code=1)
    guilty = upstream.git("rev-parse", "feature")
    assert "::warning file=shop.py,line=2,title=Slower benchmark::works got slower" in said
    outputs = (runner.folder / "github_output").read_text().splitlines()
    assert outputs == ["status=regressed", "regressions=1", "report=.benchmark/ci/report.html"]
    summary = (runner.folder / "github_step_summary").read_text()
    assert summary.startswith("## ❌ 1 regression: works")
    assert guilty[:12] in summary
    assert (runner.checkout / outputs[2].partition("=")[2]).is_file()

    # The second job: an empty folder with the artifact, and the event that GitHub wrote.
    other = tmp_path / "other"
    shutil.copytree(runner.checkout / ".benchmark/ci", other / "result")
    fork = {"full_name": "ada/r", "owner": {"login": "ada"}}
    run = {"head_sha": guilty, "head_branch": "feature", "head_repository": fork}
    (tmp_path / "run.json").write_text(json.dumps({"workflow_run": run}))
    with loopback_github() as hub:
        head, base = {"sha": guilty, "ref": "feature", "repo": fork}, {"ref": "main", "repo": {"full_name": "o/r"}}
        hub.pulls = [{"label": "ada:feature", "number": 7, "head": head, "base": base}]
        merge, *parents = upstream.git("rev-list", "--parents", "-1", "refs/pull/7/merge").split()
        hub.merges = {merge: parents}
        second = Runner(
            folder=tmp_path / "second",
            checkout=other,
            values={"${{ github.token }}": TOKEN},
            variables={"GITHUB_EVENT_PATH": str(tmp_path / "run.json"), "GITHUB_API_URL": hub.url},
        )
        assert "comment created" in second.run(COMMENT["Comment"])
        assert "comment unchanged" in second.run(COMMENT["Comment"])
        (comment,) = hub.comments
    assert comment["body"].split("\n", 2)[2].startswith("## ❌ 1 regression: works")
    assert TOKEN not in (runner.folder / "github_step_summary").read_text()


def test_a_shallow_checkout_ends_with_the_line_to_add(upstream: Project, tmp_path: Path) -> None:
    said = checked_out(upstream, tmp_path, depth=1).run(PERFORMANCE["Measure the change"], code=3)
    assert "shallow" in said
    assert "fetch-depth: 0" in said


@pytest.mark.long
def test_the_action_measures_and_comments_in_one_job(upstream: Project, tmp_path: Path) -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    runner = checked_out(upstream, tmp_path)
    program = runner.folder / "bench-agent/bin"
    program.mkdir(parents=True)
    search_path(program)  # what its first step installs
    with loopback_github() as hub:
        runner.variables["GITHUB_API_URL"] = hub.url
        runner.values = {
            "${{ inputs.budget }}": "40",
            "${{ inputs.fail-on }}": "never",
            "${{ inputs.comment }}": "true",
            "${{ inputs.comment == 'true' && github.token || '' }}": TOKEN,
        }
        said = runner.run(steps[1])
        assert "comment created" in said
        assert len(hub.comments) == 1


@pytest.mark.long
def test_gitlab_gets_its_reports(upstream: Project, tmp_path: Path) -> None:
    runner = checked_out(upstream, tmp_path)
    job = yaml.safe_load(ci_text(GITLAB_FILES[0], "path", None))["performance"]
    event = json.loads((tmp_path / "event.json").read_text())["pull_request"]
    runner.variables = {
        "GITHUB_ACTIONS": "", "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": event["base"]["sha"], "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }  # fmt: skip
    runner.run({"run": job["script"][1]}, code=1)
    reports = job["artifacts"]["reports"]
    (entry,) = json.loads((runner.checkout / reports["codequality"]).read_text())
    assert entry["location"]["path"] == "shop.py"
    assert (runner.checkout / reports["metrics"]).read_text().endswith("# EOF\n")


def run_weekly(shop: Shop, folder: Path) -> dict[str, str]:
    """All `run:` steps of the weekly workflow but the installation, in order; what each printed, by name."""
    shutil.copytree(ROOT / "scripts", shop.folder / "scripts", dirs_exist_ok=True)
    runner = Runner(folder=folder / "job", checkout=shop.folder, values={"${{ github.token }}": TOKEN})
    return {step["name"]: runner.run(step) for step in WEEKLY if "run" in step and step["name"] != "Install"}


@pytest.mark.long
def test_the_weekly_steps_measure_summarise_judge_and_build_on_the_run_before(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", str(origin)], check=True)
    subprocess.run(["git", "remote", "add", "origin", str(origin)], cwd=shop.folder, check=True)
    first = run_weekly(shop, tmp_path)
    assert "starts the history" in first["Fetch the history of earlier runs"]
    assert "agent_response" in (tmp_path / "job/github_step_summary").read_text()
    shutil.rmtree(shop.folder / ".benchmark")

    run_weekly(shop, tmp_path)
    assert len(list((shop.folder / ".benchmark/history").glob("*.json"))) == 2
    shown = ["git", "-C", str(origin), "show", "benchmark-history:badge.json"]
    badge = json.loads(subprocess.run(shown, check=True, capture_output=True).stdout)
    assert badge["schemaVersion"] == 1
    count = ["git", "-C", str(origin), "rev-list", "--count", "benchmark-history"]
    assert subprocess.run(count, check=True, capture_output=True, text=True).stdout.strip() == "1"
