"""The Stop hook of Claude Code: whether a turn was `/benchmark`'s, and what is sent back to the assistant.

Pure: the hook's JSON and the lines of the session's transcript come in. The hook of a command's frontmatter stays for the whole
session, so that it is called after every later turn too; those are nobody's business. It never answers with exit code 2, which
keeps the assistant from ending, and asks for one correction at most.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bench_agent.answer.check.check import Complaint

MAX_COMPLAINTS = 12
MAX_SENTENCE = 200  # characters of a sentence that is quoted
_COMMAND = re.compile(rb"<command-name>/?(?:[\w-]+:)?benchmark</command-name>")
_TIME = re.compile(rb'"timestamp":"([^"]+)"')


class Turn(NamedTuple):
    """What the hook was given. began: of the turn, seconds since 1970; None: not known."""

    message: str
    began: float | None


def turn_of(given: Any, transcript: Iterable[bytes] | None) -> Turn | None:
    """The answer to check; None where it is not `/benchmark`'s, not finished, or was sent back once already.

    transcript: the lines of the session; None where it cannot be read, and then the turn is not known to be ours.
    """
    if not isinstance(given, dict) or given.get("stop_hook_active") or given.get("background_tasks"):
        return None
    message, prompt = given.get("last_assistant_message"), given.get("prompt_id")
    if not isinstance(message, str) or not message.strip() or transcript is None or not isinstance(prompt, str):
        return None
    for line in transcript:
        if prompt.encode() in line and _COMMAND.search(line):
            return Turn(message, _began(line))
    return None


def _began(line: bytes) -> float | None:
    from datetime import datetime

    found = _TIME.search(line)
    try:
        return datetime.fromisoformat(found[1].decode()).timestamp() if found else None
    except ValueError:
        return None


def in_words(complaints: Sequence["Complaint"]) -> str:
    """The complaints as text, a line each."""
    lines = [f"- “{c.said}” in “{cut(c.sentence)}”: {c.why}" for c in complaints[:MAX_COMPLAINTS]]
    if len(complaints) > MAX_COMPLAINTS:
        lines.append(f"- and {len(complaints) - MAX_COMPLAINTS} more")
    return "\n".join(lines)


def sent_back(complaints: Sequence["Complaint"]) -> dict[str, str]:
    """What makes the client let the assistant answer once more."""
    count = "1 thing" if len(complaints) == 1 else f"{len(complaints)} things"
    reason = (
        f"bench-agent checked your answer against its findings and does not find {count} that it says:\n{in_words(complaints)}\n"
        "Give the whole answer again with these mended as the findings have them (.benchmark/report.md holds all of them as they "
        "are to be told); it replaces the first one, so leave nothing out, and do not mention this check."
    )
    return {"decision": "block", "reason": reason}


def cut(sentence: str) -> str:
    """A sentence as it is quoted."""
    return sentence if len(sentence) <= MAX_SENTENCE else sentence[: MAX_SENTENCE - 1] + "…"
