"""Modules that were built elsewhere put beside the sources they belong to, so that a tree can be imported as it stands.

`pip install .` leaves extension modules and generated files in an environment, strict editable installs and meson-python in
`build/`. The tree itself then lacks them: imported first, it would run a pure-Python fallback.
"""

import csv
import json
import os
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from bench_agent.system.kept_files import is_extension
from bench_agent.system.tree_files import put_file

SOURCE_FOLDERS = ("", "src", "python", "lib")  # below the top, where packages are
_BUILD_FOLDERS = ("build", "_skbuild")


def adopt_built_modules(tree: Path, site: Path) -> list[str]:
    """Put what was built of the project into its packages in the tree; never over what is there. Returns the new paths.

    site: the packages of the build's own environment.
    """
    added = []
    for origin, module in [*_installed(site, tree), *_in_build_folders(tree)]:
        target = place_of(tree, module)
        if target is not None and not os.path.lexists(tree / target):
            put_file(origin, tree / target)
            added.append(target)
    return added


def place_of(tree: Path, module: str) -> str | None:
    """Where a file of a package belongs in a tree ("src/pkg/_fast.so" of "pkg/_fast.so"); None when the package isn't there.

    An extension module of no package belongs beside its source, else to the top.
    """
    folder = PurePosixPath(module).parent
    if str(folder) == ".":
        return _place_beside_packages(tree, module) if is_extension(module) else None
    for start in SOURCE_FOLDERS:
        place = PurePosixPath(start) / folder
        if (tree / place).is_dir():
            return str(place / PurePosixPath(module).name)
    return None


def _place_beside_packages(tree: Path, module: str) -> str:
    stem = module.partition(".")[0]
    places = (start for start in SOURCE_FOLDERS if any((tree / start).glob(f"{stem}.*")))
    return str(PurePosixPath(next(places, "")) / module)


def modules_beside_sources(tree: Path, extensions: Iterable[str]) -> Iterator[str]:
    """Those that are compiled from the Python source of their name (Cython, mypyc)."""
    for path in extensions:
        stem = PurePosixPath(path).name.partition(".")[0]
        if (tree / PurePosixPath(path).parent / f"{stem}.py").exists():
            yield path


def _installed(site: Path, tree: Path) -> Iterator[tuple[Path, str]]:
    """(file, path in its package) of all that was installed there from the tree."""
    for told in site.glob("*.dist-info/direct_url.json"):
        record = told.parent / "RECORD"
        if not _is_of(told, tree) or not record.is_file():
            continue
        with record.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if row and _is_content(row[0]) and (site / row[0]).is_file():
                    yield site / row[0], row[0]


def _is_content(path: str) -> bool:
    return ".dist-info/" not in path and not path.startswith(("..", "/")) and not path.endswith((".pyc", ".pth"))


def _is_of(direct_url: Path, tree: Path) -> bool:
    try:
        url = str(json.loads(direct_url.read_bytes())["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return Path(urllib.parse.unquote(url.removeprefix("file://"))).is_relative_to(tree)


def _in_build_folders(tree: Path) -> Iterator[tuple[Path, str]]:
    """Extension modules below `build/`, by every path that may be that of their package, the longest first."""
    for name in _BUILD_FOLDERS:
        for where, _, files in os.walk(tree / name):
            for file in filter(is_extension, files):
                parts = PurePosixPath(os.path.relpath(where, tree)).parts
                for start in range(1, len(parts)):
                    module = "/".join((*parts[start:], file))
                    if place_of(tree, module):
                        yield Path(where, file), module
                        break
