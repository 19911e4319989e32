"""Where the measured code was imported from: the proof that a side of the ring ran its own tree and not an installed copy.

Runs in the suite's interpreter beside bench_agent_ring.py: Python >= 3.8, standard library only.
"""

import importlib.machinery
import os
import sys
import sysconfig

from bench_agent_twins import Twins, is_installed, is_test

EXTENSIONS = tuple(importlib.machinery.EXTENSION_SUFFIXES)
_STANDARD = [os.path.realpath(sysconfig.get_paths()[key]) for key in ("stdlib", "platstdlib")]
_PROGRAM = ("__main__", "__mp_main__")  # what was started, such as coverage's script: under either name no module
_judged = {}  # folder -> whether it is of the standard library
_HERE = os.path.dirname(os.path.realpath(__file__))


def project_names(tree):
    """Top-level names of the packages and modules the tree holds, at its top and in `src/`, `python/` and `lib/`."""
    names = set()
    for name in ("", "src", "python", "lib"):
        folder = os.path.join(tree, name) if name else tree
        if name and os.path.exists(os.path.join(folder, "__init__.py")):
            continue  # a package of that name
        for entry in _entries(folder):
            stem, extension = os.path.splitext(entry.name)
            if entry.is_dir():
                # Below `src/` a namespace package has no __init__.py; a folder of Rust sources is none at all.
                if os.path.exists(os.path.join(entry.path, "__init__.py")) or (
                    name == "src" and _holds_python(entry.path)
                ):
                    names.add(entry.name)
            elif extension == ".py":
                names.add(stem)
    return names - {"setup", "conftest", "noxfile", "tests", "test", "docs", "__init__"}


def _entries(folder):
    try:
        return list(os.scandir(folder))
    except OSError:
        return []


def _holds_python(folder, depth=3):
    entries = _entries(folder)
    if any(entry.name.endswith((".py", ".pyi", *EXTENSIONS)) for entry in entries):
        return True
    return depth > 0 and any(entry.is_dir() and _holds_python(entry.path, depth - 1) for entry in entries)


def describe_modules(root, limit=500):
    """[[name, kind, path]] of the project's imported modules that are not plain sources of the checkout.

    Those are extension modules, bytecode without a source, what lies in an archive, and whatever has the name of a package of
    the project but was imported from elsewhere. For a pytest with 416 modules: 3 ms of CPU.
    """
    root = os.path.realpath(root)
    names = project_names(root)
    folders = {}
    found, others, code = [], [], 0
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or name in _PROGRAM:
            continue
        if not os.path.isabs(path):
            if not _is_archived(module):
                continue
            path = os.path.abspath(path)  # of an archive on a relative path
        folder, file = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        real = os.path.join(folders[folder], file)
        ours = is_under(real, root) and not is_installed(real[len(root) :])
        if ours and not is_test(real[len(root) + 1 :]):
            code += 1
        special = not real.endswith(".py") or _is_archived(module)
        if not ours and not _is_standard(real) and not is_under(real, _HERE):
            others.append((name, real, module))
        if (ours and special) or (not ours and name.split(".")[0] in names and not _is_standard(real)):
            kind = kind_of(real, module)
            if not is_under(real, _HERE) and kind is not None:
                found.append([name, kind, real])
    if not code and not found:
        twins = Twins(root)
        found += [[name, kind_of(real, module), real] for name, real, module in others if twins.has(name, real)]
    return [entry for entry in found if entry[1]][:limit]


def environment_path(root, path):
    """The folders of the project from which the interpreter imports by itself: .pth files and finders of editable installs.

    path: sys.path at its start. PYTHONPATH is known anyway.
    """
    root = os.path.realpath(root)
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    found = [os.path.realpath(each) for each in path if each and each not in given]
    for finder in sys.meta_path:
        mapping = getattr(_module_of(finder), "MAPPING", None)
        for name, place in mapping.items() if isinstance(mapping, dict) else ():
            if os.path.basename(str(place)) == name:
                found.append(os.path.dirname(os.path.realpath(str(place))))
    inside = [each for each in found if is_under(each, root) and os.path.isdir(each)]
    return [each for each in dict.fromkeys(inside) if not is_installed(each[len(root) :])]


