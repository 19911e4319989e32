"""What a project holds that concerns benchmarks, found by reading its files: nothing is imported, run or written.

Takes a folder and its settings, returns `Found` within a fraction of a second. Parameters are not counted, and a suite that makes
its tests while pytest collects is not seen: `doctor` asks pytest itself.
"""

import configparser
import contextlib
import os
import re
import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench_agent.config import Config
from bench_agent.errors import ConfigError
from bench_agent.history.baseline import read_targets
from bench_agent.measure.command import SUITE_FOLDERS, find_command, has_target, python_command
from bench_agent.measure.other_harness import OtherHarness, harness_of_command
from bench_agent.measure.recipe import speaks_of_pytest, texts_of
from bench_agent.project import MAKEFILES
from bench_agent.scaffold.building import find_build
from bench_agent.scaffold.slash_command import Runner
from bench_agent.scaffold.sources import OTHER_FOLDERS, BenchmarkTest, find_tests
from bench_agent.text.benchmark_names import name_benchmarks

Shape = Literal["own", "metrics", "unreadable"]

_QUICK_MARKS = (
    "critical_path",
    "critical",
    "smoke",
    "quick",
    "fast",
)  # what projects call the tests that matter or are cheap
_BASELINE_NAME = "baseline_metrics.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is. Paths are relative to the project, with forward slashes."""

    runner: Runner
    command: str | None  # what `bench-agent run` would call now; None: it would find nothing
    origin: str | None = None  # the file, variable or flag that names the command; None: found by itself
    needed: str | None = None  # the command the settings should name instead, where it can be told
    because: str | None = None  # why
    tests: tuple[BenchmarkTest, ...] = ()
    marker_only: int = 0  # test functions with @pytest.mark.benchmark and without the fixture
    baseline: str | None = None
    shape: Shape | None = None
    targets: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()  # those that mention benchmarks
    quick: str | None = None  # a mark that some, not all, of the benchmarks carry
    setup: str | None = None  # the line that builds a version, where the project needs one and has none
    names: tuple[tuple[str, str], ...] = ()  # (test function, the target's name it must be)
    other: OtherHarness | None = None  # what the command runs instead of pytest

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(sorted({str(Path(test.file).parent) for test in self.tests}))


def survey(config: Config, *, runner: Runner) -> Found:
    """Look at the project. Reads test files and settings; raises ConfigError for settings nobody can read."""
    tests, marker_only = find_tests(config.root)
    command: str | None = None
    with contextlib.suppress(ConfigError):
        command = find_command(config)
    needed, because = _needed_command(config, command, tests)
    baseline, shape, targets = _find_baseline(config)
    build = None if config.setup else find_build(config.root)
    return Found(
        runner=runner,
        command=command,
        origin=config.origins.get("command") or (_makefile(config.root) if command == "make benchmark" else None),
        needed=needed,
        because=because,
        tests=tests,
        marker_only=marker_only,
        baseline=baseline,
        shape=shape,
        targets=targets,
        workflows=_workflows(config.root),
        quick=None if "quick" in config.origins else _quick_mark(tests),
        setup=build.setup if build else None,
        names=_missing_names(config, tests, targets),
        other=_other_harness(config.root, command),
    )


def _other_harness(root: Path, command: str | None) -> OtherHarness | None:
    texts = texts_of(command, root=root, environment=os.environ) if command else ()
    return harness_of_command("\n".join(texts), root) if texts and not speaks_of_pytest(texts) else None


def _quick_mark(tests: Sequence[BenchmarkTest]) -> str | None:
    """A mark that some of the benchmarks carry: as a -k expression it selects these."""
    for mark in _QUICK_MARKS:
        marked = sum(mark in test.marks for test in tests)
        # -k looks at names too: where others are called so, the expression would take them along.
        named = sum(mark in test.id and mark not in test.marks for test in tests)
        if 0 < marked < len(tests) and not named:
            return mark
    return None


# --- the command


def _needed_command(
    config: Config, command: str | None, tests: Sequence[BenchmarkTest]
) -> tuple[str | None, str | None]:
    """(the command the settings should name, why); (None, None) where what is found by itself will do, or nobody can tell."""
    if config.command or command == "make benchmark" or not tests:
        return None, None
    off, why = _switched_off(_addopts(config.root))
    inside = [folder for folder in SUITE_FOLDERS if command and command.endswith(f" {folder}")]
    if command and any(test.file.startswith(f"{folder}/") for folder in inside for test in tests):
        return (f"{command} {off}", why) if off else (None, None)
    if own := _own_command(config.root):
        return own, "that is how this project runs its benchmarks"
    files = sorted({test.file for test in tests})
    folder = os.path.commonpath([str(Path(file).parent) for file in files]) or "."
    places = " ".join(map(shlex.quote, files)) if len(files) <= 3 else f"{shlex.quote(folder)} --benchmark-only"
    reason = f"the benchmarks are in {files[0] if len(files) == 1 else folder}"
    return f"{python_command(config.root)} -m pytest {places} {off}".rstrip(), f"{reason}; {why}" if why else reason


