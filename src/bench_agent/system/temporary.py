"""Temporary folders that name their owner, so that a later command removes what a killed one left behind.

`kill -9` leaves no time to tidy up. The name of each folder holds the process that made it and when that process began: where
no such process runs any more, the folder is nobody's.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_agent.system.alive import birth_of, is_alive

_NAME = re.compile(r"bench-agent-([0-9]{1,10})-([0-9]{1,20}|x)-\w+")
MOST_SWEPT = 50  # folders looked at by one command
# The path of a socket has at most 104 bytes on macOS and 108 on Linux; below the folder come 8 bytes of its own name and up to
# 16 of ours. Batch systems and test runners have temporary directories that are longer.
LONGEST_PATH = 80
SHORT_PARENT = "/tmp"
_swept = False


def make_temporary() -> Path:
    """A new folder of ours below the temporary directory, or where no socket could be made there, below /tmp.

    Whoever makes it removes it; what a kill left goes first.
    """
    global _swept
    pid = os.getpid()
    prefix = f"bench-agent-{pid}-{birth_of(pid) or 'x'}-"
    parent = tempfile.gettempdir()
    if len(os.fsencode(f"{parent}/{prefix}")) > LONGEST_PATH and os.access(SHORT_PARENT, os.W_OK | os.X_OK):
        parent = SHORT_PARENT
    if not _swept:
        _swept = True
        sweep(Path(parent))
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of ours for as long as the block runs."""
    folder = make_temporary()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> list[Path]:
    """Remove the folders there whose process has ended; what was removed. Only real folders of this user."""
    removed = []
    with contextlib.suppress(OSError):
        for folder in sorted(parent.glob("bench-agent-*"))[:MOST_SWEPT]:
            if _is_left_behind(folder):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


def _is_left_behind(folder: Path) -> bool:
    named = _NAME.fullmatch(folder.name)
    if named is None:
        return False
    with contextlib.suppress(OSError):
        found = folder.lstat()
        ours = folder.is_dir() and not folder.is_symlink() and found.st_uid == os.geteuid()
        birth = None if named[2] == "x" else named[2]
        return ours and not is_alive(int(named[1]), birth)
    return False
