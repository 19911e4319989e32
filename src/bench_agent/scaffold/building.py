"""Whether a project must be built before its code can be run, told from its files, and the `setup` line that builds a version.

Nothing is run. The line works in a fresh worktree: it installs from there into the environment that each version gets.
"""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_agent.measure.command import has_target
from bench_agent.project import MAKEFILES

_BACKENDS = {
    "mesonpy": "meson-python",
    "maturin": "maturin",
    "scikit_build_core": "scikit-build-core",
    "skbuild": "scikit-build",
    "py_build_cmake": "py-build-cmake",
    "sipbuild": "SIP",
    "enscons": "enscons",
}
_COMPILERS = re.compile(
    r"^(cython|pybind11|nanobind|setuptools[-_]rust|mypy|cffi|pythran|scikit-build)\b", re.IGNORECASE
)
_SETUP_PY = re.compile(r"\bext_modules\b|\bExtension\(|\bcythonize\(|\bmypycify\(|\bcffi_modules\b|\brust_extensions\b")
_HATCH_HOOKS = ("mypyc", "cython", "custom")
_COMPILED = ("*.pyx", "*.c", "*.cpp", "*.rs")
_GENERATING_TARGETS = ("generate", "gen", "codegen", "protos", "proto", "protobuf", "build-ext", "build_ext")
_MAX_READ = 1_000_000  # bytes of one file


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Why a version must be built, and how."""

    because: str  # "setup.py names extension modules"
    setup: str | None  # the line for `setup`; None: nobody can tell


def find_build(root: Path) -> Build | None:
    """What needs a build; None for a project whose sources are run as they are. Reads a few files."""
    pyproject = _read_toml(root / "pyproject.toml")
    because = next((why for look in _LOOKS if (why := look(root, pyproject))), None)
    if because:
        return Build(because=because, setup=_install_line(root))
    if version := _missing_version(root, pyproject):
        return Build(because=version, setup=_install_line(root))
    if generated := next(_generated(root), None):
        return Build(because=generated, setup=_generating_line(root))
    return None


def _by_backend(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    backend = str(_table(pyproject, "build-system").get("build-backend") or "").partition(".")[0].partition(":")[0]
    return f"it is built by {_BACKENDS[backend]}" if backend in _BACKENDS else None


def _by_setup_py(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    return "setup.py names extension modules" if _SETUP_PY.search(_read(root / "setup.py")) else None


def _by_tables(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    if _table(pyproject, "tool", "setuptools").get("ext-modules") or _table(pyproject, "tool", "setuptools-rust"):
        return "pyproject.toml names extension modules"
    if _table(pyproject, "tool", "poetry", "build") or isinstance(
        _table(pyproject, "tool", "poetry").get("build"), str
    ):
        return "pyproject.toml names a build script of poetry"
    if hook := next(
        (name for name in _HATCH_HOOKS if _table(pyproject, "tool", "hatch", "build", "hooks", name)), None
    ):
        return f"pyproject.toml names hatch's build hook {hook}"
    return None


def _by_requirements(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    """A compiler among what the build requires, or a backend of the project's own, and something to compile."""
    system = _table(pyproject, "build-system")
    requires = system.get("requires")
    named = [str(name) for name in requires] if isinstance(requires, list) else []
    compiler = next((found[1] for name in named if (found := _COMPILERS.match(name))), None)
    if (compiler or system.get("backend-path")) and _has_sources(root):
        return (
            f"its build requires {compiler}" if compiler else "it has a build backend and compiled sources of its own"
        )
    return None


_LOOKS: tuple[Callable[[Path, Mapping[str, Any]], str | None], ...] = (
    _by_backend,
    _by_setup_py,
    _by_tables,
    _by_requirements,
)


def _has_sources(root: Path) -> bool:
    folders = [folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith((".", "build"))]
    return any(path for folder in folders for pattern in _COMPILED for path in folder.rglob(pattern))


def _generated(root: Path) -> Iterator[str]:
    """Interface descriptions from which Python is generated that git ignores."""
    ignored = _read(root / ".gitignore")
    if re.search(r"_pb2|_grpc|generated", ignored):
        proto = next((path for folder in (root, root / "src") for path in folder.glob("**/*.proto")), None)
        if proto is not None:
            yield f"Python is generated from {proto.relative_to(root)}"


def _missing_version(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    """A module with the version, written when the project is built (setuptools-scm, hatch-vcs), that this checkout lacks.

    Where it is there, every tree gets it as it is.
    """
    scm = _table(pyproject, "tool", "setuptools_scm")
    vcs = _table(pyproject, "tool", "hatch", "build", "hooks", "vcs")
    pdm = _table(pyproject, "tool", "pdm", "version")
    for path in (scm.get("version_file"), scm.get("write_to"), vcs.get("version-file"), pdm.get("write_to")):
        if isinstance(path, str) and not any((root / start / path).is_file() for start in ("", "src")):
            return f"{path} is written by a build, and is not there"
    return None


def _install_line(root: Path) -> str:
    """As it is built here: in place with other flags, for some (yarl: with tracing), it is another build."""
    pip = "uv pip" if (root / "uv.lock").is_file() and shutil.which("uv") else "pip"
    return f"{pip} install -e ." if _is_built_in_place(root) else f"{pip} install ."


def _is_built_in_place(root: Path) -> bool:
    """Whether extension modules stand among the sources, as setuptools leaves them; other backends import or build anew."""
    if _by_backend(root, _read_toml(root / "pyproject.toml")):
        return False
    folders = [folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith((".", "build"))]
    sources = [root, *(folder for folder in folders if not (folder / "pyvenv.cfg").exists())]
    return any(path for folder in sources for path in (folder.glob("*.so") if folder == root else folder.rglob("*.so")))


def _generating_line(root: Path) -> str | None:
    for makefile in (root / name for name in MAKEFILES):
        if makefile.is_file():
            return next((f"make {target}" for target in _GENERATING_TARGETS if has_target(makefile, target)), None)
    return None


def _table(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _read_toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_read(path))
    except (ValueError, RecursionError):
        return {}


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_READ)
    except OSError:
        return ""
