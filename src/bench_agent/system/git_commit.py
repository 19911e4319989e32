"""The one write to a user's branch, only on request: one file, one commit, nothing else touched."""

from pathlib import Path
from typing import NamedTuple

from bench_agent.errors import GitError
from bench_agent.system.git import Repository
from bench_agent.system.temporary import temporary_folder
from bench_agent.text.clean import clean_text

_UNFINISHED = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase", "rebase-apply": "a rebase",
}  # fmt: skip


class Target(NamedTuple):
    """Where a commit goes."""

    branch: str  # the full name of the reference
    head: str  # the sha it must still have when the commit is added


def commit_file(repository: Repository, path: Path | str, message: str) -> str:
    """Commit exactly one file of the working tree, ignored or not, on the current branch; the new commit's sha.

    path: absolute, or relative to the repository's root. Whatever else is staged or changed stays as it is, and no hook
    runs; the file's own entry in the index is updated, so that it does not show as changed. When HEAD already holds
    that content, HEAD's sha, and no commit. Raises GitError, with nothing changed, on a detached HEAD, before the first
    commit, during a merge or rebase, in a bare repository, when the file is not inside the working tree, when git does
    not know who commits, or when the branch moves meanwhile.
    """
    git = repository.git
    name = _name_inside(repository, path)
    branch, head = _find_target(repository)
    with temporary_folder() as folder:
        # An index of our own: HEAD and this one file. The user's holds what they are about to commit.
        own = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git("-c", "core.splitIndex=false", "read-tree", head, env=own)
        git("-c", "core.splitIndex=false", "update-index", "--add", "--", name, env=own)
        tree = git("write-tree", env=own).strip()
    if tree == git("rev-parse", f"{head}^{{tree}}").strip():
        return head
    try:
        sha = git("commit-tree", tree, "-p", head, "-m", message).strip()
    except GitError as error:
        unknown = "ident" in error.message or "auto-detect" in error.message
        hint = "tell git who commits: git config user.name, git config user.email" if unknown else None
        raise GitError(error.message, hint=hint) from error
    # The index first: when somebody holds its lock nothing has happened yet, and this can be taken back.
    before = git("ls-files", "--stage", "-z", "--", name).split("\0")[0]
    git("update-index", "--add", "--", name)
    try:
        git("update-ref", "-m", f"commit: {clean_text(message)}", branch, sha, head)
    except GitError:
        if before:
            mode, blob, _ = before.partition("\t")[0].split()
            git("update-index", "--cacheinfo", f"{mode},{blob},{name}")
        else:
            git("update-index", "--force-remove", "--", name)
        raise
    return sha


def _name_inside(repository: Repository, path: Path | str) -> str:
    """The path as git names it. Raises GitError unless it is a regular file below the root, outside .git."""
    full = repository.root / path
    place = full.parent.resolve() / full.name  # a link itself is judged, not what it points at
    root = repository.root.resolve()
    if repository.bare or not place.is_relative_to(root) or ".git" in place.relative_to(root).parts:
        raise GitError(f"{clean_text(full)} is not in a working tree of {clean_text(root)}; nothing was committed")
    if place.is_symlink() or not place.is_file():
        raise GitError(f"{clean_text(full)} is not a file; nothing was committed")
    return place.relative_to(root).as_posix()


def _find_target(repository: Repository) -> Target:
    """Branch and head. Raises GitError where adding a commit would surprise the user."""
    for name, what in _UNFINISHED.items():
        if (repository.git_dir / name).exists():
            raise GitError(f"{what} is in progress; nothing was committed", hint="finish or abort it, then try again")
    try:
        branch = repository.git("symbolic-ref", "-q", "HEAD").strip()
    except GitError:
        raise GitError(
            "HEAD is detached, a commit would belong to no branch; nothing was committed",
            hint="git switch -c NAME makes a branch here",
        ) from None
    head = repository.resolve("HEAD")
    if head is None:
        raise GitError("the branch has no commit yet; nothing was committed", hint="make the first commit yourself")
    return Target(branch, head)
