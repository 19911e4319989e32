"""A commit as git tells it, and the state of the working tree."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    path: str
    added: int | None = None  # lines; None for a binary file, and where they were not counted
    deleted: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit as git tells it. Subject and author are other people's text: `text.clean.clean_text` before showing."""

    sha: str  # 40 hex digits; "" for uncommitted changes
    subject: str
    author: str = ""
    author_date: str = ""  # ISO 8601
    parents: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The state of the working tree a run measured. sha None: no git, or no commit yet."""

    sha: str | None = None
    branch: str | None = None  # None when detached
    dirty: tuple[str, ...] = ()  # tracked files that differ from HEAD, bounded
    shallow: bool = False
    problem: str | None = None  # why git could not tell more, for the warnings
