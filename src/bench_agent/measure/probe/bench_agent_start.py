"""Gets the probe into the first pytest of this process, and takes every trace of it out of the environment then.

Called at the start of each interpreter below the command that is measured (start/sitecustomize.py), by a plug-in of an
installed bench-agent, or by the fork server. What a benchmark or a test starts finds the environment of an ordinary run: a
pytest among it is left alone. Python >= 3.8, standard library only; no import here may cost an ordinary program anything.
"""

import os
import sys

PLUGIN = "BENCH_AGENT_PLUGIN"  # the module to register
NAMES = tuple(
    "BENCH_AGENT_" + name
    for name in (
        *("PLUGIN", "OUT", "ROOT", "TOP", "SELECT", "QUICK_S", "COLLECT", "FILES", "WORKER", "TYPED"),
        *("RING_SOCKET", "RING_TREE", "RING_FOREIGN"),
    )
)
# What is added to TOX_OVERRIDE: tox 4 starts with an empty environment.
TOX = ";testenv.pass_env+=PYTHONPATH," + ",".join(NAMES)

HERE = os.path.dirname(os.path.abspath(__file__))
ENTRY = os.path.join(HERE, "start")

asked = {}  # name without its prefix -> value: what this process was told by the environment
path = []  # sys.path at the start of the process; empty where that was not seen
environment = {}  # as it was at the start of the process, without us
_joined = []  # the plug-in manager that the probe is in


def begin():
    """Wait for pytest to be imported, where somebody measures. Does nothing a second time."""
    if asked or not os.environ.get(PLUGIN):
        return
    environment.update(without_us(os.environ))
    asked.update((name[len("BENCH_AGENT_") :], os.environ[name]) for name in NAMES if name in os.environ)
    if "_pytest.config" not in sys.modules:
        path[:] = sys.path
    if "_pytest.config" in sys.modules:
        _attach(sys.modules["_pytest.config"])
    else:
        sys.meta_path.insert(0, _Waiting())


def without_us(given):
    """An environment as the suite would have it if it were not measured."""
    kept = {name: value for name, value in given.items() if name not in NAMES}
    paths = [path for path in kept.get("PYTHONPATH", "").split(os.pathsep) if path != ENTRY]
    if "PYTHONPATH" in kept:
        kept["PYTHONPATH"] = os.pathsep.join(paths)
        if not kept["PYTHONPATH"]:
            del kept["PYTHONPATH"]
    if "TOX_OVERRIDE" in kept:
        kept["TOX_OVERRIDE"] = kept["TOX_OVERRIDE"].replace(TOX, "").replace(TOX[1:], "")
        if not kept["TOX_OVERRIDE"]:
            del kept["TOX_OVERRIDE"]
    return kept


def forget():
    """Ready to be asked again, by the next pytest of this process or of a fork of it."""
    asked.clear()
    environment.clear()
    del path[:]
    del _joined[:]


class _Waiting:
    """A finder that finds nothing, but learns when pytest is imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "_pytest.config":
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Arriving(spec.loader)
                return spec
        return None


class _Arriving:
    """Stands for a module's loader while it is loaded."""

    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _attach(module)


def _attach(config):
    """Join each pytest where it looks for the plug-ins named in PYTEST_PLUGINS: after the installed, before any conftest."""
    manager = config.PytestPluginManager
    original = manager.consider_env

    def consider_env(self):
        original(self)
        _join(self)

    manager.consider_env = consider_env


def _join(manager):
    if _joined or "PLUGIN" not in asked:
        return  # a pytest inside a pytest: it belongs to a test or a benchmark
    try:
        if HERE not in sys.path:
            sys.path.append(HERE)
        plugin = __import__(asked["PLUGIN"])
    except Exception as error:  # an interpreter we can't run in: its suite goes on as if we were not there
        sys.stderr.write("bench-agent: its probe could not be loaded: %r\n" % error)
        return
    _joined.append(manager)
    manager.register(plugin, asked["PLUGIN"])
    manager.register(_Presence(), "bench_agent_presence")
    kept = without_us(os.environ)
    for name in [name for name in os.environ if name not in kept]:
        del os.environ[name]
    os.environ.update(kept)
    sys.path[:] = [path for path in sys.path if path != ENTRY]


class _Presence:
    """Notes when this pytest ends: another in the same process is measured too."""

    def pytest_unconfigure(self, config):
        if config.pluginmanager in _joined:
            _joined.remove(config.pluginmanager)
