"""What one iteration of a benchmark executes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one iteration of a benchmark executes in the project's own files.

    Paths are from the top of the repository, as git names files. functions: "path::qualname" -> calls in one iteration. lines:
    the same keys -> lines executed (on Python 3.12+ loop turns and branches too), which shows work that grew inside one
    function. files: every project file imported by then. complete is False when tracing was cut short or there was no spare
    iteration: then counts are a lower bound and are never compared.
    """

    functions: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    complete: bool = False


def reach_from(counts: Mapping[str, Sequence[int]], *, files: tuple[str, ...] = (), complete: bool) -> Reach:
    """The Reach of what the probe counted: "path::qualname" -> (calls, lines)."""
    return Reach(
        functions={key: calls for key, (calls, _) in counts.items()},
        lines={key: lines for key, (_, lines) in counts.items()},
        files=files,
        complete=complete,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedWork:
    """What one iteration of a benchmark executes at the base and now, counted in the same way on both sides."""

    base: Reach
    head: Reach
