"""Builds of versions by the setting `setup`: each in an environment of its own, kept by what it was made from.

A build is an environment on top of the suite's packages (what `setup` installed) and files in the tree (what it compiled and
generated). Both are kept in our cache: the same inputs are not built twice. The suite's own environment is not touched.
"""

import contextlib
import hashlib
import json
import re
import shutil
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench_agent.errors import MeasureError
from bench_agent.system.built_modules import adopt_built_modules, modules_beside_sources
from bench_agent.system.environment_guard import EnvironmentGuard
from bench_agent.system.environments import (
    Environment,
    Interpreter,
    environment_in,
    look_at,
    make_environment,
    refuse_installs_elsewhere,
)
from bench_agent.system.files import read_if_there, read_regular
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import build_scripts, is_build_script, is_extension, is_junk
from bench_agent.system.process import Running
from bench_agent.system.tree_files import put_file
from bench_agent.text.clean import clean_text
from bench_agent.text.telling_line import telling_line

MOST_SEEN = 50  # commands `setup` that are remembered
MAX_SEEN_BYTES = 10_000
SETUP_TIMEOUT_S = 900.0  # for the command `setup`, which may compile
MAX_BUILDS = 16  # kept of one repository, the last used
MAX_PRODUCTS_BYTES = 1_000_000_000  # of the files of one build; with more it is made anew each time
_FORMAT = 1  # of what is kept of a build; one of another format is built anew
_OF_A_COMPILER = re.compile(
    r"\.(so|pyd|dylib|c|cc|cpp|cxx|h|hpp|o|a|d|html|pyi)$|\.(egg|dist)-info/|(^|/)(build|target)/"
)
_NO_INPUT = re.compile(
    r"^(\.github|\.circleci|docs?|tests?|testing|bench|benches|benchmarks?|examples?)/"
    r"|\.(md|rst|ipynb|png|svg|jpg|gif|html|css)$|(^|/)(LICENSE|COPYING|AUTHORS|CHANGE\w*|NEWS)[^/]*$|(^|/)conftest\.py$",
    re.IGNORECASE,
)


_NO_BUILD_TOOLS = frozenset(
    {
        *("bench-agent", "pytest", "coverage", "codspeed", "tox", "nox", "ruff", "black", "isort", "flake8"),
        *("pyright", "pylint", "codespell", "towncrier", "bandit", "interrogate", "typos", "vulture"),
    }
)


DAY = "BENCH_AGENT_DATE"  # the variable of the commit's day; a build depends on it where `setup` names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What `setup` made of one tree."""

    environment: Environment
    extensions: tuple[str, ...]  # that it compiled into the tree; relative to its top


