"""What is sent to the workers of a cluster, and what a worker makes of it."""

import contextlib
import os
import pickle
import sys
from pathlib import Path
from statistics import median

import psutil
import pytest

from bench_agent.backfill.on_cluster import (
    ASKED,
    BUNDLE,
    KEPT,
    check_cluster,
    executor_for,
    files_for,
    measure_on_worker,
    moved_suite,
    on_cluster,
)
from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.on_worker import Workplace
from bench_agent.config import load_config
from bench_agent.errors import UsageError
from bench_agent.measure.collect import look_at_suite
from bench_agent.records import Conditions, MeasuringTask, PytestProcess, Suite
from bench_agent.system.git import open_repository
from planted_history import Change, History, plant_history

LOCAL, REMOTE = ClusterAddress(workers=1), ClusterAddress(scheduler="tcp://127.0.0.1:8786")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    folder = tmp_path_factory.mktemp("cluster") / "repo"
    found = plant_history(folder, commits=6, seed=1, changes=(Change(benchmarks=("alpha",), factor=2.0, at=0.5),))
    (folder / ".gitignore").write_text("__pycache__/\n.benchmarks/\n.benchmark/\ndata.bin\n.venv/\n")
    (folder / "data.bin").write_bytes(b"not kept by git")
    return found


def _files(history: History, where: ClusterAddress, suite: Suite) -> dict[str, bytes]:
    config = load_config(history.root, environment={})
    repository = open_repository(history.root)
    assert repository is not None
    environment = {"PATH": os.environ["PATH"], "TOKEN": "a-secret-of-mine"}
    return files_for(where, config, repository, suite, shas=[history.head], environment=environment)


def _process(history: History) -> PytestProcess:
    return PytestProcess(
        executable=sys.executable,
        rootdir=str(history.root),
        ids=("tests/benchmark/test_engine.py::test_alpha",),
        environment={"API_KEY": "another-secret", "PYTHONPATH": f"{history.root}/engine"},
        path=(str(history.root / "engine"),),
        cwd=str(history.root),
    )


def test_no_value_of_the_environment_leaves_this_machine(history: History) -> None:
    sent = _files(history, REMOTE, Suite(processes=(_process(history),)))
    assert set(sent) == {BUNDLE, KEPT, ASKED}
    assert not [name for name, content in sent.items() if b"secret" in content]
    asked = pickle.loads(sent[ASKED])
    assert (asked.environment, asked.suite.processes[0].environment, asked.suite.processes[0].executable) == (
        None,
        None,
        "",
    )
    # A worker of ours on this machine gets what the suite runs with here.
    asked = pickle.loads(_files(history, LOCAL, Suite(processes=(_process(history),)))[ASKED])
    assert asked.environment["TOKEN"] == "a-secret-of-mine"
    assert asked.suite.processes[0].executable == sys.executable


def test_the_suite_is_started_in_the_clone_by_the_interpreter_of_the_environment(tmp_path: Path) -> None:
    top, clone = tmp_path / "top", tmp_path / "clone"
    for folder in (top / "engine", top / ".venv" / "bin", clone / "engine"):
        folder.mkdir(parents=True)
    (top / ".venv" / "pyvenv.cfg").touch()
    process = PytestProcess(
        executable=str(top / ".venv/bin/python"), rootdir=str(top), options=("-c", str(top / "pytest.ini")),
        path=(str(top / "engine"),), cwd=str(top / "engine"),
        environment={"PATH": f"{top}/.venv/bin:/usr/bin", "PYTHONPATH": f"{top}/engine"},
    )  # fmt: skip
    (moved,) = moved_suite(Suite(processes=(process,)), top, clone).processes
    assert moved.executable == str(top / ".venv/bin/python")
    assert (moved.rootdir, moved.cwd, moved.path) == (str(clone), f"{clone}/engine", (f"{clone}/engine",))
    assert moved.options == ("-c", f"{clone}/pytest.ini")
    assert moved.environment == {"PATH": f"{top}/.venv/bin:/usr/bin", "PYTHONPATH": f"{clone}/engine"}
    (elsewhere,) = moved_suite(Suite(processes=(PytestProcess(executable="", rootdir=str(top)),)), top, clone).processes
    assert elsewhere.executable == sys.executable


