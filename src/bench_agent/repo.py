"""The one door to git: questions about a repository's history, and the few writes the product is allowed.

Comes in: paths and revisions. Goes out: records and text. Nothing here ranks or judges. The user's working tree,
index, stash, hooks and branches are never touched; the exceptions are `commit_file`, which runs only on request, and
worktrees of our own.

The only import of GitPython, on first use (135 ms of CPU): `open_repository` is the only way in.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_agent.errors import GitError
from bench_agent.records import Commit, FileChange, Head
from bench_agent.units import clean_text

if TYPE_CHECKING:
    import git

MAX_DIRTY = 50  # changed files remembered per run; the rest is a count nobody reads
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NUMSTAT = re.compile(r"\n*(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
# git exports these to hooks; left set, every command below would read, or write, another repository.
_LOCATION_VARIABLES = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES",
)  # fmt: skip
# No hook, file-system monitor, pager, signature check or configured diff program runs on our behalf.
_SAFE = (
    "--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false",
    "-c", "core.quotePath=false", "-c", "diff.external=",
)  # fmt: skip


def open_repository(path: Path) -> "Repository | None":
    """The repository that holds `path`, or None where there is none or git is not installed.

    Raises GitError when there is one that git refuses to read (another user's, a broken one).
    """
    for name in _LOCATION_VARIABLES:
        os.environ.pop(name, None)
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # else importing it fails where git is missing
    import git

    try:
        return Repository(git.Repo(path, search_parent_directories=True))
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, git.GitCommandNotFound):
        return None
    except (git.GitError, ValueError, OSError) as error:
        raise GitError(f"git cannot read the repository at {path}: {clean_text(error)}") from error


class Repository:
    """Questions to one repository. Every method runs git at most a few times, never once a commit."""

    def __init__(self, repo: "git.Repo") -> None:
        self._repo = repo
        # Without this, `git status` refreshes the user's index file.
        repo.git.update_environment(GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", GIT_EDITOR="true")
        tree = repo.working_tree_dir
        self.root = Path(str(tree)) if tree else Path(repo.git_dir)
        self.git_dir = Path(repo.git_dir)

    def git(self, *args: str, env: dict[str, str] | None = None) -> str:
        """What `git ARGS` printed, whole. Raises GitError with git's own last line when it fails."""
        import git

        try:
            # The git binary by name, run in the working tree; never through a shell.
            out = self._repo.git.execute(
                ["git", *_SAFE, *args], strip_newline_in_stdout=False, stdout_as_string=False, env=env or {}
            )
        except (git.GitError, OSError) as error:
            raise GitError(f"`git {args[0]}` failed: {_complaint(error)}") from error
        return bytes(out).decode("utf-8", "replace")

    # --- the present

    def head(self) -> Head:
        """Commit, branch and changed tracked files of the working tree. Never raises: what fails is said in `problem`."""
        try:
            sha = self.resolve("HEAD")
            if sha is None:
                return Head(branch=self._branch(), problem="the repository has no commits yet")
            return Head(
                sha=sha,
                branch=self._branch(),
                dirty=tuple(change.path for change in self.uncommitted()[:MAX_DIRTY]),
                shallow=self.is_shallow(),
            )
        except GitError as error:
            return Head(problem=error.message)

    def _branch(self) -> str | None:
        try:
            return clean_text(self.git("symbolic-ref", "--short", "-q", "HEAD")) or None
        except GitError:
            return None  # detached

    def resolve(self, revision: str) -> str | None:
        """The commit's full sha, or None when the revision names no commit here."""
        if revision.startswith("-"):
            return None  # an option, not a revision
        try:
            sha = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
        except GitError:
            return None
        return sha if _SHA.fullmatch(sha) else None

    def is_shallow(self) -> bool:
        return self.git("rev-parse", "--is-shallow-repository").strip() == "true"

    def uncommitted(self) -> tuple[FileChange, ...]:
        """Tracked files that differ from HEAD, staged or not. Untracked files are not changes."""
        return _numstat(self.git("diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "HEAD", "--").split("\0"))

    def diff(self, revision: str | None, paths: Iterable[str] = (), *, limit: int = 200_000) -> str:
        """The commit's own patch (against its first parent), or of the uncommitted changes when revision is None.

        Cut after `limit` characters. Zero lines of context: what is read from it is what changed.
        """
        common = ("--unified=0", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
        if revision is None:
            text = self.git("diff", *common, "HEAD", "--", *paths)
        else:
            text = self.git(
                "diff-tree", "--no-commit-id", "-p", "--root", "-m", "--first-parent", *common, revision, "--", *paths
            )
        return text[:limit]

    # --- history

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        try:
            self.git("merge-base", "--is-ancestor", ancestor, descendant)
        except GitError:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.git("merge-base", one, other).strip() or None
        except GitError:
            return None

    def default_branch(self) -> str | None:
        """The branch others merge into: origin's HEAD, else the first of main, master, trunk, develop that exists."""
        try:
            return self.git("symbolic-ref", "--short", "-q", "refs/remotes/origin/HEAD").strip() or None
        except GitError:
            names = ("origin/main", "origin/master", "main", "master", "trunk", "develop")
            return next((name for name in names if self.resolve(name)), None)

    def commits(
        self, good: str | None, bad: str = "HEAD", *, limit: int = 1000, first_parent: bool = False
    ) -> list[Commit]:
        """The commits in good..bad with the files they touch, newest first; of all history up to bad when good is None.

        One call of git whatever the number. A merge is listed with what it changed against its first parent.
        """
        text = self.git(
            "log", "-z", f"--max-count={limit}", "--numstat", "--no-renames", "--no-ext-diff",
            "--diff-merges=first-parent", *(["--first-parent"] if first_parent else []), f"--format={_FORMAT}",
            "--end-of-options", bad if good is None else f"{good}..{bad}", "--",
        )  # fmt: skip
        return _parse_log(text)

    def show_file(self, revision: str, path: str) -> bytes | None:
        """The file's bytes at that commit, or None when it is not there."""
        import git

        try:
            out = self._repo.git.execute(
                ["git", *_SAFE, "cat-file", "blob", f"{revision}:{path}"],
                strip_newline_in_stdout=False,
                stdout_as_string=False,
            )
        except (git.GitError, OSError):
            return None
        return bytes(out)


_FORMAT = "%x00%H%x00%P%x00%an%x00%aI%x00%s%x00"


def _parse_log(text: str) -> list[Commit]:
    """`git log -z --numstat` with _FORMAT. NUL cannot occur in a subject, so no subject can forge a field."""
    tokens = text.split("\0")
    commits: list[Commit] = []
    index = 0
    while index < len(tokens):
        if not _SHA.fullmatch(tokens[index]):
            index += 1
            continue
        sha, parents, author, date, subject = tokens[index : index + 5]
        index += 5
        files = []
        while index < len(tokens) and not _SHA.fullmatch(tokens[index]):
            files.append(tokens[index])
            index += 1
        commits.append(
            Commit(
                sha=sha,
                subject=subject,
                author=author,
                author_date=date,
                parents=tuple(parents.split()),
                files=_numstat(files),
            )
        )
    return commits


def _numstat(tokens: Sequence[str]) -> tuple[FileChange, ...]:
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


def _complaint(error: Any) -> str:
    """git's own line about what went wrong: the first that begins with fatal or error, else its first."""
    text = str(getattr(error, "stderr", "") or error)
    lines = [line.strip().removeprefix("stderr: ").strip("' ") for line in text.splitlines() if line.strip()]
    return clean_text(
        next((line for line in lines if line.startswith(("fatal:", "error:"))), (lines or ["no output"])[0])
    )
