"""What a session collects: options of addopts that would keep benchmarks out, and files that hold none. Python >= 3.8.

Options in the command itself are somebody's decision about this very run, and stay. Those in addopts are the default for
ordinary test runs.
"""

import json
import os

_SWITCHED_OFF = (("benchmark_disable", "--benchmark-disable"), ("benchmark_skip", "--benchmark-skip"))
_SPREAD = (("numprocesses", 0), ("dist", "no"), ("tx", []))  # xdist's; `-p no:xdist` would break addopts that name them
_SPREAD_OPTIONS = ("-n", "--numprocesses", "--dist", "--tx", "-d", "--maxprocesses")


def overrule_addopts(config):
    """Switch benchmarks on where addopts switched them off, and xdist off, under which nothing is measured."""
    given = [str(argument) for argument in config.invocation_params.args]
    option = config.option
    for name, spelled in _SWITCHED_OFF:
        if getattr(option, name, False) and spelled not in given:
            setattr(option, name, False)
    if not any(argument.startswith(_SPREAD_OPTIONS) for argument in given):
        for name, value in _SPREAD:
            if hasattr(option, name):
                setattr(option, name, value)


class OnlyFiles:
    """Leaves all test files out but the listed ones, where pytest looks in the places the list was made from."""

    def __init__(self, told, config):
        listed = json.loads(told)
        looks = collected_from(config)
        self.holds = looks is not None and all(set(looks[what]) <= set(listed[what]) for what in ("roots", "patterns"))
        self._files = set(listed["files"])
        self._folders = {parent for path in self._files for parent in _parents(path)}

    def ignores(self, path):
        return self.holds and str(path) not in (self._folders if os.path.isdir(str(path)) else self._files)


def _parents(path):
    above = os.path.dirname(path)
    while above != path:
        yield above
        path, above = above, os.path.dirname(above)


def collected_from(config):
    """Where pytest looked and for which files: what the answer "these files hold benchmarks" depends on."""
    roots = []
    for argument in config.args:
        path = os.path.abspath(os.path.join(str(config.invocation_params.dir), str(argument).split("::")[0]))
        if not os.path.exists(path):
            return None  # a module's name (--pyargs): the answer can't be checked later
        roots.append(path)
    ini = getattr(config, "inipath", None) or getattr(config, "inifile", None)
    return {
        "roots": roots,
        "patterns": list(config.getini("python_files")),
        "settings": [str(ini)] if ini else [],
    }
