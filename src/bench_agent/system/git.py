"""Questions about a repository: its present, its history, its files. `open_repository` is the only way in.

Paths and revisions become records and text; nothing here ranks or judges. The user's working tree, index, stash, hooks and
branches are never touched: the one write to a branch is in `git_commit`, and worktrees of our own are in `worktrees`.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench_agent.errors import GitError
from bench_agent.project import STATE_DIR
from bench_agent.records import Commit, FileChange, Head
from bench_agent.system.git_command import GitCommand
from bench_agent.system.git_log import SHA, log_format, parse_log, parse_numstat
from bench_agent.system.hidden_changes import hidden_changes
from bench_agent.text.clean import clean_text

MAX_DIRTY = 50  # changed files remembered per run; the rest is a count nobody reads
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

    Found from the folder upwards, as git does, whatever GIT_DIR says: in a hook it names the repository of the hook. Where
    nothing is found, GIT_DIR and GIT_WORK_TREE count. Raises GitError when there is a repository that git refuses to read
    (another user's, a broken one), or would read for ever: a pipe in the place of a .gitignore, there or in `.benchmark/`.
    """
    if shutil.which("git") is None or not path.is_dir():
        return None
    for ignore in (path / ".gitignore", path / STATE_DIR / ".gitignore"):
        if ignore.exists() and not (ignore.is_file() or ignore.is_dir()):
            name = ignore.relative_to(path)
            raise GitError(f"{name} is no plain file, and git would wait for it", hint=f"remove it: rm {name}")
    return _open(path, ()) or _open_named(path, os.environ)


def _open(path: Path, location: Sequence[str]) -> "Repository | None":
    command = GitCommand(path, location)
    try:
        git_dir = Path(_line_of(command, "--absolute-git-dir"))
    except GitError as error:
        if "not a git repository" in error.message:
            return None
        foreign = "dubious ownership" in error.message
        hint = f"if you trust it: git config --global --add safe.directory {clean_text(path)}" if foreign else None
        reason = error.message.partition("failed: ")[2] or error.message
        raise GitError(f"git cannot read the repository at {path}: {reason}", hint=hint) from error
    try:
        top = Path(_line_of(command, "--show-toplevel"))
    except GitError:
        return Repository(GitCommand(git_dir, location), git_dir=git_dir, tree=None)
    tree = _as_given(path, top)
    return Repository(GitCommand(tree, location), git_dir=git_dir, tree=tree)


def _line_of(command: GitCommand, option: str) -> str:
    return os.fsdecode(command.run(("rev-parse", option))).removesuffix("\n")


def _as_given(path: Path, top: Path) -> Path:
    """The top of the working tree by the name the caller knows it by: git follows links."""
    absolute = path.absolute()
    return next((folder for folder in (absolute, *absolute.parents) if folder.samefile(top)), top)


def _open_named(path: Path, environment: Mapping[str, str]) -> "Repository | None":
    """The repository that GIT_DIR names, for files kept apart from their repository; None unless `path` is in its tree.

    Without GIT_WORK_TREE, git takes any current folder for the top of the tree. That is believed only where the
    repository is no other folder's: neither a `.git` nor a linked worktree's.
    """
    named, tree = environment.get("GIT_DIR"), environment.get("GIT_WORK_TREE")
    if not named:
        return None
    git_dir = Path(named).absolute()
    if not tree and (git_dir.name == ".git" or (git_dir / "commondir").exists()):
        return None
    location = [f"--git-dir={git_dir}", *([f"--work-tree={Path(tree).absolute()}"] if tree else [])]
    found = _open(path, location)
    return found if found and path.resolve().is_relative_to(found.root.resolve()) else None


_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
}


