"""Every answer kept in `.benchmark/backfill/` before it is used, so that a search goes on where it was stopped, by whatever.

One folder a range and interpreter, one sealed file an answer, written whole or not at all. A file that can't be read, or that is
not ours, counts as none: that task is measured again.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from bench_agent.history.store import Store, write_atomically
from bench_agent.results.plain import plain, read_as
from bench_agent.system.seal import read_sealed, seal

FORMAT = 1
KEPT = 8  # folders; the newest stay
_FOLDER, _FILE = re.compile(r"[0-9a-f]{20}"), re.compile(r"[0-9]{6}\.json")


R = TypeVar("R")


class Journal(Generic[R]):
    """The answers of one search."""

    def __init__(self, store: Store, key: str, record: type[R]) -> None:
        """key: 20 hex digits that name what was asked of which repository. record: what an answer is."""
        self._record = record
        self._store = store
        self._room = store.backfill_dir
        self._folder = self._room / key
        self._written = 0

    def read(self) -> Iterator[R]:
        """What was answered before, in order."""
        self._store.check()
        with contextlib.suppress(OSError):
            names = sorted(path for path in self._folder.iterdir() if _FILE.fullmatch(path.name))
            for path in names:
                self._written = int(path.stem)
                document = _document(path)
                if document is not None:
                    with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                        yield read_as(self._record, document)

    def write(self, result: R) -> None:
        """Keep an answer. Raises OSError, StoreError."""
        if not self._written:
            self._store.prepare()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget_old()
        self._written += 1
        text = json.dumps({"format": FORMAT, **plain(result)})
        write_atomically(self._folder / f"{self._written:06d}.json", seal(text))

    def _forget_old(self) -> None:
        rooms = [path for path in self._room.iterdir() if _FOLDER.fullmatch(path.name) and not path.is_symlink()]
        rooms.sort(key=lambda path: path.stat().st_mtime)
        for old in rooms[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def _document(path: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(read_sealed(str(path)) or b"")
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None
