"""Which benchmarks of a run can differ from a base: what changed between the two, held against what each executes.

Files are read from git and from the working tree; nothing is measured. What is not surely untouched is touched.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from bench_agent.measure.installed_copy import installed_modules
from bench_agent.measure.paired.trees import starting_files
from bench_agent.records import ModuleOrigin, Reach, Run, Sample
from bench_agent.suspects.code_difference import compare_code
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.same_code import Bearing, judge_change
from bench_agent.suspects.use_of_names import read_names
from bench_agent.system.files import read_if_there
from bench_agent.system.git import Repository

_TOUCH_ALL = ("compiled", "dependency", "data", "other")
_PYTEST_SETTINGS = ("pytest.ini", "tox.ini", ".pytest.ini")
_AT_START = ("sitecustomize", "usercustomize")  # an interpreter runs them before anything, and nobody names them
_EXECUTES_NOTHING = Reach(complete=True)


def touched_benchmarks(repository: Repository, run: Run, base_sha: str) -> list[str]:
    """The benchmarks of a run whose speed may differ from the base, by id, in the run's order.

    All of them when a recipe, data, settings, dependencies or what is compiled or packed changed, or a document that a file
    they import names. Else those that execute code that differs, or import a file in which something differs that import,
    set-up or other code may use. Comments, layout, docstrings and code that nothing names touch none. O(changed files x
    (benchmarks + imported files)).
    Where the run measured an installed copy, what it executed tells nothing of the tree: all of them are touched.
    """
    ids = [sample.id for sample in run.samples]
    if installed_modules(run.suite):
        return ids
    changed = {change.path for commit in repository.commits(base_sha, "HEAD") for change in commit.files}
    changed |= {change.path for change in repository.uncommitted()}
    imported = sorted({file for sample in run.samples if sample.reach for file in sample.reach.files})
    texts = {file: content for file in imported if (content := read_if_there(repository.root / file)) is not None}
    if _is_other_code(run.suite.modules if run.suite else (), changed):
        return ids
    if any((repository.root / path).is_dir() for path in changed):  # a submodule with changes
        return ids
    own = run.suite.start_files if run.suite else ()
    if starting_files(changed, own=own, top=repository.root.resolve()) or touches_all(changed, texts.values()):
        return ids
    olds = {path: repository.show_file(base_sha, path) for path in sorted(changed) if path.endswith(".py")}
    changes = [CodeChange(path, old, read_if_there(repository.root / path), texts) for path, old in olds.items()]
    names = read_names([*texts.items(), *((path, old) for path, old in olds.items() if old is not None)])

    def is_touched(sample: Sample) -> bool:
        if sample.reach is None:
            return True
        test = name_of_test(sample.id)
        used, docstrings = names.used(test), names.may_read_docstrings(test)
        return any(change.touches(sample.reach, used, docstrings=docstrings) for change in changes)

    return [sample.id for sample in run.samples if is_touched(sample)]


def _is_other_code(modules: Iterable[ModuleOrigin], changed: Collection[str]) -> bool:
    """Whether what the run executed is no file that differs, though made of one: compiled, in an archive, bytecode alone."""
    sources = [path.removesuffix(".py") for path in changed if path.endswith(".py")]
    for module in modules:
        if module.kind in ("archive", "bytecode") and sources:
            return True
        below = "/" + module.name.replace(".", "/")
        if module.kind == "extension" and any(f"/{source}".endswith(below) for source in sources):
            return True
    return False


def name_of_test(id: str) -> str:
    """Of a benchmark's function, without its class and parameters."""
    return id.partition("[")[0].rpartition("::")[2]


def touches_all(changed: Collection[str], texts: Collection[bytes]) -> bool:
    """Whether one of the changed files may matter to every benchmark. texts: the Python files that may read them."""
    return any(_matters_to_all(path) or _is_read(path, texts) or _is_source_read(path, texts) for path in changed)


def _matters_to_all(path: str) -> bool:
    kind = kind_of(path)
    # What stands beside tests and is not Python may be what they read.
    beside_tests = kind == "tests" and not path.endswith(".py")
    return kind in _TOUCH_ALL or beside_tests or PurePosixPath(path).name in _PYTEST_SETTINGS or is_run_at_start(path)


def is_run_at_start(path: str) -> bool:
    """Whether an interpreter that has the folder on its path runs this file before anything else."""
    place = PurePosixPath(path)
    return place.suffix == ".py" and (place.stem in _AT_START or place.parent.name in _AT_START)


