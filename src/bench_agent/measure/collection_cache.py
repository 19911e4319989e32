"""Which test files hold benchmarks, remembered, so that a quick run or a comparison need not import thousands of tests again.

The answer holds while nothing it came from changed: names, sizes and times of all Python files in the folders where there are
tests, of conftests and of settings. Only files are remembered: what is in them is collected anew each time. A whole run never
uses the answer, it renews it; and the probe doesn't where pytest is told to look elsewhere than it was.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from bench_agent.project import MAKEFILES
from bench_agent.records import Collection
from bench_agent.system.seal import read_plain

FILE = "collected.json"
FORMAT = 1  # of FILE; one of another format is not read
MAX_BYTES = 8 << 20  # of the file; 10,000 test files have 1 MB
MAX_CHARACTERS = 100_000  # of one environment variable; Linux allows 131,072
_SETTINGS = (
    *("pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "noxfile.py", "conftest.py"),
    *("justfile", "Justfile", ".justfile", *MAKEFILES),
)


def recall_collection(state_dir: Path, command: str) -> Collection | None:
    """What the command collected last, if that still holds; else None. Costs a look at every test folder (milliseconds)."""
    try:
        kept = json.loads(read_plain(str(state_dir / FILE), limit=MAX_BYTES) or b"")
        if kept["format"] != FORMAT or kept["command"] != command:
            return None
        collection = Collection(
            roots=_inside(kept["roots"], state_dir.parent),
            patterns=_texts(kept["patterns"]),
            settings=_texts(kept["settings"]),
            files=_inside(kept["files"], state_dir.parent),
        )
        return collection if kept["key"] == fingerprint(collection, state_dir.parent) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _texts(values: object) -> tuple[str, ...]:
    """Raises ValueError for anything but a list of texts."""
    if not isinstance(values, list) or not all(isinstance(value, str) and "\0" not in value for value in values):
        raise ValueError("no list of texts")
    return tuple(values)


def _inside(values: object, root: Path) -> tuple[str, ...]:
    """The same of paths inside the project: the file can come with a repository, and whole disks are not looked at for it."""
    paths = _texts(values)
    if not all(Path(os.path.normpath(path)).is_relative_to(root) for path in paths):
        raise ValueError("a path outside the project")
    return paths


def keep_collection(state_dir: Path, command: str, collection: Collection) -> None:
    """Remember it, in a folder that exists. What can't be written is collected again next time."""
    kept = {
        "format": FORMAT,
        "command": command,
        "roots": collection.roots,
        "patterns": collection.patterns,
        "settings": collection.settings,
        "files": collection.files,
        "key": fingerprint(collection, state_dir.parent),
    }
    temporary = state_dir / f".{FILE}"
    try:
        temporary.write_text(json.dumps(kept), encoding="utf-8")
        temporary.replace(state_dir / FILE)
    except OSError:
        with contextlib.suppress(
            OSError
        ):  # of a read-only file system nothing can be removed, what is not there either
            temporary.unlink()


def only_these(collection: Collection) -> str | None:
    """For the probe (BENCH_AGENT_FILES): what it may leave the rest out for. None when that is too long to hand over."""
    text = json.dumps({"roots": collection.roots, "patterns": collection.patterns, "files": collection.files})
    return text if collection.files and len(text) <= MAX_CHARACTERS else None


def fingerprint(collection: Collection, root: Path) -> str:
    """Changes with everything the collection depends on. Times to the nanosecond, as the file system keeps them."""
    digest = hashlib.sha256()
    paths = {*collection.settings, *(str(root / name) for name in _SETTINGS)}
    for start in map(Path, collection.roots):
        if start.is_dir():
            paths.update(_test_files(start, collection.patterns))
        else:
            paths.add(str(start))
        paths.update(str(above / "conftest.py") for above in start.parents if above.is_relative_to(root))
    for path in sorted(paths):
        try:
            found = Path(path).stat()
        except OSError:
            continue
        digest.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _test_files(start: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    """Every Python file of each folder that holds a test file or a conftest: helpers beside tests can define some."""
    for where, folders, names in os.walk(start):
        folders[:] = [n for n in folders if not n.startswith(".") and n not in ("__pycache__", "node_modules")]
        python = [name for name in names if name.endswith(".py")]
        if any(name == "conftest.py" or any(fnmatch(name, p) for p in patterns) for name in python):
            yield from (f"{where}{os.sep}{name}" for name in python)
