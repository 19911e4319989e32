"""Versions of the repository as directories: git worktrees of our own, moved from commit to commit.

They live in the user's cache directory: inside the repository pytest would find the main checkout's configuration. The user's
tree, index and branches are not touched, no hook runs, nothing is fetched. What a crash leaves behind is removed by the next
run; a lock keeps two runs in one repository apart, and vanishes with its process.
"""

import contextlib
import fcntl
import glob
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench_agent.errors import GitError, MeasureError
from bench_agent.system.git import Repository
from bench_agent.system.process import Running
from bench_agent.text.clean import clean_text

SETUP_TIMEOUT_S = 900.0
NO_ROOM_BYTES = 10_000_000  # free, below which a worktree that could not be made is put down to that
CONFIG_FILES = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "conftest.py")
TEST_FOLDERS = frozenset(
    {"test", "tests", "testing", "bench", "benches", "benchmark", "benchmarks", "perf", "performance"}
)


class Trees:
    """Kept worktrees of one repository, named by slot. A context manager: leaving it removes them and the lock."""

    def __init__(
        self,
        repository: Repository,
        *,
        setup: str | None = None,
        wait_s: float = 0.0,
        on_wait: Callable[[str], None] | None = None,
        cache: Path | None = None,
    ) -> None:
        """setup: shell command that builds a fresh tree, run in it once for each commit it is moved to.

        wait_s: how long to wait for another run in this repository, after telling `on_wait` who it is.
        cache: where the trees live; None: the user's cache directory.
        """
        self._repository, self._setup, self._wait_s = repository, setup, wait_s
        self._say = on_wait or (lambda text: None)
        self._home = _home_of(repository, cache)
        self._lock: int | None = None
        self._at: dict[str, str] = {}  # slot -> sha checked out there
        self._built: dict[str, str] = {}  # slot -> sha that `setup` was run for
        self._overlaid: dict[str, set[str]] = {}  # slot -> paths that are not the commit's own
        self.warnings: list[str] = []

    def __enter__(self) -> "Trees":
        try:
            self._take_lock()
        except OSError as error:
            raise MeasureError(
                f"no worktree can be made in {self._home}: {error.strerror}",
                hint="set XDG_CACHE_HOME to a place with room",
            ) from error
        self._remove_all()  # what a killed run left
        return self

    def __exit__(self, *_: object) -> None:
        self._remove_all()
        if self._lock is not None:
            (self._home / "lock").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
        with contextlib.suppress(OSError):
            self._home.rmdir()  # unless somebody waits there already

    # --- trees

    @property
    def has_setup(self) -> bool:
        """Whether every tree is built before it is used, which may take long."""
        return bool(self._setup)

    def checkout(self, sha: str, slot: str) -> Path:
        """The tree of that slot, at that commit: created, or moved there. Slots of one comparison should be equally long.

        Raises MeasureError when git can't (no room, unknown commit) or when `setup` fails there.
        """
        tree = self._home / slot
        try:
            if slot not in self._at:
                self._repository.git("worktree", "add", "--detach", "--force", "--quiet", str(tree), sha)
            else:
                self._clean(slot, moving=self._at[slot] != sha)
                if self._at[slot] != sha:
                    self._in(tree, "checkout", "--detach", "--force", "--quiet", sha)
                    self._forget_bytecode(tree, self._at[slot], sha)
            self._at[slot] = sha
            self._fill_submodules(tree)
        except GitError as error:
            self._at.pop(slot, None)
            message = f"no worktree for {clean_text(sha[:12])}: {error.message}"
            if shutil.disk_usage(self._home).free > NO_ROOM_BYTES:
                raise MeasureError(message) from error
            full = f"{message}; there is hardly any room in {self._home}"
            raise MeasureError(full, hint="set XDG_CACHE_HOME to a place with room") from error
        if self._setup and self._built.get(slot) != sha:
            self._built.pop(slot, None)  # where it fails, what it built for another commit is gone too
            self._run_setup(tree, sha)
            self._built[slot] = sha
        return tree

    def checkout_working_tree(self, slot: str) -> Path:
        """The tree of that slot as a copy of the user's working tree now: uncommitted and untracked files included.

        A copy, because editing goes on while it is measured. Ignored files (builds, caches) are not copied: `setup` makes
        them, as on the other side. Changes inside submodules are left out, with a warning.
        """
        repository = self._repository
        sha = repository.resolve("HEAD")
        if sha is None:
            raise MeasureError("the repository has no commits yet", hint="commit something to compare with")
        tree = self.checkout(sha, slot)
        changed = repository.git("diff", "--name-only", "-z", "--no-renames", "--ignore-submodules=none", "HEAD", "--")
        untracked = repository.git("ls-files", "--others", "--exclude-standard", "-z", "--full-name")
        paths = {p for p in (changed + untracked).split("\0") if p}
        for path in sorted(paths):
            if (repository.root / path).is_dir() and not (repository.root / path).is_symlink():
                self.warnings.append(
                    f"uncommitted changes in {clean_text(path)} are not measured: it is another repository"
                )
                paths.discard(path)
        self._copy(repository.root, slot, paths)
        if self._setup and paths:
            self._run_setup(tree, "the working tree")
            self._built.pop(slot, None)
        return tree

    def checkout_without(self, sha: str, reverted: str, slot: str, *, parent: int | None = None) -> Path:
        """The tree of that slot at `sha` with the commit `reverted` taken back. parent: for a merge, the line to return to.

        The slot is for such trees only. Raises MeasureError when it doesn't apply cleanly, or when `setup` fails there.
        """
        tree = self._home / slot
        if slot in self._at:
            shutil.rmtree(tree, ignore_errors=True)  # bytecode of the last such tree could pass for this one's
            self._repository.git("worktree", "prune", "--expire=now")
            self._at.pop(slot)
        tree = self.checkout(sha, slot)
        try:
            which = ["-m", str(parent)] if parent else []
            self._in(tree, "revert", "--no-commit", "--no-gpg-sign", *which, reverted)
        except GitError as error:
            self._in(tree, "reset", "--hard", "--quiet")
            raise MeasureError("taking it back does not apply cleanly to the newest version") from error
        if self._setup:
            self._run_setup(tree, f"{sha[:8]} without {reverted[:8]}")
            self._built.pop(slot, None)
        return tree

    def overlay(self, source_slot: str, slot: str, paths: Iterable[str]) -> None:
        """Make those files and folders of `slot` the same as in `source_slot`: new ones added, missing ones removed.

        paths: relative to the top of the tree. Undone by the next checkout into the slot.
        """
        source, tree = self._home / source_slot, self._home / slot
        files = {f for path in paths for top in (source, tree) for f in _files_of(top, path)}
        self._copy(source, slot, {f for f in files if not _is_same(source / f, tree / f)})

    def share_bytecode(self, source_slot: str, slot: str) -> None:
        """Give the slot what Python has compiled in `source_slot`, of the files that are the same in both.

        A fresh tree's first session compiles all it imports: seconds in a large project. Python knows bytecode by its
        source's size and time, so the files get the time they have there. What pytest has compiled is left out: its older
        versions keep the name of the tree in it.
        """
        source, tree = self._home / source_slot, self._home / slot
        for compiled in source.glob("**/__pycache__/*.pyc"):
            if "-pytest-" in compiled.name:
                continue
            path = compiled.parents[1] / f"{compiled.name.partition('.')[0]}.py"
            other = tree / path.relative_to(source)
            with contextlib.suppress(OSError):  # compiling it again is all that is lost
                if _is_same(path, other) and not other.is_symlink():
                    stat = path.stat()
                    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
                    target = other.parent / "__pycache__" / compiled.name
                    target.parent.mkdir(exist_ok=True)
                    shutil.copy2(compiled, target)

    def fill(self, slot: str, paths: Iterable[str]) -> None:
        """Add the files of those paths that the slot lacks, as the user's working tree has them, untracked ones included.

        For benchmarks written after the commit that is measured. paths: as for `overlay`, and undone like it.
        """
        source, tree = self._repository.root, self._home / slot
        lacking = {f for path in paths for f in _files_of(source, path) if not os.path.lexists(tree / f)}
        self._copy(source, slot, lacking)

    def _copy(self, source: Path, slot: str, paths: Iterable[str]) -> None:
        """Make these files of the slot what they are in `source`; remembered, so that `_clean` can undo it."""
        tree = (self._home / slot).resolve()
        kept = self._overlaid.setdefault(slot, set())
        for path in paths:
            target, origin = tree / path, source / path
            if not target.parent.resolve().is_relative_to(tree):
                self.warnings.append(f"{clean_text(path)} leads out of the tree: left as it is")
                continue
            kept.add(path)
            try:
                if target.is_dir() and not target.is_symlink():
                    shutil.rmtree(target)
                else:
                    target.unlink(missing_ok=True)
                if origin.is_symlink() or origin.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(origin, target, follow_symlinks=False)
            except NotADirectoryError:
                continue  # a file where the other side has a folder
            except OSError as error:
                raise MeasureError(f"{clean_text(path)} can't be copied to {tree}: {error.strerror}") from error

    def _clean(self, slot: str, *, moving: bool) -> None:
        """Back to the commit's own files. What `setup` built for another commit goes too; compiled bytecode stays."""
        tree = self._home / slot
        for path in self._overlaid.pop(slot, set()):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                (tree / path).unlink()
        self._in(tree, "reset", "--hard", "--quiet")
        if moving and self._setup:
            self._in(tree, "clean", "-ffdxq")
        elif not self._setup:
            self._in(tree, "clean", "-ffdq")

    def _forget_bytecode(self, tree: Path, old: str, new: str) -> None:
        """Python knows bytecode by the second and the size of its source: a tree moved twice in a second would run the old."""
        for name in self._in(tree, "diff", "--name-only", "-z", "--no-renames", old, new, "--").split("\0"):
            if name.endswith(".py"):
                path = tree / name
                for compiled in (path.parent / "__pycache__").glob(f"{glob.escape(path.stem)}.*.pyc"):
                    compiled.unlink(missing_ok=True)

    def _in(self, tree: Path, *args: str) -> str:
        return self._repository.git(*args, cwd=tree)

    def _fill_submodules(self, tree: Path) -> None:
        """Submodules from what the main checkout has of them; never from the network."""
        if not (tree / ".gitmodules").exists():
            return
        urls = []
        for module in sorted(self._repository.git_dir.glob("modules/**/HEAD")):
            if not (module.parent / "objects").is_dir():
                continue  # a reference of that name
            name = str(module.parent.relative_to(self._repository.git_dir / "modules"))
            urls += ["-c", f"submodule.{name}.url={module.parent}"]
        try:
            self._in(
                tree,
                *urls,
                "-c",
                "protocol.allow=never",
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "update",
                "--init",
                "--force",
                "--quiet",
            )
        except GitError as error:
            text = "submodules are missing from the measured trees: "
            if not any(warning.startswith(text) for warning in self.warnings):
                self.warnings.append(text + error.message.rpartition(": ")[2])

    def _run_setup(self, tree: Path, what: str) -> None:
        assert self._setup is not None
        with Running(self._setup, cwd=tree) as running:
            code = running.wait(SETUP_TIMEOUT_S)
        if code != 0:
            lines = [line for line in running.output().splitlines() if line.strip()]
            how = "did not end in time" if code is None else f"failed (exit {code})"
            raise MeasureError(
                f"`{clean_text(self._setup)}` {how} at {what[:12]}: {clean_text(lines[-1] if lines else 'no output')}",
                hint="it is the `setup` setting; try it in a fresh clone",
            )

    # --- alone in this repository

    def _take_lock(self) -> None:
        deadline = time.monotonic() + self._wait_s
        told = False
        while (descriptor := self._try_lock()) is None:
            with contextlib.suppress(FileNotFoundError):
                who = clean_text((self._home / "lock").read_text(errors="replace")) or "another process"
                if time.monotonic() >= deadline:
                    raise MeasureError(
                        f"bench-agent is already measuring in this repository ({who})",
                        hint="wait until it has ended: two measurements at once would disturb each other",
                    )
                if not told:
                    self._say(f"waiting for another bench-agent in this repository ({who})")
                    told = True
            time.sleep(0.2)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        self._lock = descriptor

    def _try_lock(self) -> int | None:
        """The locked file's descriptor; None when another holds it, or has just left and taken the file away."""
        path = self._home / "lock"
        self._home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except OSError:
            pass
        os.close(descriptor)
        return None

    def _remove_all(self) -> None:
        for entry in self._home.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
        with contextlib.suppress(GitError):
            self._repository.git("worktree", "prune", "--expire=now")
        self._at.clear()
        self._built.clear()
        self._overlaid.clear()


