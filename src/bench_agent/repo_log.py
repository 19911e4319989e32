"""What `git log` and `git diff` print, as records. Pure text; git itself is asked in repo.py."""

import re
from collections.abc import Sequence

from bench_agent.records import Commit, FileChange

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NUMSTAT = re.compile(r"\n*(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
LOG_FORMAT = "%x00%H%x00%P%x00%an%x00%aI%x00%s%x00"


def parse_log(text: str) -> list[Commit]:
    """`git log -z --numstat` with LOG_FORMAT. NUL cannot occur in a subject, so no subject can forge a field."""
    tokens = text.split("\0")
    commits: list[Commit] = []
    index = 0
    while index < len(tokens):
        if not SHA.fullmatch(tokens[index]):
            index += 1
            continue
        sha, parents, author, date, subject = tokens[index : index + 5]
        index += 5
        files = []
        while index < len(tokens) and not SHA.fullmatch(tokens[index]):
            files.append(tokens[index])
            index += 1
        commits.append(
            Commit(
                sha=sha,
                subject=subject,
                author=author,
                author_date=date,
                parents=tuple(parents.split()),
                files=parse_numstat(files),
            )
        )
    return commits


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
