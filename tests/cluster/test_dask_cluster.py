"""Real workers of a real Dask scheduler: what they answer, and what happens when one dies or we do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import cluster_jobs
from bench_agent.cluster import dask_cluster
from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.dask_cluster import Answer, Cluster
from bench_agent.errors import MeasureError
from bench_agent.system.alive import is_alive

pytest.importorskip("distributed")
pytestmark = pytest.mark.long
TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cluster(said: list[str]) -> Iterator[Cluster]:
    with Cluster(ClusterAddress(workers=2), name="test", files={"sent": b"for all"}, say=said.append) as opened:
        yield opened


def _values(answers: list[Answer]) -> list[object]:
    assert not [answer.given.error for answer in answers if answer.given.error]
    return [answer.given.value for answer in answers]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_two_workers_measure_each_on_a_core_of_its_own_and_have_the_files(cluster: Cluster, said: list[str]) -> None:
    found = list(cluster.measure(cluster_jobs.where, [(str(n), f"job {n}") for n in range(6)]))
    assert sorted(answer.key for answer in found) == list("012345")
    values = _values(found)
    assert {value[0] for value in values} == {f"job {n}" for n in range(6)}  # type: ignore[index]
    assert {value[3] for value in values} == {"for all"}  # type: ignore[index]
    assert all(len(value[2]) == 1 for value in values)  # type: ignore[index]
    assert len({value[1] for value in values}) == 2  # type: ignore[index]
    assert any(text.startswith("2 workers: ") for text in said)
    # What is prepared once on a worker is there for its next job.
    times = _values(list(cluster.measure(cluster_jobs.prepare_once, [(str(n), "") for n in range(6)])))
    assert sorted(times)[-1] > 1  # type: ignore[type-var, operator]
    # An error of the job's own is its answer, with its hint; the others go on.
    refused = list(cluster.measure(cluster_jobs.refuse, [("a", "it"), ("b", "this")]))
    assert sorted(a.given.error for a in refused) == ["it can't be measured", "this can't be measured"]
    assert {a.given.hint for a in refused} == {"another one"}
    assert sorted(_values(list(cluster.calculate(cluster_jobs.add, [("a", [1, 2]), ("b", [3])])))) == [3, 3]  # type: ignore[type-var]


def test_what_a_worker_had_when_it_was_killed_is_measured_by_another(
    cluster: Cluster, said: list[str], tmp_path: Path
) -> None:
    assert _values(list(cluster.measure(cluster_jobs.die_once, [("k", str(tmp_path / "marker"))]))) == ["alive"]
    assert [text for text in said if "lost with a ring under way" in text]


def test_a_job_that_kills_every_worker_is_given_up(cluster: Cluster) -> None:
    (answer,) = cluster.measure(cluster_jobs.die, [("k", "")])
    assert answer.given.error == "every worker that measured it died (4 of them)"
    assert _values(list(cluster.calculate(cluster_jobs.add, [("a", [1, 2])]))) == [3]  # the cluster goes on


def test_a_slow_worker_is_not_waited_for_alone(
    cluster: Cluster, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench_agent.cluster.jobs.LATE_LEAST_S", 2.0)
    (tmp_path / "there").touch()
    jobs = [
        ("slow", (str(tmp_path / "not there"), 60.0)),
        *((str(n), (str(tmp_path / "there"), 0.0)) for n in range(4)),
    ]
    began = time.monotonic()
    assert _values(list(cluster.measure(cluster_jobs.slow_at_first, jobs))) == ["done"] * 5
    assert time.monotonic() - began < 40
    assert [text for text in said if "begun a second time" in text]


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_S", 1.0)
    with (
        pytest.raises(MeasureError, match="no Dask scheduler answers"),
        Cluster(ClusterAddress(scheduler="tcp://127.0.0.1:9"), name="t", files={}, say=print),
    ):
        pass


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[2])
import cluster_jobs
from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.dask_cluster import Cluster
if __name__ == "__main__":
    with Cluster(ClusterAddress(workers=2), name="t", files={}, say=print) as cluster:
        list(cluster.measure(cluster_jobs.sleep_outside, [(str(n), sys.argv[1]) for n in range(2)]))
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_workers_and_rings_when_we_end(tmp_path: Path, number: signal.Signals) -> None:
    script, folder = tmp_path / "program.py", tmp_path / "pids"
    script.write_text(PROGRAM)
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, str(script), str(folder), str(TESTS)], cwd=tmp_path, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
                time.sleep(0.1)
            rings = [int(path.name) for path in folder.iterdir()]
            assert len(rings) == 2
            family = _session(process.pid)
            assert len(family) >= 3  # we and two workers
            if number == signal.SIGINT:
                os.killpg(process.pid, number)  # as a terminal does: to all of them
            else:
                process.kill()
            process.wait(30)
            deadline = time.monotonic() + 10
            left = rings + family
            while left and time.monotonic() < deadline:
                left = [pid for pid in left if is_alive(pid)]
                time.sleep(0.1)
            assert left == []
        finally:
            os.killpg(process.pid, signal.SIGKILL) if is_alive(process.pid) else None


STARTING = """
import sys
from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.dask_cluster import Cluster
if __name__ == "__main__":
    try:
        with Cluster(ClusterAddress(workers=2), name="t", files={}, say=print):
            pass
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_its_workers_start_nothing_complains_and_nothing_is_left(
    tmp_path: Path, number: signal.Signals
) -> None:
    script, room = tmp_path / "program.py", tmp_path / "t"
    on_term = "import signal\nsignal.signal(signal.SIGTERM, signal.default_int_handler)\n"
    script.write_text(on_term + STARTING)
    room.mkdir()
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=tmp_path, text=True, start_new_session=True, env={**os.environ, "TMPDIR": str(room)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 60
        while (
            len(_session(process.pid)) < 4 and time.monotonic() < deadline
        ):  # we, two workers, multiprocessing's tracker
            time.sleep(0.02)
        assert len(_session(process.pid)) >= 4
        time.sleep(0.5)  # in the imports of the workers, which take seconds
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        told = process.communicate(timeout=60)[0]
    assert (process.returncode, told) == (130, "")
    assert list(room.iterdir()) == []
    assert list(Path("/tmp").glob(f"bench-agent-{process.pid}-*")) == []  # where the path was too long for a socket


def _session(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == leader:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