def find_leftovers(repository: Repository, *, cache: Path | None = None) -> tuple[tuple[Path, ...], str | None]:
    """(trees that a killed run left, who is measuring in this repository now). While somebody is, the trees are theirs."""
    home = _home_of(repository, cache)
    trees: tuple[Path, ...] = ()
    try:
        trees = tuple(sorted(entry for entry in home.iterdir() if entry.is_dir()))
        with (home / "lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return (), clean_text(lock.read()) or "another process"
    except FileNotFoundError:  # no home, or nobody ever finished or died here
        return trees, None
    except OSError:
        return (), None
    return trees, None


def _home_of(repository: Repository, cache: Path | None) -> Path:
    common = Path(repository.git("rev-parse", "--path-format=absolute", "--git-common-dir").strip())
    key = hashlib.sha256(str(common.resolve()).encode()).hexdigest()[:16]
    return (cache or _cache_dir()) / "bench-agent" / key


def benchmark_files(node_ids: Sequence[str]) -> tuple[str, ...]:
    """What belongs to the benchmarks, not to the code they measure: their folders, conftests and pytest's configuration.

    node_ids: relative to the top of the tree. A folder counts as a whole when its path names it a folder of tests.
    """
    paths: dict[str, None] = dict.fromkeys(CONFIG_FILES)
    for file in dict.fromkeys(i.split("::")[0] for i in node_ids):
        parts = Path(file).parts[:-1]
        named = next((n for n, part in enumerate(parts) if part.lower() in TEST_FOLDERS), None)
        if named is not None:
            paths[str(Path(*parts[: named + 1]))] = None
        else:
            paths[file] = None
            for depth in range(1, len(parts) + 1):
                paths[str(Path(*parts[:depth]) / "conftest.py")] = None
    return tuple(paths)


def _files_of(top: Path, path: str) -> set[str]:
    """The file, or all files of the folder, relative to `top`; empty when there is none."""
    target = top / path
    if target.is_dir() and not target.is_symlink():
        return {str(f.relative_to(top)) for f in target.rglob("*") if not f.is_dir() and _is_source(f)}
    return {path} if target.exists() else set()


def _is_source(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.suffix != ".pyc"


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.is_symlink() == other.is_symlink() and one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _cache_dir() -> Path:
    configured = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(configured) if Path(configured).is_absolute() else Path.home() / ".cache"
    return cache if os.access(cache if cache.exists() else cache.parent, os.W_OK) else Path(tempfile.gettempdir())
