"""Runs the suite's own command with the probe inside, and hands back what the probe wrote.

Comes in: a command and a folder for this run alone. Goes out: bytes, exit code, memory. What the bytes mean is `parse`'s.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench_agent.system.memory import MemorySampler, MemoryTrace
from bench_agent.system.process import Running

PROBE_DIR = Path(__file__).parent / "probe"
_POLL_S = 0.1  # how often the probe's files are looked at: often enough for a display
_PASSED_ON = tuple(f"BENCH_AGENT_{name}" for name in ("OUT", "ROOT", "SELECT", "QUICK_S", "COLLECT", "FILES"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """One execution of the command, however it ended."""

    files: tuple[bytes, ...]  # what each pytest process wrote, oldest first
    output: str  # stdout and stderr, cut in the middle when long
    exit_code: int | None  # of the command; None when we ended it
    seconds: float
    memory: MemoryTrace
    timed_out: bool = False
    interrupted: bool = False


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
    environment: Mapping[str, str],
    on_line: Callable[[bytes], None] = lambda line: None,
) -> SuiteResult:
    """Run `command` in `root` and collect what its pytest processes measured.

    folder: this run's own; gets `probe/*.jsonl` and `output.log`. select: a -k expression added to the suite's
    own; quick_seconds: what to spend where it matches nothing. collect_only: find out what there is, measure nothing.
    only: the files to collect, as `collected.only_these` puts it; None: all.
    on_line gets each line of the probe as it comes. Ctrl-C ends the suite and returns what was measured, with
    `interrupted`. Raises MeasureError when it can't be started.
    """
    out = folder / "probe"
    out.mkdir(parents=True)
    env = _environment(environment, out=out, root=root, select=select, quick_seconds=quick_seconds)
    if collect_only:
        env["BENCH_AGENT_COLLECT"] = "1"
    if only:
        env["BENCH_AGENT_FILES"] = only
    tail = _Tail(out, on_line)
    sampler = MemorySampler()
    timed_out = interrupted = False
    with Running(command, cwd=root, env=env, log=folder / "output.log") as running:
        sampler.start()
        try:
            while running.wait(_POLL_S) is None:
                tail.read()
                for pid in tail.new_pids():
                    sampler.watch(pid)
                if time.monotonic() - running.started > timeout_s:
                    timed_out = True
                    running.end()
        except KeyboardInterrupt:
            interrupted = True
            running.end(first=signal.SIGINT)
        seconds = time.monotonic() - running.started
        exit_code = running.exit_code
    memory = sampler.stop()
    tail.read()
    return SuiteResult(
        files=tail.contents(),
        output=running.output(),
        exit_code=None if timed_out or interrupted else exit_code,
        seconds=seconds,
        memory=memory,
        timed_out=timed_out,
        interrupted=interrupted,
    )


def _environment(
    environment: Mapping[str, str], *, out: Path, root: Path, select: str | None, quick_seconds: float | None
) -> dict[str, str]:
    # Under `make run` these would make the suite's own make think it is a part of ours.
    env = {name: value for name, value in environment.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    env["BENCH_AGENT_OUT"] = str(out)
    env["BENCH_AGENT_ROOT"] = str(root)
    for name in (
        "BENCH_AGENT_COLLECT",
        "BENCH_AGENT_FILES",
        "BENCH_AGENT_WORKER",
    ):  # an outer run's: the product may measure the product
        env.pop(name, None)
    for name, value in (("BENCH_AGENT_SELECT", select), ("BENCH_AGENT_QUICK_S", quick_seconds)):
        env.pop(name, None)
        if value is not None:
            env[name] = str(value)
    # Added to what is there, never instead of it: the suite's own plug-ins and paths must go on working.
    env["PYTEST_PLUGINS"] = ",".join(p for p in (env.get("PYTEST_PLUGINS"), "bench_agent_probe") if p)
    env["PYTHONPATH"] = os.pathsep.join(p for p in (env.get("PYTHONPATH"), str(PROBE_DIR)) if p)
    # tox 4 starts with an empty environment and would drop all of the above.
    passed = f"testenv.pass_env+=PYTEST_PLUGINS,PYTHONPATH,{','.join(_PASSED_ON)}"
    env["TOX_OVERRIDE"] = ";".join(p for p in (env.get("TOX_OVERRIDE"), passed) if p)
    return env


class _Tail:
    """Reads the probe's files as they grow, whole lines only."""

    def __init__(self, folder: Path, on_line: Callable[[bytes], None]) -> None:
        self._folder = folder
        self._on_line = on_line
        self._seen: dict[Path, int] = {}
        self._pids: list[int] = []

    def read(self) -> None:
        for path in sorted(self._folder.glob("*.jsonl")):
            done = self._seen.setdefault(path, 0)
            if done == 0:
                self._pids.append(int(path.name.partition("-")[0]))
            if path.stat().st_size == done:
                continue
            with path.open("rb") as file:
                file.seek(done)
                for line in file:
                    if line.endswith(b"\n"):
                        done += len(line)
                        self._on_line(line)
            self._seen[path] = done

    def new_pids(self) -> list[int]:
        found, self._pids = self._pids, []
        return found

    def contents(self) -> tuple[bytes, ...]:
        paths = sorted(self._seen, key=lambda path: int(path.stem.partition("-")[2]))
        return tuple(path.read_bytes() for path in paths)
