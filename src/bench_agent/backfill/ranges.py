"""Which commits are meant: RANGE, --tags and --since made into two ends and the names of releases between them."""

import re
from dataclasses import dataclass, field
from datetime import date

from bench_agent.errors import UsageError
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

_AGO = re.compile(r"([0-9]{1,4})([ymwd])")
_UNITS = {"y": "years", "m": "months", "w": "weeks", "d": "days"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EPOCH = 1970  # the first year that git's dates have


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitEnds:
    first: str  # sha
    last: str  # sha
    tags: dict[str, str] = field(default_factory=dict)  # sha -> name, of --tags


def find_ends(repository: Repository, given: str | None, *, tags: str | None, since: str | None) -> CommitEnds:
    """The ends that these options mean together. Raises UsageError where they mean none."""
    named = find_tags(repository, tags) if tags else {}
    start, last = split_range(given)
    end = _resolve(repository, last or "HEAD")
    if start:
        return CommitEnds(first=_resolve(repository, start), last=end, tags=named)
    if since:
        return CommitEnds(first=_before(repository, since, end), last=end, tags=named)
    reached = [sha for sha in named if repository.is_ancestor(sha, end)]
    if not reached:
        hint = "such as v1.0..main, --since 2y, or --tags 'v*'"
        raise UsageError("which commits are meant is not known" if not tags else "no such tag leads there", hint=hint)
    return CommitEnds(first=reached[0], last=end, tags=named)


def split_range(given: str | None) -> tuple[str, str]:
    """ "v1..main" -> ("v1", "main"); "v1" and "v1.." end now; "" is what was not said."""
    if not given:
        return "", ""
    start, _, end = given.partition("..")
    return start, end.removeprefix(".")


def find_tags(repository: Repository, pattern: str) -> dict[str, str]:
    """sha of the commit -> name, oldest first."""
    listed = repository.git(
        "for-each-ref", "--sort=creatordate", "--format=%(objectname) %(*objectname) %(refname:short)", "refs/tags"
    )
    import fnmatch

    found = {}
    for line in listed.splitlines():
        own, peeled, name = [*line.split(" ", 2), "", ""][:3]
        if fnmatch.fnmatchcase(name, pattern):
            found[peeled or own] = name
    return found


def _before(repository: Repository, since: str, end: str) -> str:
    """The newest first-parent commit that is older; the oldest there is where all are younger."""
    ago = _AGO.fullmatch(since)
    if not ago and not _is_day(since):
        raise UsageError(f"--since {clean_text(since, limit=40)} is no time", hint="such as 2y, 6m, 90d or 2024-01-31")
    when = f"{ago[1]} {_UNITS[ago[2]]} ago" if ago else f"{since} 00:00:00"
    found = repository.git("rev-list", "-1", "--first-parent", f"--before={when}", end, "--").strip()
    return found or repository.git("rev-list", "--first-parent", "--reverse", end, "--").split("\n", 1)[0]


def _is_day(text: str) -> bool:
    """Whether there is such a day, and git can count from it: it takes what is no date for now, or for no bound at all."""
    try:
        return bool(_DAY.fullmatch(text)) and date.fromisoformat(text).year >= EPOCH
    except ValueError:
        return False


def _resolve(repository: Repository, name: str) -> str:
    sha = None if name.startswith("-") else repository.resolve(name)
    if sha is None:
        raise UsageError(f"there is no revision `{clean_text(name, limit=60)}`", hint="see: git log --oneline")
    return sha
