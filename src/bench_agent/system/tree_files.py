"""Files put from one folder into another as they are: shared on disk where the file system can, copied elsewhere.

Takes paths relative to two folders. Links stay links; nothing is written through a link that leads out of the target. Which
files are to be put where is decided by the callers.
"""

import contextlib
import errno
import fcntl
import glob
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.text.clean import clean_text

_FICLONE = 0x40049409  # ioctl of Linux: both files share their blocks until one is written (btrfs, XFS, bcachefs)


def put_file(origin: Path, target: Path) -> None:
    """Make `target` what `origin` is: content, mode and time. What is at `target` is replaced. Raises OSError."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_symlink() or not _share_blocks(origin, target):
        shutil.copy2(origin, target, follow_symlinks=False)
    else:
        shutil.copystat(origin, target)


def _share_blocks(origin: Path, target: Path) -> bool:
    try:
        with origin.open("rb") as source, target.open("wb") as copy:
            fcntl.ioctl(copy.fileno(), _FICLONE, source.fileno())
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES, errno.ENOSPC):
            raise
        return False
    return True


def put_files(source: Path, tree: Path, paths: Iterable[str]) -> list[str]:
    """Make these files of the tree what they are in `source`: what is missing there is removed. Returns refused paths.

    Refused is what a link in the tree leads out of it. Raises MeasureError when a file can't be copied.
    """
    tree = tree.resolve()
    refused = []
    for path in paths:
        target, origin = tree / path, source / path
        if not target.parent.resolve().is_relative_to(tree):
            refused.append(path)
            continue
        try:
            if os.path.lexists(origin):
                put_file(origin, target)
            else:
                remove(target)
        except NotADirectoryError:
            continue  # a file where the other side has a folder
        except OSError as error:
            raise MeasureError(
                f"{clean_text(path)} can't be copied to {tree}: {error.strerror}",
                hint="free some space, or make the file readable",
            ) from error
    return refused


def remove(target: Path) -> None:
    """Remove a file, a link or a whole folder; nothing where there is none."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        with contextlib.suppress(NotADirectoryError):
            target.unlink(missing_ok=True)


def files_of(top: Path, path: str) -> set[str]:
    """The file, or all files of the folder, relative to `top`; empty when there is none. Without bytecode."""
    target = top / path
    if target.is_dir() and not target.is_symlink():
        return {str(f.relative_to(top)) for f in target.rglob("*") if not f.is_dir() and _is_source(f)}
    return {path} if target.exists() else set()


def _is_source(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.suffix != ".pyc"


def is_same(one: Path, other: Path) -> bool:
    """Whether both are files of one content, or links of one target."""
    try:
        return one.is_symlink() == other.is_symlink() and one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def looks_same(one: Path, other: Path) -> bool:
    """Whether size and time are the same, as of a copy that nobody has written to since."""
    try:
        first, second = one.lstat(), other.lstat()
    except OSError:
        return False
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)


def share_bytecode(source: Path, tree: Path) -> None:
    """Give the tree what Python has compiled in `source`, of the files that are the same in both.

    A fresh tree's first session compiles all it imports: seconds in a large project. Python knows bytecode by its
    source's size and time, so the files get the time they have there. What pytest has compiled is left out: its older
    versions keep the name of the tree in it.
    """
    for compiled in source.glob("**/__pycache__/*.pyc"):
        if "-pytest-" in compiled.name:
            continue
        path = compiled.parents[1] / f"{compiled.name.partition('.')[0]}.py"
        other = tree / path.relative_to(source)
        with contextlib.suppress(OSError):  # compiling it again is all that is lost
            if is_same(path, other) and not other.is_symlink():
                stat = path.stat()
                os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
                target = other.parent / "__pycache__" / compiled.name
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(compiled, target)


def forget_bytecode(tree: Path, sources: Iterable[str]) -> None:
    """Remove what was compiled of these sources.

    Python knows bytecode by the second and the size of its source: a tree moved twice in a second would run the old.
    """
    for compiled in _bytecode_of(tree, sources):
        compiled.unlink(missing_ok=True)


def _bytecode_of(tree: Path, sources: Iterable[str]) -> Iterator[Path]:
    for name in sources:
        if name.endswith(".py"):
            path = tree / name
            yield from (path.parent / "__pycache__").glob(f"{glob.escape(path.stem)}.*.pyc")
