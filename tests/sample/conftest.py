"""The bicycle shop, its database on every server there is, and the loopback API without its latency."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from benchmark import loopback_api
from benchmark.agent import database
from benchmark.agent import shop as bicycle_shop

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "tests" / "benchmark"
_SERVICES = ("FGA_API_URL", "DATABASE_URL", "BENCH_LIVE", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "PYTEST_ADDOPTS")


@pytest.fixture(scope="session")
def shop() -> bicycle_shop.Shop:
    return bicycle_shop.open_shop()


@pytest.fixture(scope="session")
def api_url() -> Iterator[str]:
    with loopback_api.serving(latency_ms=0) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[object]:
    """The address of an empty database, gone afterwards."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with database.temporary_database(url, tmp_path) as address:
        yield address


@pytest.fixture
def store(address: object, shop: bicycle_shop.Shop) -> Iterator[database.Store]:
    with database.pooled_engine(address, connections=2) as engine:
        store = database.Store(engine)
        store.fill(orders=shop.orders, articles=shop.articles, conversations=shop.conversations)
        yield store


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own on a free port, stopped and removed at the end; skips where none is installed."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: no initdb on PATH or under /usr/lib/postgresql/*/bin")
    if os.name != "posix":
        pytest.skip("starting PostgreSQL by hand is written for POSIX systems")
    # The server refuses to run as root; and its account can't look into pytest's own directories, which are private.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bench-agent-postgres-") as name:
        directory = Path(name)
        if user:
            shutil.chown(directory, user)

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "--pgdata", str(directory / "data"), *arguments]
            log = directory / f"{program}.log"
            # Into a file, not a pipe: the server inherits it and would keep a pipe open as long as it runs.
            with log.open("ab") as output:
                done = subprocess.run(command, user=user, cwd=directory, stdout=output, stderr=output, check=False)
            assert done.returncode == 0, log.read_text()

        port = _free_port()
        run("initdb", "--auth=trust", "--username=bench", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "start", "--wait", f"--options={options}")
        try:
            yield f"postgresql://bench@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--mode=immediate")


@dataclass(frozen=True, kw_only=True)
class Item:
    nodeid: str
    group: str
    min_rounds: int


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A run of a benchmark suite in a process of its own."""

    items: tuple[Item, ...]
    passed: int
    skipped: int
    imported: frozenset[str]  # top-level modules
    threads: int  # alive when pytest had ended
    left_running: tuple[str, ...]  # command lines of processes it started and left
    rounds: dict[str, int]  # by test name; empty when disabled


@pytest.fixture
def run_suite(tmp_path: Path) -> Callable[..., Finished]:
    """Runs files of tests/benchmark with these options and environment variables; all tests must pass or be skipped."""

    def run(*arguments: str, **environment: str) -> Finished:
        mark, report = uuid4().hex, tmp_path / "benchmarks.json"
        paths = [str(BENCHMARKS / name) if name.endswith(".py") else name for name in arguments]
        if "--benchmark-disable" not in arguments:
            paths.append(f"--benchmark-json={report}")
        done = subprocess.run(
            [sys.executable, "-c", _RUN_PYTEST, f"--basetemp={tmp_path / 'base'}", "-p", "no:cacheprovider", *paths],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name not in _SERVICES}
            | environment
            | {"BENCH_SAMPLE_RUN": mark},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        results = json.loads(report.read_text())["benchmarks"] if report.exists() else []
        return Finished(
            passed=said["outcomes"].count("passed"),
            skipped=said["outcomes"].count("skipped"),
            items=tuple(Item(**item) for item in said["items"]),
            imported=frozenset(said["imported"]),
            threads=said["threads"],
            left_running=tuple(_processes_with(mark)),
            rounds={result["name"]: result["stats"]["rounds"] for result in results},
        )

    return run


_RUN_PYTEST = """
import json, sys, threading, pytest

items, outcomes = [], []

class Watch:
    def pytest_collection_finish(self, session):
        for item in session.items:
            marked = item.get_closest_marker("benchmark").kwargs
            items.append({"nodeid": item.nodeid, "group": marked["group"], "min_rounds": marked["min_rounds"]})

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.skipped:
            outcomes.append(report.outcome)

code = pytest.main(sys.argv[1:], plugins=[Watch()])
imported = sorted({name.partition(".")[0] for name in sys.modules})
said = {"items": items, "outcomes": outcomes, "imported": imported, "threads": threading.active_count()}
print(json.dumps(said))
sys.exit(code)
"""


def _processes_with(mark: str) -> Iterator[str]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("BENCH_SAMPLE_RUN") == mark:
                yield " ".join(process.cmdline())


def _postgres_programs() -> Path | None:
    """The folder of the newest server's programs, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name.zfill(3))
    if (on_path := shutil.which("initdb")) is not None:
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in reversed(folders) if (folder / "pg_ctl").exists()), None)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
