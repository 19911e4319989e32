"""Files of the checkout that git does not keep and the suite may need: what was built, generated, downloaded, set up.

`find_kept_files` lists them, without caches and environments, within bounds. `Trees` puts them into every tree as they are.
An extension module is valid only for the sources it was built from: `built_from` says which changes make it another one.
"""

import ast
import contextlib
import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench_agent.system.git import Repository
from bench_agent.text import quantity

MAX_BYTES = 256_000_000  # of all kept files of one tree; copying so much takes 0.2 to 0.3 s
MAX_FILES = 10_000  # the same, in number
MAX_LOOKED_AT = 200_000  # entries of ignored folders; beyond, the rest is left out unseen

_EXTENSION = re.compile(r"\.(so|pyd|dylib)$")
_GENERATED = re.compile(
    rb"do not edit|don't change|@generated|auto-?generated|generated (by|from|code)|file generated", re.IGNORECASE
)
_JUNK_FOLDERS = frozenset(
    {
        *(".git", ".hg", ".svn", "__pycache__", "node_modules", ".tox", ".nox", ".eggs", ".benchmark", ".benchmarks"),
        *(".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints", ".idea", ".vscode"),
        *("htmlcov", ".pixi", ".direnv", ".venv", ".claude", ".codspeed", "wheelhouse"),
    }
)
_JUNK_FILES = re.compile(r"\.(py[co]|o|obj|a|whl|sw[op]|orig|rej|prof)$|^\.coverage($|\.)|^\.DS_Store$|~$")
_COMPILED = re.compile(
    r"\.(c|cc|cpp|cxx|h|hh|hpp|hxx|inc|pyx|pxd|pxi|rs|f|f90|f95|go|zig|cu|cuh|m|mm|S|asm)(\.in)?$"
    r"|(^|/)(setup\.py|meson\.build|meson_options\.txt|meson\.options|CMakeLists\.txt|Cargo\.(toml|lock)|build\.rs)$"
)
_GENERATORS = re.compile(r"\.(proto|thrift|fbs|capnp|g4|lark|j2|jinja2?|tmpl|template|mako|idl|xsd|asn1?)$|\.py\.in$")
_BUILD_TABLES = (
    "build-system",
    "tool.setuptools",
    "tool.scikit-build",
    "tool.maturin",
    "tool.meson-python",
    "tool.mypyc",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFiles:
    """Paths relative to the top of the checkout."""

    files: tuple[str, ...] = ()  # data, settings, generated sources
    extensions: tuple[str, ...] = ()  # compiled
    places: Mapping[str, str] | None = None  # extension -> where it belongs in a tree, if not where it lies
    left_out: str | None = None  # a sentence: what is too much to be copied

    def target(self, path: str) -> str:
        """Where a kept file stands in a tree."""
        return (self.places or {}).get(path, path)


def find_kept_files(
    repository: Repository, *, used: frozenset[str] = frozenset(), places: Mapping[str, str] | None = None
) -> KeptFiles:
    """Ignored and untracked files of the checkout, those in `used` before all others. Two calls of git and a walk: 0.07 s
    in yarl's checkout on a machine with a load of 15.

    used: paths that the run imported, which are kept wherever they lie. places: as of `KeptFiles`. An untracked Python source
    that nobody generated is somebody's new code: it belongs to the working tree alone.
    """
    top = repository.root
    ignored = repository.git(
        "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z", "--full-name"
    )
    untracked = repository.git("ls-files", "--others", "--exclude-standard", "-z", "--full-name")
    found = list(_existing(top, sorted(used)))
    found += _walk(top, [path for path in ignored.split("\0") if path])
    found += [path for path in untracked.split("\0") if path and not is_junk(path) and not _is_new_code(top, path)]
    sized = [(path, size) for path in dict.fromkeys(found) if (size := _size(top / path)) is not None]
    sized.sort(key=lambda entry: (entry[0] not in used, not _is_importable(entry[0]), entry[1]))
    kept, left = _within_bounds(sized)
    return KeptFiles(
        files=tuple(path for path in kept if not is_extension(path)),
        extensions=tuple(path for path in kept if is_extension(path)),
        places=places,
        left_out=_describe(left),
    )


def is_extension(path: str) -> bool:
    return _EXTENSION.search(path) is not None


def is_junk(path: str) -> bool:
    """Caches, environments, build folders: nothing a suite reads. path: relative to the top."""
    parts = PurePosixPath(path).parts
    return (
        any(part in _JUNK_FOLDERS for part in parts[:-1])
        or parts[0] in ("build", "dist")
        or _JUNK_FILES.search(parts[-1]) is not None
    )


def _is_importable(path: str) -> bool:
    return path.endswith(".py") or is_extension(path)


def _is_new_code(top: Path, path: str) -> bool:
    if not path.endswith((".py", ".pyx", ".pxd")):
        return False
    try:
        with (top / path).open("rb") as file:
            return not _GENERATED.search(file.read(2000))
    except OSError:
        return True


def _existing(top: Path, paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if (top / path).is_file())


def _walk(top: Path, entries: Iterable[str]) -> Iterator[str]:
    looked_at = 0
    for entry in entries:
        if not entry.endswith("/"):
            if not is_junk(entry):
                yield entry
            continue
        if is_junk(f"{entry}x"):
            continue
        for where, folders, names in os.walk(top / entry):
            looked_at += len(folders) + len(names)
            if looked_at > MAX_LOOKED_AT or _is_foreign(names):
                folders.clear()
                continue
            folders[:] = [name for name in folders if name not in _JUNK_FOLDERS]
            below = os.path.relpath(where, top)
            paths = (f"{below}/{name}" for name in names)
            yield from (path for path in paths if not is_junk(path))


def _is_foreign(names: Iterable[str]) -> bool:
    """A folder that marks itself as a cache, an environment, or another repository."""
    return not {"CACHEDIR.TAG", "pyvenv.cfg", "conda-meta", ".git"}.isdisjoint(names)


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size if path.is_symlink() or path.is_file() else None
    except OSError:
        return None


def _within_bounds(sized: Iterable[tuple[str, int]]) -> tuple[list[str], list[tuple[str, int]]]:
    kept: list[str] = []
    left: list[tuple[str, int]] = []
    total = 0
    for path, size in sized:
        if total + size > MAX_BYTES or len(kept) >= MAX_FILES:
            left.append((path, size))
        else:
            kept.append(path)
            total += size
    return kept, left


def _describe(left: list[tuple[str, int]]) -> str | None:
    if not left:
        return None
    largest = max(left, key=lambda entry: entry[1])[0]
    folder = largest.partition("/")[0]
    size = quantity.size(sum(size for _, size in left))
    return (
        f"{quantity.counted(len(left), 'ignored file')} ({size}, such as in {folder}) too large to be copied into the measured "
        f'trees; a benchmark that needs them needs `setup`, such as: ln -s "$BENCH_AGENT_PROJECT/{folder}" .'
    )


def built_from(
    kept: KeptFiles,
    changed: Iterable[str],
    *,
    used: frozenset[str],
    differs: "TableComparison",
    scripts: frozenset[str] = frozenset(),
    names_one_of: Callable[[str, Sequence[str]], bool] = lambda path, files: False,
) -> str | None:
    """The first changed path that a kept file may be built from, so that the file is not that version's; None: all are valid.

    changed: paths that differ between the version and the checkout. used: what the run imported; where known, other extension
    modules don't matter. differs: whether a table of pyproject.toml is another one there. scripts: as of `build_scripts`.
    names_one_of: whether a changed file names one of these generated modules, as what writes it does.
    """
    extensions = [path for path in kept.extensions if not used or path in used]
    generated = [path for path in kept.files if path.endswith(".py") and "version" not in path]
    stems = {stem_of(kept.target(path)) for path in extensions}
    for path in sorted(changed):
        if extensions and is_build_script(path, scripts):
            return path
        if extensions and (_COMPILED.search(path) or stem_of(path) in stems):
            return path
        if extensions and path == "pyproject.toml" and any(map(differs, _BUILD_TABLES)):
            return path
        if generated and (_GENERATORS.search(path) or names_one_of(path, generated)):
            return path
    return None


def packed_in(top: Path, archives: Iterable[str], changed: Iterable[str]) -> str | None:
    """The first changed path of which one of these archives, which the run imported from, holds a copy; None without one."""
    held: set[str] = set()
    for archive in archives:
        with contextlib.suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(top / archive) as opened:
            held.update(opened.namelist())
    return next((path for path in sorted(changed) if any(_ends_with(path, name) for name in held)), None)


def _ends_with(path: str, name: str) -> bool:
    return path == name or (name.endswith(".py") and path.endswith(f"/{name}"))


def reads_beside(script: str, text: str, generated: Sequence[str], path: str) -> bool:
    """Whether a script that names one of these generated files names `path` too, as what writes one from the other does.

    In a Python file anywhere; elsewhere, such as in a Makefile, between the same blank lines. By the path, by a telling file
    name, as a module, or by a pattern for all of its folder.
    """
    if path.endswith((".md", ".rst")) or path == script:
        return False
    blocks = [text] if script.endswith(".py") else re.split(r"\n\s*\n", text)
    naming = [block for block in blocks if any(PurePosixPath(name).name in block for name in generated)]
    own = PurePosixPath(path)
    words = [path, f"{own.parent}/*"]
    if own.name not in ("__init__.py", "setup.py", "conftest.py", "Makefile"):
        words.append(own.name)
    if own.suffix == ".py":
        words.append(".".join(own.with_suffix("").parts).removeprefix("src."))
    pattern = re.compile(r"(?<![\w.-])(?:" + "|".join(map(re.escape, words)) + r")(?![\w-])")
    return any(pattern.search(block) for block in naming)


def build_scripts(setup: bytes | None, pyproject: bytes | None) -> frozenset[str]:
    """What may take part in a build beside the sources: names that setup.py imports, and the folders of a backend of the
    project's own. Of a setup.py that can't be read, nothing."""
    names: set[str] = set()
    document = _read(pyproject)
    folders = _table(document, "build-system.backend-path") if document is not None else None
    if isinstance(folders, list):
        names.update(f"{PurePosixPath(str(folder))}/" for folder in folders)
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(ast.parse(setup or b"")):
            if isinstance(node, ast.Import):
                names.update(alias.name.replace(".", "/") for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.replace(".", "/"))
                names.update(f"{node.module.replace('.', '/')}/{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
                names.add(node.value.removesuffix(".py").removeprefix("./"))  # executed by its path
    return frozenset(
        names - sys.stdlib_module_names
    )  # a platform.py of the project is not what `import platform` means


def is_build_script(path: str, scripts: frozenset[str]) -> bool:
    """Whether a Python file is one of those `build_scripts` names."""
    if not path.endswith(".py"):
        return False
    stem = path.removesuffix(".py").removesuffix("/__init__")
    return any(
        path.startswith(name) if name.endswith("/") else stem == name or stem.endswith(f"/{name}") for name in scripts
    )


def stem_of(path: str) -> str:
    """ "pkg/_fast" of "pkg/_fast.cpython-311-x86_64-linux-gnu.so" and of "pkg/_fast.py"."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"


class TableComparison:
    """Whether a table of two pyproject.toml is another one; True for all where one can't be read."""

    def __init__(self, one: bytes | None, other: bytes | None) -> None:
        self._one, self._other = _read(one), _read(other)

    def __call__(self, dotted: str) -> bool:
        return self._one is None or self._other is None or _table(self._one, dotted) != _table(self._other, dotted)


def _read(content: bytes | None) -> Mapping[str, object] | None:
    try:
        return tomllib.loads((content or b"").decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _table(document: Mapping[str, object], dotted: str) -> object:
    found: object = document
    for name in dotted.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
