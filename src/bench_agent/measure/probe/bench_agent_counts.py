"""Counts what one call executes in the project's own files: calls and lines per function. Standard library, Python >= 3.8.

Runs inside the user's process, on a call that is not timed. `sys.monitoring` where it exists (3.12+), `sys.settrace` before;
the two count differently, so counts of different Python minor versions are never compared.
"""

import ast
import functools
import importlib.machinery
import os
import sys
import threading
import time

_CHECK_EVERY = 512  # events between two looks at the clock
_EXTENSIONS = tuple(importlib.machinery.EXTENSION_SUFFIXES)
_FOREIGN = ("site-packages", "dist-packages", ".venv", ".tox", ".nox", "node_modules")


class Project:
    """Which source files are the project's: below `root`, not installed, not the interpreter's. Paths relative to root."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        self._prefixes = tuple({os.path.realpath(p) + os.sep for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)})
        self._known = {}

    def relative(self, filename):
        """The file's path relative to the root with forward slashes, or None when it is not the project's."""
        try:
            return self._known[filename]
        except KeyError:
            answer = self._known[filename] = self._look(filename)
            return answer

    def _look(self, filename):
        if not filename or filename.startswith("<"):
            return None
        path = os.path.realpath(filename)
        below = path[len(self.root) + 1 :]
        if not path.startswith(self.root + os.sep) or any(part in _FOREIGN for part in below.split(os.sep)):
            return None
        # An interpreter inside the project is not the project; a project inside the prefix (/usr, say) still is.
        if any(path.startswith(prefix) and prefix.startswith(self.root + os.sep) for prefix in self._prefixes):
            return None
        return below.replace(os.sep, "/")


class Everything(Project):
    """Every source file: the project's as `Project` names them, others as "std:json/decoder.py", "site:attr/_make.py".

    The same names on all machines and in all trees, so that two commits can be compared. Pytest's own files, and ours,
    are left out: they run around the benchmark, not in it.
    """

    _OURS = os.path.dirname(os.path.realpath(__file__)) + os.sep

    def _look(self, filename):
        own = super()._look(filename)
        if own is not None:
            return own
        if not filename or filename.startswith("<"):
            if filename and filename.startswith("<frozen "):  # a module of the interpreter that needs no file
                return "std:%s.py" % filename[8:-1].replace(".", "/")
            return "generated"  # code made by exec; its name often holds an address
        path = os.path.realpath(filename).replace(os.sep, "/")
        if path.startswith(self._OURS) or "/_pytest/" in path or "/pytest_benchmark/" in path:
            return None
        for mark, name in (("/site-packages/", "site:"), ("/dist-packages/", "site:")):
            if mark in path:
                return name + path.rpartition(mark)[2]
        below = path.rpartition("/lib/python%d.%d/" % sys.version_info[:2])[2]
        return "std:" + below


def compiled_sources(project):
    """The project's Python sources that are imported compiled (Cython, mypyc): what is executed of them nobody can count."""
    found = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(_EXTENSIONS) and project.relative(file):
            folder, name = os.path.split(file)
            source = os.path.join(folder, name.split(".")[0] + ".py")
            if os.path.exists(source):
                found.add(project.relative(source))
    return found


def imported_files(project):
    """The project's files that are imported, and the sources of those that are compiled."""
    paths = {project.relative(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())}
    return (paths | compiled_sources(project)) - {None}


def _qualname(code):
    """`co_qualname`, which Python has from 3.11 on; before that found in the source, by line and name."""
    try:
        return code.co_qualname
    except AttributeError:
        return _qualnames(code.co_filename).get((code.co_firstlineno, code.co_name), code.co_name)


