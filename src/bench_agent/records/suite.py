"""How the suite was started, by the account of its pytest processes, and where it looked for tests."""

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

ModuleKind = Literal["source", "extension", "bytecode", "archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleOrigin:
    """A module of the project as a run imported it, where that is not a plain source file of the checkout."""

    name: str
    kind: ModuleKind
    path: str  # absolute


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestProcess:
    """How one pytest process of the suite was started, by its own account: enough to start another that does the same."""

    executable: str  # the interpreter
    rootdir: str  # pytest's, which node ids are relative to; absolute
    ids: tuple[str, ...] = ()  # of the benchmarks it selected
    # Of pytest, the project's own among them; neither those that report or write, nor what names tests.
    options: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # of the interpreter: -O, -W ..., -X ...
    under: tuple[str, ...] = ()  # what runs pytest in it, such as -m coverage run -m pytest; none: -m pytest
    path: tuple[str, ...] = ()  # folders of the checkout that its environment imports from: editable installs
    cwd: str | None = None  # where it was started; None: rootdir
    # At its start, whatever set it; None: not known. Never in a repr, a report or a stored file: values can be secrets.
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    modules: tuple[ModuleOrigin, ...] = ()  # of the project: compiled, archived, or imported from outside the checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The pytest processes of a run that had benchmarks, in order."""

    processes: tuple[PytestProcess, ...]
    uncollected: tuple[tuple[str, str], ...] = ()  # test files that can't be collected, and why
    start_files: tuple[str, ...] = ()  # that starting them runs or may read, apart from Makefiles; absolute paths

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(id for process in self.processes for id in process.ids))

    @property
    def modules(self) -> tuple[ModuleOrigin, ...]:
        return tuple(dict.fromkeys(module for process in self.processes for module in process.modules))

    def process_of(self, id: str) -> PytestProcess:
        """The last process that selected the benchmark, whose timing counts; the first process for an unknown one."""
        return next((p for p in reversed(self.processes) if id in p.ids), self.processes[0])

    def by_process(self, ids: Iterable[str]) -> list[tuple[PytestProcess, tuple[str, ...]]]:
        """These benchmarks by the process that each belongs to; processes in order of their first benchmark."""
        found: dict[int, tuple[PytestProcess, list[str]]] = {}
        for id in ids:
            process = self.process_of(id)
            found.setdefault(builtins.id(process), (process, []))[1].append(id)
        return [(process, tuple(some)) for process, some in found.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Where pytest looked for tests, and which files hold benchmarks. All paths absolute."""

    roots: tuple[str, ...]  # files and folders
    patterns: tuple[str, ...]  # names of test files
    settings: tuple[str, ...]  # files that pytest took its settings from
    files: tuple[str, ...]
