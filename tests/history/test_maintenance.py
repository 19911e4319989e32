import json
import subprocess
from dataclasses import replace

import pytest

from bench_agent.config import load_config
from bench_agent.errors import ConfigError, UsageError
from bench_agent.history.baseline import read_targets
from bench_agent.history.importing import import_results
from bench_agent.history.load import load_history, load_reach
from bench_agent.history.maintenance import list_history
from bench_agent.history.store import Store
from bench_agent.history.targets import accept_levels, set_target, show_targets
from bench_agent.system.git_commit import commit_file
from histories import file_name, keep, make_reach, make_run, make_runs, make_sample
from repositories import opened


@pytest.fixture
def project(tmp_path):
    return load_config(tmp_path, environment={})


def git(root, *arguments):
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def stored(config):
    return load_history(Store(config.state_dir)).runs


# --- the list


def test_stored_runs_are_listed_newest_first(project):
    runs = make_runs(3, 4)
    keep(project.root, runs)
    said = list_history(project)
    assert [entry["file"] for entry in said.document["runs"]] == [f"{file_name(run)}.json" for run in reversed(runs)]
    assert (said.document["runs"][0]["benchmarks"], said.document["runs"][0]["where"]) == (4, "stored")
    assert "2026-11-01T14:00:00" in said.lines[0]


def test_an_empty_history_says_how_to_begin(project):
    assert list_history(project).lines == ("no run is stored here yet; start with: bench-agent run",)


def test_what_cannot_be_read_is_listed_as_a_warning(project):
    store = keep(project.root, make_runs(1, 1))
    (store.history_dir / "x.json").write_text("{")
    assert "x.json is left out" in list_history(project).lines[-1]


@pytest.fixture
def committed(project):
    """A repository in which runs were committed as the seed does it, on two branches, and are no longer in the folder."""
    root = project.root
    git(root, "init", "-q", "-b", "main")
    runs = [
        replace(run, samples=tuple(replace(s, reach=make_reach(0)) for s in run.samples)) for run in make_runs(3, 2)
    ]
    store = keep(root, runs)
    (store.history_dir / "notes.json").write_text("[]")
    for number, run in enumerate(runs):
        if number == 2:
            git(root, "checkout", "-q", "-b", "other")
        git(root, "add", "-f", f".benchmark/history/{file_name(run)}.json", ".benchmark/history/notes.json")
        git(root, "commit", "-q", "-m", f"chore(benchmark): performance results {run.run_id}")
    git(root, "checkout", "-q", "main")
    for path in store.paths():
        path.unlink()
    return runs


def test_results_committed_to_git_are_found_on_any_branch(project, committed):
    said = list_history(project)
    assert sorted(entry["file"] for entry in said.document["runs"]) == [f"{file_name(run)}.json" for run in committed]
    assert {entry["where"] for entry in said.document["runs"]} == {"git"}
    assert said.lines[-1] == "3 only in git: bench-agent history import --from-git brings them here"


def test_results_committed_to_git_come_back_whole(project, committed):
    said = import_results(project, (), from_git=True)
    assert sorted(said.document["imported"]) == [f"{file_name(run)}.json" for run in committed]
    runs = stored(project)
    assert [run.run_id for run in runs] == [run.run_id for run in committed]
    assert [run.samples[0].median_s for run in runs] == [run.samples[0].median_s for run in committed]
    assert load_reach(runs[0])[committed[0].samples[0].id] == make_reach(0)
    again = import_results(project, (), from_git=True)
    assert again.document["imported"] == []
    assert "already in the history" in again.document["warnings"][0]
    assert "only in git" not in "\n".join(list_history(project).lines)


def test_what_run_commit_committed_is_found(project):
    git(project.root, "init", "-q", "-b", "main")
    git(project.root, "config", "user.name", "T")
    git(project.root, "config", "user.email", "t@example.org")
    git(project.root, "commit", "-q", "--allow-empty", "-m", "begin")
    (run,) = make_runs(1, 1)
    store = keep(project.root, [run])
    (path,) = store.paths()
    commit_file(opened(project.root), path, f"chore(benchmark): performance results {run.run_id}")
    path.unlink()
    assert [entry["where"] for entry in list_history(project).document["runs"]] == ["git"]