def _switched_off(addopts: Sequence[str]) -> tuple[str, str | None]:
    """(options that undo what addopts does to benchmarks, what that is)."""
    xdist = next((o for o in addopts if re.match(r"-n(\d|auto|logical|=|$)|--numprocesses|--dist", o)), None)
    off = next((o for o in addopts if o == "--benchmark-disable"), None)
    undo = [*(["--benchmark-enable"] if off else []), *(["-n 0"] if xdist else [])]
    said = " and ".join(o for o in (off, "xdist" if xdist else None) if o)
    return " ".join(undo), f"addopts switches them off ({said})" if undo else None


def _addopts(root: Path) -> list[str]:
    """pytest's addopts, from the first file in which pytest itself would look for its settings."""
    for name, section in _PYTEST_FILES:
        path = root / name
        if not path.is_file():
            continue
        value: Any = None
        with contextlib.suppress(OSError, ValueError, configparser.Error, AttributeError):
            if section:
                parser = configparser.RawConfigParser(strict=False)
                parser.read_string(path.read_text(encoding="utf-8"))
                value = parser.get(section, "addopts", fallback="") if parser.has_section(section) else None
            else:
                pytest_table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("pytest")
                value = pytest_table.get("ini_options", pytest_table).get("addopts", "") if pytest_table else None
        if value is not None or name.endswith("pytest.ini"):
            with contextlib.suppress(ValueError):
                return [str(v) for v in value] if isinstance(value, list) else shlex.split(str(value or ""))
            return []
    return []


_PYTEST_FILES = (
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("pyproject.toml", ""),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)


def _own_command(root: Path) -> str | None:
    """The project's own way to run its benchmarks under another name, where what it runs is pytest."""
    names = ("benchmark", "benchmarks", "bench")
    makefile = _makefile(root)
    for name in names:
        if makefile and has_target(root / makefile, name) and _recipe_calls_pytest(root / makefile, name):
            return f"make {name}"
    for file in ("justfile", "Justfile", ".justfile"):
        for name in names:
            if (root / file).is_file() and _recipe_calls_pytest(root / file, name):
                return f"just {name}"
    return None


def _recipe_calls_pytest(path: Path, target: str) -> bool:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    found = re.search(rf"^@?{re.escape(target)}\b[^\n:]*:(?!=)[^\n]*\n((?:[ \t]+[^\n]*(?:\n|$))+)", text, re.MULTILINE)
    return bool(found and re.search(r"\bpytest\b", found[1]))


def _makefile(root: Path) -> str | None:
    return next((name for name in MAKEFILES if (root / name).is_file()), None)


# --- the baseline file and the names in it


def _find_baseline(config: Config) -> tuple[str | None, Shape | None, tuple[str, ...]]:
    path = config.root / config.baseline
    if not path.is_file() and "baseline" not in config.origins:
        others = [p for p in config.root.glob(f"*/**/{_BASELINE_NAME}") if not _hidden(p.relative_to(config.root))]
        path = others[0] if len(others) == 1 else path
    if not path.is_file():
        return None, None, ()
    where = path.relative_to(config.root).as_posix() if path.is_relative_to(config.root) else str(path)
    try:
        targets = read_targets(path)
        shape: Shape = "metrics" if '"metrics"' in path.read_text(encoding="utf-8") else "own"
    except (ConfigError, OSError):
        return where, "unreadable", ()
    return where, shape, tuple(targets)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part in OTHER_FOLDERS for part in path.parts)


def _missing_names(
    config: Config, tests: Sequence[BenchmarkTest], targets: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """For targets that are the name of no benchmark and no other target: the one test whose own name holds theirs."""
    if "names" in config.origins:
        return ()
    called = name_benchmarks([test.id for test in tests], {})
    known = {*called.values(), *called, *(test.function for test in tests), *(g for test in tests for g in test.groups)}
    known |= {re.sub(r"^test_|_test$", "", Path(test.file).stem) for test in tests}  # what a conftest may group them by
    found = {}
    for target in targets:
        if target in known:
            continue
        holding = {test.function for test in tests if re.search(rf"(?:^|_){re.escape(target)}(?:_|$)", test.function)}
        # The shortest holds it with the least beside it: test_authorization_check, not test_batch_authorization_check.
        starting = {name for name in holding if name.startswith(f"test_{target}")} or holding
        if len(starting) == 1:
            found[target] = starting.pop()
    taken = list(found.values())
    return tuple((function, target) for target, function in found.items() if taken.count(function) == 1)


def _workflows(root: Path) -> tuple[str, ...]:
    found = []
    for path in sorted((root / ".github" / "workflows").glob("*.y*ml")):
        with contextlib.suppress(OSError):
            if re.search(rb"bench", path.read_bytes(), re.IGNORECASE):
                found.append(path.relative_to(root).as_posix())
    return tuple(found)
