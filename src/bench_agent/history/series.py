"""`.benchmark/series.jsonl`: every stored run in one line, those too whose files were pruned. What is in a line: `formats.series`.

It is an index of the files in the history, from which it is made again wherever it is missing, damaged or out of date; and it
is the memory of the runs that are no longer there. A file that somebody else removed is forgotten; one that we pruned is not.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.errors import StoreError
from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.series import MAX_BYTES, Line, SeriesFile
from bench_agent.history.store import Store, StoredFile, write_atomically
from bench_agent.records import Run
from bench_agent.system.files import RESULTS_BYTES, read_regular
from bench_agent.system.seal import read_plain
from bench_agent.text.clean import clean_text

WORTH_WRITING = 20  # new lines that are written at once; fewer wait for the next pruning
HELD = 100  # newest files whose runs are handed on as they were read, so that nobody reads them again
WAIT_S = 5.0  # for another process that writes the series


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Every run that is known. lines: of files that are there and can be read. runs: of some, read whole just now."""

    series: SeriesFile
    lines: tuple[Line, ...]
    pruned: tuple[Line, ...]
    odd: tuple[StoredFile, ...] = ()  # files whose runs have no line: their name or date is none of ours
    runs: dict[str, Run] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # what can't be read, in words

    @property
    def imported(self) -> set[str]:
        """The names of the files of runs that came from elsewhere: pruning is not for them."""
        origins = {line.file: line.origin for line in self.lines} | {
            file: run.origin for file, run in self.runs.items()
        }
        return {file for file, origin in origins.items() if origin}


def index_history(store: Store, *, newest: int | None = None) -> Index:
    """What is stored, by the series where its lines are those of the files, else by the files. Reads 10,000 lines in 0.1 s.

    Many new lines are written, where that is possible, so that the files need not be read the next time. newest: read so many
    of the files at most, the newest by their names, and leave out the others that have no line; None: all.
    """
    index, new = _look(store, newest)
    if new >= WORTH_WRITING:
        with contextlib.suppress(OSError, StoreError), _writing(store):
            current, _ = _look(store, newest)
            _write(store, current.series)
    return index


def prune_history(store: Store, keep: int, *, imported: bool = False) -> list[Path]:
    """Remove all but the newest `keep` runs; what was removed. Their lines stay. imported: those from elsewhere count and go too.

    Where there is no room for the lines nothing is removed. Raises StoreError.
    """
    store.check()
    with _writing(store):
        index, _ = _look(store)
        spared = set() if imported else index.imported
        gone = store.beyond(keep, spared=spared)
        if not gone:
            return []
        index.series.prune(path.name for path in gone)
        try:
            _write(store, index.series)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return []
        store.remove(gone)
        return gone


def _look(store: Store, newest: int | None = None) -> tuple[Index, int]:
    """The index, and how many lines had to be made anew."""
    files = store.files()
    series = SeriesFile(read_plain(str(store.series), limit=2 * MAX_BYTES) or b"")
    known = {file.name: series.lines.get(file.name) for file in files}
    runs, odd, warnings, new = {}, [], [], 0
    held = {file.name for file in files[-HELD:]}
    worth_reading = {file.name for file in files[-newest:]} if newest else known
    for file in files:
        line = known[file.name]
        if line is not None and (line.size_bytes, line.modified_ns) == (file.size_bytes, file.modified_ns):
            continue
        series.lines.pop(file.name, None)
        if file.name not in worth_reading:
            continue
        try:
            run = parse_results(read_regular(store.history_dir / file.name, limit=RESULTS_BYTES), whole=False)
        except (OSError, NotResultsError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            warnings.append(f"{store.dir.name}/history/{clean_text(file.name)} is left out: {reason}")
            continue
        series.add(run, file=file.name, size_bytes=file.size_bytes, modified_ns=file.modified_ns)
        new += 1
        if file.name not in series.lines:
            odd.append(file)
        if file.name in held or file.name not in series.lines:
            runs[file.name] = run
    here = {file.name for file in files}
    pruned = [line for name, line in series.lines.items() if name not in here and line.pruned]
    series.lines = {name: line for name, line in series.lines.items() if name in here or line.pruned}
    lines = [line for name, line in series.lines.items() if name in here]
    index = Index(
        series=series, lines=tuple(lines), pruned=tuple(pruned), odd=tuple(odd), runs=runs, warnings=tuple(warnings)
    )
    return index, new


def _write(store: Store, series: SeriesFile) -> None:
    write_atomically(store.series, series.dump().decode("ascii"))


@contextlib.contextmanager
def _writing(store: Store) -> Iterator[None]:
    """One process at a time: of two that read the series and write it, the second would undo the first. Without a lock where
    the file system has none, or another process holds it for too long."""
    try:
        folder = os.open(store.dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    deadline = time.monotonic() + WAIT_S
    try:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        yield
    finally:
        os.close(folder)
