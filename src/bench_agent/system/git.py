"""The one door to git: questions about a repository's history, and the few writes the product is allowed.

Comes in: paths and revisions. Goes out: records and text. Nothing here ranks or judges. The user's working tree,
index, stash, hooks and branches are never touched; the exceptions are `commit_file`, which runs only on request, and
worktrees of our own.

The only import of GitPython, on first use (135 ms of CPU): `open_repository` is the only way in.
"""

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench_agent.errors import GitError
from bench_agent.records import Commit, FileChange, Head
from bench_agent.system.git_log import SHA, log_format, parse_log, parse_numstat
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    import git

PIECE = 1 << 18  # bytes read from git at a time
MAX_COMPLAINT = 1 << 24  # bytes
MAX_DIRTY = 50  # changed files remembered per run; the rest is a count nobody reads
# git exports these to hooks; left set, every command below would read, or write, another repository.
_LOCATION_VARIABLES = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES",
    # and these change what a path argument means; we pass file names, never patterns
    "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip
# No hook, file-system monitor, pager, signature check or configured diff program runs on our behalf. `git diff` would
# write the user's index to refresh it (optional locks do not cover that); a subject in another encoding is recoded.
_SAFE = (
    "--no-pager", "--literal-pathspecs", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false", "-c", "core.quotePath=false", "-c", "diff.external=",
    "-c", "diff.autoRefreshIndex=false", "-c", "i18n.logOutputEncoding=UTF-8", "-c", "log.showRoot=true",
)  # fmt: skip
# A patch that reads the same whatever the user's diff.* settings are. Zero lines of context: only what changed.
_PATCH = (
    "--unified=0", "--inter-hunk-context=0", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
    "--src-prefix=a/", "--dst-prefix=b/", "--full-index", "--submodule=short",
)  # fmt: skip


class CommittedFile(NamedTuple):
    """A file as some commit holds it: `show_file(*committed)` reads it."""

    sha: str
    path: str


def open_repository(path: Path) -> "Repository | None":
    """The repository that holds `path`, or None where there is none or git is not installed.

    Raises GitError when there is one that git refuses to read (another user's, a broken one).
    """
    for name in _LOCATION_VARIABLES:
        os.environ.pop(name, None)
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # else importing it fails where git is missing
    import git

    try:
        # A folder may be called `$x`: without this it would be looked up in the environment.
        repo = git.Repo(path, search_parent_directories=True, expand_vars=False)
        # GitPython opens it without git; only git itself knows whether it is there and willing.
        repo.git.execute(["git", *_SAFE, "rev-parse", "--git-dir"])
        return Repository(repo)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, git.GitCommandNotFound):
        return None
    except (git.GitError, ValueError, OSError) as error:
        foreign = "dubious ownership" in str(error)
        hint = f"if you trust it: git config --global --add safe.directory {clean_text(path)}" if foreign else None
        raise GitError(f"git cannot read the repository at {path}: {_complaint(error)}", hint=hint) from error


