"""Keeps sessions of ours from leaving an empty storage behind in the user's tree: pytest-benchmark makes it when it is configured.

Python >= 3.8, standard library only.
"""

import contextlib
import os

FILE = "file://"


def missing(config):
    """The storage's folder, where it is not there yet; "" otherwise. To be asked before pytest is configured."""
    named = str(getattr(config.option, "benchmark_storage", None) or "")
    folder = os.path.abspath(named[len(FILE) :] if named.startswith(FILE) else named)
    return folder if named and "://" not in named[len(FILE) :] and not os.path.lexists(folder) else ""


def take_away(folder):
    """Remove the folder that was made, while nothing is in it. Whatever is saved later makes it again."""
    if folder:
        with contextlib.suppress(OSError):
            os.rmdir(folder)
