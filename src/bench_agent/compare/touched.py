"""Which benchmarks of a run can differ from a base: what changed between the two, held against what each executes.

Files are read from git and from the working tree; nothing is measured. What is not surely untouched is touched.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from bench_agent.measure.installed_copy import installed_modules
from bench_agent.records import Reach, Run
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.same_code import Bearing, judge_change
from bench_agent.system.git import Repository

_TOUCH_ALL = ("compiled", "dependency", "data", "other")
_PYTEST_SETTINGS = ("pytest.ini", "tox.ini", ".pytest.ini")
_EXECUTES_NOTHING = Reach(complete=True)


def touched_benchmarks(repository: Repository, run: Run, base_sha: str) -> list[str]:
    """The benchmarks of a run whose speed may differ from the base, by id, in the run's order.

    All of them when data, settings, dependencies or compiled code changed. Else those that execute code that differs, or
    import a file in which something differs that import, set-up or other code may use. Comments, layout, docstrings,
    documentation and code that nothing names touch none. O(changed files x (benchmarks + imported files)).
    Where the run measured an installed copy, what it executed tells nothing of the tree: all of them are touched.
    """
    if installed_modules(run.suite):
        return [sample.id for sample in run.samples]
    changed = {change.path for commit in repository.commits(base_sha, "HEAD") for change in commit.files}
    changed |= {change.path for change in repository.uncommitted()}
    if any(map(_touches_all, changed)):
        return [sample.id for sample in run.samples]
    python = sorted(path for path in changed if path.endswith(".py"))
    imported = {file for sample in run.samples if sample.reach for file in sample.reach.files}
    changes = [_Change(repository, base_sha, path, sorted(imported)) for path in python]
    return [
        sample.id
        for sample in run.samples
        if sample.reach is None or any(change.touches(sample.reach) for change in changes)
    ]


def _touches_all(path: str) -> bool:
    kind = kind_of(path)
    # What stands beside tests and is not Python may be what they read.
    beside_tests = kind == "tests" and not path.endswith(".py")
    return kind in _TOUCH_ALL or beside_tests or PurePosixPath(path).name in _PYTEST_SETTINGS


class _Change:
    """One Python file that differs between the base and the working tree."""

    def __init__(self, repository: Repository, base_sha: str, path: str, imported: Sequence[str]) -> None:
        """imported: every project file that a benchmark imports."""
        self.path = path
        self._old = repository.show_file(base_sha, path)
        self._new = _read(repository.root / path)
        texts = list(_texts(repository, [file for file in imported if file != path]))
        # What can be said whatever is executed: whether others name what differs. Once for all benchmarks.
        self._unexecuted: Bearing = judge_change(path, self._old, self._new, reaches=[_EXECUTES_NOTHING], texts=texts)

    def touches(self, reach: Reach) -> bool:
        executed = any(key.partition("::")[0] == self.path for key in reach.functions)
        if reach.files and self.path not in reach.files and not executed:
            return False
        if self._unexecuted == "same":
            return judge_change(self.path, self._old, self._new, reaches=[reach]) != "same"
        found = judge_change(self.path, self._old, self._new, reaches=[reach])
        return found == "executed" or (found == "uncounted" and self._unexecuted != "unused")


def _texts(repository: Repository, files: Sequence[str]) -> Iterator[bytes]:
    for file in files:
        content = _read(repository.root / file)
        if content is not None:
            yield content


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
