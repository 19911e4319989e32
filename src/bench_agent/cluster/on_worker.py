"""What runs in a worker: it says what machine it is, is handed the files of our work, and does one job at a time.

The plugin is a class made inside a function, so that it is sent as code, not as a name to import: a worker without bench-agent
can then still say what it lacks. Everything else is imported there, from the worker's own bench-agent of the same version.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_agent import __version__
from bench_agent.cluster.cores import own_core
from bench_agent.errors import BenchAgentError

# The resource of which every worker has one, and what measures needs: a worker with several threads measures one thing at a
# time, and one with another version of bench-agent nothing of ours.
RING = f"bench-agent-{__version__}"
EVENTS = "bench-agent"  # begins the topic of what workers tell
CLOSE_WAIT_S = 5.0  # for a job that is being stopped, before what it prepared is taken away


@dataclass(slots=True)
class Workplace:
    """What belongs to our work on one worker: a folder with the files that were sent, and what was prepared once."""

    folder: Path
    worker: str = ""  # its address
    python: str = ""  # version of the worker's interpreter
    core: int | None = None  # while a job measures
    kept: dict[str, Any] = field(default_factory=dict)
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def close(self) -> None:
        """Stop what is measured, and take away what was prepared."""
        from bench_agent.system.process import end_all

        end_all()
        if self.busy.acquire(timeout=CLOSE_WAIT_S):
            try:
                self.closing.close()
            finally:
                self.busy.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a job gave, and where. error: of its own, with its hint; the job would fail elsewhere too."""

    value: Any = None
    error: str = ""
    hint: str = ""
    worker: str = ""
    core: int | None = None
    seconds: float = 0.0


Job = Callable[[Workplace, Any], Any]


def make_plugin(name: str, *, files: Mapping[str, bytes], is_ours: bool) -> Any:
    """The plugin that makes a worker fit for our work, or says why it is not. The scheduler gives it to every worker, new ones too.

    files: written to the worker's folder. is_ours: a worker that we started on this machine, that stops with us.
    """
    from distributed import WorkerPlugin

    class FitForRings(WorkerPlugin):
        # Nothing from this module may be used in here but what is handed over: see the module's docstring.
        def __init__(self, own: dict[str, Any]) -> None:
            self.name, self.own = own["name"], own

        async def setup(self, worker: Any) -> None:
            import platform
            import sys

            told = {"worker": worker.address, "python": platform.python_version(), "machine": platform.machine()}
            try:
                self.place, told["cpu"] = self._prepare(worker)
                await worker.set_resources(**{self.own["ring"]: 1})
            except Exception as problem:
                told["unfit"] = f"{type(problem).__name__}: {problem}"
                told["prefix"] = sys.prefix
            worker.log_event(self.own["topic"], told)

        def _prepare(self, worker: Any) -> tuple[Any, str]:
            import shutil
            import sys

            import bench_agent
            from bench_agent.cluster import on_worker

            if bench_agent.__version__ != self.own["version"]:
                raise ValueError(f"it has bench-agent {bench_agent.__version__}, not {self.own['version']}")
            if list(sys.version_info[:2]) != self.own["python"]:
                raise ValueError("it has Python {}.{}, not {}.{}".format(*sys.version_info[:2], *self.own["python"]))
            if shutil.which("git") is None:
                raise ValueError("it has no git")
            return on_worker.prepare(self.own, worker.local_directory, worker.address)

        def teardown(self, worker: Any) -> None:
            if getattr(self, "place", None) is not None:
                self.place.close()

    own = {
        "name": name,
        "version": __version__,
        "python": list(sys.version_info[:2]),  # counts of one version are not those of another
        "files": dict(files),
        "ring": RING,
        "topic": topic_of(name),
        "ours": is_ours,
    }
    return FitForRings(own)


def topic_of(name: str) -> str:
    return f"{EVENTS}-{name}"


def prepare(own: Mapping[str, Any], directory: str, address: str) -> tuple[Workplace, str]:
    """The workplace, and the CPU's model. Called once, in the worker's main thread."""
    import platform
    import signal

    from bench_agent.system import alive
    from bench_agent.system.machine import describe_machine

    if own["ours"]:
        alive.is_program = True  # all its children are what it started: none is left behind
        # Ctrl-C reaches all processes of a terminal. We end the workers; they need not say so. A handler of our own is not
        # inherited by what they start, as SIG_IGN would be.
        signal.signal(signal.SIGINT, _let_pass)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # it was begun with it blocked: signals_later
    folder = Path(directory) / f"bench-agent-{own['name']}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for file, content in own["files"].items():
        (folder / file).write_bytes(content)
    return Workplace(folder, worker=address, python=platform.python_version()), describe_machine().cpu


def _let_pass(*_: object) -> None:
    pass


def do_job(name: str, job: Job, payload: Any, measures: bool) -> Answered:
    """One job on this worker, in its thread; measures: alone on a core of its own."""
    from distributed import get_worker

    worker = get_worker()
    place: Workplace = getattr(worker.plugins[name], "place")  # noqa: B009  Dask's own plugins have none
    began = time.monotonic()
    if not measures:
        return Answered(value=job(place, payload), worker=worker.address, seconds=time.monotonic() - began)
    with place.busy, own_core() as core:
        place.core = core
        try:
            answer = Answered(value=job(place, payload), worker=worker.address, core=core)
        except BenchAgentError as error:
            answer = Answered(error=error.message, hint=error.hint or "", worker=worker.address, core=core)
    return _lasted(answer, time.monotonic() - began)


def _lasted(answer: Answered, seconds: float) -> Answered:
    from dataclasses import replace

    return replace(answer, seconds=seconds)
