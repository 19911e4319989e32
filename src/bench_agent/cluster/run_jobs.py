"""Jobs on a cluster from the first to the last answer: begun as workers get free, a second time where one is slow.

Takes an open cluster, a job and what it is called with; which are begun when is decided in `cluster/jobs`.
"""

import queue
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench_agent.cluster.jobs import late_jobs
from bench_agent.cluster.on_worker import Answered, Job
from bench_agent.errors import MeasureError

if TYPE_CHECKING:
    from bench_agent.cluster.dask_cluster import Cluster

LOST_S = 300.0  # without any worker, after which waiting is given up: a cluster that grows by itself takes minutes
CALCULATING = 2  # jobs for each worker that only calculate: the next is there when one is done
LOOK_S = 2.0  # between looks at the workers, as often as the client hears of them itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one job; `given.error` says why there is no value."""

    key: str
    given: Answered


@dataclass(slots=True)
class _UnderWay:
    payload: Any
    futures: list[Any] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)


class Round:
    """Jobs from the first to the last answer."""

    def __init__(self, cluster: "Cluster", job: Job, payloads: Iterable[tuple[str, Any]], *, measures: bool) -> None:
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
        given = self._cluster.given(future)
        if given.error and not given.worker and len(one.futures) > 1:
            one.futures.remove(future)  # lost with its worker; the second try is still under way
            return None
        del self._under_way[key]
        self._cluster.cancel(other for other in one.futures if other is not future)
        self._done_s.append(time.monotonic() - one.begun)
        return Answer(key=key, given=given)
