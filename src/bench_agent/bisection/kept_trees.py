"""The kept trees of one search: which holds which version, made or moved by one thread beside what is measured.

Takes versions; returns folders that hold them. What is measured in them is not known here.
"""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench_agent.bisection.lineage import WORKING_TREE, Version
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.side import NO_START
from bench_agent.measure.paired.trees import CONFIG_FILES, needed_settings
from bench_agent.system.worktrees import Trees

END_SLOT, WITHOUT_SLOT = "s0", "s9"
SLOTS = tuple(f"s{n}" for n in range(1, 8))  # of one length: a path's length moves memory


class KeptTrees:
    """Trees with the versions in use, moved from commit to commit. `close` waits for what is being made."""

    def __init__(self, trees: Trees, *, end: Version, end_sha: str, below: Path) -> None:
        """end: the newest version, whose benchmark files all others get. end_sha: its commit, HEAD for the working tree.

        below: where pytest starts, in each tree. Raises MeasureError where the end can't be had.
        """
        self._trees, self._end, self._end_sha, self._below = trees, end, end_sha, below
        self._holds: dict[str, Version] = {}  # slot -> version
        self._used: list[str] = []  # slots, longest unused first
        self._coming: dict[Version, Future[Path]] = {}  # version -> its tree, in the making or made
        self._warm: set[str] = set()  # slots that have the bytecode of what is the same as at the end
        self._ready_slots: list[str] = []  # trees without a version that anybody asked for yet
        self._without: Version | None = None  # the version in WITHOUT_SLOT
        self._pool = ThreadPoolExecutor(1)  # all trees are made by one thread, beside what is measured
        self.end_has_run = False  # its tree has the bytecode that others can take over
        self.overlaid: Sequence[str] = ()  # paths that all versions take from the end
        self.with_own_files: set[Version] = set()  # the end's can't be imported there
        self.may_fall_back = True  # to a version's own benchmark files, where the end's can't be imported
        try:
            newest = trees.checkout_working_tree if end == WORKING_TREE else partial(trees.checkout, end.sha)
            self.end_tree = self._pool.submit(newest, END_SLOT).result()
        except MeasureError as error:
            self.close()
            message = f"{end.label}, an end of the range, can't be had: {error.message}"
            raise MeasureError(message, hint=error.hint) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    # --- trees asked for, and trees made ahead

    def tree_of(self, version: Version) -> Path:
        """The tree of a version that was prefetched as needed. Raises MeasureError where it can't be had."""
        if version == self._end:
            return self.end_tree
        if version.is_newest_without:
            if self._without != version:
                raise MeasureError("prepare_without comes first")
            return self.end_tree.parent / WITHOUT_SLOT
        slot = next(slot for slot, held in self._holds.items() if held == version)
        self._used.remove(slot)
        self._used.append(slot)
        try:
            return self._coming[version].result()
        except MeasureError:
            del self._coming[version], self._holds[slot]  # asked for again it is tried again
            self._used.remove(slot)
            raise

    def prefetch(self, versions: Sequence[Version], *, beside: Sequence[Version], needed: bool = False) -> None:
        """Begin to make trees with these versions, in the background; where `beside` leaves room, unless they are needed.

        beside: versions in use now. What goes wrong is told when the version is asked for.
        """
        if self._trees.has_setup and not needed:
            return  # it may take minutes, for a version that is perhaps never asked for
        for version in versions:
            if version == self._end or version in self._coming or version.is_newest_without:
                continue
            slot = self._free_slot((*beside, *versions))
            if slot is None:
                return
            if slot in self._used:
                self._used.remove(slot)
                self._coming.pop(self._holds[slot], None)
            self._used.append(slot)
            self._holds[slot] = version
            self._coming[version] = self._pool.submit(self._make, version, slot)

    def make_ready(self, count: int) -> None:
        """Begin to make trees that will be asked for, of whatever version: moving one takes a tenth of making it."""
        if self._trees.has_setup:
            return
        for slot in [slot for slot in SLOTS if slot not in self._holds and slot not in self._ready_slots][:count]:
            self._ready_slots.append(slot)
            self._pool.submit(self._make_ready, slot)

    def _make_ready(self, slot: str) -> None:
        with contextlib.suppress(MeasureError):  # told when a version is asked for
            self._trees.checkout(self._end_sha, slot)
            self._share_bytecode(slot)

    def _free_slot(self, needed: Collection[Version]) -> str | None:
        """A slot that none of these versions is in: a tree that is there already first, where it is not one built for long."""
        if self._ready_slots:
            return self._ready_slots.pop(0)
        unused = next((slot for slot in SLOTS if slot not in self._holds), None)
        idle = next((slot for slot in self._used if self._holds[slot] not in needed), None)
        return unused or idle if self._trees.has_setup else idle or unused

    def _make(self, version: Version, slot: str) -> Path:
        tree = self._trees.checkout(version.sha, slot)
        if version not in self.with_own_files:
            self._trees.overlay(END_SLOT, slot, self._needed(tree))
        self._share_bytecode(slot)
        return tree

    def _share_bytecode(self, slot: str) -> None:
        if self.end_has_run and slot not in self._warm:
            self._trees.share_bytecode(END_SLOT, slot)
            self._warm.add(slot)

    # --- the newest without a commit

    def prepare_without(self, sha: str, *, parent: int | None) -> Version:
        """The version that is the newest commit without `sha`; raises MeasureError where it can't be taken back."""
        version = Version(sha, is_newest_without=True)
        if self._without != version:
            self._without = None
            self._pool.submit(self._make_without, sha, parent).result()
            self._without = version
        return version

    def _make_without(self, sha: str, parent: int | None) -> None:
        tree = self._trees.checkout_without(self._end_sha, sha, WITHOUT_SLOT, parent=parent)
        self._trees.overlay(END_SLOT, WITHOUT_SLOT, self._needed(tree))
        self._trees.share_bytecode(END_SLOT, WITHOUT_SLOT)

    # --- files that come from the end

    def _needed(self, tree: Path) -> list[str]:
        """What a tree takes from the end: the benchmark files, and the files of settings in which pytest's part differs."""
        needed = needed_settings(tree.parent / END_SLOT, tree)
        return [path for path in self.overlaid if path not in CONFIG_FILES or path in needed]

    def fall_back(self, version: Version, benchmark: str, why: str) -> bool:
        """Give a version its own benchmark files where the end's can't be imported there; False where that is not so.

        why: as it was told that the version can't be measured. False too where its own are the same.
        """
        slot = next((slot for slot, held in self._holds.items() if held == version), None)
        if not self.may_fall_back or slot is None or not self._trees.has_overlay(slot):
            return False
        if not cannot_be_imported(benchmark, why):
            return False
        self.with_own_files.add(version)
        self._pool.submit(self._trees.remove_overlay, slot).result()
        return True

    def held_files(self, benchmark: str, executed: Iterable[str]) -> frozenset[str]:
        """Of the files that all versions take from the end, those the benchmark is made of; relative to the top of a tree.

        executed: files it executes, relative to that top too.
        """
        file = self._below / benchmark.partition("::")[0]
        conftests = [folder / "conftest.py" for folder in file.parents]
        overlaid = [Path(path) for path in self.overlaid]
        own = [file, *conftests, *map(Path, executed)]
        return frozenset(str(p) for p in own if any(p == o or o in p.parents for o in overlaid))


def cannot_be_imported(benchmark: str, why: str) -> bool:
    """Whether a version can't be measured because a benchmark's file, or a conftest, can't be imported there."""
    return why.startswith((f"{benchmark.partition('::')[0]}: ", NO_START))
