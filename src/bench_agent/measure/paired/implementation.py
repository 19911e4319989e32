"""Whether a side can run the implementation that the run used: compiled modules, not a fallback in their place.

A package that finds its extension module missing imports a slower one in its place, in silence. Such a side would be measured
as if its code were that slow.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench_agent.system.process import Running
from bench_agent.text.clean import clean_text

PROGRAM = Path(__file__).parents[1] / "probe" / "bench_agent_import_check.py"
IMPORT_S = 60.0  # for importing the modules, after which nothing is said of them


def find_fallback(
    names: Sequence[str], *, python: Sequence[str], cwd: Path, env: Mapping[str, str], tree: Path, foreign: Path | None
) -> str | None:
    """Why one of these compiled modules would not be run in that tree; None when all can be imported as they should.

    Starts an interpreter (0.1 s and the imports); the same question is asked once.
    """
    return _ask(tuple(names), tuple(python), cwd, tuple(sorted(env.items())), tree, foreign)


@functools.lru_cache(maxsize=256)
def _ask(
    names: tuple[str, ...],
    python: tuple[str, ...],
    cwd: Path,
    env: tuple[tuple[str, str], ...],
    tree: Path,
    foreign: Path | None,
) -> str | None:
    command = [*python, str(PROGRAM), str(tree), str(foreign or ""), *names]
    with Running(command, cwd=cwd, env=dict(env)) as running:
        running.wait(IMPORT_S)
        running.end(strays=False)
        lines = running.output().splitlines()
    try:
        told = json.loads(lines[-1])
        answers = [(name, told[name][0], str(told[name][1])) for name in names]
    except (ValueError, KeyError, IndexError, TypeError):
        return None  # it says nothing: the session itself has been collected all the same
    return next((why for answer in answers if (why := _describe(*answer, tree))), None)


def _describe(name: str, kind: str | None, text: str, tree: Path) -> str | None:
    shown = clean_text(name)
    if kind is None:
        return f"the compiled {shown} can't be imported there ({clean_text(text, limit=200)}), so a fallback is run"
    if kind != "extension":
        return f"{shown} is not compiled there: it comes from {clean_text(text)}"
    if not Path(text).is_relative_to(tree.resolve()):
        return f"{shown} comes from {clean_text(text)}, not from the tree"
    return None