def test_another_machine_is_no_business_of_an_assistant() -> None:
    check_cluster("local:1", is_assistant=True)
    check_cluster("tcp://scheduler:8786", is_assistant=False)
    check_cluster(None, is_assistant=True)
    with pytest.raises(UsageError, match="Claude Code"):
        check_cluster("tcp://scheduler:8786", is_assistant=True)
    with pytest.raises(UsageError, match="is no cluster"):
        check_cluster("scheduler", is_assistant=False)


def test_without_a_cluster_this_process_measures(history: History) -> None:
    repository = open_repository(history.root)
    assert repository is not None
    config = load_config(history.root, environment={})
    with executor_for(
        None, config, repository, Suite(processes=()), newest=history.head, environment={}, say=print
    ) as executor:
        assert executor is None


@pytest.mark.long
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_rings_of_killed_workers_are_measured_by_others_with_the_same_answers(history: History) -> None:
    pytest.importorskip("distributed")
    with contextlib.chdir(history.root), contextlib.ExitStack() as opened:
        flags = {"command": f"{sys.executable} -m pytest tests/benchmark"}
        config = load_config(history.root, environment={}, flags=flags)
        suite = look_at_suite(config, keyword="alpha", environment=os.environ)
        repository = open_repository(history.root)
        assert repository is not None
        said: list[str] = []
        executor = opened.enter_context(
            on_cluster(
                "local:2", config, repository, suite, shas=[history.head], environment=os.environ, say=said.append
            )
        )
        assert executor.width == 2
        (step,) = history.steps
        tasks = [
            MeasuringTask(
                purpose="prove", repository=str(history.root), anchor=history.first, commits=(step.sha,), benchmarks=suite.ids,
                sets=2, part=part, conditions=Conditions(files_from=history.head),
            )
            for part in range(5)
        ]  # fmt: skip
        answers = executor.measure(tasks)
        results = [next(answers)]
        workers = [p for p in psutil.Process().children() if any("spawn_main" in word for word in p.cmdline())]
        assert len(workers) == 2
        for worker in workers:
            worker.kill()
        results += answers
    assert sorted(result.task.key for result in results) == sorted(task.key for task in tasks)
    ratios = [pair.cpu_log_ratio for r in results for point in r.points for pair in point.pairs if pair is not None]
    assert len(ratios) >= 8  # a set may fail on a machine that is busy with starting workers
    assert 0.5 < median(ratio for ratio in ratios if ratio is not None) < 0.9  # twice the work: 0.69
    assert [text for text in said if "was lost with" in text]
    assert all(result.worker.startswith("tls://127.0.0.1:") for result in results)


@pytest.mark.long
def test_a_worker_answers_in_its_clone_and_leaves_nothing(history: History, tmp_path: Path) -> None:
    """Everything a worker does but Dask: the files are written, the clone made once, a ring measured, all removed."""
    with contextlib.chdir(history.root):
        flags = {"command": f"{sys.executable} -m pytest tests/benchmark"}
        config = load_config(history.root, environment={}, flags=flags)
        suite = look_at_suite(config, keyword="alpha", environment=os.environ)
        repository = open_repository(history.root)
        assert repository is not None
        sent = files_for(LOCAL, config, repository, suite, shas=[history.head], environment=os.environ)
    for name, content in sent.items():
        (tmp_path / name).write_bytes(content)
    place = Workplace(tmp_path, worker="tls://127.0.0.1:1")
    (step,) = history.steps
    task = MeasuringTask(
        purpose="prove", repository=str(history.root), anchor=history.first, commits=(step.sha,), benchmarks=suite.ids, sets=2,
        conditions=Conditions(files_from=history.head),
    )  # fmt: skip
    result = measure_on_worker(place, task)
    assert (result.task, result.worker) == (task, "tls://127.0.0.1:1")
    (point,) = result.points
    assert point.reason is None
    ratios = [pair.cpu_log_ratio for pair in point.pairs if pair is not None]
    assert len(ratios) == 2
    assert all(0.3 < ratio < 1.1 for ratio in ratios if ratio is not None)  # twice the work: 0.69
    assert (tmp_path / "clone" / "data.bin").read_bytes() == b"not kept by git"
    first = place.kept["executor"]
    measure_on_worker(place, task)
    assert place.kept["executor"] is first
    place.close()
    assert not [path for path in (tmp_path / "trees").rglob("*") if path.is_file()]
    assert not (history.root / ".git" / "worktrees").exists()
