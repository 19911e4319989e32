"""Measuring tasks answered by the workers of a cluster. An `Executor`.

Every worker gets the history as a git bundle, clones it once and answers one task at a time as this machine would: with a
`LocalExecutor` of its own. Ratios come back, so it does not matter which worker measured what.
"""

import contextlib
import hashlib
import io
import os
import pickle
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench_agent.backfill.on_this_machine import LocalExecutor
from bench_agent.cluster.address import ClusterAddress, parse_address
from bench_agent.cluster.dask_cluster import Cluster
from bench_agent.cluster.on_worker import Workplace
from bench_agent.config import Config
from bench_agent.errors import MeasureError, UsageError
from bench_agent.measure.paired.trees import places_of
from bench_agent.records import MeasuredPoint, MeasuringTask, PytestProcess, Say, Suite, TaskResult
from bench_agent.system.git import Repository
from bench_agent.system.git_bundle import clone_bundle, make_bundle
from bench_agent.system.kept_files import find_kept_files
from bench_agent.system.machine import usable_cores
from bench_agent.system.moved_paths import MovedPaths
from bench_agent.text.clean import clean_text

BUNDLE, KEPT, ASKED = "history.bundle", "kept.tar", "asked.pickle"
# Sent to each worker through the scheduler, which keeps it in memory. 350 MB of pandas' history pass; 2 GB would not.
MOST_BYTES = 1_000_000_000
# What Dask sets in its workers' environment: benchmarks would run with one thread where they run with several elsewhere.
OF_DASK = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_", "PYTHONHASHSEED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a worker must know of the project, beside its history."""

    config: Config
    suite: Suite
    top: str  # the checkout of who asks
    newest: str  # sha
    environment: Mapping[str, str] | None  # None: the worker's own


class ClusterExecutor:
    """The workers of an open cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def width(self) -> int:
        return max(self._cluster.slots, 1)

    def measure(self, tasks: Iterable[MeasuringTask]) -> Iterator[TaskResult]:
        """An answer to each as they come; where every worker died of it, one with that as the reason.

        Raises MeasureError when a worker could not be made ready: that is no fault of the commits.
        """
        asked: dict[str, MeasuringTask] = {}

        def payloads() -> Iterator[tuple[str, MeasuringTask]]:
            for task in tasks:
                asked[task.key] = task
                yield task.key, task

        for answer in self._cluster.measure(measure_on_worker, payloads()):
            given = answer.given
            if given.error and given.worker:
                raise MeasureError(f"worker {given.worker}: {clean_text(given.error)}", hint=given.hint or None)
            yield given.value if not given.error else _unanswered(asked[answer.key], given.error)


def check_cluster(address: str | None, *, is_assistant: bool) -> None:
    """Raises UsageError for what `--cluster` can't be, before anything is done.

    is_assistant: called by one, which texts that it read may have told to send the repository somewhere.
    """
    if address is not None and not _parsed(address).is_local and is_assistant:
        raise UsageError("--cluster with another machine is not taken from Claude Code", hint="call it in a terminal")


@contextlib.contextmanager
def executor_for(
    address: str | None,
    config: Config,
    repository: Repository,
    suite: Suite,
    *,
    newest: str,
    environment: Mapping[str, str],
    say: Say,
) -> Iterator[ClusterExecutor | None]:
    """Who measures: the cluster at that address, or None: this process."""
    if address is None:
        yield None
        return
    with on_cluster(address, config, repository, suite, shas=[newest], environment=environment, say=say) as executor:
        yield executor


def _parsed(address: str) -> ClusterAddress:
    return parse_address(address, cores=usable_cores() or os.cpu_count() or 1)


@contextlib.contextmanager
def on_cluster(
    address: str,
    config: Config,
    repository: Repository,
    suite: Suite,
    *,
    shas: Sequence[str],
    environment: Mapping[str, str],
    say: Say,
) -> Iterator[ClusterExecutor]:
    """The executor for `--cluster ADDRESS`, open. shas: the newest first; they and what is before them can be measured.

    Raises UsageError for an address that is none, MeasureError where no worker can be used.
    """
    where = _parsed(address)
    files = files_for(where, config, repository, suite, shas=shas, environment=environment)
    size = sum(map(len, files.values()))
    if size > MOST_BYTES:
        raise MeasureError(
            f"the history and the files that git does not keep are {size / 1e6:.0f} MB, too much to send to every worker",
            hint="a clone without the history before the range is smaller: git clone --shallow-since=DATE",
        )
    say(f"sending {size / 1e6:.1f} MB to every worker")
    name = hashlib.sha256(b"".join(files[file] for file in sorted(files))).hexdigest()[:12]
    with Cluster(where, name=name, files=files, say=say) as cluster:
        yield ClusterExecutor(cluster)


