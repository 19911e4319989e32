"""The slash command that `bench-agent init` puts into a project, in the form that fits how the project runs Python.

`plan_install` looks and decides, `apply` writes; nothing else is touched. The text of the command is package
data (`benchmark.md`), and the only one there is. The
project's own files are edited by `text_edits`; `commands/init` talks to the user.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench_agent.errors import BenchAgentError, ConfigError

Runner = Literal["path", "uv", "poetry", "venv", "module"]
CALLS: dict[Runner, str] = {  # how each calls the program
    "path": "bench-agent",
    "uv": "uv run bench-agent",
    "poetry": "poetry run bench-agent",
    "venv": ".venv/bin/bench-agent",
    "module": "python -m bench_agent",
}
Action = Literal["create", "update", "unchanged", "conflict", "manual"]

COMMAND_FILE = Path(".claude/commands/benchmark.md")
SKILL_FILE = Path(".claude/skills/benchmark/SKILL.md")

# sha256 of every text this package has ever installed, by `text_digest`: such a file is ours to replace, any other is
# the user's. A new text adds its two lines (a test prints them) and takes none away.
SHIPPED = frozenset(
    {
        "9b904c288d040341963f0b35d0db9de30c8fa48fa2db6a8539fea86ccd3702c4",
        "a624ac862321984b99a677124e6e6eff4f3e174154c1b2e7d67bbea3df841aa0",
        "9d9511a815c31c3cca3af9427e346202d40cf887f96c4eb6606574816d36abec",
        "d85b3d11a277dd0725521711be0b70cac6c9ae7b980d8a6d037647dcaca5e2c3",
        "cee3272fdb477fda99ef431a10a0abac7578f6a2a12c542d82f67861cdfc6e59",
        "2b41aefd783abdf78cd0198b050cdec4e6cbbaf7a0c342d00396e7604e95d1b6",
        "b8caa941132d414d3cbc94674d02297e1ed818e413999e6bc51220473727a92a",
        "8167c8945400537dc24ffeeafd6ced2d2cbde047961bfec071b88fc16db3aea4",
        "641af7beab9c789a1124fab6edfa7fba048b2424908cb39d597ea5180326765f",
        "148893fbb3e56e72510fd7ffb5e248cf890dcebcebfff4e1a2bd707631c30fd5",
        "2c2a6fb98be7e6e3310cf09739cd1463e84d27a8d4a3ec8c4846f48e5c76cde6",
        "535a81fb3dbb2ef750693987e8d8c6d6f1688062ef72fdb6f5a9a67adf9bad60",
        "8d73f3487573116471e68dc4f0a9c7e7fc6192129762f0bf614c630a14070db8",
        "ada7df85e8db3bf2acde904f1658af0aa7f0aa0349b2d37fc4da44367d58a374",
        "e0f070d5617a1dcc6a57891a3da2cff6699d78a0e24992c8d956d08906937a5e",
        "6f90f39e323e180b6eaf306e2c7412176c7e973d6f70fb52fa55f92c72fe2b4e",
        "67586975deb97c1266429070f4a2cc4996fbba10586bae6054a619ac854602c5",
        "3af55bcf7583533cfb62daf1493c3cda4d4f7a2d15acb8cb1429c1a51c1eea33",
        "e99930f5ee9248605fcfb39ac2bc3f5a02c198d0e806524bdb9c9f76a91862d3",
        "96868acb2a2ac1c61efeb5be9c5e7dfab960613456a896687ccab4c51aa03bc1",
    }
)

# The program's name where it is called or permitted, not where it is part of a path or of an installation command.
_CALL = re.compile(r"(?<=[`( ])bench-agent(?= (?:run|wait|status|verify|check-answer)\b)")


class InstallError(BenchAgentError):
    """The project holds something that we must not write over, or cannot."""

    kind = "install"
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One file and what is to happen to it. path: relative to the project. before: its text now, None when there is none.

    "manual" is what we can't write safely: `why` says so, and the text is what the file should become.
    """

    path: Path
    action: Action
    text: str
    before: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an installation would do. notes: what the user has to see to, such as PATH; sentences, most urgent first."""

    project: Path
    runner: Runner
    files: tuple[PlannedFile, ...]
    notes: tuple[str, ...] = ()


def command_text(runner: Runner = "path") -> str:
    """The slash command for projects that call the program so."""
    text = Path(__file__).with_name("benchmark.md").read_text(encoding="utf-8")
    return _CALL.sub(CALLS[runner], text)


def detect_runner(project: Path, *, which: Callable[[str], str | None] = shutil.which) -> Runner:
    """ "uv" where the project has a uv.lock or a [tool.uv] table; "poetry" where its lock file or pyproject.toml asks Poetry for
    bench-agent; "venv" where only the project's .venv has it; else "path". What was installed as "module" stays so.

    Raises ConfigError when pyproject.toml cannot be read.
    """
    if _is_uv(project):
        return "uv"
    if (project / "poetry.lock").is_file() and _names_bench_agent(project):
        return "poetry"
    with contextlib.suppress(OSError):
        if text_digest((project / COMMAND_FILE).read_text("utf-8", "replace")) == text_digest(command_text("module")):
            return "module"
    if which("bench-agent") is None and (project / CALLS["venv"]).is_file():
        return "venv"
    return "path"


def _is_uv(project: Path) -> bool:
    if (project / "uv.lock").is_file():
        return True
    pyproject = project / "pyproject.toml"
    try:
        tool = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        return False
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{pyproject} cannot be read: {error}", hint="repair it, or pass the runner") from error
    return isinstance(tool, dict) and "uv" in tool


def plan_install(
    project: Path, *, runner: Runner, which: Callable[[str], str | None] = shutil.which, prefix: str = sys.prefix
) -> Plan:
    """What installing into `project` would do; reads, writes nothing.

    runner: how the project calls the program, from `detect_runner` or the user. which, prefix: where programs are
    found and this interpreter's folder, for the notes. Raises InstallError when the project is no folder, or its
    place for commands is a link, a folder where a file belongs, or the reverse.
    """
    if not project.is_dir():
        raise InstallError(f"{project} is not a folder", hint="run this in the project that /benchmark is for")
    planned = plan_file(project, COMMAND_FILE, command_text(runner), shipped=SHIPPED)
    return Plan(project=project, runner=runner, files=(planned,), notes=_notes(project, runner, which, prefix))


def apply(plan: Plan, force: bool = False) -> tuple[Path, ...]:
    """Writes what the plan says and gives the paths written, relative to the project; each file whole or not at all.

    A file the user changed is replaced only with force; what is "manual" is left to the user. Raises InstallError on a
    conflict and for a file nobody may write, both before anything is written, and when the disk refuses.
    """
    conflicts = [str(f.path) for f in plan.files if f.action == "conflict"]
    if conflicts and not force:
        raise InstallError(
            f"{', '.join(conflicts)} was changed by hand or by another tool; nothing was written",
            hint="compare the two, then repeat with --force to replace it; to keep your own /benchmark: --no-command",
        )
    waiting = [planned for planned in plan.files if planned.action not in ("unchanged", "manual")]
    for planned in waiting:
        _check_writable(plan.project / planned.path)
    for planned in waiting:
        _write(plan.project / planned.path, planned.text)
    return tuple(planned.path for planned in waiting)


def text_digest(text: str) -> str:
    """sha256 of the text, the same whether git checked it out with LF or CRLF."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def plan_file(project: Path, relative: Path, text: str, *, shipped: Collection[str]) -> PlannedFile:
    """What becomes of a file that is wholly ours. shipped: the digests of the texts that we may replace."""
    path = project / relative
    before = read_text(path) if path.is_file() else None  # also through a link: one to the right text needs no writing
    if before is not None and text_digest(before) == text_digest(text):
        return PlannedFile(path=relative, action="unchanged", text=before, before=before)
    _refuse_odd_places(project, relative)
    if before is None:
        action: Action = "create"
    else:
        action = "update" if text_digest(before) in shipped else "conflict"
    return PlannedFile(path=relative, action=action, text=text, before=before)


