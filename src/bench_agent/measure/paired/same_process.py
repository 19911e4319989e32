"""One version's copy of a pytest process: the same interpreter, options, environment and working directory, in another tree.

Everything that measures again starts its sessions from here: `compare`, `bisect`, `selftest`, `run`, by time, by counts and by
profile. What names a path inside the project names the same path inside the tree.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench_agent.measure.paired.side import Side
from bench_agent.records import PytestProcess
from bench_agent.system.moved_paths import MovedPaths


def side_of(
    process: PytestProcess,
    *,
    label: str,
    tree: Path,
    top: Path,
    root: Path,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    compiled: tuple[str, ...] = (),
) -> Side:
    """That process for the version in `tree`, which exists: whether a path is there is looked up.

    top: the checkout that the process ran in; root: the project's folder in it, which pytest's root is taken to be where it
    lies outside the checkout. python, env: the interpreter of a version that was built, and what it needs. compiled: as of
    `Side`.
    """
    below = root_in(process, top, root)
    cwd = Path(process.cwd).resolve() if process.cwd else top / below
    move = MovedPaths(top, tree, _spelled(process, cwd, top))
    environment = process.environment
    return Side(
        label=label,
        root=tree / below,
        tree=tree,
        python=(python or process.executable, *process.flags),
        under=tuple(map(move, process.under)),
        env=env or {},
        compiled=compiled,
        not_from=top,
        path=tuple(tree / Path(each).relative_to(top) for each in process.path if Path(each).is_relative_to(top)),
        cwd=tree / cwd.relative_to(top) if cwd.is_relative_to(top) else cwd,
        options=tuple(map(move, process.options)),
        environment=None if environment is None else {name: move(value) for name, value in environment.items()},
    )


def root_in(process: PytestProcess, top: Path, root: Path) -> Path:
    """From the top of the checkout to where the process's ids begin; arguments as of `side_of`."""
    inside = Path(process.rootdir).resolve()
    return (inside if inside.is_relative_to(top) else root).relative_to(top)


def _spelled(process: PytestProcess, cwd: Path, top: Path) -> tuple[str, ...]:
    """The checkout's path as texts may have it: through a symbolic link the shell keeps the link's name in PWD."""
    found = [str(top)]
    shown = (process.environment or {}).get("PWD", "")
    if cwd.is_relative_to(top) and shown.startswith("/") and os.path.realpath(shown) == str(cwd):
        inside = str(cwd.relative_to(top))
        linked = shown if inside == "." else shown.removesuffix(f"/{inside}")
        if os.path.realpath(linked) == str(top):
            found.append(linked)
    return tuple(dict.fromkeys(found))


def files_of(side: Side, ids: Iterable[str]) -> list[str]:
    """The arguments that let a session collect the files of these benchmarks, those of them that the version has.

    Files, not ids: an id that is missing on one side would end that side's pytest with a usage error. Where none is there,
    nothing is collected, yet the conftests beside them are read: options of the project's own come from those.
    """
    files = list(dict.fromkeys(side.root / id.split("::")[0] for id in ids))
    there = [str(file) for file in files if file.exists()]
    if there:
        return there
    folder = next((folder for file in files for folder in file.parents if folder.is_dir()), side.root)
    return [str(folder), "--ignore-glob", "*"]


def start_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the interpreter that sessions are forked from starts with: it must be able to import nothing of any version."""
    return {name: value for name, value in environment.items() if name != "PYTHONPATH"}
