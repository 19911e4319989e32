"""A pytest process of the suite that the probe can't get into: found among the running processes, and what keeps it out.

Most often a script sets PYTHONPATH. Such a process can be started again, as it was, with our folder on its path.
"""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench_agent.measure.other_harness import OtherHarness, harness_of_process

_PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:-dbg)?|Python")
_CONTAINERS = ("docker", "docker-compose", "podman", "podman-compose", "nerdctl", "apptainer", "singularity")
_ISOLATING = re.compile(r"-[a-zA-Z]*[EI]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """kept_out: "isolated" (python -I or -E), "environment" (emptied on the way), "path" (another PYTHONPATH), "container"
    (what starts one; a pytest in it is not seen from here)."""

    kept_out: Literal["isolated", "environment", "path", "container"]
    words: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def can_be_started(self) -> bool:
        """Whether the same pytest can be started from here with the probe in it."""
        return self.kept_out in ("environment", "path")


def look_below(pid: int, entry: Path, root: Path) -> Unreached | OtherHarness | None:
    """Of the processes below this one, the first pytest without `entry` on its path, or what benchmarks without pytest.

    Costs some 10 ms.
    """
    import psutil

    try:
        started = psutil.Process(pid)
        processes = [started, *started.children(recursive=True)]
    except psutil.Error:
        return None
    for process in processes:
        try:
            words, environment = process.cmdline(), process.environ()
            kept_out = why_unreached(words, environment, entry)
            if kept_out and (kept_out == "environment" or not has_our_plugin(words[0], process.cwd(), environment)):
                return Unreached(
                    kept_out=kept_out, words=tuple(words), cwd=Path(process.cwd()), environment=environment
                )
            if starts_container(words):
                return Unreached(kept_out="container", words=tuple(words), cwd=root, environment={})
            if harness := harness_of_process(words, Path(process.cwd()), root):
                return harness
        except (psutil.Error, OSError):
            continue
    return None


def starts_container(words: Sequence[str]) -> bool:
    """Whether a command runs something in a container: not one that leaves a service behind and goes on."""
    program = next((n for n, word in enumerate(words[:2]) if Path(word).name in _CONTAINERS), None)  # 1: of a script
    if program is None:
        return False
    detached = {"-d", "--detach"} & set(words)
    return not detached and any(word in ("run", "exec", "up") for word in words[program + 1 :])


def has_our_plugin(python: str, cwd: str, environment: Mapping[str, str]) -> bool:
    """Whether bench-agent is installed for that interpreter, with the plug-in that needs no path, and pytest may load it."""
    if environment.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") or "no:bench-agent" in environment.get("PYTEST_ADDOPTS", ""):
        return False
    named = str(Path(cwd, python)) if os.sep in python else python
    found = shutil.which(named, path=environment.get("PATH"))
    if found is None:
        return False
    told = Path(found).parent.parent.glob("lib/python3*/site-packages/bench_agent-*.dist-info/entry_points.txt")
    return any("pytest11" in path.read_text(encoding="utf-8", errors="replace") for path in told)


def why_unreached(
    words: Sequence[str], environment: Mapping[str, str], entry: Path
) -> Literal["isolated", "environment", "path"] | None:
    """What keeps the probe out of a process; None where it is no pytest, or the probe gets in."""
    flags = pytest_flags(words)
    if flags is None:
        return None
    if any(_ISOLATING.fullmatch(flag) for flag in flags):
        return "isolated"
    if "BENCH_AGENT_PLUGIN" not in environment:
        return "environment"
    return None if str(entry) in environment.get("PYTHONPATH", "").split(os.pathsep) else "path"


def pytest_flags(words: Sequence[str]) -> list[str] | None:
    """The interpreter's flags in a command that runs pytest; None of another command."""
    if not words or not _PYTHON.fullmatch(Path(words[0]).name):
        return None
    flags, rest = [], list(words[1:])
    while rest and rest[0].startswith("-") and rest[0] != "-m" and rest[0] != "-c":
        flags.append(rest.pop(0))
        if flags[-1] in ("-W", "-X") and rest:
            rest.pop(0)
    if rest[:1] == ["-m"]:
        rest = rest[1:]
    if rest[:2] == ["coverage", "run"] and "-m" in rest:
        rest = rest[rest.index("-m") + 1 :]
    return flags if rest and Path(rest[0]).name in ("pytest", "py.test", "pytest.exe") else None
