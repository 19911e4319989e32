"""Changes that no function shows: tables and constants, data files, settings, dependencies.

Takes a path, and a file's bytes or patch. Returns what kind of file it is, and remarks as in `syntax.py`.
"""

import ast
import contextlib
import functools
import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from bench_agent.suspects.patches import FilePatch
from bench_agent.suspects.reached_code import MAX_SOURCE, cut_blocks, parse_quietly
from bench_agent.suspects.syntax import Remark
from bench_agent.text.clean import clean_text

FileKind = Literal["python", "compiled", "dependency", "data", "tests", "docs", "tooling", "other"]

_COMPILED = frozenset({".pyx", ".pxd", ".c", ".h", ".cc", ".cpp", ".hpp", ".rs", ".f90", ".so"})
_DOCS = frozenset({".md", ".rst", ".adoc", ".png", ".svg", ".jpg", ".gif", ".ipynb"})
_DATA = frozenset({
    ".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".txt", ".csv", ".tsv", ".xml", ".html", ".j2", ".jinja", ".dat",
    ".db", ".sqlite", ".gz", ".pickle", ".pkl", ".npy", ".parquet", ".sql", ".env", ".po", ".mo", ".conf", ".properties",
})  # fmt: skip
_LOCKS = frozenset({
    "poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock", "pixi.lock", "conda-lock.yml", "pipfile", "environment.yml",
    "dockerfile", ".python-version", "runtime.txt", "setup.py", "setup.cfg", "pyproject.toml", ".gitmodules",
})  # fmt: skip
_TOOLING = frozenset({
    "tox.ini", "noxfile.py", "mypy.ini", "pytest.ini", ".pre-commit-config.yaml", ".flake8", ".gitignore", "makefile",
    ".coveragerc", "codecov.yml", ".readthedocs.yml", ".readthedocs.yaml", "license", "manifest.in", "renovate.json",
})  # fmt: skip
_DOC_FOLDERS = frozenset({"docs", "doc", "news", "changelog.d", "newsfragments", "examples", "example"})
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "testsuite"})
_DOC_NAMES = ("readme", "changelog", "changes", "news", "authors", "contributing", "license", "history", "copying")
_FOR_DEVELOPERS = re.compile(r"dev|test|doc|lint|type|build|ci\b", re.IGNORECASE)
_PIN = re.compile(r"^\s*[\"']?([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(==|>=|<=|~=|!=|<|>|@|===)\s*[\"']?([^\"',;#\s]+)")
_NUMBER = re.compile(r"(?<![\w.])\d{1,15}(?:\.\d{1,15})?(?![\w.])")


def kind_of(path: str) -> FileKind:
    """What a change to this file can do to a benchmark, by its name alone."""
    place = PurePosixPath(path)
    name, suffix = place.name.lower(), place.suffix.lower()
    folders = {part.lower() for part in place.parts[:-1]}
    pinned = name in _LOCKS or (name.startswith(("requirements", "constraints")) and suffix in (".txt", ".in"))
    if pinned and not folders & (_TEST_FOLDERS | _DOC_FOLDERS):
        return "dependency"
    if folders & {".github", ".circleci", ".gitlab", ".vscode"} or name in _TOOLING:
        return "tooling"
    if suffix in _DOCS or folders & _DOC_FOLDERS or name.startswith(_DOC_NAMES):
        return "docs"
    if folders & _TEST_FOLDERS or name.startswith("test_") or name in ("conftest.py",):
        return "tests"
    if suffix == ".py":
        return "python"
    if suffix in _COMPILED:
        return "compiled"
    return "data" if suffix in _DATA else "other"


# --- tables and constants in Python

