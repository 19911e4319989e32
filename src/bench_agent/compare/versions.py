"""Versions of the project as trees, ready to be measured in turns: what each pytest process of the suite is in each of them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from bench_agent.config import Config
from bench_agent.measure.command import find_command
from bench_agent.measure.installed_copy import installed_modules
from bench_agent.measure.paired.same_process import side_of
from bench_agent.measure.paired.side import Side
from bench_agent.measure.paired.trees import (
    CONFIG_FILES,
    compiled_modules,
    describe_held,
    is_new_test,
    needed_settings,
    open_trees,
    starting_files,
    suite_files,
)
from bench_agent.measure.recipe import files_that_start
from bench_agent.records import Head, PytestProcess, Say, Suite
from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.held_environment import describe_environment
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

WORKING_TREE = "working tree"
PATCHED = "patched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions as one pytest process of the suite measures them, and the benchmarks that are that process's."""

    base: Side
    head: Side
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsTrees:
    """How versions are as trees. warnings: what is not as in the repository."""

    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # what the trees lack of the checkout
    held: tuple[str, ...] = ()  # what both have of the newer although it differs, in words
    held_files: tuple[str, ...] = ()  # the same, the benchmark files
    starts: tuple[str, ...] = ()  # what starts the suite and differs: both are started as it is now
    is_built: bool = False  # by `setup`
    built_s: float = 0.0  # on builds, which a budget for measuring does not count: what is built is kept
    restore_base: Callable[[], None] | None = None  # gives the second version, the base, its own benchmark files back


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoVersions(AsTrees):
    """Two versions as trees. pairs: one for each pytest process of the suite."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSides:
    """One pytest process of the suite in each version, in the order they were asked for, and the benchmarks that are its own."""

    sides: tuple[Side, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVersions(AsTrees):
    """Two or three versions as trees, the newest first."""

    processes: tuple[ProcessSides, ...]

    @property
    def two(self) -> TwoVersions:
        """The first against the second."""
        return self.against(1)

    def against(self, number: int) -> TwoVersions:
        """The first against another one."""
        pairs = tuple(Pair(base=each.sides[number], head=each.sides[0], ids=each.ids) for each in self.processes)
        trees = {each.name: getattr(self, each.name) for each in fields(AsTrees)}
        return TwoVersions(pairs=pairs, **(trees if number == 1 else trees | {"restore_base": None}))


SLOTS = ("head", "base", "slow")  # of the trees, equally long: a path's length moves memory


@contextlib.contextmanager
def two_sides(
    config: Config,
    repository: Repository,
    *,
    base: str | None,
    head: str | None,
    suite: Suite,
    ids: Sequence[str],
    environment: Mapping[str, str],
    say: Say,
) -> Iterator[TwoVersions]:
    """Two versions as trees of their own (None: copies of the working tree), for as long as the block runs."""
    with open_versions(
        config, repository, versions=(head, base), suite=suite, ids=ids, environment=environment, say=say
    ) as opened:
        yield opened.two


@contextlib.contextmanager
def open_versions(
    config: Config,
    repository: Repository,
    *,
    versions: Sequence[str | None],
    suite: Suite,
    ids: Sequence[str],
    environment: Mapping[str, str],
    say: Say,
    patched: Mapping[str, str] | None = None,
) -> Iterator[OpenVersions]:
    """Two or three versions (full shas; None: the working tree) as trees of their own, for as long as the block runs.

    The first is the newest: the others get its benchmark files. patched: files that the first, a working tree, has another
    content of; it is then labelled PATCHED.
    """
    root = config.root.resolve()
    top = repository.root.resolve()
    labels = [WORKING_TREE if sha is None else sha[:8] for sha in versions]
    if patched:
        labels[0] = PATCHED
    slots = SLOTS[: len(versions)]
    with open_trees(config, repository, suite, environment=environment, say=say) as trees:
        say(f"checking out {' and '.join(labels[1:])} beside {labels[0] if labels[0] not in labels[1:] else 'itself'}")
        places = [
            trees.checkout_working_tree(slot, patched=patched if slot == slots[0] else None)
            if sha is None
            else trees.checkout(sha, slot)
            for sha, slot in zip(versions, slots, strict=True)
        ]
        files = suite_files(config, [top, places[0]], suite, ids, top)
        if versions[0] is not None and any(versions[1:]):
            trees.fill("head", [path for path in files if path not in CONFIG_FILES])
        held, held_files, starts = list[str](), list[str](), list[str]()
        for sha, slot, place in zip(versions[1:], slots[1:], places[1:], strict=True):
            if sha is not None:
                wanted = {*files} - ({*CONFIG_FILES} - {*needed_settings(places[0], place)})
                overlaid = trees.overlay("head", slot, sorted(wanted))
                known = [path for path in overlaid if not is_new_test(path, repository.show_file(sha, path), ids)]
                start = starting_files(differing_paths(repository, sha, versions[0]), own=suite.start_files, top=top)
                older, newer = (tree / root.relative_to(top) for tree in (place, places[0]))
                start = files_that_start(find_command(config), start, older=older, newer=newer, environment=environment)
                held += describe_held(known, start)
                if not trees.has_setup and (told := _held_environment(repository, sha, versions[0])):
                    trees.warnings.append(told)
                held_files += known
                starts += start

        def side(process: PytestProcess, label: str, tree: Path, slot: str) -> Side:
            return side_of(
                process,
                label=label,
                tree=tree,
                top=top,
                root=root,
                python=trees.python(slot),
                env=trees.variables(slot, process.environment or environment),
                compiled=compiled_modules(top, tree, process.modules, built=trees.has_setup),
            )

        processes = tuple(
            ProcessSides(sides=tuple(side(process, *each) for each in zip(labels, places, slots, strict=True)), ids=own)
            for process, own in suite.by_process(ids)
        )
        copies = {module.name.partition(".")[0] for module in installed_modules(suite)}
        if copies:
            named = clean_text(", ".join(sorted(copies)))
            trees.warnings.append(
                f"the suite imports an installed copy of {named}; here each version's own code is measured"
            )
        yield OpenVersions(
            processes=processes,
            warnings=tuple(dict.fromkeys([*trees.warnings, *held])),
            left_out=trees.left_out,
            held=tuple(dict.fromkeys(held)),
            held_files=tuple(dict.fromkeys(held_files)),
            starts=tuple(dict.fromkeys(starts)),
            is_built=trees.has_setup,
            built_s=trees.built_s,
            restore_base=partial(trees.remove_overlay, "base") if trees.has_overlay("base") else None,
        )


def _held_environment(repository: Repository, older: str, newer: str | None) -> str | None:
    """What differs in what is to be installed, where both sides have what is installed now."""
    if not any(kind_of(path) == "dependency" for path in differing_paths(repository, older, newer)):
        return None
    head = repository.head() if newer is None else Head(sha=newer)
    return describe_environment(repository, collect_range(repository, older, head).commits)


def differing_paths(repository: Repository, older: str, newer: str | None) -> set[str]:
    """The paths that differ between two versions; newer None: the working tree."""
    differing = set(repository.differing(older, newer or "HEAD"))
    return differing if newer else differing | {change.path for change in repository.uncommitted()}
