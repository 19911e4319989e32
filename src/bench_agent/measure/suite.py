"""Runs the suite's own command with the probe inside, and returns what the probe wrote.

Takes a command and a folder for this run alone, returns bytes, exit code and memory. What the bytes mean is read in
`probe_results`.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from bench_agent.measure.other_harness import OtherHarness, harness_of_command
from bench_agent.measure.pytest_calls import PytestCall, find_calls, path_with
from bench_agent.measure.recipe import count_pytest, reaching, read_start, speaks_of_pytest
from bench_agent.measure.unreached import Unreached, look_below
from bench_agent.system.alive import is_alive
from bench_agent.system.memory import MemorySampler, MemoryTrace
from bench_agent.system.process import Running

ENTRY_DIR = Path(__file__).parent / "probe" / "start"  # for PYTHONPATH; holds nothing but a `sitecustomize`
PLUGIN = "bench_agent_probe"
_END = b'"kind": "end"}\n'  # how the probe's last line of a process ends
_POLL_S = 0.1  # how often the probe's files are looked at: often enough for a display
_ASKED = "PLUGIN OUT ROOT TOP SELECT QUICK_S COLLECT FILES WORKER TYPED RING_SOCKET RING_TREE RING_FOREIGN"
ASKED = tuple(f"BENCH_AGENT_{name}" for name in _ASKED.split())  # as in probe/bench_agent_start.py


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """One execution of the command, however it ended."""

    files: tuple[bytes, ...]  # what each pytest process wrote, oldest first
    # Of the same processes, how they were started; None where that is not known. Secrets may be in it: it is not stored.
    handed_over: tuple[Mapping[str, Any] | None, ...] = field(default=(), repr=False)
    output: str  # stdout and stderr, cut in the middle when long
    exit_code: int | None  # of the command; None when we ended it
    seconds: float
    memory: MemoryTrace
    timed_out: bool = False
    interrupted: bool = False
    unreached: Unreached | None = None  # a pytest of the command that the probe could not get into
    restarted: int = 0  # pytest calls that were started again by themselves, for one that was unreached
    other: OtherHarness | None = None  # the command was ended because it benchmarks with this, not with pytest
    start_files: tuple[str, ...] = ()  # that starting it runs or may read, as `recipe.Start` has them


def run_suite(
    command: str,
    *,
    root: Path,
    folder: Path,
    timeout_s: float,
    select: str | None = None,
    quick_seconds: float | None = None,
    collect_only: bool = False,
    only: str | None = None,
    top: Path | None = None,
    log: Path | None = None,
    environment: Mapping[str, str],
    on_line: Callable[[bytes], None] = lambda line: None,
) -> SuiteResult:
    """Run `command` in `root` and collect what its pytest processes measured.

    folder: this run's own, made here, where the suite does not clean up; gets `probe/*.jsonl`. log: what gets the output as it
    comes. select: a -k expression added to the suite's own; quick_seconds: what to spend where it matches nothing.
    collect_only: find out what there is, measure nothing.
    top: of the repository, which the files that are counted are named from, as git does; None: from `root`.
    only: the files to collect, as `collection_cache.only_these` gives them; None: all.
    on_line gets each line of the probe as it comes. Ctrl-C ends the suite and returns what was measured, with
    `interrupted`. Raises MeasureError when it can't be started.
    """
    out = folder / "probe"
    out.mkdir(parents=True)
    env = _environment(environment, out=out, root=root, top=top, select=select, quick_seconds=quick_seconds)
    if collect_only:
        env["BENCH_AGENT_COLLECT"] = "1"
    if only:
        env["BENCH_AGENT_FILES"] = only
    started = time.monotonic()
    tail, sampler = _Tail(out, on_line), MemorySampler()
    start = read_start(command, root=root, environment=environment)
    texts = start.texts
    may_be_pytest = speaks_of_pytest(texts)
    if not may_be_pytest and (other := harness_of_command("\n".join(texts), root, own_scripts=collect_only)):
        return SuiteResult(
            files=(), handed_over=(), output="", exit_code=None, seconds=0.0, memory=MemoryTrace(), other=other
        )
    execution = _Execution(
        root=root,
        log=log,
        deadline=started + timeout_s,
        tail=tail,
        sampler=sampler,
        may_be_pytest=may_be_pytest,
    )
    sampler.start()
    try:
        words = reaching(command, root=root, folder=folder, entry=ENTRY_DIR, environment=env)
        ended = execution.run(words, root, env)
        unreached, restarted = ended.unreached, 0
        if unreached and unreached.can_be_started and not ended.interrupted:
            calls = [PytestCall(words=unreached.words, cwd=unreached.cwd, environment=unreached.environment)]
            if unreached.kept_out == "path" and count_pytest(texts) != 1:
                found = find_calls(
                    words, cwd=root, env=env, entry=ENTRY_DIR, folder=folder / "look", deadline=execution.deadline
                )
                calls = _not_measured(found, tail.ended) or calls
            ended = execution.run_each(calls, {name: env[name] for name in ASKED if name in env})
            restarted = len(calls)
    finally:
        memory = sampler.stop()
    tail.read()
    files, handed_over = tail.contents()
    tail.close()
    return SuiteResult(
        files=files,
        handed_over=handed_over,
        output=ended.output,
        exit_code=None if ended.timed_out or ended.interrupted else ended.exit_code,
        seconds=time.monotonic() - started,
        memory=memory,
        timed_out=ended.timed_out,
        interrupted=ended.interrupted,
        unreached=unreached,
        restarted=restarted,
        other=ended.other,
        start_files=start.files,
    )


def _not_measured(calls: Sequence[PytestCall], ended: int) -> list[PytestCall]:
    """All but the first that the probe got into: so many had ended before one was met that it did not get into."""
    reached = [call for call in calls if call.reached]
    done = reached[:ended]
    return [call for call in calls if not any(call is each for each in done)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How one start of a command ended; where `other` or a mendable `unreached` was seen, by us."""

    exit_code: int | None
    output: str
    timed_out: bool
    interrupted: bool
    unreached: Unreached | None
    other: OtherHarness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Execution:
    """What all starts of one suite have in common."""

    root: Path
    log: Path | None
    deadline: float  # time.monotonic()
    tail: "_Tail"
    sampler: MemorySampler
    may_be_pytest: bool

    def run(self, command: str | list[str], cwd: Path, env: Mapping[str, str]) -> _Ended:
        timed_out = interrupted = False
        seen: Unreached | OtherHarness | None = None
        with Running(command, cwd=cwd, env=env, log=self.log) as running:
            try:
                while running.wait(_POLL_S) is None:
                    self._read()
                    if not isinstance(seen, OtherHarness) and not (seen and seen.can_be_started):
                        seen = self._look(running.pid) or seen
                    timed_out = timed_out or time.monotonic() > self.deadline
                    if timed_out or isinstance(seen, OtherHarness) or (seen and seen.can_be_started):
                        running.end()
            except KeyboardInterrupt:
                interrupted = True
                running.end(first=signal.SIGINT)
            exit_code = running.exit_code
        return _Ended(
            exit_code=exit_code,
            output=running.output(),
            timed_out=timed_out,
            interrupted=interrupted,
            unreached=seen if isinstance(seen, Unreached) else None,
            other=seen if isinstance(seen, OtherHarness) else None,
        )

    def run_each(self, calls: Sequence[PytestCall], asked: Mapping[str, str]) -> _Ended:
        """One after the other, with the probe in each. Ends with the first that we had to end; else the first exit code
        that is not zero, and all that was printed."""
        outputs: list[str] = []
        exit_code: int | None = 0
        for call in calls:
            env = {**call.environment, **asked, "PYTHONPATH": path_with(ENTRY_DIR, call.environment)}
            ended = self.run(list(call.words), call.cwd, env)
            outputs.append(ended.output)
            exit_code = exit_code or ended.exit_code
            if ended.timed_out or ended.interrupted:
                break
        return replace(ended, output="\n".join(outputs), exit_code=exit_code)

    def _read(self) -> None:
        self.tail.read()
        for pid in self.tail.new_pids():
            self.sampler.watch(pid)

    def _look(self, pid: int) -> Unreached | OtherHarness | None:
        """What keeps us from measuring; not looked for while a pytest runs, since a look would disturb its benchmarks."""
        if self.tail.is_measuring:
            return None
        seen = look_below(pid, ENTRY_DIR, self.root)
        # What runs beside or after a pytest is no harness: it may well be what looks at the results.
        return None if isinstance(seen, OtherHarness) and (self.tail.ended or self.may_be_pytest) else seen


