"""`.benchmark/`: what was measured, kept as files. Append, read, prune; what is in a file is not known here.

    .benchmark/latest.json              the newest run
    .benchmark/report.json              the newest report, whole
    .benchmark/report.md                the same for people
    .benchmark/status.json              its few lines for `status`
    .benchmark/history/<run_id>_<sha8>.json   every kept run; a run id is a time, and sorts by it
    .benchmark/series.jsonl             a line for each of these, and for each that was pruned (`history/series.py`)
    .benchmark/backfill/                what `backfill` measured (`backfill/journal.py`)
    .benchmark/runs/<run_id>/           one run while it lasts: the probe's files, the suite's output

Every file is written whole or not at all. Whoever reads a file reports that it can't be read; such a file is not overwritten.
A repository can bring a `.benchmark/` with it. So no link in it is ever followed, only folders named as runs are removed, and
of the rest only files that carry our seal (`system/seal.py`) are believed; stored runs are data, checked by who reads them.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench_agent.errors import StoreError
from bench_agent.system.seal import seal

STATE_FILES = (
    "latest.json",
    "report.json",
    "report.md",
    "status.json",
    "collected.json",
    "guard.json",
    "series.jsonl",
    "history",
    "runs",
    "bisect",
    "backfill",
)
KEPT_OUTPUTS = 5  # ended runs whose output is kept for a look
_RUN_ID = re.compile(r"[0-9]{8}_[0-9]{6}[b-z]?(?:_(?:[0-9a-f]{8}|nogit))?")
_HINTS = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
        "free some space; bench-agent run --no-store measures without storing",
    ),
    errno.EROFS: "make it writable; bench-agent run --no-store measures without storing",
    errno.EACCES: "check who owns it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of the history as the file system tells of it."""

    name: str
    size_bytes: int
    modified_ns: int


