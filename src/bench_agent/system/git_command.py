"""Runs git on one repository, by way of GitPython: the only import of it, on first use (135 ms of CPU).

Arguments in, what git printed out. The process's own environment is read and never changed.
"""

import contextlib
import os
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_agent.errors import GitError
from bench_agent.system.git_environment import names_of_location
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    import git

PIECE = 1 << 18  # bytes read from git at a time
MAX_COMPLAINT = 1 << 24  # bytes
# In the environment of every git we start. Without the first, `git status` refreshes the user's index file.
# The last two: a clone without all files (--filter) would fetch them; the second is what versions before 2.45 understand.
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
_HINTS = (
    (
        ("promisor remote", "lazy fetching"),
        "this clone lacks files of that version, and nothing is fetched: git fetch --refetch --no-filter",
    ),
    (("No space left on device", "quota exceeded"), "free some space where the repository is, and in the cache folder"),
    (
        ("Read-only file system", "Permission denied"),
        "git keeps a record of each worktree in .git/worktrees: it must be writable",
    ),
)
# No hook, file-system monitor, pager, signature check or configured diff program runs on our behalf. `git diff` would
# write the user's index to refresh it (optional locks do not cover that); a subject in another encoding is recoded.
_SAFE = (
    "--no-pager", "--literal-pathspecs", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false", "-c", "core.quotePath=false", "-c", "diff.external=",
    "-c", "diff.autoRefreshIndex=false", "-c", "i18n.logOutputEncoding=UTF-8", "-c", "log.showRoot=true",
    # A worktree of 1,130 files is written in 0.12 to 0.26 s by two processes, where one takes 0.57 to 0.96 (n = 4, in turns).
    "-c", "checkout.workers=2",
)  # fmt: skip


class GitCommand:
    """git, run in one folder of a repository. Every method raises GitError with git's own line when git fails.

    location: options that say where the repository is (--git-dir, --work-tree); none where git finds it from the folder.
    """

    def __init__(self, folder: Path, location: Sequence[str] = ()) -> None:
        self.folder = folder
        self._location = tuple(location)

    def run(
        self, args: Sequence[str], *, env: Mapping[str, str] | None = None, given: bytes = b"", cwd: Path | None = None
    ) -> bytes:
        """What `git ARGS` printed, whole. given: its standard input. cwd: a worktree of the repository, instead of the folder."""
        with _complaints(args):
            with _as_file(given) as stdin:
                out = self._git.execute(
                    self._line(args, env or {}, cwd),
                    istream=stdin,
                    strip_newline_in_stdout=False,
                    stdout_as_string=False,
                    env={**_QUIET, **(env or {})},
                )
            return bytes(out)

    def run_bounded(self, args: Sequence[str], *, limit: int, given: bytes = b"") -> bytes:
        """The first `limit` bytes of what it prints, for what can be arbitrarily large; git is ended when it has more."""
        out = bytearray()
        with contextlib.closing(self.pieces(args, given=given)) as pieces:
            for piece in pieces:
                out += piece
                if len(out) >= limit:
                    break
        return bytes(out[:limit])

    def pieces(self, args: Sequence[str], *, given: bytes = b"") -> Generator[bytes, None, None]:
        """What it prints, piece by piece while it runs; git is ended when nobody takes more. Raises GitError at the end."""
        with _complaints(args), _as_file(given) as stdin:
            process: Any = self._git.execute(self._line(args, {}, None), istream=stdin, as_process=True, env=_QUIET)
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
            raise _failure(args, b"".join(complaint).decode("utf-8", "replace"))

    @cached_property
    def _git(self) -> "git.Git":
        import git

        return git.Git()  # without a folder of its own: it would look up `$x` in a folder's name in the environment

    def _line(self, args: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> list[str]:
        """The whole command line. The git binary by name, never through a shell."""
        # GitPython starts from a copy of our environment, to which variables can be added, but from which none can be taken.
        gone = [option for name in names_of_location(os.environ) if name not in env for option in ("-u", name)]
        where = ["-C", str(cwd)] if cwd else ["-C", str(self.folder), *self._location]
        return [*(["env", *gone] if gone else []), "git", *_SAFE, *where, *args]


@contextlib.contextmanager
def _as_file(given: bytes) -> Generator[Any, None, None]:
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        yield file


@contextlib.contextmanager
def _complaints(args: Sequence[str]) -> Generator[None, None, None]:
    """What GitPython raises, as GitError."""
    try:
        import git
    except ImportError as error:  # it runs `git version` when it is imported
        raise GitError(
            f"git does not work here: {clean_text(error)}", hint="is it installed, and on PATH? see: git --version"
        ) from error
    try:
        yield
    except (git.GitError, OSError, ValueError) as error:  # ValueError: a NUL in an argument
        raise _failure(args, error) from error


def _failure(args: Sequence[str], error: object) -> GitError:
    told = str(getattr(error, "stderr", "") or error)
    hint = next((hint for marks, hint in _HINTS if any(mark.lower() in told.lower() for mark in marks)), None)
    return GitError(f"`git {_verb(args)}` failed: {_complaint(error)}", hint=hint)


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
