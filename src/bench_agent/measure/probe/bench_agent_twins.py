"""Modules from elsewhere that have the name of a file of the project: perhaps what its benchmarks measure in its place.

Runs in the suite's interpreter beside bench_agent_ring_origin.py: Python >= 3.8, standard library only.
"""

import os


def is_installed(path):
    return any(part in ("site-packages", "dist-packages") for part in path.split(os.sep))


_TESTS = frozenset(("test", "tests", "testing", "bench", "benches", "benchmark", "benchmarks", "perf", "performance"))


def is_test(below):
    """Whether a path relative to the project is of a test, by its name."""
    *folders, name = below.split(os.sep)
    return (
        name.startswith(("test_", "conftest"))
        or name.endswith("_test.py")
        or not _TESTS.isdisjoint(f.lower() for f in folders)
    )


class Twins:
    """Whether a module from elsewhere has a file of the same name, in a folder of the same name, anywhere in the project.

    Asked where nothing of the project was imported but tests: then it may be what the benchmarks measure. Looked up once.
    """

    def __init__(self, tree, limit=50000):
        self._tree, self._limit = tree, limit
        self._files = None

    def has(self, name, real):
        folder, file = os.path.split(real)
        if name == os.path.splitext(file)[0] and not is_installed(real):
            return file in self._known()
        return (
            "." in name + "." * (file == "__init__.py")
            and os.path.join(os.path.basename(folder), file) in self._known()
        )

    def _known(self):
        if self._files is None:
            self._files = set()
            seen = 0
            for where, folders, files in os.walk(self._tree):
                seen += len(files)
                if "pyvenv.cfg" in files or seen > self._limit:
                    del folders[:]
                    continue
                folders[:] = [
                    f for f in folders if not f.startswith(".") and f not in ("node_modules", "site-packages")
                ]
                if is_test(os.path.join(os.path.relpath(where, self._tree), "x")):
                    continue
                sources = [
                    file
                    for file in files
                    if file.endswith(".py") and file not in ("setup.py", "conftest.py", "noxfile.py")
                ]
                self._files.update(sources)
                self._files.update(os.path.join(os.path.basename(where), file) for file in sources)
        return self._files