class Store:
    """One project's `.benchmark/`. Nothing is created before something is written."""

    def __init__(self, state_dir: Path) -> None:
        self.dir = state_dir
        self.history_dir = state_dir / "history"
        self.runs_dir = state_dir / "runs"
        self.searches_dir = state_dir / "bisect"
        self.backfill_dir = state_dir / "backfill"
        self.latest = state_dir / "latest.json"
        self.report = state_dir / "report.json"
        self.series = state_dir / "series.jsonl"

    def prepare(self) -> None:
        """Make the folder, ignored by git unless the project says otherwise. Raises StoreError."""
        self.check()
        with _explained(self.dir, "create"):
            self.dir.mkdir(exist_ok=True)
            ignore = self.dir / ".gitignore"
            if not ignore.exists():
                write_atomically(
                    ignore,
                    "# Benchmark results of this machine. `bench-agent run --commit` commits one on request.\n*\n",
                )

    def check(self) -> None:
        """Raises StoreError where the folder, or one that we keep in it, is a link, somebody else's, or can't be read."""
        for folder in (self.dir, self.history_dir, self.runs_dir, self.searches_dir, self.backfill_dir):
            try:
                found = folder.lstat()
            except OSError:
                continue  # it is not there yet, or cannot be looked at: who uses it says so
            where = f"{self.dir.name}/{folder.name}" if folder != self.dir else self.dir.name
            if stat.S_ISLNK(found.st_mode):
                hint = f"remove it (rm {where}): bench-agent keeps its files in a real folder of the project"
                raise StoreError(f"{where} is a symbolic link, and is not followed", hint=hint)
            if found.st_uid not in _owners(self.dir.parent):
                raise StoreError(
                    f"{where} belongs to another user", hint=f"remove it, or take it over: chown -R $USER {where}"
                )
            if stat.S_ISDIR(found.st_mode) and not os.access(folder, os.R_OK | os.X_OK):
                raise StoreError(f"{where} can't be read: permission denied", hint=f"chmod u+rwx {where}")

    def make_run(self, started: datetime) -> str:
        """Make a folder for a new run and return its id: the second it began in, and a letter when that was taken."""
        self.prepare()
        wanted = started.strftime("%Y%m%d_%H%M%S")
        for letter in ("", *"bcdefghijklmnopqrstuvwxyz"):
            path: Path = self.runs_dir / f"{wanted}{letter}"
            with _explained(path, "create"):
                self.runs_dir.mkdir(exist_ok=True)
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
            return path.name
        raise StoreError(f"too many runs began in the same second: {self.runs_dir / wanted}")

    def finish_run(self, run_id: str, *, under_way: Collection[str] = ()) -> None:
        """Mark a run as ended and remove what only it needed; of ended runs only the newest few keep their output.

        under_way: other runs whose folders are in use; all the rest have ended, killed ones too.
        """
        with contextlib.suppress(OSError, StoreError):
            self.check()
            (self.runs_dir / run_id / "finished").touch()
            shutil.rmtree(self.runs_dir / run_id / "probe", ignore_errors=True)
            runs = [folder for folder in sorted(self.runs_dir.iterdir()) if is_run_id(folder.name)]
            ended = [folder for folder in runs if folder.name not in under_way and not folder.is_symlink()]
            for folder in ended[:-KEPT_OUTPUTS]:
                shutil.rmtree(folder, ignore_errors=True)

    def write(self, name: str, text: str, *, newest: bool = True) -> Path:
        """Keep a run under <run_id>_<sha8>; its path. Raises StoreError; the history then holds all of it or nothing.

        newest: it is the latest run too; an imported old one is not.
        """
        self.prepare()
        path = self.history_dir / f"{name}.json"
        with _explained(path, "write"):
            self.history_dir.mkdir(exist_ok=True)
            write_atomically(path, text)
            if newest:
                write_atomically(self.latest, text)
        return path

    def write_report(self, text: str, *, brief: str) -> None:
        """Keep the newest report, and its brief that `status` reads instead. Raises StoreError."""
        self.prepare()
        with _explained(self.report, "write"):
            write_atomically(self.report, seal(text))
            write_atomically(self.dir / "status.json", seal(brief))

    def paths(self) -> list[Path]:
        """The files of the history, oldest first by name."""
        self.check()
        with contextlib.suppress(OSError):
            return sorted(p for p in self.history_dir.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
        return []

    def files(self) -> list[StoredFile]:
        """The same with size and time; what a link points to is not looked at. 10,000 take 40 ms."""
        self.check()
        found = []
        with contextlib.suppress(OSError), os.scandir(self.history_dir) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    seen = entry.stat(follow_symlinks=False)
                    found.append(StoredFile(name=entry.name, size_bytes=seen.st_size, modified_ns=seen.st_mtime_ns))
        return sorted(found, key=lambda file: file.name)

    def beyond(self, keep: int, *, spared: Collection[str] = ()) -> list[Path]:
        """All but the newest `keep` runs. Files that are not named as runs are none of them.

        spared: names of files that neither go nor count.
        """
        # A run of the future, by a wrong clock, would be the newest for ever: it neither counts nor goes.
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y%m%d_%H%M%S")
        runs = [
            path for path in self.paths() if is_run_id(path.stem) and path.name not in spared and path.name < tomorrow
        ]
        return runs[:-keep]

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files of the history; one that is gone already is no error. Raises StoreError."""
        for path in paths:
            with _explained(path, "remove"):
                path.unlink(missing_ok=True)


def _owners(project: Path) -> set[int]:
    """Whose files are ours: this user's; in a container that runs as root, those of the project's owner too."""
    mine = os.geteuid()
    with contextlib.suppress(OSError):
        return {mine, project.stat().st_uid} if mine == 0 else {mine}
    return {mine}


def is_run_id(text: str) -> bool:
    """Whether it is named as our runs are: YYYYmmdd_HHMMSS, a letter where needed, and the commit's first eight digits."""
    return _RUN_ID.fullmatch(text) is not None


def write_atomically(path: Path, text: str) -> None:
    """The file holds either its old content or all of `text`, whatever happens meanwhile. Raises OSError.

    A link of that name is replaced, never followed.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp's 0600 would lock out the rest of a team's shared checkout
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _explained(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "check the path and its owner")
        raise StoreError(f"could not {what} {path}: {error.strerror}", hint=hint) from error
