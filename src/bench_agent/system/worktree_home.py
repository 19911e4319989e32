"""Where the worktrees of a repository live, and git's records of them."""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.system.git import Repository
from bench_agent.system.measuring_lock import who_is_measuring


def remove_records(repository: Repository, home: Path) -> None:
    """Remove git's records of trees in `home`, and of no others: those of the user may be on a disk not mounted now.

    `git worktree prune` would take theirs too, and leaves one that was killed while it was made: that is locked.
    """
    records = _common_dir(repository) / "worktrees"
    for record in records.iterdir() if records.is_dir() else ():
        with contextlib.suppress(OSError):
            place = Path((record / "gitdir").read_text(encoding="utf-8", errors="surrogateescape").strip())
            ours = place.is_relative_to(home) or place.is_relative_to(home.resolve())
            if ours and not record.is_symlink():
                shutil.rmtree(record, ignore_errors=True)
    with contextlib.suppress(OSError):
        records.rmdir()  # as git does when the last one is gone


def find_leftovers(repository: Repository, *, cache: Path | None = None) -> tuple[tuple[Path, ...], str | None]:
    """(trees that a killed run left, who is measuring in this repository now). While somebody is, the trees are theirs."""
    home = home_of(repository, cache)
    try:
        trees = tuple(sorted(entry for entry in home.iterdir() if entry.is_dir()))
        busy = who_is_measuring(home)
    except OSError:
        return (), None
    return ((), busy) if busy else (trees, None)


def home_of(repository: Repository, cache: Path | None = None, *, room: str = "") -> Path:
    """Where our folders of that repository are: trees, or what else has a room of its own."""
    key = hashlib.sha256(str(_common_dir(repository).resolve()).encode()).hexdigest()[:16]
    return (cache or _cache_dir()) / "bench-agent" / room / key


def _common_dir(repository: Repository) -> Path:
    return Path(repository.git("rev-parse", "--path-format=absolute", "--git-common-dir").strip())


def _cache_dir() -> Path:
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    with contextlib.suppress(RuntimeError):  # no HOME, and a user that the system does not know, as in containers
        cache = configured if configured.is_absolute() else Path.home() / ".cache"
        if os.access(cache if cache.exists() else cache.parent, os.W_OK):
            return cache
    return _own_folder(Path(tempfile.gettempdir()) / f"bench-agent-{os.getuid()}")


def _own_folder(folder: Path) -> Path:
    """A folder where everybody may write, made for us alone: code is run from it. Raises MeasureError when another has it."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise MeasureError(f"{folder} belongs to somebody else", hint="set XDG_CACHE_HOME to a folder of yours")
    return folder
