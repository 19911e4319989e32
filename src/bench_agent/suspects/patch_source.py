"""Where commits are looked into: patches and files of a repository, the working tree's included."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bench_agent.records import FileChange
from bench_agent.suspects.patches import FilePatch, parse_patch
from bench_agent.suspects.reached_code import MAX_SOURCE
from bench_agent.system.git import Repository


class Source(Protocol):
    """Where commits are looked into. The working tree is the commit "" ."""

    def differing(self, good: str, bad: str) -> frozenset[str]:
        """The paths at which these commits differ, or the second and the working tree."""

    def lines_of(self, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, tuple[FileChange, ...]]:
        """Sha -> the files of these it changed, with how many lines."""

    def diff_of(self, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, str]:
        """Sha -> its patch, of these paths."""

    def blobs_of(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Blob shas or "revision:path" -> content, in this order."""


class RepositorySource:
    """Patches and files from a repository, the working tree's included: its commit has the sha ""."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._worktree: dict[str, bytes] = {}

    def differing(self, good: str, bad: str) -> frozenset[str]:
        return self._repository.differing(good, bad) | {change.path for change in self._repository.uncommitted()}

    def lines_of(self, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, tuple[FileChange, ...]]:
        counted = self._repository.count_lines([sha for sha in shas if sha], paths)
        return {**counted, "": self._repository.uncommitted()} if "" in shas else counted

    def diff_of(self, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, str]:
        found = self._repository.patches([sha for sha in shas if sha], paths)
        if "" in shas:
            found[""] = self._repository.diff(None, paths)
            for file in parse_patch(found[""]):
                self._remember(file)
        return found

    def _remember(self, file: FilePatch) -> None:
        """Git names the blob that a changed file would be, but does not have it: the file does."""
        place = self._repository.root / file.path
        if file.new_blob and place.is_file() and not place.is_symlink() and place.stat().st_size <= MAX_SOURCE:
            self._worktree[file.new_blob] = place.read_bytes()

    def blobs_of(self, names: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(names)
        missing = [name for name in wanted if name not in self._worktree]
        return {**self._repository.blobs(missing), **{n: self._worktree[n] for n in wanted if n in self._worktree}}
