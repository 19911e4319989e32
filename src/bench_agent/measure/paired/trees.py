"""The versions to measure, each checked out into a worktree of its own with the benchmark files it is measured by."""

import configparser
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from bench_agent.config import Config
from bench_agent.measure.paired.same_process import root_in
from bench_agent.records import ModuleOrigin, Suite
from bench_agent.system.builds import Builds
from bench_agent.system.built_modules import place_of
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import find_kept_files
from bench_agent.system.worktree_home import home_of
from bench_agent.system.worktrees import Trees
from bench_agent.text.clean import clean_text

LOCK_WAIT_S = 30.0  # for another run of ours in this repository to end
CONFIG_FILES = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "conftest.py")
TEST_FOLDERS = frozenset(
    {"test", "tests", "testing", "bench", "benches", "benchmark", "benchmarks", "perf", "performance"}
)


def open_trees(
    config: Config,
    repository: Repository,
    suite: Suite,
    *,
    environment: Mapping[str, str],
    say: Callable[[str], None],
    cache: Path | None = None,
) -> Trees:
    """The trees for versions of a suite: with what its run used of files that git does not keep, built by `setup` if it is set.

    cache: where they and what is built live; None: the user's cache directory.
    """
    places = places_of(repository.root.resolve(), suite.modules)
    used = frozenset(places)
    builds = None
    if config.setup:
        home = home_of(repository, cache, room="builds")
        builds = Builds(
            config.setup,
            python=suite.processes[0].executable,
            repository=repository,
            home=home,
            environment=environment,
            say=say,
        )
    return Trees(
        repository,
        builds=builds,
        kept=find_kept_files(repository, used=used, places=places),
        used=used,
        wait_s=LOCK_WAIT_S,
        on_wait=say,
        cache=cache,
    )


def places_of(top: Path, modules: Iterable[ModuleOrigin]) -> dict[str, str]:
    """Of the extension modules and archives that the run imported from the checkout: their paths, and where they belong in a
    tree."""
    found = {}
    for module in modules:
        path = Path(module.path)
        if module.kind == "archive":
            archive = next((above for above in path.parents if above.is_file()), None)
            if archive is not None and archive.is_relative_to(top):
                found[str(archive.relative_to(top))] = str(archive.relative_to(top))
        if module.kind != "extension" or not path.is_relative_to(top):
            continue
        below = str(path.relative_to(top))
        *packages, _ = module.name.split(".")
        place = place_of(top, "/".join((*packages, path.name))) if below.startswith("build") else None
        found[below] = place or below
    return found


def compiled_modules(top: Path, tree: Path, modules: Iterable[ModuleOrigin], *, built: bool) -> tuple[str, ...]:
    """The modules that must be compiled in a tree because they were in the run, in the checkout or in an installed copy.

    built: by `setup`; a version that was built without one of them may not have it yet, unless it has none of them although
    there is something to compile.
    """
    extensions = [module for module in modules if module.kind == "extension"]
    if not built:
        return tuple(module.name for module in extensions)
    standing = [module.name for module in extensions if _stands_in(tree, top, module)]
    compiles = any(path for pattern in ("*.pyx", "*.c", "*.cpp", "*.rs") for path in tree.rglob(pattern))
    return tuple(standing or ([module.name for module in extensions] if compiles else ()))


def _stands_in(tree: Path, top: Path, module: ModuleOrigin) -> bool:
    place = places_of(top, [module]).values() or [place_of(tree, f"{module.name.replace('.', '/')}.so") or "none"]
    folder, stem = (tree / next(iter(place))).parent, module.name.rpartition(".")[2]
    return any(folder.glob(f"{stem}.*"))


def suite_files(config: Config, tops: Sequence[Path], suite: Suite, ids: Sequence[str], top: Path) -> tuple[str, ...]:
    """What all sides have the same of: the setting `overlay`, else the benchmark files; relative to the top of a tree.

    tops: the checkout, then trees; in all of them the patterns of `overlay` are looked up.
    """
    project = config.root.resolve().relative_to(top)
    named = [Path(word) for process in suite.processes for word in process.options if Path(word).is_absolute()]
    files = [str(path.relative_to(top)) for path in named if path.is_relative_to(top) and path.is_file()]
    if config.overlay:
        found = [
            path.relative_to(top)
            for top in tops
            for pattern in config.overlay
            for path in sorted((top / project).glob(pattern))
        ]
        return tuple(dict.fromkeys([*files, *map(str, found)]))
    placed = [
        str(root_in(process, top, config.root.resolve()) / id) for process, own in suite.by_process(ids) for id in own
    ]
    return (*benchmark_files(placed), *files)


def surely_alike(files: Sequence[str]) -> tuple[str, ...]:
    """Of `suite_files`, those that are the same on all sides whatever is in them: settings may be a version's own."""
    return tuple(path for path in files if path not in CONFIG_FILES)


def needed_settings(newer: Path, older: Path) -> tuple[str, ...]:
    """The files of CONFIG_FILES that a tree must have as the newer one has them: those in which pytest's part differs.

    The rest of pyproject.toml and setup.cfg is the version's own: its code may read it.
    """
    return tuple(name for name in CONFIG_FILES if _pytest_part(newer / name) != _pytest_part(older / name))


def _pytest_part(path: Path) -> object:
    """What pytest reads of a file of settings; its bytes where that can't be told apart."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    try:
        if path.suffix == ".toml":
            return tomllib.loads(content.decode()).get("tool", {}).get("pytest")
        if path.name in ("setup.cfg", "tox.ini"):
            parser = configparser.RawConfigParser()
            parser.read_string(content.decode())
            return {name: dict(parser[name]) for name in ("tool:pytest", "pytest") if parser.has_section(name)}
    except (ValueError, AttributeError, configparser.Error):
        pass
    return content


_STARTS = re.compile(r"(?:^|/)(?:GNUmakefile|[Mm]akefile|[^/]*\.mk|tox\.ini|noxfile\.py|[Jj]ustfile|tasks\.py|\.env)$")
_MOST_NAMED = 4


def is_new_test(path: str, before: bytes | None, ids: Iterable[str] = ()) -> bool:
    """Whether it is a file of tests that the older version does not have (`before`): having it there hides nothing.

    ids: of the benchmarks that are measured, whose files are such whatever their name.
    """
    named = Path(path).name.startswith(("test_", "bench_"))
    return before is None and (named or any(path.endswith(id.partition("::")[0]) for id in ids))


def starting_files(paths: Iterable[str], *, own: Iterable[str] = (), top: Path = Path("/")) -> list[str]:
    """Those of the paths that tell how a suite is started: a Makefile's recipe, a tox.ini, what the suite's own start reads.

    paths: from the top of the repository. own: absolute, as `Suite.start_files`.
    """
    known = {*own}
    return sorted(path for path in paths if _STARTS.search(path) or str(top / path) in known)


def describe_held(overlaid: Sequence[str], starts: Sequence[str]) -> tuple[str, ...]:
    """What both sides have of the newer version although it differs, in words: what it changed can't be seen.

    overlaid: the files that were put over the older tree's. starts: `starting_files` that differ.
    """
    told = []
    if overlaid:
        told.append(
            f"both sides have the newer benchmark files, so what changed in these is not compared: {_named(overlaid)}"
        )
    if starts:
        told.append(
            f"both sides are started as the suite is now, so what changed in these is not compared: {_named(starts)}"
        )
    return tuple(told)


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(clean_text(path, limit=80) for path in paths[:_MOST_NAMED]) + more


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
