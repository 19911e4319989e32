"""The command `guard`: warns after an edit when a benchmark's code does more than before. Off until somebody switches it on."""

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_agent.commands.options import Options, read_config
from bench_agent.errors import UsageError
from bench_agent.project import STATE_DIR, find_root
from bench_agent.system.seal import read_sealed

if TYPE_CHECKING:
    from bench_agent.config import Config

FILE = "guard.json"
MAX_GIVEN = 4 << 20  # bytes of the hook's JSON: it holds the text that was written


def main(options: Options, _: list[str]) -> int:
    """Switch it on or off, tell what is watched, or look as a hook: which is always 0, and silent unless something grew."""
    if options.hook:
        return as_hook()
    from bench_agent.commands.output import say

    config = read_config(options)
    file = config.state_dir / FILE
    if options.action == "off":
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        say(options, _told(), "guard is off: nothing is looked at after an edit")
        return 0
    if options.action == "on":
        return _switch_on(options, config, file)
    data = read_sealed(str(file))
    if data is None:
        say(options, _told(), "guard is off; switch it on: bench-agent guard on")
    else:
        names = [watched["name"] for watched in json.loads(data)["watched"]]
        say(options, _told(names), f"guard is on and watches {len(names)}: {', '.join(names)}")
    return 0


def _switch_on(options: Options, config: "Config", file: Path) -> int:
    from bench_agent.commands.bisect import choose
    from bench_agent.commands.output import say
    from bench_agent.compare.guard import start_guard, to_document
    from bench_agent.history.store import Store, write_atomically
    from bench_agent.measure.collect import look_at_suite
    from bench_agent.system.seal import seal
    from bench_agent.text.benchmark_names import name_benchmarks

    suite = look_at_suite(config, keyword=None, environment=os.environ)
    ids = list(suite.ids) if options.benchmark is None else choose(config, suite, options.benchmark)
    root = config.root.resolve()
    names = name_benchmarks(suite.ids, config.names)
    guard = start_guard(suite, ids, names, top=_top(root), root=root, env=os.environ)
    if not guard.watched:
        raise UsageError(
            "none of these benchmarks can be watched: their calls take over a second, or execute something else each time",
            hint="name others: bench-agent guard on BENCHMARK",
        )
    Store(config.state_dir).prepare()
    write_atomically(file, seal(json.dumps(to_document(guard))))
    left = len(ids) - len(guard.watched)
    more = f"; {left} can't be counted in a second, or the same each time" if left else ""
    words = f"guard is on: it watches {len(guard.watched)} of {len(ids)} benchmarks{more}"
    say(options, _told([watched.name for watched in guard.watched], left=left), words)
    return 0


def _told(watched: Sequence[str] | None = None, *, left: int = 0) -> dict[str, Any]:
    """For --json. watched: by name; None: it is off. left: of those asked for, how many can't be counted."""
    return {"guard": "off" if watched is None else "on", "watched": list(watched or ()), "not_counted": left}


def _top(root: Path) -> Path:
    from bench_agent.system.git import open_repository

    repository = open_repository(root)
    return repository.root.resolve() if repository is not None and not repository.bare else root


def as_hook() -> int:
    """Whatever is not as it should be ends in silence: an edit is nobody's to stop."""
    with contextlib.suppress(OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        given = json.loads(sys.stdin.buffer.read(MAX_GIVEN))
        edited, cwd = given["tool_input"]["file_path"], str(given.get("cwd") or os.getcwd())
        root = os.path.realpath(find_root(cwd))
        file = os.path.join(root, STATE_DIR, FILE)
        data = read_sealed(file)
        if data is None or not str(edited).endswith((".py", ".pyi")):
            return 0
        document = json.loads(data)
        path = os.path.realpath(os.path.join(cwd, edited))
        if any(path.endswith(f"/{key.rpartition('::')[0]}") for w in document["watched"] for key in w["functions"]):
            _look(document, path, Path(root), Path(file))
    return 0


def _look(document: Any, path: str, root: Path, file: Path) -> None:
    from bench_agent.compare.guard import from_document, look, to_document
    from bench_agent.errors import BenchAgentError
    from bench_agent.history.store import write_atomically
    from bench_agent.system.seal import seal

    top = _top(root)
    with contextlib.suppress(BenchAgentError):
        before = from_document(document)
        after, sentences = look(before, os.path.relpath(path, top), top=top, root=root, env=os.environ)
        if after != before:
            write_atomically(file, seal(json.dumps(to_document(after))))
        if sentences:
            text = (
                f"bench-agent counted what the benchmarks execute after this edit: {'; '.join(sentences)}. Counts are exact; "
                "whether it takes longer was not measured (`bench-agent compare HEAD`). Tell the user if it was not meant."
            )
            told = {"hookEventName": "PostToolUse", "additionalContext": text}
            print(json.dumps({"hookSpecificOutput": told}, ensure_ascii=False))
