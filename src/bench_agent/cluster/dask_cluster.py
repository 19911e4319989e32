"""The workers of a Dask cluster, as this program uses them. The one place that talks to `distributed`.

Takes an address and the files every worker needs; answers jobs as they are done. Scheduling, retries after a worker's death and
the dashboard are Dask's own. What a job does is not known here.
"""

import contextlib
import itertools
import logging
import queue
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self

from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.delayed_signals import signals_later
from bench_agent.cluster.jobs import WorkerState, describe_lost, slots_of
from bench_agent.cluster.on_worker import RING, Answered, Job, do_job, make_plugin, topic_of
from bench_agent.cluster.run_jobs import Answer, Round
from bench_agent.errors import MeasureError, UsageError
from bench_agent.records import Say
from bench_agent.system.temporary import make_temporary
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

CONNECT_S = 30.0  # for a scheduler to answer; one on a busy machine that has just begun takes ten
FIT_S = 60.0  # for the first worker to say that it is fit: a worker imports bench-agent first
SCHEDULER_EVENTS = "all"  # Dask's name for the topic of workers that come and go


class Cluster:
    """Workers that do our jobs. A context manager: leaving it ends those on this machine, and our work on others."""

    def __init__(self, address: ClusterAddress, *, name: str, files: Mapping[str, bytes], say: Say) -> None:
        """name: of our work, the same for the same files. files: sent to every worker once."""
        self._address, self._name, self._files = address, name, files
        self.say = say
        self._open = contextlib.ExitStack()
        self._client: Any = None
        self._folder = Path()  # of ours, while it is open
        self._told: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._prefix = f"bench-agent-{name}-"  # of our jobs, for Dask
        self._fit: dict[str, Mapping[str, Any]] = {}  # address -> what it said of itself
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened:
            self._take_folder(opened)
            scheduler = self._start(opened) if self._address.is_local else self._address.scheduler
            self._connect(scheduler, opened)
            self._make_fit(opened)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # --- opening

    def _take_folder(self, opened: contextlib.ExitStack) -> None:
        """A folder of ours for whatever Dask writes: it would leave `dask-scratch-space` in the temporary directory."""
        dask, _ = _import()
        self._folder = make_temporary()
        opened.callback(shutil.rmtree, self._folder, ignore_errors=True)
        opened.enter_context(dask.config.set({"temporary-directory": str(self._folder)}))

    def _start(self, opened: contextlib.ExitStack) -> Any:
        """Workers of ours on this machine: one thread each, and nobody but us can talk to them."""
        dask, distributed = _import()
        # Dask limits the threads of numpy in its workers: benchmarks are to run as they do without it.
        opened.enter_context(
            dask.config.set({"distributed.nanny.pre-spawn-environ": {}, "distributed.nanny.environ": {}})
        )
        with signals_later():
            return opened.enter_context(
                distributed.LocalCluster(
                    n_workers=self._address.workers,
                    threads_per_worker=1,
                    resources={RING: 1},
                    host="127.0.0.1",
                    security=True,  # certificates made for this run: other users of this machine reach the port too
                    dashboard_address="127.0.0.1:0",
                    local_directory=str(self._folder),
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,  # what matters of it is said by us
                )
            )

    def _connect(self, scheduler: Any, opened: contextlib.ExitStack) -> None:
        _, distributed = _import()
        try:
            self._client = distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False, name="bench-agent")
        except (OSError, TimeoutError) as error:
            raise MeasureError(
                f"no Dask scheduler answers at {clean_text(self._address.scheduler)}",
                hint=f"is it started (dask scheduler), and is the port open? {clean_text(error, limit=120)}",
            ) from error
        opened.callback(_quietly, self._client.close)
        if link := self._client.dashboard_link:
            self.say(f"dashboard of the cluster: {clean_text(link)}")

    def _make_fit(self, opened: contextlib.ExitStack) -> None:
        """Wait until a worker has our files. Raises MeasureError when none can do our work, with their reasons."""
        for topic in (topic_of(self._name), SCHEDULER_EVENTS):
            self._client.subscribe_topic(topic, lambda event: self._told.put(event[1]))
            opened.callback(_quietly, partial(self._client.unsubscribe_topic, topic))
        plugin = make_plugin(self._name, files=self._files, is_ours=self._address.is_local)
        opened.callback(_quietly, lambda: self._client.unregister_worker_plugin(self._name))
        self._client.register_plugin(plugin, name=self._name)
        deadline = time.monotonic() + FIT_S
        unfit: dict[str, str] = {}
        wanted = max(self._address.workers, 1)
        while len(self._fit) < wanted and time.monotonic() < deadline:
            known = len(self._client.scheduler_info()["workers"])
            if unfit and len(unfit) >= known:
                break
            self._listen(unfit, wait_s=0.5)
        if not self._fit:
            raise _none_fit(unfit)
        machines = sorted({clean_text(f"{told['cpu']}, Python {told['python']}") for told in self._fit.values()})
        self.say(f"{quantity.counted(len(self._fit), 'worker')}: {'; '.join(machines)}")

    def _listen(self, unfit: dict[str, str] | None = None, *, wait_s: float = 0.0) -> None:
        """Take in what workers told meanwhile."""
        while True:
            try:
                told = self._told.get(timeout=wait_s) if wait_s else self._told.get_nowait()
            except queue.Empty:
                return
            wait_s = 0.0
            if "action" in told:  # the scheduler's own
                self._lose(told)
                continue
            worker = clean_text(told["worker"])
            if "unfit" in told:
                why = clean_text(told["unfit"], limit=200)
                self.say(f"worker {worker} can't be used: {why}")
                if unfit is not None:
                    unfit[worker] = why
            else:
                self._fit[worker] = told
                self._look_again()

    def _look_again(self) -> None:
        """Let the scheduler give the new worker what waited for one: it looks when one comes, before that is known to be fit."""

        def look(dask_scheduler: Any) -> None:  # sent as code: a scheduler need not have bench-agent
            for worker in dask_scheduler.workers.values():
                found = dask_scheduler.bulk_schedule_unrunnable_after_adding_worker(worker)
                dask_scheduler.transitions(found, stimulus_id="bench-agent")

        _quietly(lambda: self._client.run_on_scheduler(look))

    def _lose(self, told: Mapping[str, Any]) -> None:
        """Say that a worker is gone, where it had jobs of ours: the scheduler gives them to others by itself."""
        if told["action"] != "remove-worker":
            return
        self._fit.pop(clean_text(told.get("worker", "")), None)
        ours = [key for key in told.get("processing-tasks") or () if str(key).startswith(self._prefix)]
        if ours and not told.get("expected"):
            self.say(describe_lost(len(ours)))

    # --- jobs

    @property
    def slots(self) -> int:
        """How many rings may be under way now."""
        known = self._client.scheduler_info()["workers"].values()
        states = [
            WorkerState(address=str(w["id"]), is_fit=RING in w["resources"], running=w["status"] == "running")
            for w in known
        ]
        return slots_of(states)

    def measure(self, job: Job, payloads: Iterable[tuple[str, Any]]) -> Iterator[Answer]:
        """The answers to jobs that measure, as they come. payloads: (key, what `job` gets); asked for as workers get free.

        A job whose worker died is begun elsewhere, as often as the scheduler allows; then its answer is an error.
        """
        return Round(self, job, payloads, measures=True).answers()

    def calculate(self, job: Job, payloads: Iterable[tuple[str, Any]]) -> Iterator[Answer]:
        """The answers to jobs that only calculate: several at once on a worker do no harm."""
        return Round(self, job, payloads, measures=False).answers()

    def listen(self) -> None:
        """Say what workers told meanwhile."""
        self._listen()

    def submit(self, job: Job, key: str, payload: Any, *, measures: bool) -> Any:
        """Dask's future of a job."""
        resources = {"resources": {RING: 1}} if measures else {}
        own = f"{self._prefix}{key}-{next(self._numbers)}"
        return self._client.submit(do_job, self._name, job, payload, measures, key=own, pure=False, **resources)

    def cancel(self, futures: Iterable[Any]) -> None:
        """A job that a worker has begun goes on there, but nobody waits for it."""
        _quietly(lambda: self._client.cancel(list(futures), force=True))

    def given(self, future: Any) -> Answered:
        """What a future that is done holds; an error without a worker where the cluster lost it."""
        _, distributed = _import()
        try:
            given: Answered = future.result()
            return given
        except distributed.KilledWorker as lost:
            return Answered(error=f"every worker that measured it died ({lost.allowed_failures + 1} of them)")
        except distributed.client.FutureCancelledError:
            return Answered(error="the scheduler lost it")


def _none_fit(unfit: Mapping[str, str]) -> MeasureError:
    if not unfit:
        return MeasureError(
            "the cluster has no worker that answers", hint="start some (dask worker ADDRESS --nthreads 1), then go on"
        )
    why = "; ".join(sorted(set(unfit.values()))[:3])
    return MeasureError(
        f"no worker of the cluster can be used: {why}",
        hint="install the same bench-agent, Dask (distributed) and git where the workers run",
    )


def _quietly(close: Callable[[], Any]) -> None:
    """Whatever the cluster answers: it may be gone."""
    with contextlib.suppress(Exception):
        close()


def _import() -> tuple[Any, Any]:
    """(dask, distributed). Raises UsageError where they are not installed."""
    try:
        import dask
        import distributed
    except ImportError as error:
        raise UsageError(
            "--cluster needs Dask, which is not installed",
            hint="pip install 'distributed>=2025.1' beside bench-agent, or: pipx inject bench-agent distributed",
        ) from error
    return dask, distributed
