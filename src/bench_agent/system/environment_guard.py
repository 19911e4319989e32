"""Watches the suite's own environment while `setup` runs, and puts back what makes the user's project importable there.

`setup` installs into environments of ours. A script may do otherwise: then the names of what changed are told, and the files
that say where the user's project is (editable installs) are what they were.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench_agent.system.tree_files import remove

_MAX_POINTER = 1_000_000  # bytes of a file that says where an editable install is


class EnvironmentGuard:
    """The installed packages as they were when it was made. Costs a look at each folder (1 ms for 200 packages)."""

    def __init__(self, site: Iterable[Path]) -> None:
        self._site = tuple(site)
        self._before = self._look()
        self._pointers = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in self._find_pointers()}

    def changed(self) -> tuple[str, ...]:
        """Names of what was installed, removed or changed there since."""
        now = self._look()
        differing = {path for path in {*self._before, *now} if self._before.get(path) != now.get(path)}
        return tuple(sorted({Path(path).name for path in differing}))

    def restore_pointers(self) -> None:
        """Editable installs point where they did. Packages that were replaced by others can't be brought back."""
        found = self._find_pointers()
        for path in found:
            if path not in self._pointers:
                remove(path)
        for path, (content, mtime_ns) in self._pointers.items():
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            os.utime(path, ns=(mtime_ns, mtime_ns))
        for folder in {path.parent for path in found if path.parent.name.endswith(".dist-info")}:
            with contextlib.suppress(OSError):  # not empty: the user's own
                folder.rmdir()

    def _look(self) -> Mapping[str, tuple[int, int]]:
        found = {}
        for entry in self._entries():
            path = Path(entry.path)
            with contextlib.suppress(OSError):
                stat = (path / "RECORD" if (path / "RECORD").exists() else path).stat()
                found[entry.path] = (stat.st_size, stat.st_mtime_ns)
        return found

    def _entries(self) -> Iterable["os.DirEntry[str]"]:
        for folder in self._site:
            try:
                entries = list(os.scandir(folder))
            except OSError:
                continue
            for entry in entries:
                if entry.name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth")) or _is_finder(entry.name):
                    yield entry

    def _find_pointers(self) -> list[Path]:
        """The files of editable installs: links, finders, and all of their metadata."""
        found = []
        for entry in self._entries():
            path = Path(entry.path)
            if entry.name.endswith((".egg-link", ".pth")) or _is_finder(entry.name):
                found.append(path)
            elif entry.name.endswith(".dist-info") and _is_editable(path):
                found += [file for file in path.rglob("*") if file.is_file()]
        return [path for path in found if path.is_file() and path.stat().st_size <= _MAX_POINTER]


def _is_finder(name: str) -> bool:
    return name.startswith(("__editable__", "_editable_impl")) or name.endswith("_editable_loader.py")


def _is_editable(dist_info: Path) -> bool:
    try:
        told = json.loads((dist_info / "direct_url.json").read_bytes())
        return bool(told["dir_info"]["editable"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
