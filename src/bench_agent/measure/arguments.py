"""Of the arguments a suite's pytest was called with, those that decide how its benchmarks are found and imported.

Comes in: the arguments and the folder they were given in. Goes out: the arguments for another call of pytest, which names
files and options of its own.
"""

from collections.abc import Sequence
from pathlib import Path

# The configuration, plug-ins, warnings that are errors: without them the same files may collect to nothing. What selects,
# reports, or belongs to a plug-in is left out: the other call selects by itself and reports nothing.
_WITH_VALUE = {
    "-c": "-c", "--config-file": "-c", "-o": "-o", "--override-ini": "-o", "-p": "-p", "-W": "-W", "--pythonwarnings": "-W",
    "--import-mode": "--import-mode",
}  # fmt: skip


def kept_arguments(arguments: Sequence[str], folder: str) -> tuple[str, ...]:
    """Pairs of option and value, flat, in order; a configuration file by its absolute path, wherever it was."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            break
        name, value = _split(argument)
        if name not in _WITH_VALUE:
            continue
        value = next(rest, None) if value is None else value
        if value not in (None, "no:cacheprovider"):  # each session of the ring has a cache of its own
            kept += [_WITH_VALUE[name], str(Path(folder, value)) if _WITH_VALUE[name] == "-c" else value]
    return tuple(kept)


def _split(argument: str) -> tuple[str, str | None]:
    """("-o", "a=b") of `-oa=b`, ("--config-file", "x") of `--config-file=x`; no value where it is the next argument."""
    if argument.startswith("--"):
        name, equals, value = argument.partition("=")
        return name, value if equals else None
    return argument[:2], argument[2:] or None