def _is_read(path: str, texts: Collection[bytes]) -> bool:
    """Whether a document may be data: a text has its name, that of a folder it is in, or its ending in quotes."""
    place = PurePosixPath(path)
    kind = kind_of(path)
    if kind not in ("docs", "tooling") or place.suffix == ".py":
        return False
    if kind == "tooling":  # as LICENSE: read by its name if at all
        return any(re.search(rb"\b%s\b" % re.escape(place.name.encode()), text) for text in texts)
    if lists_files(texts):
        return True  # whoever lists folders may read what no text names
    # A folder's name is one where a path may go on or end: "see the docs." and https://docs.python.org name none.
    words = [re.escape(place.name) + r"\b", *(rf"{re.escape(part)}[\"'/\\{{]" for part in place.parts[:-1])]
    ending = rf"[\"'][^\"'\n]*{re.escape(place.suffix)}[\"']" if place.suffix else r"(?!)"
    pattern = re.compile(rf"\b(?:{'|'.join(words)})|{ending}".encode())
    return any(pattern.search(text) for text in texts)


def lists_files(texts: Collection[bytes]) -> bool:
    """Whether one of these Python files may find files that it does not name."""
    return any(_LISTS.search(text) for text in texts)


def _is_source_read(path: str, texts: Collection[bytes]) -> bool:
    """Whether a Python file may be data, as for a parser's benchmark: a text names it in quotes, or lists files of its ending."""
    place = PurePosixPath(path)
    if place.suffix != ".py":
        return False
    named = re.compile(rb"[\"'](?:[^\"'\n]*/)?%s[\"']" % re.escape(place.name.encode()))
    return any(named.search(text) or (_PYTHON_ENDING.search(text) and _LISTS.search(text)) for text in texts)


_PYTHON_ENDING = re.compile(rb"[\"'][^\"'\n]*\.py[\"']")
_LISTS = re.compile(rb"\b(?:walk|listdir|scandir|iterdir|r?glob|iglob)\s*\(")


class CodeChange:
    """One Python file that differs between two versions."""

    def __init__(self, path: str, old: bytes | None, new: bytes | None, texts: Mapping[str, bytes]) -> None:
        """old, new: its content, None where it is not there. texts: every project file that a benchmark may import."""
        self.path, self.old, self.new = path, old, new
        others = [content for file, content in texts.items() if file != path]
        # What can be said whatever is executed: whether others name what differs. Once for all benchmarks.
        self._unexecuted: Bearing = judge_change(path, old, new, reaches=[_EXECUTES_NOTHING], texts=others)

    def touches(self, reach: Reach, used: frozenset[str] | None, *, docstrings: bool) -> bool:
        """Whether it may change the speed of a benchmark of which this was counted at one of the versions.

        used: names of functions that it may use beside the counted call, as in import, fixtures, set-up; None: any.
        docstrings: whether it may read them.
        """
        executed = any(key.partition("::")[0] == self.path for key in reach.functions)
        if reach.files and self.path not in reach.files and not executed:
            return False
        if docstrings and self.is_same() and not self.is_same(docstrings=True):
            return True
        found = judge_change(self.path, self.old, self.new, reaches=[reach])
        if self._unexecuted == "same":
            return found != "same"
        if found != "uncounted":
            return found == "executed"
        if used is None:
            # Code that nobody names is called by nobody, but for methods: code of others calls `read` or `keys` unseen.
            return self._unexecuted != "unused" or self._has_methods()
        return self.is_named_in(used)

    def is_executed(self, reach: Reach) -> bool:
        """Whether what was counted executes something that differs: then the same lines, as often, can take longer.

        A constant of a module of which no function was called may be what a called one hands to a built-in.
        """
        if not any(key.partition("::")[0] == self.path for key in reach.functions):
            return self._unexecuted == "executed"
        return judge_change(self.path, self.old, self.new, reaches=[reach]) == "executed"

    def _has_methods(self) -> bool:
        return any("." in qualname for qualname in compare_code(self.old, self.new).functions)

    def is_same(self, *, docstrings: bool = False) -> bool:
        """Whether only comments, layout and the like differ, and docstrings where these do not count."""
        return compare_code(self.old, self.new, docstrings=docstrings).is_same

    def is_named_in(self, used: frozenset[str], *, docstrings: bool = False) -> bool:
        """Whether it may be used by what uses functions of these names and no others. docstrings: whether it may read them."""
        difference = compare_code(self.old, self.new, docstrings=docstrings)
        if difference.top_level or difference.perhaps_called:
            return True
        return any(not used.isdisjoint(_names_of(qualname)) for qualname in difference.functions)


def _names_of(qualname: str) -> tuple[str, str]:
    """By which `NameUse` knows a function: its own name, and that with its class, "Parser.parse"."""
    parts = qualname.split(".")
    return parts[-1], ".".join(parts[-2:])
