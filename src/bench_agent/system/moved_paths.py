"""Texts in which paths of the checkout become those of a tree: of the environment, of options, of files that git does not keep."""

import os
import re
from pathlib import Path

# Where a path may begin and end in a text: "-I/p/include", "a=/p:b", "file:///p/x.db", but not "/other/p" nor "/p-old".
_BEGIN, _END = r"(?<![\w.~-])(?<![\w.~-]/)", r"(?=$|[/:;,\s\"'=)])"
_REST = re.compile(r"[^:;,\s\"'=)]*")
MAX_FILE = 65_536  # bytes of a file in which paths are moved: settings, not data


class MovedPaths:
    """Kept are paths that only the checkout has, such as a folder of data that git ignores, and virtual environments."""

    def __init__(self, top: Path, tree: Path, spelled: tuple[str, ...] = ()) -> None:
        """spelled: the checkout's path as texts may have it; none: as it is."""
        self._top, self._tree = top, tree
        self._known: dict[str, bool] = {}
        names = spelled or (str(top),)
        self._pattern = re.compile(_BEGIN + "(?:" + "|".join(map(re.escape, names)) + ")" + _END)

    def __call__(self, text: str) -> str:
        moved, done = "", 0
        for match in self._pattern.finditer(text):
            rest = _REST.match(text, match.end())
            inside = rest[0].strip("/") if rest else ""
            if self._moves(inside):
                moved, done = moved + text[done : match.start()] + str(self._tree), match.end()
        return moved + text[done:]

    def in_file(self, path: Path) -> None:
        """Move the paths in a small text file; one of something else is left as it is. Raises OSError."""
        if path.is_symlink() or path.stat().st_size > MAX_FILE:
            return
        content = path.read_bytes()
        if os.fsencode(self._top) not in content or b"\0" in content:
            return
        moved = os.fsencode(self(os.fsdecode(content)))
        if moved != content:
            stat = path.stat()
            path.write_bytes(moved)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def _moves(self, inside: str) -> bool:
        if inside not in self._known:
            there = os.path.lexists(self._tree / inside) or not os.path.lexists(self._top / inside)
            self._known[inside] = there and not _is_in_environment(self._top / inside, self._top)
        return self._known[inside]


def _is_in_environment(path: Path, top: Path) -> bool:
    return any(
        (folder / "pyvenv.cfg").is_file() for folder in (path, *path.parents) if folder != top and top in folder.parents
    )