@functools.lru_cache(maxsize=None)
def _qualnames(filename):
    """(first line, name) -> qualname of everything in the file that has code of its own; empty when it can't be read."""
    try:
        with open(filename, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    found = {}
    waiting = [(tree, "")]
    while waiting:
        parent, prefix = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            name = getattr(node, "name", None) if isinstance(node, _DEFINITIONS) else _ANONYMOUS.get(type(node))
            if name is None:
                waiting.append((node, prefix))
                continue
            lines = [node.lineno] + [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
            found[min(lines), name] = prefix + name
            waiting.append((node, prefix + name + ("." if isinstance(node, ast.ClassDef) else ".<locals>.")))
    return found


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ANONYMOUS = {
    ast.Lambda: "<lambda>",
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


class Counter:
    """Counts one call. `functions` maps "path::qualname" to [calls, lines].

    `complete` is False once time ran out, and where Python sources of the project are compiled.
    """

    def __init__(self, project, budget_s):
        self._project = project
        self._budget_s = budget_s
        self._by_code = {}
        self._events = 0
        self._deadline = 0.0
        self._in_time = True

    @property
    def complete(self):
        return self._in_time and not compiled_sources(self._project)

    @property
    def functions(self):
        found = {}
        for code, (calls, lines) in self._by_code.items():
            path = self._project.relative(code.co_filename)
            key = "%s::%s" % (path, _qualname(code))
            entry = found.setdefault(key, [0, 0])
            entry[0] += calls
            entry[1] += lines
        return found

    def run(self, function, args, kwargs):
        """The function's own result; its exceptions pass through. Counting stops by itself when the budget is used up."""
        self._deadline = time.perf_counter() + self._budget_s
        before = sys.unraisablehook
        # Code that Cython compiled for tracing calls our tracer, also where it can't raise what that costs it. pytest would
        # make a failed test of it; the counts are then not whole, and that is all.
        sys.unraisablehook = self._not_whole
        try:
            if hasattr(sys, "monitoring"):
                return self._run_monitored(function, args, kwargs)
            return self._run_traced(function, args, kwargs)
        finally:
            sys.unraisablehook = before

    def _not_whole(self, _unraisable):
        self._in_time = False

    def _over(self):
        self._events += 1
        if self._events % _CHECK_EVERY == 0 and time.perf_counter() > self._deadline:
            self._in_time = False
        return not self._in_time

    # --- 3.12 and later

    def _run_monitored(self, function, args, kwargs):
        monitoring = sys.monitoring
        events = monitoring.events
        tool = next((i for i in (3, 4) if monitoring.get_tool(i) is None), None)
        if tool is None:
            self._in_time = False
            return function(*args, **kwargs)
        branches = getattr(events, "BRANCH_LEFT", 0) | getattr(events, "BRANCH_RIGHT", 0) or events.BRANCH
        mask = events.PY_START | events.PY_RESUME | events.LINE | events.JUMP | branches
        by_code, relative = self._by_code, self._project.relative

        def entered(code, offset):
            if relative(code.co_filename) is None:
                return monitoring.DISABLE
            if self._over():
                monitoring.set_events(tool, 0)
                return None
            entry = by_code.get(code)
            if entry is None:
                entry = by_code[code] = [0, 0]
            entry[0] += 1
            return None

        def stepped(code, *where):
            if relative(code.co_filename) is None:
                return monitoring.DISABLE
            if self._over():
                monitoring.set_events(tool, 0)
                return None
            entry = by_code.get(code)
            if entry is None:  # the frame was entered before we began to count
                entry = by_code[code] = [0, 0]
            entry[1] += 1
            return None

        monitoring.use_tool_id(tool, "bench-agent")
        try:
            for event in (events.PY_START, events.PY_RESUME):
                monitoring.register_callback(tool, event, entered)
            for event in (events.LINE, events.JUMP, *_bits(branches)):
                monitoring.register_callback(tool, event, stepped)
            monitoring.restart_events()
            monitoring.set_events(tool, mask)
            return function(*args, **kwargs)
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)

    # --- 3.8 to 3.11

    def _run_traced(self, function, args, kwargs):
        by_code, relative = self._by_code, self._project.relative

        def local(frame, event, _arg):
            if event == "line":
                if self._over():
                    return None
                by_code[frame.f_code][1] += 1
            return local

        def entered(frame, event, _arg):
            if event != "call" or not self._in_time or relative(frame.f_code.co_filename) is None:
                return None
            if self._over():
                return None
            entry = by_code.get(frame.f_code)
            if entry is None:
                entry = by_code[frame.f_code] = [0, 0]
            entry[0] += 1
            return local

        before, before_threads = sys.gettrace(), getattr(threading, "_trace_hook", None)
        threading.settrace(entered)
        sys.settrace(entered)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(before)
            threading.settrace(before_threads)


def _bits(mask):
    return [1 << i for i in range(mask.bit_length()) if mask >> i & 1]
