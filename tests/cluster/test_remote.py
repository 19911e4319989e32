"""A scheduler and workers that somebody else started: what they must have, and what happens when all are gone for a while."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import cluster_jobs
from bench_agent import __version__
from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.dask_cluster import Cluster
from bench_agent.errors import MeasureError

pytest.importorskip("distributed")
pytestmark = pytest.mark.long
TESTS = Path(__file__).resolve().parents[1]


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _program(
    *words: str, folder: Path, path: str = str(TESTS), env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": path, **(env or {})}
    with (folder / f"log-{len(list(folder.iterdir()))}").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _scheduler(folder: Path, *options: str, protocol: str = "tcp", env: dict[str, str] | None = None) -> Iterator[str]:
    port = _port()
    words = ("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", *options)
    with _program(*words, folder=folder, env=env):
        yield f"{protocol}://127.0.0.1:{port}"


def _worker(address: str, folder: Path, *options: str, path: str = str(TESTS), env: dict[str, str] | None = None):
    words = ("worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder), *options)
    return _program(*words, folder=folder, path=path, env=env)


def test_work_waits_for_a_new_worker_when_the_last_one_is_gone(tmp_path: Path) -> None:
    said: list[str] = []
    with contextlib.ExitStack() as opened:
        address = opened.enter_context(_scheduler(tmp_path))
        first = opened.enter_context(_worker(address, tmp_path, "--no-nanny"))
        cluster = opened.enter_context(
            Cluster(ClusterAddress(scheduler=address), name="r", files={"sent": b"x"}, say=said.append)
        )
        (answer,) = cluster.measure(cluster_jobs.where, [("a", "one")])
        assert answer.given.value[0] == "one"
        assert answer.given.value[3] == "x"

        def start_another() -> None:
            time.sleep(2.0)
            opened.enter_context(_worker(address, tmp_path, "--no-nanny"))

        first.kill()
        first.wait()
        thread = threading.Thread(target=start_another)
        thread.start()
        (answer,) = cluster.measure(cluster_jobs.where, [("b", "two")])
        thread.join()
        assert answer.given.value[0] == "two"


def test_a_worker_with_another_bench_agent_is_not_used_and_says_why(tmp_path: Path) -> None:
    other = tmp_path / "other" / "bench_agent"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text('__version__ = "0.0.1"\n')
    with contextlib.ExitStack() as opened:
        address = opened.enter_context(_scheduler(tmp_path))
        opened.enter_context(_worker(address, tmp_path, path=str(other.parent)))
        cluster = Cluster(ClusterAddress(scheduler=address), name="r", files={}, say=lambda text: None)
        with pytest.raises(MeasureError) as refused:
            opened.enter_context(cluster)
    assert "no worker of the cluster can be used" in refused.value.message
    assert re.search(r"it has .*0\.0\.1|No module named|cannot import", refused.value.message)
    assert __version__ in refused.value.message or "bench_agent" in refused.value.message
    assert "install the same bench-agent" in (refused.value.hint or "")


def test_tls_by_the_configuration_of_dask(tmp_path: Path) -> None:
    """Certificates as docs/cluster.md makes them; without one nobody gets in."""
    script = (Path(__file__).resolve().parents[2] / "docs" / "cluster.md").read_text("utf-8")
    (block,) = re.findall(r"```sh\n(openssl .*?)```", script, re.DOTALL)
    subprocess.run(["sh", "-ec", block], cwd=tmp_path, check=True, capture_output=True)
    room = tmp_path / "configuration"
    room.mkdir()
    (configuration,) = re.findall(r"```yaml\n(distributed:\n  comm:.*?)```", script, re.DOTALL)
    (room / "tls.yaml").write_text(configuration.replace("/etc/dask", str(tmp_path)))
    env = {"DASK_CONFIG": str(room)}
    client = (
        "import sys, cluster_jobs\n"
        "from bench_agent.cluster.address import ClusterAddress\n"
        "from bench_agent.cluster import dask_cluster\n"
        "dask_cluster.CONNECT_S = float(sys.argv[2])\n"
        "with dask_cluster.Cluster(ClusterAddress(scheduler=sys.argv[1]), name='r', files={'sent': b'x'}, say=print) as c:\n"
        "    print([a.given.value[0] for a in c.measure(cluster_jobs.where, [('a', 'secret')])])\n"
    )
    with contextlib.ExitStack() as opened:
        address = opened.enter_context(_scheduler(tmp_path, "--protocol", "tls", protocol="tls", env=env))
        opened.enter_context(_worker(address, tmp_path, "--protocol", "tls", env=env))
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        words = [sys.executable, "-c", client, address]
        done = subprocess.run([*words, "30"], env={**environment, **env}, capture_output=True, text=True, timeout=120)
        assert "['secret']" in done.stdout, done.stderr[-2000:]
        without = subprocess.run([*words, "5"], env=environment, capture_output=True, text=True, timeout=120)
        assert without.returncode
        assert "['secret']" not in without.stdout
