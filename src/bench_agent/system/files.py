"""Files that somebody else wrote, read without harm: plain files only, and no more of them than was expected."""

import errno
import os
import stat
from pathlib import Path

SETTINGS_BYTES = 4 << 20  # pyproject.toml, config.yaml, a baseline file
RESULTS_BYTES = 512 << 20  # results of a suite of 10,000 benchmarks with all rounds have some 100 MB


def read_regular(path: Path, *, limit: int) -> bytes:
    """The content of a plain file of at most `limit` bytes; a link is followed.

    Raises OSError, whose strerror says why, for a device, a pipe, a folder or a larger file: /dev/zero has no end, and a pipe
    that nobody writes to would be waited for.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit >> 20} MB", str(path))
    return data


def read_if_there(path: Path) -> bytes | None:
    """The content of a plain file; None of anything else, and of what can't be read or has more than RESULTS_BYTES."""
    try:
        return read_regular(path, limit=RESULTS_BYTES)
    except OSError:
        return None
