"""What the names of the files a commit touches say about it, before any patch is read."""

import functools
from collections.abc import Sequence

from bench_agent.records import Commit
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.executed_code import Benchmark
from bench_agent.suspects.weights import TAKEN_BACK
from bench_agent.text.clean import clean_text

# Where no patch was read, by the most telling file the commit touches. A commit that touches nothing the benchmark
# imports can hardly have done it; nothing is impossible (a file opened by a computed name), so the floor is not lower.
BY_KIND = {
    "python": -2.0, "compiled": 0.0, "dependency": -1.5, "data": -2.0, "other": -2.5, "tests": -3.5, "docs": -4.0,
    "tooling": -3.5,
}  # fmt: skip
_REACHED = 1.0  # touches a file the benchmark imports, but its patch is beyond what is read
MERGE = -4.0  # what came through the merge stands in the list by itself


class FileNames:
    """What the names of files say. Each path is judged once: in a long range it is touched many times."""

    def __init__(self, benchmark: Benchmark, differing: frozenset[str] | None) -> None:
        """differing: the paths that are not at the end of the range what they were at its beginning; None: not known."""
        self._benchmark = benchmark
        self._differing = differing
        self.known = benchmark.known
        self.is_whole = benchmark.complete  # a counting that time ended says nothing of what it did not come to
        self.kind = functools.cache(kind_of)
        self.shown = functools.cache(clean_text)
        self._weigh = functools.cache(self._weigh_path)
        self.is_telling = functools.cache(self._is_telling)
        self._promise = functools.cache(self._promise_of)

    def weigh(self, commits: Sequence[Commit]) -> dict[str, float]:
        """Sha -> the weight of its most telling file."""
        covered = {change.path for commit in commits if len(commit.parents) < 2 for change in commit.files}
        return {commit.sha: self._weigh_commit(commit, covered) for commit in commits}

    def _weigh_commit(self, commit: Commit, covered: set[str]) -> float:
        if len(commit.parents) > 1 and all(change.path in covered for change in commit.files):
            return MERGE
        return max((self._weigh(change.path) for change in commit.files), default=BY_KIND["docs"])

    def is_as_before(self, path: str) -> bool:
        """Whether the range as a whole changed nothing there, whatever its commits did."""
        return self._differing is not None and path not in self._differing

    def _weigh_path(self, path: str) -> float:
        weight = max(BY_KIND["docs"], BY_KIND[self.kind(path)])
        if self.known and path.endswith(".py") and self._benchmark.place_of(path):
            weight = max(weight, _REACHED)
        return min(weight, TAKEN_BACK) if self.is_as_before(path) else weight

    def _is_telling(self, path: str) -> bool:
        """Whether a patch of it is worth reading."""
        if self.is_as_before(path):
            return False
        if path.endswith(".py") and self.known:
            return self._benchmark.place_of(path) is not None
        return self.kind(path) not in ("docs", "tests", "tooling")

    def promise(self, commit: Commit) -> float:
        """How much is expected of reading its patch: most where the functions of a file it touches do more now."""
        return max(
            (self._promise(change.path) for change in commit.files if self.is_telling(change.path)), default=-1.0
        )

    def _promise_of(self, path: str) -> float:
        if path.endswith(".py"):
            return 1.0 + self._benchmark.grown_share(self._benchmark.place_of(path) or path)
        beside = self.known and any(path.startswith(f"{folder}/") for folder in self._benchmark.folders if folder)
        return 0.9 if beside else 0.8 if self.kind(path) in ("dependency", "compiled") else 0.3
