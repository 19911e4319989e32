"""The one line of a failed command's output that says why: what a tool reports last is often only that something failed."""

import re
from collections.abc import Iterable

_SAYS_NOTHING = re.compile(
    r"originates from a subprocess|subprocess-exited-with-error|^See above|^\[end of output\]|^note:|^hint:|^exit code:"
    r"|Failed building|Failed to build|Could not build|did not run successfully|metadata-generation-failed|^╰─>"
    r"|command '.*' failed with exit code|returned non-zero exit status|^make(\[\d+\])?: \*\*\*|^WARNING\b"
)
_COMPILER = re.compile(r":\d+:(\d+:)? (fatal )?error:")
_ERROR = re.compile(
    r"\b\w*(Error|Exception)\b|\b(error|fatal)\b\s*:|\bERROR\b|\bpanicked\b|not found|No such file", re.ASCII
)


def telling_line(lines: Iterable[str]) -> str:
    """A compiler's first error, else the last line that names an error, else the last; "no output" where there is none.

    Lines that say only that a tool below failed come last.
    """
    whole = [line for raw in lines if (line := raw.strip(" \t│×|"))]
    telling = [line for line in whole if not _SAYS_NOTHING.search(line)]
    compiled = (line for line in telling if _COMPILER.search(line))
    named = (line for line in reversed(telling) if _ERROR.search(line))
    return next(compiled, None) or next(named, None) or next(reversed(telling or whole), "no output")