class Repository:
    """Questions to one repository. Every method runs git at most a few times, never once a commit."""

    def __init__(self, repo: "git.Repo") -> None:
        self._repo = repo
        # Without this, `git status` refreshes the user's index file.
        repo.git.update_environment(GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", GIT_EDITOR="true")
        tree = repo.working_tree_dir
        self.bare = tree is None
        self.root = Path(str(tree)) if tree else Path(repo.git_dir)
        self.git_dir = Path(repo.git_dir)

    def git(self, *args: str, env: dict[str, str] | None = None) -> str:
        """What `git ARGS` printed, whole. Raises GitError with git's own last line when it fails."""
        return self._run(args, env=env).decode("utf-8", "replace")

    def _run(self, args: Sequence[str], *, env: dict[str, str] | None = None, given: bytes = b"") -> bytes:
        """The same in bytes, with `given` on its standard input."""
        import git

        try:
            with tempfile.TemporaryFile() as stdin:
                stdin.write(given)
                stdin.seek(0)
                # The git binary by name, run in the working tree; never through a shell.
                out = self._repo.git.execute(
                    ["git", *_SAFE, *args],
                    istream=stdin,
                    strip_newline_in_stdout=False,
                    stdout_as_string=False,
                    env=env or {},
                )
        except (git.GitError, OSError, ValueError) as error:  # ValueError: a NUL in an argument
            raise GitError(f"`git {_verb(args)}` failed: {_complaint(error)}") from error
        return bytes(out)

    def _run_bounded(self, args: Sequence[str], *, limit: int, given: bytes = b"") -> bytes:
        """The first `limit` bytes of what it prints, for what can be arbitrarily large; git is ended when it has more."""
        out = bytearray()
        with contextlib.closing(self._pieces(args, given=given)) as pieces:
            for piece in pieces:
                out += piece
                if len(out) >= limit:
                    break
        return bytes(out[:limit])

    def _pieces(self, args: Sequence[str], *, given: bytes = b"") -> Generator[bytes, None, None]:
        """What it prints, piece by piece while it runs; git is ended when nobody takes more. Raises GitError at the end."""
        import git

        try:
            with tempfile.TemporaryFile() as stdin:
                stdin.write(given)
                stdin.seek(0)
                process = self._repo.git.execute(["git", *_SAFE, *args], istream=stdin, as_process=True)
        except (git.GitError, OSError, ValueError) as error:
            raise GitError(f"`git {_verb(args)}` failed: {_complaint(error)}") from error
        popen, out_pipe, err_pipe = process.proc, process.stdout, process.stderr
        assert popen is not None
        complaint: list[bytes] = []
        reader = threading.Thread(target=lambda: complaint.append(err_pipe.read(MAX_COMPLAINT)), daemon=True)
        reader.start()  # a thousand warnings would fill the pipe and stop git
        ended = False
        with popen:
            try:
                while piece := out_pipe.read(PIECE):
                    yield piece
                ended = True
            finally:
                if not ended:
                    popen.kill()
                reader.join()
        if popen.returncode:
            raise GitError(f"`git {_verb(args)}` failed: {_complaint(b''.join(complaint).decode('utf-8', 'replace'))}")

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
        return sha if SHA.fullmatch(sha) else None

    def is_shallow(self) -> bool:
        return self.git("rev-parse", "--is-shallow-repository").strip() == "true"

    def uncommitted(self) -> tuple[FileChange, ...]:
        """Tracked files whose content differs from HEAD, staged or not. Untracked files are not changes; a bare
        repository has none.
        """
        if self.bare:
            return ()
        text = self.git("diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "HEAD", "--")
        # Without a refreshed index, files that were only touched are listed with no line changed.
        return tuple(change for change in parse_numstat(text.split("\0")) if (change.added, change.deleted) != (0, 0))

    def diff(self, revision: str | None, paths: Iterable[str] = (), *, limit: int = 200_000) -> str:
        """The commit's own patch (against its first parent), or of the uncommitted changes when revision is None.

        Cut after `limit` characters. Zero lines of context: what is read from it is what changed.
        """
        if revision is None:
            args: tuple[str, ...] = ("diff", *_PATCH, "HEAD", "--", *paths)
        else:
            args = (
                "diff-tree",
                "--no-commit-id",
                "-p",
                "--root",
                "-m",
                "--first-parent",
                *_PATCH,
                revision,
                "--",
                *paths,
            )
        return self._run_bounded(args, limit=limit).decode("utf-8", "replace")

    def patches(self, revisions: Sequence[str], paths: Iterable[str] = (), *, limit: int = 4_000_000) -> dict[str, str]:
        """Full sha -> the commit's own patch (against its first parent), restricted to `paths`; one call of git.

        limit: characters in all; the revisions beyond it are left out, the last one read is cut at the end of a line.
        """
        if not revisions:
            return {}
        mark = f"\0{secrets.token_hex(16)} "  # nothing a repository holds can forge the border between two commits
        text = self._run_bounded(
            (
                "log", "--no-walk=unsorted", "-p", "--diff-merges=first-parent", *_PATCH,
                f"--format={mark.replace(chr(0), '%x00')}%H", "--stdin", "--", *paths,
            ),
            limit=limit,
            given="".join(f"{revision}\n" for revision in revisions).encode(),
        ).decode("utf-8", "replace")  # fmt: skip
        if len(text) >= limit:
            text = text[: text.rfind("\n") + 1]
        found = {}
        for part in text.split(mark)[1:]:
            sha, _, patch = part.partition("\n")
            found[sha] = patch.lstrip("\n")
        return found

    def blobs(self, names: Iterable[str], *, limit: int = 16_000_000) -> dict[str, bytes]:
        """Name -> content of those that exist; one call of git. What lies beyond `limit` bytes is left out.

        names: blob shas, or "revision:path"; one with a line break in it cannot be asked for and is left out.
        """
        wanted = [name for name in dict.fromkeys(names) if "\n" not in name and not name.startswith("-")]
        if not wanted:
            return {}
        given = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
        out = self._run_bounded(("cat-file", "--batch"), limit=limit, given=given)
        found = {}
        position = 0
        for name in wanted:  # answered in this order
            end = out.find(b"\n", position)
            fields = out[position:end].rsplit(b" ", 2)
            position = end + 1
            if end < 0:
                break
            if len(fields) != 3 or not fields[2].isdigit():
                continue  # "<name> missing"
            size = int(fields[2])
            if position + size > len(out):
                break
            if fields[1] == b"blob":
                found[name] = out[position : position + size]
            position += size + 1
        return found

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
        self,
        good: str | None,
        bad: str = "HEAD",
        *,
        limit: int = 1000,
        first_parent: bool = False,
        files: bool = True,
    ) -> list[Commit]:
        """The commits in good..bad with the paths they touch, newest first; of all history up to bad when good is None.

        One call of git, read while it writes. Of a merge, the paths at which it is like none of its parents: what it did by
        itself. Lines are not counted: that is a diff of every file, 100 s of CPU for the 62,658 commits of sympy; with
        paths they take 1.6 s, without (files False) 0.6 s. See `count_lines`.
        """
        mark = secrets.token_hex(16)
        diff = ["--name-only", "--no-renames", "--diff-merges=combined"] if files else []
        args = (
            "log", "-z", f"--max-count={limit}", *diff, *(["--first-parent"] if first_parent else []),
            f"--format={log_format(mark)}", "--end-of-options", bad if good is None else f"{good}..{bad}", "--",
        )  # fmt: skip
        return parse_log(self._pieces(args), mark)

    def differing(self, one: str, other: str) -> frozenset[str]:
        """The paths at which two commits differ."""
        return frozenset(
            self.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other, "--").split("\0")
        ) - {""}

    def count_lines(self, revisions: Sequence[str], paths: Iterable[str] = ()) -> dict[str, tuple[FileChange, ...]]:
        """Full sha -> the files the commit changed against its first parent, with the lines; one call of git.

        About 1 ms a commit, less where `paths` leave little: for the few whose patches may be worth reading.
        """
        if not revisions:
            return {}
        mark = f"\0{secrets.token_hex(16)} "
        text = self._run(
            (
                "log", "--no-walk=unsorted", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--diff-merges=first-parent",
                f"--format={mark.replace(chr(0), '%x00')}%H", "--stdin", "--", *paths,
            ),
            given="".join(f"{revision}\n" for revision in revisions).encode(),
        ).decode("utf-8", "replace")  # fmt: skip
        parts = (part.split("\0") for part in text.split(mark)[1:])
        return {sha: parse_numstat(files) for sha, *files in parts}

    def show_file(self, revision: str, path: str) -> bytes | None:
        """The file's bytes at that commit, or None when it is not there."""
        try:
            return self._run(("cat-file", "blob", f"{revision}:{path}"))
        except GitError:
            return None

    def find_committed_results(self, pattern: str, path_prefix: str = "", *, limit: int = 200) -> list[CommittedFile]:
        """Files below `path_prefix` added or changed by commits, on any branch, whose message matches `pattern`.

        pattern: git's basic regular expression, any case. Newest commit first, each path once, at most `limit` files.
        One call of git; only commits that match are looked into.
        """
        # No path is given to git: limiting by path would compare the trees of the whole history.
        text = self.git(
            "log", "-z", "--all", "--regexp-ignore-case", f"--grep={pattern}", "--max-count=2000", "--raw", "--no-abbrev",
            "--no-renames", "--no-ext-diff", "--diff-merges=first-parent", "--format=%x00%H%x00",
        )  # fmt: skip
        found: dict[str, CommittedFile] = {}
        sha, status = "", ""
        for token in text.split("\0"):
            if status:  # the token after a status is a path, whatever it looks like
                if status in "AM" and token.startswith(path_prefix):
                    found.setdefault(token, CommittedFile(sha, token))
                status = ""
            elif SHA.fullmatch(token):
                sha = token
            elif token.lstrip("\n").startswith(":"):
                status = token[-1]
        return list(found.values())[:limit]

    def commit_file(self, path: Path | str, message: str) -> str:
        """Commit exactly one file of the working tree, ignored or not, on the current branch; the new commit's sha.

        Whatever else is staged or changed stays as it is, and no hook runs. See `repo_commit.commit_file`.
        """
        from bench_agent.system.git_commit import commit_file

        return commit_file(self, path, message)


def _verb(args: Sequence[str]) -> str:
    """ "log" of `-c key=value log ...`."""
    return next((arg for arg in args if not arg.startswith("-") and "=" not in arg), args[0])


def _complaint(error: Any) -> str:
    """git's own line about what went wrong: the first that begins with fatal or error, else its first."""
    text = str(getattr(error, "stderr", "") or error)
    lines = [line.strip().removeprefix("stderr: ").strip("' ") for line in text.splitlines() if line.strip()]
    return clean_text(
        next((line for line in lines if line.startswith(("fatal:", "error:"))), (lines or ["no output"])[0])
    )
