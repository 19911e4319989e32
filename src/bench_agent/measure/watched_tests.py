"""The project's own tests run in a tree of ours: which pass, and which of some functions each of them enters.

Takes a side, which tests or which command, and the functions to watch. The part inside pytest is probe/bench_agent_trial.py.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.measure.paired.session import ENTRY_DIR
from bench_agent.measure.paired.side import Side
from bench_agent.system.process import Running, compiling
from bench_agent.system.temporary import temporary_folder
from bench_agent.text.clean import clean_text

PLUGIN = "bench_agent_trial"
MAX_TOLD = 64 << 20  # bytes read of what a session tells


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """passed, failed: ids. entered: id -> the watched functions that it entered. exit_code: None when time ran out.

    told: whether a pytest told of its tests; without, only the exit code is known.
    """

    exit_code: int | None
    told: bool = False
    passed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    entered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lines: Mapping[str, frozenset[str]] = field(default_factory=dict)  # id -> "path:line" of these functions, executed
    errors: tuple[str, ...] = ()  # files that could not be collected
    wrong: tuple[str, ...] = ()  # modules that did not come from the tree
    last_line: str = ""


TestRun.__test__ = False  # type: ignore[attr-defined]  # pytest takes a class of this name for one of tests


def run_tests(
    side: Side,
    *,
    env: Mapping[str, str],
    tests: Sequence[str] = (),
    command: str | None = None,
    watched: Sequence[str] = (),
    timeout_s: float,
) -> TestRun:
    """Run `command`, a shell's, in the side's tree; without one, pytest on `tests`. Nothing of it outlives the call."""
    with temporary_folder() as folder:
        out, wanted = folder / "told.json", folder / "watched.json"
        wanted.write_text(json.dumps(list(watched)), encoding="utf-8")
        given = {**_environment(side, env, folder), "BENCH_AGENT_OUT": str(out), "BENCH_AGENT_FILES": str(wanted)}
        words: str | list[str] = command or [*side.python, "-m", "pytest", *_options(side, folder), *tests]
        with Running(words, cwd=side.root, env=given) as running:
            code = running.wait(timeout_s)
            running.end()
            lines = [line for line in running.output().splitlines() if line.strip()]
        return _read(out, code, clean_text(lines[-1]) if lines else "")


def _options(side: Side, folder: Path) -> list[str]:
    return [
        *side.options, "-q", "-p", "no:cacheprovider", "--rootdir", str(side.root), "--basetemp", str(folder / "t"),
    ]  # fmt: skip


def _environment(side: Side, env: Mapping[str, str], folder: Path) -> dict[str, str]:
    tree = side.tree or side.root
    base = env if side.environment is None else side.environment
    own = list(dict.fromkeys(map(str, (side.root / "src", side.root, *side.path))))
    before = [path for path in base.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {
        **compiling(base),
        **side.env,
        "PYTHONPATH": os.pathsep.join([str(ENTRY_DIR), *own, *before]),
        "PYTHONHASHSEED": "1",
        "COVERAGE_FILE": str(folder / "coverage"),
        "BENCH_AGENT_PLUGIN": PLUGIN,
        "BENCH_AGENT_RING_TREE": str(tree),
        "BENCH_AGENT_RING_FOREIGN": str(side.not_from or ""),
    }


def _read(out: Path, code: int | None, last_line: str) -> TestRun:
    try:
        data = out.read_bytes()[:MAX_TOLD]
        document = json.loads(data)
        tests = {
            str(id): (str(outcome), frozenset(map(str, keys)), frozenset(map(str, lines)))
            for id, (outcome, (keys, lines)) in document["tests"].items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return TestRun(exit_code=code, last_line=last_line)
    return TestRun(
        exit_code=code,
        told=True,
        passed=frozenset(id for id, (outcome, _, _) in tests.items() if outcome == "passed"),
        failed=frozenset(id for id, (outcome, _, _) in tests.items() if outcome == "failed"),
        entered={id: keys for id, (_, keys, _) in tests.items()},
        lines={id: lines for id, (_, _, lines) in tests.items()},
        errors=tuple(clean_text(error) for error in document.get("errors", ())),
        wrong=tuple(clean_text(name) for name, _ in document.get("wrong", ())),
        last_line=last_line,
    )