class Builds:
    """Builds trees of one repository. Belongs to whoever holds the repository's lock."""

    def __init__(
        self,
        setup: str,
        *,
        python: str,
        repository: Repository,
        home: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        """setup: a shell command, run in each tree. python: the suite's interpreter. home: where builds are kept."""
        self.setup = setup
        self._python, self._repository, self._home, self._say = python, repository, home, say
        self._environment = dict(environment)
        self._interpreter: Interpreter | None = None
        self.warnings: list[str] = []
        self.spent_s = 0.0  # on running the command

    def build(self, tree: Path, what: str, *, changed: Iterable[str] = ()) -> Build:
        """Build the tree, or take what was built of the same inputs.

        what: the version, for messages. changed: paths of the tree that are not its commit's. Raises MeasureError when
        `setup` fails, or when it would change, or has changed, the suite's own environment.
        """
        if self._interpreter is None:
            self._interpreter = look_at(self._python)
            refuse_installs_elsewhere(self.setup, self._interpreter, self._environment)
        whole, narrow = self._keys(tree, frozenset(changed))
        folder = self._known(whole, narrow)
        if folder is not None and (build := self._restore(folder, tree)) is not None:
            return build
        return self._make(self._home / whole, narrow, tree, what)

    def _make(self, folder: Path, narrow: str, tree: Path, what: str) -> Build:
        assert self._interpreter is not None
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._forget_oldest()
        environment = make_environment(self._interpreter, folder)
        before = self._untracked(tree)
        guard = EnvironmentGuard(self._interpreter.site)
        self._tell_first_use()
        self._say(f"building {what}: {clean_text(self.setup, limit=80)}")
        began = time.monotonic()
        try:
            self._run(environment, tree, what)
        finally:
            self.spent_s += time.monotonic() - began
            self._check(guard)
        adopt_built_modules(tree, environment.site)
        after = self._untracked(tree)
        made = sorted(path for path, stamp in after.items() if before.get(path) != stamp and not is_junk(path))
        build = Build(environment=environment, extensions=tuple(filter(is_extension, made)))
        self._keep(folder, narrow, tree, made)
        return build

    def _tell_first_use(self) -> None:
        """Say it where this command never ran for the repository: it can have come with somebody else's commit."""
        seen, mark = self._home / "setups", hashlib.sha256(self.setup.encode("utf-8", "replace")).hexdigest()
        try:
            known = read_regular(seen, limit=MAX_SEEN_BYTES).decode("ascii", "replace").split()
        except OSError:
            known = []
        if mark in known:
            return
        new = (
            "`setup` is another command than before" if known else "the command `setup` is run for the first time here"
        )
        self.warnings.append(f"{new}: {clean_text(self.setup)}")
        with contextlib.suppress(OSError):
            seen.write_text("\n".join([*known[-MOST_SEEN:], mark]), encoding="ascii")

    def _run(self, environment: Environment, tree: Path, what: str) -> None:
        variables = {
            **environment.variables(self._environment),
            "BENCH_AGENT_PROJECT": str(self._repository.root),
            "BENCH_AGENT_TREE": str(tree),
            **({DAY: self._day(tree)} if DAY in self.setup else {}),
        }
        with Running(self.setup, cwd=tree, env=variables) as running:
            code = running.wait(SETUP_TIMEOUT_S)
        if code != 0:
            telling = telling_line(running.output().splitlines())
            how = "did not end in time" if code is None else f"failed (exit {code})"
            raise MeasureError(
                f"`{clean_text(self.setup)}` {how} at {what}: {clean_text(telling, limit=300)}",
                hint="it is the `setup` setting; try it in a fresh clone and a fresh virtual environment",
            )

    def _day(self, tree: Path) -> str:
        """When the commit of the tree was made, as 2026-11-30: a package index can be asked for what it had by then."""
        return self._repository.git("show", "-s", "--format=%cs", "HEAD", "--", cwd=tree).strip()

    def _check(self, guard: EnvironmentGuard) -> None:
        changed = guard.changed()
        if changed:
            guard.restore_pointers()
            still = guard.changed()
            state = f"{', '.join(still[:5])} must be installed again" if still else "it was put back"
            raise MeasureError(
                f"`setup` changed the suite's own environment ({clean_text(', '.join(changed[:5]))}): {clean_text(state)}",
                hint="let it install by `pip` or `python` of the environment it is started in, without naming another",
            )

    # --- what was built before

    def _keys(self, tree: Path, changed: frozenset[str]) -> tuple[str, str]:
        """Of all that a build may depend on, and of that without Python sources, on which most builds don't."""
        assert self._interpreter is not None
        common = hashlib.sha256(f"{_FORMAT}\0{self.setup}\0{self._interpreter}".encode())
        if DAY in self.setup:
            common.update(self._day(tree).encode())
        for site in self._interpreter.site:
            common.update("\0".join(sorted(path.name for path in site.glob("*-info"))).encode())
        whole, narrow = common.copy(), common.copy()
        scripts = build_scripts(read_if_there(tree / "setup.py"), read_if_there(tree / "pyproject.toml"))
        listed = self._repository.git("ls-files", "-s", "-z", cwd=tree)
        known = set()
        for entry in filter(None, listed.split("\0")):
            about, _, path = entry.partition("\t")
            known.add(path)
            if _NO_INPUT.search(path):
                continue
            content = _hash_file(tree / path) if path in changed else about
            if path == "pyproject.toml":
                content = _hash_build_settings(tree / path) or content
            line = f"{path}\0{content}\n".encode("utf-8", "surrogateescape")
            whole.update(line)
            takes_part = PurePosixPath(path).name == "setup.py" or path in self.setup or is_build_script(path, scripts)
            if not path.endswith(".py") or takes_part:
                narrow.update(line)
        for path in sorted(path for path in changed - known if not _NO_INPUT.search(path)):
            whole.update(f"{path}\0{_hash_file(tree / path)}\n".encode("utf-8", "surrogateescape"))
        return whole.hexdigest()[:24], narrow.hexdigest()[:24]

    def _known(self, whole: str, narrow: str) -> Path | None:
        if (self._home / whole / "built.json").is_file():
            return self._home / whole
        with contextlib.suppress(OSError):
            named = (self._home / f"{narrow}.same").read_text().strip()
            if re.fullmatch(r"[0-9a-f]{24}", named) and (self._home / named / "built.json").is_file():
                return self._home / named
        return None

    def _keep(self, folder: Path, narrow: str, tree: Path, made: list[str]) -> None:
        if sum((tree / path).lstat().st_size for path in made) > MAX_PRODUCTS_BYTES:
            return
        for path in made:
            put_file(tree / path, folder / "made" / path)
        (folder / "built.json").write_text(json.dumps({"tree": str(tree), "made": made}))
        if not _depends_on_python(tree, made):
            (self._home / f"{narrow}.same").write_text(folder.name)

    def _restore(self, folder: Path, tree: Path) -> Build | None:
        """None when what is kept can't be used."""
        assert self._interpreter is not None
        environment = environment_in(folder, self._interpreter)
        try:
            kept = json.loads((folder / "built.json").read_bytes())
            for path in kept["made"]:
                put_file(folder / "made" / path, tree / path)
            _move_to(environment.site, str(kept["tree"]), str(tree))
            (folder / "built.json").write_text(json.dumps({**kept, "tree": str(tree)}))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Build(environment=environment, extensions=tuple(filter(is_extension, kept["made"])))

    def _forget_oldest(self) -> None:
        kept = sorted(self._home.glob("*/built.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for marker in kept[MAX_BUILDS - 1 :]:
            shutil.rmtree(marker.parent, ignore_errors=True)
        a_day_ago = time.time() - 86_400
        for folder in self._home.iterdir():
            if folder.is_dir() and not (folder / "built.json").exists() and folder.stat().st_mtime < a_day_ago:
                shutil.rmtree(folder, ignore_errors=True)  # a build that was killed
        for reference in self._home.glob("*.same"):
            if not (self._home / reference.read_text().strip()).is_dir():
                reference.unlink(missing_ok=True)

    def _untracked(self, tree: Path) -> dict[str, tuple[int, int]]:
        """Path -> (size, time) of the files that git does not keep: a build may replace those that were there."""
        found = {}
        for path in filter(None, self._repository.git("ls-files", "--others", "-z", cwd=tree).split("\0")):
            with contextlib.suppress(OSError):
                stat = (tree / path).lstat()
                found[path] = (stat.st_size, stat.st_mtime_ns)
        return found


def _hash_file(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "none"


def _hash_build_settings(path: Path) -> str | None:
    """Of pyproject.toml without the settings of tools that build nothing; None where it can't be read."""
    try:
        document = tomllib.loads((read_if_there(path) or b"").decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    tools = document.get("tool")
    if isinstance(tools, dict):
        document["tool"] = {name: table for name, table in tools.items() if name not in _NO_BUILD_TOOLS}
        if not document["tool"]:
            del document["tool"]
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def _depends_on_python(tree: Path, made: list[str]) -> bool:
    """Whether another Python source may give another build: sources compiled as they are, or something that a script wrote,
    such as an archive. Not what a compiler leaves, metadata, and the module with the version."""
    written = [path for path in made if not _OF_A_COMPILER.search(path) and "version" not in PurePosixPath(path).name]
    return bool(written) or any(modules_beside_sources(tree, filter(is_extension, made)))


def _move_to(site: Path, old: str, new: str) -> None:
    """An editable install made in one tree points to another."""
    if old == new:
        return
    for pattern in ("*.pth", "__editable__*", "*.egg-link", "*_loader.py", "*.dist-info/direct_url.json"):
        for path in site.glob(pattern):
            content = path.read_bytes()
            moved = content.replace(f"{old}/".encode(), f"{new}/".encode())
            moved = re.sub(re.escape(old.encode()) + rb"(?![\w.-])", new.encode().replace(b"\\", b"\\\\"), moved)
            if moved != content:
                path.write_bytes(moved)
