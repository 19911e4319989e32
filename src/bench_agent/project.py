"""Where a project is. Only `os`: every command begins here, and the fast ones must stay fast."""

import os

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # in the order in which make looks for them
STATE_DIR = ".benchmark"
_MARKS = (STATE_DIR, "pyproject.toml", *MAKEFILES, "tests/benchmark", ".git")


def find_root(start: str) -> str:
    """The project's folder: the nearest at or above `start` that looks like one, else `start` itself. Absolute."""
    start = os.path.realpath(start)
    folder = start
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in _MARKS):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return start
        folder = above
