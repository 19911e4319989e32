"""All pytest calls of a command, found by letting it run with pytest's own --collect-only: no test runs.

For a command that keeps the probe out of some of them, such as a script with a PYTHONPATH of its own. Each can then be started
by itself, as the command would. What else the command does, it does once more.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.measure.unreached import pytest_flags, why_unreached
from bench_agent.system.process import Running

_POLL_S = 0.05  # a pytest that collects lives for some 0.3 s


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestCall:
    """One pytest process as the command started it. reached: whether the probe gets into it."""

    words: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)
    reached: bool = False


def find_calls(
    command: str | Sequence[str], *, cwd: Path, env: Mapping[str, str], entry: Path, folder: Path, deadline: float
) -> tuple[PytestCall, ...]:
    """The calls in their order, without those that `python -I` or `-E` keeps from us. env: as of the measured command.

    folder: for what the probe writes where it gets in. deadline: time.monotonic(). A command that empties the environment
    does not hand on --collect-only: that is not for here.
    """
    added = "--collect-only -q -p no:cacheprovider"
    asked = {
        **env,
        "PYTEST_ADDOPTS": f"{env.get('PYTEST_ADDOPTS', '')} {added}".strip(),
        "BENCH_AGENT_OUT": str(folder),
    }
    seen: dict[int, PytestCall | None] = {}
    with Running(command, cwd=cwd, env=asked) as running:
        while running.wait(_POLL_S) is None and time.monotonic() < deadline:
            _look(running.pid, entry, added, seen)
    return tuple(call for call in seen.values() if call is not None)


def _look(pid: int, entry: Path, added: str, seen: dict[int, PytestCall | None]) -> None:
    """Add the pytest processes below `pid` that are new, None for those that a pytest started."""
    import psutil

    try:
        below = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return
    for process in below:
        try:
            if process.pid in seen:
                continue
            if process.ppid() in seen:
                seen[process.pid] = None
            elif pytest_flags(words := process.cmdline()) is not None:
                seen[process.pid] = _as_call(words, Path(process.cwd()), process.environ(), entry, added)
        except (psutil.Error, OSError):
            continue


def _as_call(
    words: Sequence[str], cwd: Path, environment: Mapping[str, str], entry: Path, added: str
) -> PytestCall | None:
    kept_out = why_unreached(words, environment, entry)
    if kept_out == "isolated":
        return None
    options = environment.get("PYTEST_ADDOPTS", "").removesuffix(added).strip()
    own = {name: value for name, value in environment.items() if name != "PYTEST_ADDOPTS"}
    if options:
        own["PYTEST_ADDOPTS"] = options
    return PytestCall(words=tuple(words), cwd=cwd, environment=own, reached=kept_out is None)


def path_with(entry: Path, environment: Mapping[str, str]) -> str:
    """PYTHONPATH of that environment with `entry` in front."""
    rest = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path and path != str(entry)]
    return os.pathsep.join([str(entry), *rest])