def test_without_git_there_are_only_stored_runs(project):
    keep(project.root, make_runs(1, 1))
    assert import_results(project, (), from_git=True).document["imported"] == []
    assert len(list_history(project).document["runs"]) == 1


# --- targets and accepted levels


@pytest.fixture
def measured(project):
    keep(project.root, [make_run(n, [replace(make_sample(0), median_s=0.0125), make_sample(1)]) for n in range(2)])
    path = project.root / project.baseline
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"work_0": {"p95_ms": 5000, "max_regression": 0.2}}))
    return project


def test_an_accepted_level_is_written_shown_and_used(measured):
    new = accept_levels(measured, ("work_0",), because="encrypts answers\nnow\x1b[0m")
    assert new.changes == ("work_0: 12.5 ms accepted: encrypts answers now",)
    path = measured.root / measured.baseline
    path.write_text(new.text)
    target = read_targets(path)["work_0"]
    assert (target.p95_s, target.max_regression, target.accepted.median_s) == (5.0, 0.2, 0.0125)
    assert (target.accepted.commit, target.accepted.because) == (f"{2:040x}"[:12], "encrypts answers now")
    shown = show_targets(measured)
    assert shown.document["targets"]["work_0"]["accepted"]["median_ms"] == pytest.approx(12.5)
    assert "accepted 12.5 ms on" in shown.lines[0]


def test_several_levels_are_accepted_at_once(measured):
    new = accept_levels(measured, ("work_0", "work_1"), because="both")
    assert {"work_0", "work_1"} == {name for name, entry in json.loads(new.text).items() if "accepted" in entry}


def test_accepting_needs_a_reason_and_a_known_benchmark(measured):
    with pytest.raises(UsageError, match="--because"):
        accept_levels(measured, ("work_0",), because=" \n\x00")
    with pytest.raises(UsageError, match="no stored benchmark is called `x`"):
        accept_levels(measured, ("x",), because="y")


def test_a_target_is_set_and_shown(measured):
    new = set_target(measured, "work_1", {"p95_ms": 50.0, "max_regression": 0.5})
    (measured.root / measured.baseline).write_text(new.text)
    assert new.changes == ("work_1: p95_ms = 50, max_regression = 0.5",)
    shown = show_targets(measured).document["targets"]
    assert (shown["work_1"]["p95_ms"], shown["work_1"]["max_regression"]) == (50.0, 0.5)
    assert shown["work_0"]["p95_ms"] == 5000


def test_a_target_for_what_nobody_measured_is_set_with_a_word(measured):
    _, warned = set_target(measured, "wrok_1", {"p95_ms": 50.0}).changes
    assert warned == "no stored benchmark, nor a group, is called wrok_1: the target is for one to come"


def test_without_targets_it_says_how_to_set_one(project):
    shown = show_targets(project)
    assert shown.document["targets"] == {}
    assert "bench-agent baseline set" in shown.lines[1]


def test_targets_that_judge_no_benchmark_are_named(measured):
    path = measured.root / measured.baseline
    path.write_text(json.dumps({"work_0": {"p95_ms": 1}, "area_1": {"p95_ms": 1}, "misspelt": {"p95_ms": 1}}))
    shown = show_targets(measured)
    assert shown.document["unused"] == ["misspelt"]
    assert "no stored benchmark, nor a group, is called misspelt" in shown.lines
    renamed = replace(measured, names={"test_work_1": "misspelt"})
    assert show_targets(renamed).document["unused"] == []
    typo = replace(measured, names={"test_work_1": "misspelt", "test_wrok_0": "x"})
    assert "`names` has test_wrok_0, and no stored benchmark is called so" in show_targets(typo).lines


def test_the_older_shape_is_shown_but_not_written(measured):
    path = measured.root / measured.baseline
    path.write_text(json.dumps({"metrics": {"work_0": {"unit": "milliseconds", "threshold_p95": 2}}}))
    assert show_targets(measured).document["targets"]["work_0"]["p95_ms"] == pytest.approx(2)
    with pytest.raises(ConfigError, match="does not write"):
        accept_levels(measured, ("work_0",), because="x")
