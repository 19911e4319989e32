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
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.jobs import WorkerState, describe_lost, late_jobs, slots_of
from bench_agent.cluster.on_worker import RING, Answered, Job, do_job, make_plugin, topic_of
from bench_agent.errors import MeasureError, UsageError
from bench_agent.records import Say
from bench_agent.system.temporary import make_temporary
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

CONNECT_S = 30.0  # for a scheduler to answer; one on a busy machine that has just begun takes ten
FIT_S = 60.0  # for the first worker to say that it is fit: a worker imports bench-agent first
LOST_S = 300.0  # without any worker, after which waiting is given up: a cluster that grows by itself takes minutes
CALCULATING = 2  # jobs for each worker that only calculate: the next is there when one is done
SCHEDULER_EVENTS = "all"  # Dask's name for the topic of workers that come and go
LOOK_S = 2.0  # between looks at the workers, as often as the client hears of them itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one job; `given.error` says why there is no value."""

    key: str
    given: Answered


class Cluster:
    """Workers that do our jobs. A context manager: leaving it ends those on this machine, and our work on others."""

    def __init__(self, address: ClusterAddress, *, name: str, files: Mapping[str, bytes], say: Say) -> None:
        """name: of our work, the same for the same files. files: sent to every worker once."""
        self._address, self._name, self._files = address, name, files
        self.say = say
        self._open = contextlib.ExitStack()
        self._client: Any = None
        self._told: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._prefix = f"bench-agent-{name}-"  # of our jobs, for Dask
        self._fit: dict[str, Mapping[str, Any]] = {}  # address -> what it said of itself
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened:
            scheduler = self._start(opened) if self._address.is_local else self._address.scheduler
            self._connect(scheduler, opened)
            self._make_fit(opened)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # --- opening

    def _start(self, opened: contextlib.ExitStack) -> Any:
        """Workers of ours on this machine: one thread each, and nobody but us can talk to them."""
        dask, distributed = _import()
        folder = make_temporary()
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        # Dask limits the threads of numpy in its workers: benchmarks are to run as they do without it.
        opened.enter_context(
            dask.config.set({"distributed.nanny.pre-spawn-environ": {}, "distributed.nanny.environ": {}})
        )
        return opened.enter_context(
            distributed.LocalCluster(
                n_workers=self._address.workers,
                threads_per_worker=1,
                resources={RING: 1},
                host="127.0.0.1",
                security=True,  # certificates made for this run: other users of this machine reach the port too
                dashboard_address="127.0.0.1:0",
                local_directory=str(folder),
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
        return _Round(self, job, payloads, measures=True).answers()

    def calculate(self, job: Job, payloads: Iterable[tuple[str, Any]]) -> Iterator[Answer]:
        """The answers to jobs that only calculate: several at once on a worker do no harm."""
        return _Round(self, job, payloads, measures=False).answers()

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


@dataclass(slots=True)
class _UnderWay:
    payload: Any
    futures: list[Any] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)


class _Round:
    """Jobs from the first to the last answer."""

    def __init__(self, cluster: Cluster, job: Job, payloads: Iterable[tuple[str, Any]], *, measures: bool) -> None:
        self._cluster, self._job, self._measures = cluster, job, measures
        self._waiting: Iterator[tuple[str, Any]] | None = iter(payloads)
        self._under_way: dict[str, _UnderWay] = {}
        self._done_s: list[float] = []
        self._done: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._alone_since: float | None = None

    def answers(self) -> Iterator[Answer]:
        try:
            while self._waiting is not None or self._under_way:
                self._cluster.listen()
                slots = self._slots()
                self._begin(slots)
                self._begin_late(slots)
                answer = self._next()
                if answer is not None:
                    yield answer
        finally:
            self._cluster.cancel(future for one in self._under_way.values() for future in one.futures)
            self._cluster.listen()

    def _slots(self) -> int:
        """Raises MeasureError when there was no worker for long."""
        slots = self._cluster.slots
        now = time.monotonic()
        self._alone_since = None if slots else self._alone_since or now
        if self._alone_since is not None and now - self._alone_since > LOST_S:
            raise MeasureError(f"the cluster has had no worker for {LOST_S:.0f} s", hint="start some, and go on")
        return max(slots, 1) * (1 if self._measures else CALCULATING)

    @property
    def _busy(self) -> int:
        return sum(len(one.futures) for one in self._under_way.values())

    def _begin(self, slots: int) -> None:
        while self._waiting is not None and self._busy < slots:
            found = next(self._waiting, None)
            if found is None:
                self._waiting = None
                return
            key, payload = found
            self._under_way[key] = _UnderWay(payload)
            self._submit(key)

    def _begin_late(self, slots: int) -> None:
        """A second try of what is slow, where a worker has nothing else to do."""
        if self._waiting is not None:
            return
        now = time.monotonic()
        running_s = {key: now - one.begun for key, one in self._under_way.items() if len(one.futures) == 1}
        for key in late_jobs(running_s, self._done_s, idle=slots - self._busy):
            self._cluster.say(f"a ring has lasted {running_s[key]:.0f} s: begun a second time on an idle worker")
            self._submit(key)

    def _submit(self, key: str) -> None:
        one = self._under_way[key]
        future = self._cluster.submit(self._job, key, one.payload, measures=self._measures)
        one.futures.append(future)
        future.add_done_callback(lambda done: self._done.put((key, done)))

    def _next(self) -> Answer | None:
        """The next answer; None when none came for a moment, or its job was answered already."""
        try:
            key, future = self._done.get(timeout=LOOK_S)
        except queue.Empty:
            return None
        one = self._under_way.get(key)
        if one is None or future not in one.futures:
            return None
        given = _given(future)
        if given.error and not given.worker and len(one.futures) > 1:
            one.futures.remove(future)  # lost with its worker; the second try is still under way
            return None
        del self._under_way[key]
        self._cluster.cancel(other for other in one.futures if other is not future)
        self._done_s.append(time.monotonic() - one.begun)
        return Answer(key=key, given=given)


def _given(future: Any) -> Answered:
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
        hint="install the same bench-agent and git where the workers run: pip install 'bench-agent[cluster]'",
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
            "--cluster needs Dask, which is not installed", hint="pip install 'bench-agent[cluster]'"
        ) from error
    return dask, distributed
