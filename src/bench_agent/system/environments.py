"""Virtual environments of our own on top of the suite's packages, for what `setup` installs.

The suite's own environment is only read: an install goes into ours, and what it replaces is hidden there, not removed. An
environment is a folder that can be thrown away.
"""

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.system.process import Running
from bench_agent.text.clean import clean_text
from bench_agent.text.telling_line import telling_line

_LOOK_S = 60.0  # for an interpreter to say what it is
_INSTALL_S = 600.0  # for installing packages into an environment
_LOOK = """
import json, os, sys
print(json.dumps({
    "prefix": sys.prefix,
    "version": list(sys.version_info[:2]),
    "cache_tag": sys.implementation.cache_tag,
    "site": [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages") and os.path.isdir(p)],
    "pip": any(os.path.isdir(os.path.join(p, "pip")) for p in sys.path),
}))
"""
# What would send an install elsewhere than into the environment it is started in.
_ELSEWHERE = (
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_VERSION"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT", "PIP_PYTHON", "PIP_BREAK_SYSTEM_PACKAGES"),
    *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_BREAK_SYSTEM_PACKAGES", "POETRY_ACTIVE"),
)
# pip names its isolated environment so. It takes from sys.path again what a plain line of a .pth file adds, not what code adds.
_BELOW = "import os, site; 'pip-build-env-' in os.environ.get('PYTHONPATH', '') or site.addsitedir({path!r})"
_PTH = "~bench_agent_below.pth"  # sorts last: what is below comes after our own editable installs


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """The suite's interpreter as it describes itself."""

    executable: str
    prefix: Path
    version: tuple[int, int]
    site: tuple[Path, ...]  # folders of installed packages, in the order they are searched
    has_pip: bool
    cache_tag: str  # "cpython-311"