_LOOKED_UP = frozenset({"set", "dict", "setcomp", "dictcomp", "call of set", "call of frozenset", "call of dict"})
_SEARCHED = frozenset({"list", "tuple", "listcomp", "call of list", "call of tuple", "call of sorted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    name: str  # of the variable, without its class
    remark: Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    shape: str  # "list", "dict", "call", "number", ...
    size: int
    number: float | None
    text: str


def compare_values(old: bytes | None, new: bytes | None) -> tuple[ValueChange, ...]:
    """Variables of the module and of its classes that got another value, and those that are new in a class: what was
    inherited before, or looked for in vain. New ones of a module are left out: nobody used them yet.
    """
    before = _values(old) if old is not None else None
    after = _values(new) if new is not None else None
    found = []
    for key, value in (after or {}).items():
        was = (before or {}).get(key)
        if was is not None and was.text != value.text:
            found.append(ValueChange(name=key.rpartition(".")[2], remark=_judge_value(key, was, value)))
        elif was is None and before is not None and "." in key:
            text = f"{clean_text(key, limit=60)} is new, a {value.shape} of {value.size}"
            found.append(ValueChange(name=key.rpartition(".")[2], remark=Remark(text=text, weight=0.7)))
    return tuple(found)


def _judge_value(key: str, was: _Value, now: _Value) -> Remark:
    name = clean_text(key, limit=60)
    if was.number is not None and now.number is not None:
        larger = now.number > 1.2 * was.number > 0
        # Weight with the logarithm: 4 to 300 is work, 4 to 5 is taste.
        weight = min(2.5, 0.7 + 0.4 * math.log(now.number / was.number)) if larger else 0.3
        return Remark(text=f"{name} was {was.number:g}, is {now.number:g}", weight=weight)
    if was.shape in _LOOKED_UP and now.shape in _SEARCHED:
        # It was a set for the sake of look-ups; each now goes through it from one end to the other.
        return Remark(text=f"{name} was a {was.shape}, is a {now.shape}: look-ups search it", weight=3.0)
    if was.shape != now.shape:
        # Another type takes another path through the code that uses it; a set that becomes a list is searched.
        return Remark(text=f"{name} was a {was.shape}, is a {now.shape}", weight=2.0)
    if now.size > 1.3 * was.size:
        return Remark(text=f"{name} grows from {was.size} to {now.size} entries", weight=1.5)
    return Remark(text=f"changes {name}", weight=0.3)


@functools.lru_cache(maxsize=1024)
def _values(source: bytes) -> dict[str, _Value]:
    """Empty where this Python cannot parse it. By top-level blocks: two versions of a file differ in one or two of them."""
    found: dict[str, _Value] = {}
    for _, block in cut_blocks(source) if len(source) <= MAX_SOURCE else ():
        values = _block_values(block)
        if values is None:  # a line at the margin inside a string or a bracket: only the whole file makes sense
            return _block_values(source) or {}
        found |= values
    return found


@functools.lru_cache(maxsize=16384)
def _block_values(source: bytes) -> dict[str, _Value] | None:
    tree = parse_quietly(source)
    if tree is None:
        return None
    found: dict[str, _Value] = {}
    bodies: list[tuple[str, list[ast.stmt]]] = [("", tree.body)]
    while bodies:
        prefix, body = bodies.pop()
        for node in body:
            if isinstance(node, ast.ClassDef):
                bodies.append((f"{prefix}{node.name}.", node.body))
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        found[prefix + target.id] = _value(node.value)
    return found


def _value(node: ast.expr) -> _Value:
    number, size = None, 1
    shape = type(node).__name__.lower()
    inner = node
    if isinstance(node, ast.Call):  # OrderedDict([...]), frozenset({...}): named for the call, as long as its argument
        shape = f"call of {ast.unparse(node.func)[:40]}"
        inner = node.args[0] if node.args else node
    if isinstance(inner, ast.List | ast.Tuple | ast.Set):
        size = len(inner.elts)
    elif isinstance(inner, ast.Dict):
        size = len(inner.keys)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            number = float(node.value)
        shape = type(node.value).__name__
    with contextlib.suppress(RecursionError):
        return _Value(shape=shape, size=size, number=number, text=ast.dump(node))
    return _Value(shape=shape, size=size, number=number, text="")


# --- data and dependencies


def judge_data(patch: FilePatch) -> tuple[Remark, ...]:
    """Whether a data or settings file grew, or a number in it."""
    removed = [line for hunk in patch.hunks for line in hunk.removed]
    added = [line for hunk in patch.hunks for line in hunk.added]
    found = []
    out, come = sum(map(len, removed)), sum(map(len, added))
    if patch.old_blob and come > 1.5 * out and come - out > 200:
        found.append(Remark(text=f"adds {come - out} characters", weight=1.2))
    if 0 < len(removed) == len(added) <= 5:
        for old_line, new_line in zip(removed, added, strict=True):
            old, new = _NUMBER.findall(old_line), _NUMBER.findall(new_line)
            if len(old) == len(new):
                pairs = [(float(a), float(b)) for a, b in zip(old, new, strict=True)]
                raised = next(((a, b) for a, b in pairs if b >= 1.2 * a > 0), None)
                if raised:
                    found.append(Remark(text=f"raises {raised[0]:g} to {raised[1]:g}", weight=1.5))
    return tuple(found[:2])


def judge_dependencies(patch: FilePatch, old: bytes | None, new: bytes | None) -> tuple[Remark, ...]:
    """Which requirements changed, the most telling first. Those for developers only are left out.

    In pyproject.toml the project's own tables are compared, in lock files the packages, in others the lines that look
    like pins.
    """
    name = PurePosixPath(patch.path).name.lower()
    if name == "pyproject.toml":
        before, after = _project_requirements(old), _project_requirements(new)
    elif name.endswith(".lock") and (_locked(old) or _locked(new)):
        before, after = _locked(old), _locked(new)
    elif name in (".python-version", "runtime.txt", "dockerfile", ".gitmodules", "setup.py", "setup.cfg"):
        lines = [line for hunk in patch.hunks for line in (*hunk.added, *hunk.removed)]
        telling = name == ".python-version" or any(_PIN.match(line) or line.startswith("FROM ") for line in lines)
        return (Remark(text=f"changes {clean_text(patch.path, limit=80)}", weight=1.0),) if telling else ()
    elif _FOR_DEVELOPERS.search(name) and not name.endswith(".lock"):
        return ()
    else:
        before = _pins(line for hunk in patch.hunks for line in hunk.removed)
        after = _pins(line for hunk in patch.hunks for line in hunk.added)
        if not (before or after):
            locked = name.endswith(".lock") and bool(patch.hunks)
            return (Remark(text=f"changes {clean_text(patch.path, limit=80)}", weight=0.7),) if locked else ()
    found = []
    for package in sorted(before.keys() | after.keys()):
        was, now = before.get(package, "absent"), after.get(package, "absent")
        if was != now:
            # A new major version is where behaviour changes.
            major = re.findall(r"\d+", was)[:1] != re.findall(r"\d+", now)[:1]
            text = f"{clean_text(package, limit=40)}: {clean_text(was, limit=30)} becomes {clean_text(now, limit=30)}"
            found.append(Remark(text=text, weight=1.2 if major else 0.5))
    return tuple(sorted(found, key=lambda remark: -remark.weight)[:3])


def _pins(lines: Any) -> dict[str, str]:
    return {match[1].lower(): match[3] + match[4] for line in lines if (match := _PIN.match(line))}


def _project_requirements(source: bytes | None) -> dict[str, str]:
    """Package -> what is asked of it, from [project], [tool.poetry] and [build-system]; empty when unreadable."""
    try:
        document = tomllib.loads((source or b"").decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    listed = [_get(document, "project", "dependencies"), _get(document, "build-system", "requires")]
    for item in (item for items in listed if isinstance(items, list) for item in items if isinstance(item, str)):
        match = re.match(r"[A-Za-z0-9][\w.-]*", item)
        if match:
            found[match[0].lower()] = item[match.end() :].strip() or "any"
    poetry = _get(document, "tool", "poetry", "dependencies")
    if isinstance(poetry, dict):
        found.update({str(package).lower(): str(wanted) for package, wanted in poetry.items()})
    return found


@functools.lru_cache(maxsize=128)  # every version is the old one of the next commit, and asked of for every benchmark
def _locked(source: bytes | None) -> dict[str, str]:
    """Package -> version of a lock file of poetry, uv or pdm; empty when it is none, or unreadable."""
    try:
        packages = tomllib.loads((source or b"").decode("utf-8")).get("package")
    except (ValueError, RecursionError):
        return {}
    listed = packages if isinstance(packages, list) else []
    found = [(p.get("name"), p.get("version")) for p in listed if isinstance(p, dict)]
    return {name.lower(): version for name, version in found if isinstance(name, str) and isinstance(version, str)}


def _get(document: Any, *keys: str) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document
