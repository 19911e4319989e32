"""How this program is called in this project, and texts with its commands as they must be typed there.

Everywhere else a command is written `bench-agent ...`, also in what is stored: another user may call it otherwise. Light: every
command passes through.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence

from bench_agent.project import find_root
from bench_agent.system import alive

NAME = "bench-agent"
VARIABLE = "BENCH_AGENT_TYPED"  # set for a worker, which is started by another command line than its user's
_SUBCOMMANDS = (
    "run|wait|status|compare|verify|ci|backfill|site|bisect|trend|detect|report|baseline|history|issue|explain|fix"
    "|check-answer|guard|init|doctor|selftest"
)
_PLAIN = re.compile(r"[\w./ -]{1,120}")  # what needs no quotes, in a shell or in JSON


def typed_name(*, argv: Sequence[str], environment: Mapping[str, str], folder: str, root: str, prefix: str) -> str:
    """The words before the subcommand: "bench-agent", "uv run bench-agent", "python -m bench_agent", ".venv/bin/bench-agent".

    argv: the interpreter's whole command line (`sys.orig_argv`). folder: the current one. root: the project's. prefix: the
    interpreter's environment, which `uv run` and `poetry run` name in VIRTUAL_ENV. Plain "bench-agent" wherever PATH has it
    and nothing says that another one put it there for this call only.
    """
    chosen = environment.get("VIRTUAL_ENV", "")
    if chosen and os.path.realpath(chosen) == os.path.realpath(prefix):
        if "UV_RUN_RECURSION_DEPTH" in environment:
            return f"uv run {NAME}"
        if os.path.exists(os.path.join(root, "poetry.lock")):  # also works where the environment is activated
            return f"poetry run {NAME}"
    where = _on_path(environment.get("PATH", ""))
    script = next((word for word in argv[1:] if os.path.basename(word) == NAME), None)
    if script is not None:
        shown = _shown(os.path.abspath(script), folder)
        # Of one outside the project, PATH may hold a launcher: that is what was typed.
        if where is None or not (os.path.isabs(shown) or _is_same(script, where)):
            return _plain(shown)
    if script is None and where is None and "bench_agent" in argv:
        return _plain(f"{_shown(argv[0], folder)} -m bench_agent")
    return NAME


def _on_path(path: str) -> str | None:
    places = (os.path.join(entry, NAME) for entry in path.split(os.pathsep) if entry)
    return next((place for place in places if os.access(place, os.X_OK)), None)


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _shown(path: str, folder: str) -> str:
    """Relative where it lies in the project; a bare name stays one."""
    inside = os.path.isabs(path) and path.startswith(os.path.join(folder, ""))
    return os.path.relpath(path, folder) if inside else path


def _plain(words: str) -> str:
    return words if _PLAIN.fullmatch(words) else NAME


def this_name() -> str:
    """How this process was called."""
    given = os.environ.get(VARIABLE, "")
    if given:
        return _plain(given)
    if not alive.is_program:  # imported, by a test or a script
        return NAME
    try:
        folder = os.getcwd()
    except OSError:
        return NAME
    return typed_name(
        argv=sys.orig_argv, environment=os.environ, folder=folder, root=find_root(folder), prefix=sys.prefix
    )


def as_typed(text: str, name: str) -> str:
    """The text with every command of this program as it must be typed. A text that has them so already stays.

    A usage line names the program, and does not say how it is found.
    """
    if name == NAME or NAME not in text:
        return text
    return re.sub(
        rf"(?<!usage: )(?<![\w/.-])(?:{re.escape(name)}|{NAME})(?= (?:{_SUBCOMMANDS})\b)", lambda _: name, text
    )