def look_at(executable: str) -> Interpreter:
    """Ask an interpreter about itself (30 ms). Raises MeasureError when it does not answer."""
    bare = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    with Running([executable, "-c", _LOOK], cwd=Path("/"), env=bare) as running:
        code = running.wait(_LOOK_S)
        running.end(strays=False)
        output = running.output()
    try:
        told = json.loads(output.splitlines()[-1])
        return Interpreter(
            executable=executable,
            prefix=Path(told["prefix"]),
            version=(told["version"][0], told["version"][1]),
            site=tuple(map(Path, told["site"])),
            has_pip=bool(told["pip"]),
            cache_tag=str(told["cache_tag"]),
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise MeasureError(f"{executable} does not start (exit {code}): {clean_text(output, limit=200)}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment of ours. What it lacks is found in the suite's."""

    folder: Path
    site: Path  # its own packages

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command that shall install here, wherever the user's settings would send it."""
        kept = {name: value for name, value in environment.items() if name not in _ELSEWHERE}
        return {
            **kept,
            **self.activated(environment),
            "PIP_PYTHON": self.python,  # also a pip of another environment installs here, from 22.3 on
            "PIP_REQUIRE_VIRTUALENV": "1",
            "PIP_USER": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PYTHONUSERBASE": str(self.folder / "user"),
            "UV_PROJECT_ENVIRONMENT": str(self.folder),
            "PDM_IGNORE_SAVED_PYTHON": "1",
        }

    def activated(self, environment: Mapping[str, str]) -> dict[str, str]:
        """What activating it would set: programs that the suite starts by name come from here too."""
        path = os.pathsep.join(filter(None, (str(self.folder / "bin"), environment.get("PATH", os.defpath))))
        return {"VIRTUAL_ENV": str(self.folder), "PATH": path}


def make_environment(interpreter: Interpreter, folder: Path) -> Environment:
    """An empty environment in `folder`, which must not exist, on top of the interpreter's packages. About 0.2 s."""
    with Running(
        [interpreter.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)], cwd=Path("/")
    ) as venv:
        code = venv.wait(_LOOK_S)
        venv.end(strays=False)
        output = venv.output()
    if code != 0:
        last = output.splitlines()[-1:] or ["no output"]
        raise MeasureError(f"{interpreter.executable} makes no virtual environment: {clean_text(last[0])}")
    environment = environment_in(folder, interpreter)
    # Their .pth files too: an editable install of a dependency is one. Its own editable install is hidden by the new one.
    # Not where pip builds in isolation: what the build requires (a setuptools, a Cython) would be hidden by the suite's own.
    lines = [*map(str, interpreter.site), *(_BELOW.format(path=str(path)) for path in interpreter.site)]
    (environment.site / _PTH).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if interpreter.has_pip:
        _write_pip(environment)
    return environment


def _run_venv(interpreter: Interpreter, folder: Path, options: Sequence[str]) -> str | None:
    """Why it failed."""
    with Running([interpreter.executable, "-m", "venv", "--symlinks", *options, str(folder)], cwd=Path("/")) as venv:
        code = venv.wait(_LOOK_S)
        venv.end(strays=False)
        lines = venv.output().splitlines()
    return None if code == 0 else clean_text(lines[-1] if lines else "no output", limit=200)


def install(environment: Environment, packages: Sequence[str], variables: Mapping[str, str]) -> tuple[str, ...]:
    """Install packages ("pkg==1.2") into the environment. What it has now, as "name==version".

    Raises MeasureError with pip's own words. From the network, or what the user's pip is set to use.
    """
    command = [environment.python, "-m", "pip", "install", "--quiet", *packages]
    with Running(command, cwd=environment.folder, env=environment.variables(variables)) as running:
        code = running.wait(_INSTALL_S)
        running.end(strays=False)
        telling = telling_line(running.output().splitlines())
    if code != 0:
        raise MeasureError(
            f"{clean_text(' '.join(packages), limit=80)} can't be installed beside the suite's packages: "
            f"{clean_text(telling, limit=300)}",
            hint="name it as pip does, such as 'pkg==1.2'",
        )
    found = (path.name.removesuffix(".dist-info").partition("-") for path in environment.site.glob("*.dist-info"))
    return tuple(sorted(f"{name.lower().replace('_', '-')}=={version}" for name, _, version in found))


def environment_in(folder: Path, interpreter: Interpreter) -> Environment:
    """The environment that was made there earlier."""
    major, minor = interpreter.version
    found = sorted(folder.glob("lib/*/site-packages"))  # "python3.11", "python3.13t", "pypy3.10"
    return Environment(folder=folder, site=found[0] if found else folder / f"lib/python{major}.{minor}/site-packages")


def _write_pip(environment: Environment) -> None:
    """`pip` by name, else the suite's own would be found on PATH, which installs into the suite's environment."""
    script = f'#!/bin/sh\nexec {shlex.quote(environment.python)} -m pip "$@"\n'
    for name in ("pip", "pip3"):
        path = environment.folder / "bin" / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)


def refuse_installs_elsewhere(setup: str, interpreter: Interpreter, environment: Mapping[str, str]) -> None:
    """Raises MeasureError for a `setup` that names where to install, as far as its words tell: that would not be ours.

    What a script does inside is not seen here; PIP_REQUIRE_VIRTUALENV and `EnvironmentGuard` are for that.
    """
    try:
        words = shlex.split(setup, posix=True)
    except ValueError:
        words = setup.split()
    homes = [str(interpreter.prefix), environment.get("VIRTUAL_ENV", "")]
    named = next((word for word in words for home in homes if home and f"{home}/bin/" in word), None)
    told = named or next((word for word in words if _is_elsewhere(word, words)), None)
    if told is not None:
        raise MeasureError(
            f"`setup` would install into an environment that is not ours (`{clean_text(told, limit=80)}`)",
            hint="each version gets an environment of its own on top of the suite's packages: "
            'write the command as in an activated one, such as setup = "pip install ."',
        )


def _is_elsewhere(word: str, words: Sequence[str]) -> bool:
    name = word.partition("=")[0]
    if "pip" in words and name in ("--user", "--break-system-packages", "--system", "--target", "--prefix", "--root"):
        return True
    return word in ("sudo", "pipx") or (word in ("conda", "mamba", "micromamba") and "install" in words)
