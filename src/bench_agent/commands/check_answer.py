"""The command `check-answer`: a text about the newest run held against its findings. Light: a hook of the client waits for it."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bench_agent.answer import hook
from bench_agent.errors import StoreError, UsageError
from bench_agent.project import STATE_DIR, find_root
from bench_agent.system.seal import read_sealed

if TYPE_CHECKING:
    from bench_agent.answer.check.check import Complaint

MAX_REPORT = 8 << 20  # bytes that a hook reads: more would take longer than a turn's end may
MAX_TRANSCRIPT = 64 << 20
MAX_TEXT = 1 << 20
WRITTEN_TOGETHER_S = 5.0  # a run writes both, one after the other
MAX_COMMITS = 5_000  # whose authors are known
MAX_TOLD = 100  # complaints in the JSON; of the others only the number


def main(options: Any, _: list[str]) -> int:
    """Print what the findings don't support. Exit code 1 when there is any; as a hook always 0."""
    if options.hook:
        return as_hook()
    text, report = _text_of(options.file), _report()
    complaints = _complaints(text, report, os.path.join(find_root(os.getcwd()), STATE_DIR))
    if left := _left_out(text):
        print(
            f"bench-agent: note: {left:,} characters at the end were not checked: the text is too long", file=sys.stderr
        )
    if options.json:
        found = [{"said": c.said, "sentence": hook.cut(c.sentence), "why": c.why} for c in complaints[:MAX_TOLD]]
        counts = {"more": len(complaints) - len(found), "unchecked_characters": left, "cut": left > 0}
        print(json.dumps({"complaints": found, **counts}, ensure_ascii=False))
    else:
        rest = " as far as it was checked" if left else ""
        print(hook.in_words(complaints) or f"all that it says is in the findings{rest}")
    return int(bool(complaints))


def _complaints(text: str, report: Any, folder: str) -> "list[Complaint]":
    from bench_agent.answer.check.check import (
        check,  # compiles a score of expressions, which turns of other commands need not pay
    )
    from bench_agent.answer.check.facts import facts_of

    return check(text, facts_of(report), _people, rendered=_rendered(folder))


def _rendered(folder: str) -> str:
    """The answer as the run that left the report wrote it beside it; empty where it is older than the report, or too long."""
    try:
        path = os.path.join(folder, "report.md")
        if os.path.getmtime(path) < os.path.getmtime(os.path.join(folder, "report.json")) - WRITTEN_TOGETHER_S:
            return ""
        with open(path, "rb") as file:
            data = file.read(MAX_TEXT + 1)
    except OSError:
        return ""
    return data.decode("utf-8", "replace") if len(data) <= MAX_TEXT else ""


def _people() -> str:
    """Names of those who committed; empty where git can't tell. Only a text that names somebody pays for it."""
    from pathlib import Path

    from bench_agent.errors import BenchAgentError
    from bench_agent.system.git import open_repository

    try:
        repository = open_repository(Path.cwd())
        return repository.git("log", f"--max-count={MAX_COMMITS}", "--format=%an %ae %cn") if repository else ""
    except BenchAgentError:
        return ""


def _left_out(text: str) -> int:
    """How many characters of a text are not checked."""
    from bench_agent.answer.check.check import shortened

    return len(text) - len(shortened(text))


def _text_of(name: str) -> str:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_TEXT)
        else:
            with open(name, "rb") as file:
                data = file.read(MAX_TEXT)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}", hint="name a file, or - for stdin") from error
    return data.decode("utf-8", "replace")


def _report() -> Any:
    path = os.path.join(find_root(os.getcwd()), STATE_DIR, "report.json")
    data = read_sealed(path)
    if data is None:
        raise StoreError("there is no report of this machine to check against", hint="run: bench-agent run")
    return json.loads(data)


def as_hook() -> int:
    """Whatever is not as it should be ends in silence: a check that fails must keep nobody from ending a turn."""
    with contextlib.suppress(OSError, ValueError, RecursionError, KeyError, TypeError):
        given = json.loads(sys.stdin.buffer.read(MAX_TEXT))
        with _transcript(given) as lines:
            turn = hook.turn_of(given, lines)
        if turn is None or turn.began is None:
            return 0
        path = os.path.join(find_root(str(given.get("cwd") or os.getcwd())), STATE_DIR, "report.json")
        # A run that kept nothing left the report of an earlier one, which is not what the answer is about.
        if os.path.getmtime(path) < turn.began:
            return 0
        data = read_sealed(path, limit=MAX_REPORT)
        complaints = _complaints(turn.message, json.loads(data), os.path.dirname(path)) if data else []
        if complaints:
            print(json.dumps(hook.sent_back(complaints), ensure_ascii=False))
    return 0


@contextlib.contextmanager
def _transcript(given: Any) -> Iterator[Any]:
    """The lines of the session's transcript, from its end where it is long; None where there is none."""
    name = given.get("transcript_path") if isinstance(given, dict) else None
    if not isinstance(name, str) or not os.path.isfile(name):
        yield None
        return
    with open(name, "rb") as file:
        file.seek(max(os.path.getsize(name) - MAX_TRANSCRIPT, 0))
        yield file