def _environment(
    environment: Mapping[str, str],
    *,
    out: Path,
    root: Path,
    top: Path | None,
    select: str | None,
    quick_seconds: float | None,
) -> dict[str, str]:
    # Under `make run` these would make the suite's own make think it is a part of ours.
    env = {name: value for name, value in environment.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    for name in ASKED:  # an outer run's: the product may measure the product
        env.pop(name, None)
    asked = {"PLUGIN": PLUGIN, "OUT": out, "ROOT": root, "TOP": top, "SELECT": select, "QUICK_S": quick_seconds}
    env |= {f"BENCH_AGENT_{name}": str(value) for name, value in asked.items() if value is not None}
    # Added to what is there, never instead of it: the suite's own paths must go on working.
    env["PYTHONPATH"] = os.pathsep.join(p for p in (str(ENTRY_DIR), env.get("PYTHONPATH")) if p)
    # tox 4 starts with an empty environment and would drop all of the above.
    passed = f"testenv.pass_env+=PYTHONPATH,{','.join(ASKED)}"
    env["TOX_OVERRIDE"] = ";".join(p for p in (env.get("TOX_OVERRIDE"), passed) if p)
    return env


class _Tail:
    """Reads the probe's files as they grow, whole lines only."""

    def __init__(self, folder: Path, on_line: Callable[[bytes], None]) -> None:
        self._folder = folder
        self._on_line = on_line
        self._seen: dict[Path, int] = {}
        self._open: dict[Path, IO[bytes]] = {}  # held: a suite may remove what it does not know
        self._handed_over: dict[str, Mapping[str, Any]] = {}
        self._pids: list[int] = []
        self._running: dict[Path, int] = {}  # of those that have not told of their end: their process

    def read(self) -> None:
        for path in self._folder.glob("*.process"):
            with contextlib.suppress(ValueError, FileNotFoundError):
                self._handed_over[path.stem] = json.loads(path.read_bytes())
            path.unlink(missing_ok=True)
        for path in sorted(self._folder.glob("*.jsonl")):
            if path not in self._open:
                with contextlib.suppress(FileNotFoundError):
                    self._open[path] = path.open("rb")
        for path, file in self._open.items():
            done = self._seen.setdefault(path, 0)
            if done == 0:
                self._pids.append(int(path.name.partition("-")[0]))
                self._running.setdefault(path, self._pids[-1])
            if os.fstat(file.fileno()).st_size == done:
                continue
            file.seek(done)
            for line in file:
                if line.endswith(b"\n"):
                    done += len(line)
                    self._on_line(line)
                    if line.endswith(_END):
                        self._running.pop(path, None)
            self._seen[path] = done

    @property
    def is_measuring(self) -> bool:
        """Whether a pytest with the probe in it has told of itself, and not of its end."""
        return any(is_alive(pid) for pid in self._running.values())

    @property
    def ended(self) -> int:
        """How many pytests with the probe in them have come to an end, whatever that was."""
        return len(self._seen) - sum(is_alive(pid) for pid in self._running.values())

    def new_pids(self) -> list[int]:
        found, self._pids = self._pids, []
        return found

    def contents(self) -> tuple[tuple[bytes, ...], tuple[Mapping[str, Any] | None, ...]]:
        """(results, how the process was started) of each process, oldest first."""
        paths = sorted(self._seen, key=lambda path: int(path.stem.partition("-")[2]))
        return tuple(map(self._whole, paths)), tuple(self._handed_over.get(path.stem) for path in paths)

    def close(self) -> None:
        for file in self._open.values():
            file.close()

    def _whole(self, path: Path) -> bytes:
        self._open[path].seek(0)
        return self._open[path].read()
