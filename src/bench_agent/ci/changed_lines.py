"""Where in the code a reader should look: the lines of a culprit's or suspect's diff, as the file is at head.

Takes searches and a repository; returns `Place`s, at most a few a benchmark. Lines are those of the commit's own diff, moved to
where they are at head; a line that is not there any more gives its file's first changed line, or none.
"""

import re
from collections.abc import Mapping, Sequence

from bench_agent.results.change import Place
from bench_agent.results.culprits import Culprit, Search
from bench_agent.results.report import Suspect
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.patches import FilePatch, Hunk, parse_patch
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

MAX_SUSPECTS = 1  # of a benchmark without a proof: the first may be wrong, the others mostly are
MAX_PLACES = 50
_ZERO_CONTEXT = (
    *("--unified=0", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)


def find_places(repository: Repository, searches: Sequence[Search], names: Mapping[str, str]) -> tuple[Place, ...]:
    """The culprits' places, then the suspects'; each benchmark once a place. names: id -> what people call it."""
    proved = [
        place
        for search in searches
        for culprit in search.culprits
        for place in _of_commit(repository, culprit, _named(search, names), proved=True)
    ]
    suspected = [
        place
        for search in searches
        if not search.culprits and search.verdict == "slower"
        for suspect in search.suspects[:MAX_SUSPECTS]
        for place in _of_commit(repository, suspect, _named(search, names), proved=False)
    ]
    return tuple(dict.fromkeys([*proved, *suspected]))[:MAX_PLACES]


def _named(search: Search, names: Mapping[str, str]) -> str:
    return clean_text(names.get(search.benchmark, search.benchmark))


def _of_commit(repository: Repository, commit: Culprit | Suspect, benchmark: str, *, proved: bool) -> list[Place]:
    """One place a commit: of what does more, or of its excerpt, else of its code."""
    revision = None if commit.sha == "uncommitted" else repository.resolve(commit.sha)
    if revision is None and commit.sha != "uncommitted":
        return []
    files = parse_patch(repository.diff(revision))
    chosen = choose_hunk(files, commit)
    if chosen is None:
        return []
    path, hunk = chosen
    line = _at_head(repository, revision, path, hunk)
    return [
        Place(
            path=path,
            line=line,
            benchmark=benchmark,
            sha=commit.sha,
            subject=clean_text(commit.subject),
            proved=proved,
        )
    ]


def choose_hunk(files: Sequence[FilePatch], commit: Culprit | Suspect) -> tuple[str, Hunk] | None:
    """The path and the hunk to show: of the first function that is named, else of the excerpt, else of the first Python file
    that is no test, else of the first that is there.

    The excerpt is of what the benchmark executes; a commit's first file may be one that both sides have alike.
    """
    functions = [function if isinstance(function, str) else function.name for function in commit.functions]
    there = {file.path: file for file in files if file.hunks}
    shown = [line[1:].strip() for line in (commit.excerpt or "").split("\n") if line[:1] in ("+", "-")]
    named = [path for name in functions if (path := name.partition("::")[0]) in there]
    holding = [file.path for file in there.values() if any(_holds(hunk, shown) for hunk in file.hunks)]
    python = [path for path in there if path.endswith(".py")]
    code = [path for path in [*commit.files, *python] if path in there and kind_of(path) == "python"]
    product = [path for path in code if not _BENCHMARKS.search(path)]
    for path in (*named, *holding, *product, *code, *commit.files, *python, *there):
        if path in there:
            hunks = there[path].hunks
            return path, next((hunk for hunk in hunks if _holds(hunk, shown)), hunks[0])
    return None


_BENCHMARKS = re.compile(r"(?:^|/)(?:bench|perf|test)[^/]*", re.IGNORECASE)


def _holds(hunk: Hunk, shown: Sequence[str]) -> bool:
    """Whether it has one of the lines that are shown; of a line without a word there are many."""
    own = {line.strip() for line in (*hunk.added, *hunk.removed)}
    return any(line in own for line in shown if any(letter.isalnum() for letter in line))


def _at_head(repository: Repository, revision: str | None, path: str, hunk: Hunk) -> int:
    """The hunk's first line, moved by what later commits of this checkout added and removed above it."""
    line = max(hunk.new_lines[0] if hunk.new_lines else hunk.new_start, 1)
    if revision is None:
        return line
    later = repository.git("diff", *_ZERO_CONTEXT, revision, "HEAD", "--", path)
    above = [h for file in parse_patch(later) for h in file.hunks if h.old_start <= line]
    return max(line + sum(len(h.added) - len(h.removed) for h in above), 1)