def read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")  # in another encoding it is not ours: that is enough
    except OSError as error:
        raise InstallError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from error


def _check_writable(path: Path) -> None:
    try:
        if path.exists():
            path.open("ab").close()  # a rename would replace a read-only file all the same
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InstallError:
    return InstallError(
        f"{path} cannot be written: {error.strerror or error}", hint="check its permissions and the disk"
    )


def _refuse_odd_places(project: Path, relative: Path) -> None:
    """A link would have us write outside the project, into a place that other projects may share."""
    place = project
    for part in relative.parts:
        place = place / part
        last = part == relative.parts[-1]
        if place.is_symlink():
            raise InstallError(
                f"{place} is a link to {place.readlink()}; nothing was written",
                hint=f"replace the link by a {'file' if last else 'folder'} of its own, or install where it points",
            )
        if place.exists() and place.is_dir() == last:
            raise InstallError(f"{place} is not a {'file' if last else 'folder'}", hint="move it out of the way")


def _write(path: Path, text: str) -> None:
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A temporary file is private; what is written here is for everyone who checks out.
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=path.parent, delete=False) as handle:
            temporary = handle.name
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise _unwritable(path, error) from error


def _notes(project: Path, runner: Runner, which: Callable[[str], str | None], prefix: str) -> tuple[str, ...]:
    notes = []
    if runner == "uv":
        if which("uv") is None:
            notes.append("uv is not on PATH, and /benchmark calls `uv run bench-agent` in this project: install uv.")
        if not _names_bench_agent(project):
            notes.append(
                "bench-agent is not among this project's dependencies: `uv add --dev` it from where you have it,"
                " or `uv run bench-agent` finds nothing."
            )
    elif runner == "path":
        found = which("bench-agent")
        if found is None:
            notes.append(
                "bench-agent is not on PATH, and /benchmark needs it there: install it for all projects with pipx or"
                " uv tool, or make it a dev dependency and start claude with that environment activated."
            )
        elif Path(found).is_relative_to(prefix) and (Path(prefix) / "pyvenv.cfg").is_file():
            notes.append(
                f"bench-agent was found in the environment {prefix}: activate it before starting claude, or install"
                " the program for all projects with pipx or uv tool."
            )
    if (project / SKILL_FILE).exists():
        notes.append(f"{SKILL_FILE} has the same name and wins over the command: remove one of them.")
    return tuple(notes)


def _names_bench_agent(project: Path) -> bool:
    """Whether the project's own files name the package; a guess for a note, never for a decision."""
    for name in ("pyproject.toml", "uv.lock", "poetry.lock"):
        with contextlib.suppress(OSError):
            if re.search(rb"bench[-_.]agent", (project / name).read_bytes(), re.IGNORECASE):
                return True
    return False
