"""What `git log` and `git diff` print, as records. Pure text; git itself is asked in system/git.py."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bench_agent.records import Commit, FileChange

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NUMSTAT = re.compile(r"\n*(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
_FIELDS = "%H%x00%P%x00%an%x00%aI%x00%s%x00"


def log_format(mark: str) -> str:
    """The --format of `git log -z --name-only` that `parse_log` reads.

    mark: what nobody could know when the history was written (a fresh random number): a file may have any name, and only
    what no name can be separates the commits.
    """
    return f"%x00{mark}%x00{_FIELDS}"


def parse_log(pieces: Iterable[bytes], mark: str) -> list[Commit]:
    """The commits of `git log -z --name-only`, printed with `log_format(mark)`, in its order; lines are not counted.

    pieces: the output, cut anywhere. It is read while git still writes: on two cores, 60,000 commits with their files cost
    little more than git's own time.
    """
    commits: list[Commit] = []
    changes: dict[str, FileChange] = {}  # a path is touched many times: one record serves them all
    for record in _records(pieces, f"\0{mark}\0".encode()):
        # NUL cannot occur in a field. After them git ends the format with a NUL and the files follow, the first behind a line
        # break (behind a second NUL where a merge was combined), each with a NUL after it.
        sha, parents, author, date, subject, rest = record.decode("utf-8", "replace").split("\0", 5)
        files = []
        for path in rest[2:-1].split("\0") if len(rest) > 3 else ():
            change = changes.get(path)
            if change is None:
                change = changes[path] = FileChange(path=path)
            files.append(change)
        commits.append(
            Commit(
                sha=sha,
                subject=subject,
                author=author,
                author_date=date,
                parents=tuple(parents.split()),
                files=tuple(files),
            )
        )
    return commits


def _records(pieces: Iterable[bytes], border: bytes) -> Iterator[bytes]:
    """What lies between the borders, and after the last; before the first is nothing."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(border)
        yield from filter(None, whole)
    if rest:
        yield rest


def parse_numstat(tokens: Sequence[str]) -> tuple[FileChange, ...]:
    changes = []
    for token in tokens:
        match = _NUMSTAT.fullmatch(token)
        if match:
            added, deleted, path = match.groups()
            changes.append(
                FileChange(
                    path=path,
                    added=None if added == "-" else int(added),
                    deleted=None if deleted == "-" else int(deleted),
                )
            )
    return tuple(changes)
