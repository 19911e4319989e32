"""Versions of the repository as directories: git worktrees of our own, moved from commit to commit.

They live in the user's cache directory: inside the repository pytest would find the main checkout's configuration. The user's
tree, index and branches are not touched, no hook runs, nothing is fetched. What a crash leaves behind is removed by the next
run. Files that git does not keep are put into each tree (`kept_files`), and `setup` builds it (`builds`).
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench_agent.errors import GitError, MeasureError
from bench_agent.system.builds import Build, Builds
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import KeptFiles, is_junk
from bench_agent.system.kept_sources import check_kept
from bench_agent.system.measuring_lock import MeasuringLock
from bench_agent.system.moved_paths import MovedPaths
from bench_agent.system.submodules import Submodules, files_in_submodule
from bench_agent.system.tree_files import (
    files_of,
    forget_bytecode,
    is_same,
    looks_same,
    put_file,
    put_files,
    remove,
    share_bytecode,
)
from bench_agent.system.worktree_home import home_of, remove_records
from bench_agent.text.clean import clean_text

NO_ROOM_BYTES = 10_000_000  # free, below which a worktree that could not be made is put down to that


class Trees:
    """Kept worktrees of one repository, named by slot. A context manager: leaving it removes them and the lock."""

    def __init__(
        self,
        repository: Repository,
        *,
        builds: Builds | None = None,
        kept: KeptFiles | None = None,
        used: frozenset[str] = frozenset(),
        wait_s: float = 0.0,
        on_wait: Callable[[str], None] | None = None,
        cache: Path | None = None,
    ) -> None:
        """builds: what makes a fresh tree ready, once for each version. kept: files that all trees get from the checkout.

        used: the kept files that the run imported, where that is known. wait_s: how long to wait for another run in this
        repository, after telling `on_wait` who it is. cache: where the trees live; None: the user's cache directory.
        """
        self._repository, self._builds, self._used = repository, builds, used
        self._kept = kept or KeptFiles()
        self._home = home_of(repository, cache)
        self._lock = MeasuringLock(self._home, wait_s=wait_s, on_wait=on_wait or (lambda text: None))
        self._at: dict[str, str] = {}  # slot -> sha checked out there
        self._built: dict[str, tuple[str, Build]] = {}  # slot -> sha that it was built for, and how
        self._overlaid: dict[str, set[str]] = {}  # slot -> paths that are not the commit's own
        self._submodules: dict[str, Submodules] = {}
        self.warnings: list[str] = []

    def __enter__(self) -> "Trees":
        try:
            self._lock.take()
        except OSError as error:
            raise MeasureError(
                f"no worktree can be made in {self._home}: {error.strerror}",
                hint="set XDG_CACHE_HOME to a place with room",
            ) from error
        self._remove_all()  # what a killed run left
        return self

    def __exit__(self, *_: object) -> None:
        self._remove_all()
        self._lock.leave()

    # --- trees

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the trees lack of the checkout, in words: to be said where something could not be measured."""
        return (self._kept.left_out,) if self._kept.left_out else ()

    @property
    def has_setup(self) -> bool:
        """Whether every tree is built before it is used, which may take long."""
        return self._builds is not None

    @property
    def built_s(self) -> float:
        """How long building took so far."""
        return self._builds.spent_s if self._builds is not None else 0.0

    def python(self, slot: str) -> str | None:
        """The interpreter of the slot's own environment; None where nothing was built: the suite's."""
        return self._built[slot][1].environment.python if slot in self._built else None

    def variables(self, slot: str, environment: Mapping[str, str]) -> dict[str, str]:
        """What a process in that tree has beside the suite's environment: the programs of its own build come first."""
        if slot not in self._built:
            return {}
        return self._built[slot][1].environment.activated(environment)

    def checkout(self, sha: str, slot: str) -> Path:
        """The tree of that slot, at that commit: created, or moved there. Slots of one comparison should be equally long.

        Raises MeasureError when git can't (no room, unknown commit), when `setup` fails there, or when it must be built and
        there is no `setup`.
        """
        tree = self._move(sha, slot)
        self._prepare(slot, sha, what=sha[:12])
        return tree

    def checkout_working_tree(self, slot: str, *, patched: Mapping[str, str] | None = None) -> Path:
        """The tree of that slot as a copy of the user's working tree now: uncommitted and untracked files included.

        A copy, because editing goes on while it is measured. Of a submodule with changes, its files as they lie there; another
        repository that is none is left out, with a warning.
        patched: files of it that get another content, by their paths from the top; regular files that are there already.
        """
        repository = self._repository
        sha = repository.resolve("HEAD")
        if sha is None:
            raise MeasureError("the repository has no commits yet", hint="commit something to compare with")
        tree = self._move(sha, slot)
        changed = repository.git("diff", "--name-only", "-z", "--no-renames", "--ignore-submodules=none", "HEAD", "--")
        untracked = repository.git("ls-files", "--others", "--exclude-standard", "-z", "--full-name")
        paths = {p for p in changed.split("\0") if p} | {p for p in untracked.split("\0") if p and not is_junk(p)}
        paths |= {*repository.hidden_changes()}
        for path in sorted(paths):
            if (repository.root / path).is_dir() and not (repository.root / path).is_symlink():
                paths.discard(path)
                own = files_in_submodule(repository, tree, path) if not path.endswith("/") else None
                if own is None:
                    self.warnings.append(
                        f"uncommitted changes in {clean_text(path)} are not measured: it is another repository"
                    )
                paths |= own or set()
        self._copy(repository.root, slot, paths)
        if patched:
            self._write(tree, slot, patched)
            paths |= set(patched)
        self._prepare(slot, sha, what="the working tree", changed=paths, is_checkout=True)
        return tree

    def _write(self, tree: Path, slot: str, files: Mapping[str, str]) -> None:
        for path, content in files.items():
            target = tree / path
            if target.is_symlink() or not target.is_file() or not target.resolve().is_relative_to(tree.resolve()):
                raise MeasureError(f"{clean_text(path)} is no file of the tree")
            mode = target.stat().st_mode
            remove(target)  # it may share its blocks with the checkout's
            target.write_text(content, encoding="utf-8", newline="")
            target.chmod(mode & 0o777)
        forget_bytecode(tree, files)
        self._overlaid.setdefault(slot, set()).update(files)

    def checkout_without(self, sha: str, reverted: str, slot: str, *, parent: int | None = None) -> Path:
        """The tree of that slot at `sha` with the commit `reverted` taken back. parent: for a merge, the line to return to.

        The slot is for such trees only. Raises MeasureError when it doesn't apply cleanly, or as `checkout`.
        """
        if slot in self._at:
            self._forget(slot)  # bytecode of the last such tree could pass for this one's
        tree = self._move(sha, slot)
        try:
            which = ["-m", str(parent)] if parent else []
            self._in(tree, "revert", "--no-commit", "--no-gpg-sign", *which, reverted)
        except GitError as error:
            self._in(tree, "reset", "--hard", "--quiet")
            raise MeasureError("taking it back does not apply cleanly to the newest version") from error
        changed = set(
            filter(None, self._in(tree, "diff", "--name-only", "-z", "--no-renames", "HEAD", "--").split("\0"))
        )
        self._prepare(slot, sha, what=f"{sha[:8]} without {reverted[:8]}", changed=changed)
        return tree

    def overlay(self, source_slot: str, slot: str, paths: Iterable[str]) -> tuple[str, ...]:
        """Make those files and folders of `slot` the same as in `source_slot`: new ones added, missing ones removed.

        paths: relative to the top of the tree. Undone by the next checkout into the slot. Returns the files that differed.
        """
        source, tree = self._home / source_slot, self._home / slot
        files = {f for path in paths for top in (source, tree) for f in files_of(top, path)}
        differing = {f for f in files if not is_same(source / f, tree / f)}
        self._copy(source, slot, differing)
        return tuple(sorted(differing))

    def has_overlay(self, slot: str) -> bool:
        """Whether files of the slot are not its commit's own."""
        return bool(self._overlaid.get(slot))

    def remove_overlay(self, slot: str) -> None:
        """The commit's own files again, where an overlay put others."""
        self._clean(slot, moving=False)
        self._fill_submodules(slot)
        self._put_kept(slot)

    def share_bytecode(self, source_slot: str, slot: str) -> None:
        """Give the slot what Python has compiled in `source_slot`, of the files that are the same in both."""
        share_bytecode(self._home / source_slot, self._home / slot)
        # Else git takes the files for changed, since their time is, and the next move writes them anew: with another time.
        self._in(self._home / slot, "update-index", "-q", "--refresh")

    def fill(self, slot: str, paths: Iterable[str]) -> None:
        """Add the files of those paths that the slot lacks, as the user's working tree has them, untracked ones included.

        For benchmarks written after the commit that is measured. paths: as for `overlay`, and undone like it.
        """
        source, tree = self._repository.root, self._home / slot
        lacking = {f for path in paths for f in files_of(source, path) if not os.path.lexists(tree / f)}
        self._copy(source, slot, lacking)

    # --- one tree

    def _move(self, sha: str, slot: str) -> Path:
        tree = self._home / slot
        try:
            if slot not in self._at:
                self._repository.git("worktree", "add", "--detach", "--force", "--quiet", str(tree), sha)
            else:
                self._clean(slot, moving=self._at[slot] != sha)
                if self._at[slot] != sha:
                    self._in(tree, "checkout", "--detach", "--force", "--quiet", sha)
                    moved = self._in(tree, "diff", "--name-only", "-z", "--no-renames", self._at[slot], sha, "--")
                    forget_bytecode(tree, moved.split("\0"))
            self._at[slot] = sha
            self._fill_submodules(slot)
        except GitError as error:
            self._at.pop(slot, None)
            message = f"no worktree for {clean_text(sha[:12])}: {error.message}"
            if error.hint or shutil.disk_usage(self._home).free > NO_ROOM_BYTES:
                raise MeasureError(message, hint=error.hint) from error
            full = f"{message}; there is hardly any room in {self._home}"
            raise MeasureError(full, hint="set XDG_CACHE_HOME to a place with room") from error
        return tree

    def _prepare(
        self, slot: str, sha: str, *, what: str, changed: Iterable[str] = (), is_checkout: bool = False
    ) -> None:
        """Kept files and the build. changed: paths that are not the commit's. is_checkout: a copy of the user's own tree."""
        self._put_kept(slot)
        changed = tuple(changed)
        tree = self._home / slot
        if self._builds is not None and (changed or self._built.get(slot, ("",))[0] != sha):
            self._built.pop(slot, None)  # where it fails, what it built for another commit is gone too
            build = self._builds.build(tree, what, changed=changed)
            self.warnings += [text for text in self._builds.warnings if text not in self.warnings]
            self._built[slot] = ("" if changed else sha, build)
        if not is_checkout:
            check_kept(
                self._repository,
                tree,
                self._kept,
                sha=sha,
                what=what,
                changed=changed,
                used=self._used,
                has_setup=self.has_setup,
            )
        self._put_kept(slot, self._kept.extensions)

    def _put_kept(self, slot: str, paths: Iterable[str] | None = None) -> None:
        """Files that the commit has itself, or `setup` made, stay; those that a benchmark wrote to are put again.

        What names a path of the checkout in them names that of the tree.
        """
        source, tree = self._repository.root, self._home / slot
        overlaid = self._overlaid.get(slot, set())
        put: list[Path] = []
        for path in self._kept.files if paths is None else paths:
            origin, target = source / path, tree / self._kept.target(path)
            if looks_same(origin, target) or self._kept.target(path) in overlaid:
                continue
            if os.path.lexists(target) and (slot in self._built or self._is_tracked(slot, path)):
                continue
            if not target.parent.resolve().is_relative_to(tree.resolve()):
                continue
            try:
                put_file(origin, target)
                put.append(target)
            except FileNotFoundError:
                continue  # gone since it was listed
            except OSError as error:
                raise MeasureError(
                    f"{clean_text(path)} can't be copied to {tree}: {error.strerror}",
                    hint="free some space, or make the file readable",
                ) from error
        moved = MovedPaths(source.resolve(), tree)
        for target in put:
            with contextlib.suppress(OSError):
                moved.in_file(target)

    def _is_tracked(self, slot: str, path: str) -> bool:
        return bool(self._in(self._home / slot, "ls-files", "-z", "--", path))

    def _copy(self, source: Path, slot: str, paths: Iterable[str]) -> None:
        """Make these files of the slot what they are in `source`; remembered, so that `_clean` can undo it."""
        paths = set(paths)
        refused = put_files(source, self._home / slot, sorted(paths))
        self._overlaid.setdefault(slot, set()).update(paths.difference(refused))
        self.warnings += [f"{clean_text(path)} leads out of the tree: left as it is" for path in refused]

    def _clean(self, slot: str, *, moving: bool) -> None:
        """Back to the commit's own files. What `setup` built for another commit goes too; compiled bytecode stays."""
        tree = self._home / slot
        overlaid = self._overlaid.pop(slot, set())
        for path in overlaid:
            with contextlib.suppress(OSError):
                remove(tree / path)
        if slot in self._submodules and (moving or self._submodules[slot].hold_one_of(overlaid)):
            self._submodules[slot].empty()
        self._in(tree, "reset", "--hard", "--quiet")
        if moving and self.has_setup:
            self._in(tree, "clean", "-ffdxq")
            self._built.pop(slot, None)
        elif not self.has_setup:
            self._in(tree, "clean", "-ffdq")

    def _fill_submodules(self, slot: str) -> None:
        missing = self._submodules.setdefault(slot, Submodules(self._repository, self._home / slot)).fill()
        if missing and not any(warning.startswith("submodules are missing") for warning in self.warnings):
            self.warnings.append(f"submodules are missing from the measured trees: {', '.join(missing[:3])}")

    def _in(self, tree: Path, *args: str) -> str:
        return self._repository.git(*args, cwd=tree)

    # --- removing

    def _forget(self, slot: str) -> None:
        shutil.rmtree(self._home / slot, ignore_errors=True)
        remove_records(self._repository, self._home / slot)
        for known in (self._at, self._built, self._overlaid, self._submodules):
            known.pop(slot, None)

    def _remove_all(self) -> None:
        for entry in self._home.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
        remove_records(self._repository, self._home)
        self._at.clear()
        self._built.clear()
        self._overlaid.clear()
        self._submodules.clear()
