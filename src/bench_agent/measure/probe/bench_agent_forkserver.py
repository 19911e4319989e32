"""Starts several pytest sessions from one interpreter that has imported pytest and its plug-ins once: a third of the cost.

Run by measure/paired/forkserver.py in the suite's own interpreter: Python >= 3.8, Linux, standard library only. It is
told on standard input which files say what to start, forks one child for each session and waits for them. A child is
as if it had been started by `python -m pytest`, but for what is imported already. Where the project under test is
itself among that, or a `sitecustomize` of its own is on its path, the child becomes a fresh interpreter instead.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import warnings

import bench_agent_start
from bench_agent_ring_origin import project_names

_KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_LOOK_S = 0.005  # how often it looks for ended sessions while more orders may come


# Of the probe, what every session imports and that looks at nothing when it is imported.
OURS = ("counts", "marked", "memory", "own", "profile", "ring_call", "silence", "storage")


def main(folder):
    import pytest  # noqa: F401  before what needs it

    for name in OURS:
        importlib.import_module("bench_agent_" + name)
    sys.path = [path for path in sys.path if os.path.realpath(path) != os.path.dirname(os.path.realpath(__file__))]
    import_plugins()
    spare_processes()
    # A thread that a plug-in began would be missing in the children, and what it held locked would stay locked.
    try:
        alone = len(os.listdir("/proc/self/task")) == 1
    except OSError:  # no /proc: that is not known
        alone = False
    gc.collect()
    gc.freeze()  # the children share these pages as long as nobody writes to them
    prctl = ctypes.CDLL(None).prctl
    numbers = {}  # process -> number of its session
    orders = Orders()
    while orders.open or numbers:
        for name in orders.read(_LOOK_S if numbers else None):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                order = json.load(file)
            os.unlink(os.path.join(folder, name))  # environments are in it, and secrets may be in those
            for number, session in enumerate(order["sessions"], start=order["first"]):
                child = os.fork()
                if not child:
                    prctl(_KILL_WITH_PARENT, signal.SIGKILL)
                    run(session, alone)
                numbers[child] = number
                write(folder, "pid", number, child)
        while numbers:
            child, status = os.waitpid(-1, os.WNOHANG if orders.open else 0)
            if not child:
                break
            if child in numbers:
                code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
                write(folder, "exit", numbers.pop(child), code)


class Orders:
    """Names of files that come line by line on standard input, until that is closed."""

    def __init__(self):
        self.open = True
        self._rest = b""

    def read(self, timeout):
        """The names that have come, after waiting for one as long as that; None: until there is one, or no more come."""
        if not self.open or not select.select([0], [], [], timeout)[0]:
            return []
        chunk = os.read(0, 65536)
        self.open = bool(chunk)
        *names, self._rest = (self._rest + chunk).split(b"\n")
        return [name.decode() for name in names]


def import_plugins():
    """Pytest with all it would load by itself. A plug-in that fails here fails in the child too, where pytest tells why."""
    import pytest  # noqa: F401
    from _pytest import config

    names = ["_pytest." + name for name in getattr(config, "default_plugins", ())]
    if not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        from importlib import metadata

        found = metadata.entry_points()
        group = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", ())
        names += [entry.value.split(":")[0].strip() for entry in group]
    for name in names:
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            importlib.import_module(name)


def spare_processes():
    """Pytest-benchmark asks git for a file name that the ring never uses: eight processes, a sixth of a session's start.

    And each session asks `file` what the interpreter is made for, which is the same for all: once is enough.
    """
    with contextlib.suppress(Exception):
        plugin = importlib.import_module("pytest_benchmark.plugin")
        if callable(plugin.get_tag):
            plugin.get_tag = lambda *args, **options: "ring"
    with contextlib.suppress(Exception):
        session = importlib.import_module("pytest_benchmark.session")
        machine = session.get_machine_id()
        session.get_machine_id = lambda: machine


def write(folder, what, number, value):
    path = os.path.join(folder, "%s-%d" % (what, number))
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(str(value))
    os.rename(path + ".new", path)  # whoever reads finds all of it


def has_start_code(paths):
    """Whether an interpreter that starts with these on its path runs a module of somebody's first: this one began without them."""
    return any(
        os.path.exists(os.path.join(path, name, "__init__.py")) or os.path.exists(os.path.join(path, name + ".py"))
        for path in paths
        if os.path.realpath(path) != os.path.realpath(bench_agent_start.ENTRY)
        for name in ("sitecustomize", "usercustomize")
    )


def run(session, alone):
    """What `python -m pytest ARGUMENTS` would do there. Does not return. alone: this is the interpreter's only thread."""
    code = 70
    try:
        os.setsid()
        os.chdir(session["cwd"])
        for descriptor, path, flags in ((0, os.devnull, os.O_RDONLY), (1, session["log"], os.O_WRONLY | os.O_CREAT)):
            opened = os.open(path, flags | (os.O_APPEND if descriptor else 0), 0o600)
            os.dup2(opened, descriptor)
            os.close(opened)
        os.dup2(1, 2)
        mark = {name: os.environ[name] for name in ("BENCH_AGENT_PROCESS",) if name in os.environ}
        os.environ.clear()
        os.environ.update(session["env"], **mark)
        names = project_names(session["tree"])
        paths = [p for p in session["env"].get("PYTHONPATH", "").split(os.pathsep) if p]
        if not alone or has_start_code(paths) or names & {name.partition(".")[0] for name in sys.modules}:
            flags = subprocess._args_from_interpreter_flags()
            os.execve(sys.executable, [sys.executable, *flags, "-m", "pytest", *session["arguments"]], os.environ)
        sys.path[:0] = [os.getcwd(), *paths]
        bench_agent_start.begin()
        sys.argv = [sys.modules["pytest"].__file__, *session["arguments"]]
        import pytest

        # Its plug-ins are imported already: that it can't rewrite their asserts is no news.
        code = int(pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *session["arguments"]]))
        threading._shutdown()
        atexit._run_exitfuncs()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
