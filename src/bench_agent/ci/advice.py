"""What a reader of a change is told to type: the commands that repeat it, and those that accept it.

Takes shas, names and numbers; returns commands, one a line. They are made of fixed words and of what was given, quoted; no
command is ever taken from a file. Whoever has names of strangers gives those that `is_plain_name` only.
"""

import re
import shlex
from collections.abc import Iterable

MOST_ACCEPTED = 5  # named in one command
_SHA = re.compile(r"[0-9a-f]{7,64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/\[\]=,+-]{0,119}")  # nothing that a shell acts on, no option


def repeat_commands(base: str, head: str, *, merge_of: int | None = None) -> str:
    """The commands that measure the same elsewhere. base, head: shas, or "HEAD" for head.

    merge_of: the pull request whose merge with its target GitHub made as head; it has to be fetched by its name.
    """
    if merge_of is not None:
        fetch = f"git fetch origin refs/pull/{int(merge_of)}/merge && git switch --detach FETCH_HEAD"
        return f"{fetch}\nbench-agent compare {_sha(base)}"
    return f"bench-agent compare {_sha(base)} {head if head == 'HEAD' else _sha(head)}"


def accept_commands(names: Iterable[str], *, baseline: str | None) -> str:
    """How slowdowns that are meant to be are accepted; "" where there are none. baseline: the file to add, where it is known."""
    quoted = [shlex.quote(name) for name in names][:MOST_ACCEPTED]
    if not quoted:
        return ""
    accept = f"bench-agent baseline accept {' '.join(quoted)} --because 'why it is worth it'"
    return "\n".join(["bench-agent run", accept, *([f"git add {shlex.quote(baseline)}"] if baseline else [])])


def is_plain_name(name: str) -> bool:
    """Whether the text has the shape of a test's or a function's name, and means nothing else to a shell."""
    return _NAME.fullmatch(name) is not None


def _sha(sha: str) -> str:
    if _SHA.fullmatch(sha) is None:
        raise ValueError("a commit is named by its sha")
    return sha[:12]
