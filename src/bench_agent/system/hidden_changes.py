"""Tracked files that git was told not to look at (`update-index --assume-unchanged`, `--skip-worktree`) and that differ.

For git nothing changed there. What runs is what lies there.
"""

import os
from collections.abc import Callable
from pathlib import Path

from bench_agent.errors import GitError

_HASHED_AT_ONCE = 500


def hidden_changes(git: Callable[..., str], root: Path) -> tuple[str, ...]:
    """Their paths from the top, sorted. git: runs git in the repository. One listing where there are none."""
    flagged = []
    for entry in filter(None, git("ls-files", "-v", "-s", "-z").split("\0")):
        about, _, path = entry.partition("\t")
        tag, mode, sha = [*about.split(" "), "", ""][:3]
        is_flagged = tag.islower() or tag == "S"
        # What is not there was left out on purpose, as in a sparse checkout.
        if is_flagged and mode in ("100644", "100755") and os.path.lexists(root / path):
            flagged.append((path, sha))
    changed = []
    for start in range(0, len(flagged), _HASHED_AT_ONCE):
        some = flagged[start : start + _HASHED_AT_ONCE]
        try:
            hashes = git("hash-object", "--", *(path for path, _ in some), cwd=root).split()
        except GitError:  # one can't be read: then all of them may differ
            hashes = [""] * len(some)
        changed += [path for (path, sha), now in zip(some, hashes, strict=True) if sha != now]
    return tuple(sorted(changed))