def _module_of(finder):
    kind = finder if isinstance(finder, type) else type(finder)
    return sys.modules.get(kind.__module__)


def _is_archived(module):
    return "zipimport" in type(getattr(module, "__loader__", None)).__module__


def _is_standard(real):
    folder = os.path.dirname(real)
    if folder not in _judged:
        _judged[folder] = not is_installed(folder) and any(is_under(folder, standard) for standard in _STANDARD)
    return _judged[folder]


def kind_of(path, module):
    """How a module was made; None for what has no code of its own."""
    if path.endswith(EXTENSIONS):
        return "extension"
    if not os.path.exists(path):  # imported since from an archive, or removed
        return "archive" if _is_archived(module) else "source"
    return "bytecode" if path.endswith(".pyc") else "source"


def use_tree(tree, foreign):
    """Take away what would import the project from elsewhere: finders of editable installs, paths of the other checkout.

    PYTHONPATH wins over a .pth file and over a finder at the end of meta_path, but not over one put at its front. A finder
    that leads into the tree itself, as `setup` installs it, stays.
    """
    names = project_names(tree)
    for finder in list(sys.meta_path):
        kind = finder if isinstance(finder, type) else type(finder)
        module = sys.modules.get(kind.__module__)
        mapping = getattr(module, "MAPPING", None) or {}
        known = set(mapping) | set(getattr(finder, "_top_level_modules", ()))
        places = [str(p) for p in getattr(mapping, "values", list)()] + [str(getattr(finder, "_build_path", ""))]
        if any(place and is_under(os.path.realpath(place), tree) for place in places):
            continue
        if "editable" in (kind.__module__ + kind.__name__).lower() and names & {str(k).split(".")[0] for k in known}:
            sys.meta_path.remove(finder)
    if foreign:
        for index, path in enumerate(sys.path):
            real = os.path.realpath(path)
            if is_under(real, foreign) and real != _HERE and not is_under(real, tree) and not is_installed(real):
                sys.path[index] = os.path.join(tree, os.path.relpath(real, foreign))


def is_under(path, folder):
    return path == folder or path.startswith(folder + os.sep)


class Origins:
    """Where the imported modules came from. Asked after every benchmark: what was judged once costs nothing again."""

    def __init__(self, tree, foreign):
        self._tree, self._foreign = tree, foreign
        # The checkout's names too: a tree from before the package moved to src/ does not show it, and an installed copy would do.
        self._names = project_names(tree) | (project_names(foreign) if foreign else set())
        self._code = 0  # modules of the tree that are no tests
        self._others = []  # (name, file) of modules from elsewhere
        self._twins = Twins(tree)
        self._judged = set()
        self._folders = {}  # path -> real path
        self.ours = 0  # modules imported from the tree
        self.wrong = []  # [module, file] that should have been and were not
        self.kinds = {}  # module -> how it was made, of those from the tree that are no plain source files

    def look(self):
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if name in _PROGRAM or not isinstance(path, str) or not os.path.isabs(path) or (name, path) in self._judged:
                continue
            self._judged.add((name, path))
            real = self._real(path)
            if is_under(real, _HERE):
                continue  # the probe itself: it may well lie in the checkout, when that is bench-agent's own
            if is_under(real, self._tree):
                self.ours += 1
                self._code += not is_test(real[len(self._tree) + 1 :])
                if not real.endswith(".py") and len(self.kinds) < 500:
                    self.kinds[name] = kind_of(real, module)
            elif self._is_wrong(name, real) and len(self.wrong) < 20:
                self.wrong.append([name, real])
            elif not _is_standard(real):
                self._others.append((name, real))
        if not self._code and not self.wrong:
            self.wrong += [[name, real] for name, real in self._others if self._twins.has(name, real)][:20]
        return {"modules": self.ours, "wrong": self.wrong, "kinds": self.kinds}

    def _real(self, path):
        """As os.path.realpath, which asks the system for every part of every path: 12 ms for the modules of a pytest."""
        folder, name = os.path.split(path)
        if os.path.islink(path):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def _is_wrong(self, name, real):
        installed = is_installed(real)
        standard = _is_standard(real)
        if self._foreign and is_under(real, self._foreign):
            return not installed and not standard
        return name.split(".")[0] in self._names and not standard