def files_for(
    where: ClusterAddress,
    config: Config,
    repository: Repository,
    suite: Suite,
    *,
    shas: Sequence[str],
    environment: Mapping[str, str],
) -> dict[str, bytes]:
    """What every worker gets, by file name. The values of the environment stay on this machine."""
    top = repository.root.resolve()
    if not where.is_local:
        suite = Suite(processes=tuple(map(_without_place, suite.processes)))
    asked = Asked(
        config=config,
        suite=suite,
        top=str(top),
        newest=shas[0],
        environment=dict(environment) if where.is_local else None,
    )
    found = {BUNDLE: make_bundle(repository, shas), ASKED: pickle.dumps(asked)}
    places = places_of(top, suite.modules)
    kept = find_kept_files(repository, used=frozenset(places), places=places)
    if paths := (*kept.files, *kept.extensions):
        found[KEPT] = _tar(repository.root, paths)
    return found


def _without_place(process: PytestProcess) -> PytestProcess:
    """As another machine can start it: by the worker's interpreter and environment."""
    return replace(process, executable="", environment=None, modules=())


def _tar(top: Path, paths: Iterable[str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for path in paths:
            with contextlib.suppress(OSError):  # gone since it was listed
                tar.add(top / path, arcname=path, recursive=False)
    return out.getvalue()


# --- on the worker


def measure_on_worker(place: Workplace, task: MeasuringTask) -> TaskResult:
    """The answer to one task, by the executor of this worker."""
    if "executor" not in place.kept:
        place.kept["executor"] = prepare(place)
    executor: LocalExecutor = place.kept["executor"]
    result = next(iter(executor.measure([task])))
    return replace(result, worker=place.worker)


def prepare(place: Workplace) -> LocalExecutor:
    """The clone, and the executor that measures in it; once for each worker. Raises GitError, MeasureError."""
    asked: Asked = pickle.loads((place.folder / ASKED).read_bytes())
    repository = clone_bundle(place.folder / BUNDLE, place.folder / "clone", asked.newest)
    top = repository.root.resolve()
    if (place.folder / KEPT).is_file():
        with tarfile.open(place.folder / KEPT) as tar:
            tar.extractall(top, filter="data")
    below = asked.config.root.resolve().relative_to(asked.top) if asked.config.root.is_absolute() else Path()
    environment = asked.environment
    if environment is None:
        environment = {name: value for name, value in os.environ.items() if name not in OF_DASK}
    executor = LocalExecutor(
        replace(asked.config, root=top / below),
        repository,
        moved_suite(asked.suite, Path(asked.top), top),
        environment=environment,
        say=lambda text: None,
        cache=place.folder / "trees",
    )
    return place.closing.enter_context(executor)


def moved_suite(suite: Suite, top: Path, clone: Path) -> Suite:
    """The suite as it is started in the clone. An interpreter that is not named is that of the worker."""
    move = MovedPaths(top, clone)

    def moved(process: PytestProcess) -> PytestProcess:
        environment = process.environment
        return replace(
            process,
            executable=process.executable or sys.executable,
            rootdir=move(process.rootdir),
            options=tuple(map(move, process.options)),
            under=tuple(map(move, process.under)),
            path=tuple(map(move, process.path)),
            cwd=move(process.cwd) if process.cwd else None,
            environment=None if environment is None else {name: move(value) for name, value in environment.items()},
            modules=tuple(replace(module, path=move(module.path)) for module in process.modules),
        )

    return Suite(processes=tuple(map(moved, suite.processes)))


def _unanswered(task: MeasuringTask, why: str) -> TaskResult:
    points = [
        MeasuredPoint(commit=commit, benchmark=benchmark, reason=clean_text(why, limit=160))
        for commit in task.commits
        for benchmark in task.benchmarks
    ]
    return TaskResult(task=task, points=tuple(points))
