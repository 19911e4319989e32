"""Benchmarks that pytest does not run: which harness they are for, told from a file's text or a process's command."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_OTHERS = (  # harness, where it shows
    ("pyperf", re.compile(r"^\s*(?:import (?:[\w.]+ *, *)*|from )pyperf\b", re.MULTILINE)),
    ("asv", re.compile(r"^\s*(?:import|from) asv_runner\b|^\s+def (?:time|peakmem|track)_\w+\(self", re.MULTILINE)),
    ("richbench", re.compile(r"^__benchmarks__\s*=", re.MULTILINE)),
)
_PROGRAMS = ("pyperf", "asv", "richbench", "hyperfine")
# An interpreter with its options and what it runs, as a shell's text has it.
_STARTED = re.compile(
    r"(?<![\w./-])[\w./-]*\b(?:python|pypy)[\d.]*\s+(?:-[XW]\s+\S+\s+|-[A-Za-ln-z]\S*\s+)*(?:-m\s+[\w.]+|[\w./-]+\.py)\b"
)
OWN_SCRIPT = "a script of its own"
_MAX_SOURCE = 200_000  # characters of a script that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherHarness:
    """Benchmarks that pytest does not run."""

    name: str
    path: str  # of one of its files, relative to the project


def harness_of_text(source: str) -> str | None:
    """The harness that a Python file is for, by what it needs in it."""
    return next((name for name, shows in _OTHERS if shows.search(source)), None)


def harness_of_process(words: Sequence[str], cwd: Path, root: Path) -> OtherHarness | None:
    """What a running command benchmarks without pytest: a harness, or a script of the project that does not speak of pytest."""
    program, *rest = [*words, ""]
    if Path(program).name in _PROGRAMS:
        return OtherHarness(name=Path(program).name, path="")
    if not re.match(r"(?:python|pypy)[\d.]*$", Path(program).name):
        return None
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c"):
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    if rest[:1] == ["-m"] and len(rest) > 1:
        return OtherHarness(name=rest[1], path="") if rest[1] in _PROGRAMS else _harness_of_module(rest[1], cwd, root)
    script = cwd / rest[0] if rest and rest[0] and rest[0] != "-c" else None
    if script is None:
        return None
    if script.name in _PROGRAMS:
        return OtherHarness(name=script.name, path="")
    return _harness_of_script(script, root)


def harness_of_command(text: str, root: Path, *, own_scripts: bool = False) -> OtherHarness | None:
    """A known harness that a command or a recipe starts, told from its text and the project's files; nothing is run.

    text: of a shell. own_scripts: also a script of the project's own that does not speak of pytest, where nothing may be run
    to find out.
    """
    for options_and_program in _STARTED.finditer(text):
        found = harness_of_process(options_and_program[0].split(), root, root)
        if found and (found.name in _PROGRAMS or own_scripts):
            return found
    return None


def _harness_of_module(name: str, cwd: Path, root: Path) -> OtherHarness | None:
    """Of what `python -m NAME` runs, where that is the project's."""
    places = [folder / name.replace(".", "/") for folder in (cwd, root, root / "src")]
    files = [file for place in places for file in (place / "__main__.py", place.with_suffix(".py"))]
    script = next((file for file in files if file.is_file()), None)
    return _harness_of_script(script, root) if script else None


def _harness_of_script(script: Path, root: Path) -> OtherHarness | None:
    if script.suffix != ".py" or not script.is_relative_to(root) or "site-packages" in script.parts:
        return None
    try:
        source = script.read_text(encoding="utf-8", errors="replace")[:_MAX_SOURCE]
    except OSError:
        return None
    if "pytest" in source:
        return None
    return OtherHarness(name=harness_of_text(source) or OWN_SCRIPT, path=str(script.relative_to(root)))