class Repository:
    """Questions to one repository. Every method runs git at most a few times, never once a commit."""

    def __init__(self, command: GitCommand, *, git_dir: Path, tree: Path | None) -> None:
        self._command = command
        self.bare = tree is None
        self.root = tree or git_dir
        self.git_dir = git_dir

    def git(self, *args: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
        """What `git ARGS` printed, whole. cwd: one of its worktrees. Raises GitError with git's own line when it fails."""
        return self._command.run(args, env=env, cwd=cwd).decode("utf-8", "replace")

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
                problem=self._under_way(),
            )
        except GitError as error:
            return Head(problem=error.message)

    def _under_way(self) -> str | None:
        """Which half-done step of git the working tree is in, in words."""
        found = (what for name, what in _UNDER_WAY.items() if (Path(self.git_dir) / name).exists())
        what = next(found, None)
        return what and f"{what} is under way here: the working tree was measured as it lies there, half done"

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
            if revision.startswith(":/"):  # all that follows is the text that is searched for
                revision = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision).strip()
            sha = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
        except GitError:
            return None
        return sha if SHA.fullmatch(sha) else None

    def is_shallow(self) -> bool:
        return self.git("rev-parse", "--is-shallow-repository").strip() == "true"

    def uncommitted(self) -> tuple[FileChange, ...]:
        """Tracked files whose content differs from HEAD, staged or not, and submodules in which tracked files do.

        Also those that git was told not to look at. Untracked files are not changes; a bare repository has none.
        """
        if self.bare:
            return ()
        how = ("--numstat", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=untracked")
        told = parse_numstat(self.git("diff", *how, "HEAD", "--").split("\0"))
        # Without a refreshed index, files that were only touched are listed with no line changed; a changed submodule is too.
        changes = [c for c in told if (c.added, c.deleted) != (0, 0) or (self.root / c.path).is_dir()]
        known = {change.path for change in changes}
        return (*changes, *(FileChange(path=path) for path in self.hidden_changes() if path not in known))

    def hidden_changes(self) -> tuple[str, ...]:
        """Of the tracked files that git was told to take for unchanged, those that are not."""
        return hidden_changes(self.git, self.root)

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
        return self._command.run_bounded(args, limit=limit).decode("utf-8", "replace")

    def patches(self, revisions: Sequence[str], paths: Iterable[str] = (), *, limit: int = 4_000_000) -> dict[str, str]:
        """Full sha -> the commit's own patch (against its first parent), restricted to `paths`; one call of git.

        limit: characters in all; the revisions beyond it are left out, the last one read is cut at the end of a line.
        """
        if not revisions:
            return {}
        mark = f"\0{secrets.token_hex(16)} "  # nothing a repository holds can forge the border between two commits
        text = self._command.run_bounded(
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

    def subjects(self, shas: Iterable[str]) -> dict[str, str]:
        """Full sha -> the first line of the commit's message, of those that are commits here; one call of git."""
        found = self._objects((sha for sha in shas if SHA.fullmatch(sha)), kind=b"commit", limit=16_000_000)
        messages = {sha: content.partition(b"\n\n")[2].lstrip(b"\n") for sha, content in found.items()}
        return {sha: text.partition(b"\n")[0][:1_000].decode("utf-8", "replace") for sha, text in messages.items()}

    def remote_url(self) -> str:
        """The address of `origin`, as it is configured; "" where there is none. It can hold a password: never show it."""
        try:
            return self.git("config", "--get", "remote.origin.url").strip()
        except GitError:
            return ""

    def blobs(self, names: Iterable[str], *, limit: int = 16_000_000) -> dict[str, bytes]:
        """Name -> content of those that exist; one call of git. What lies beyond `limit` bytes is left out.

        names: blob shas, or "revision:path"; one with a line break in it cannot be asked for and is left out.
        """
        return self._objects(names, kind=b"blob", limit=limit)

    def _objects(self, names: Iterable[str], *, kind: bytes, limit: int) -> dict[str, bytes]:
        wanted = [name for name in dict.fromkeys(names) if "\n" not in name and not name.startswith("-")]
        if not wanted:
            return {}
        given = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
        out = self._command.run_bounded(("cat-file", "--batch"), limit=limit, given=given)
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
            if fields[1] == kind:
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
        return parse_log(self._command.pieces(args), mark)

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
        text = self._command.run(
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
            return self._command.run(("cat-file", "blob", f"{revision}:{path}"))
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
