"""The published memory of one benchmark on two versions: what a call holds at its peak, what it leaves behind, and whose lines.

Frozen values. Bytes are those of one call, above what was held when it began; a process's resident memory is told elsewhere.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownLine:
    """A line whose allocations are held at the peak, or are left behind, before and after."""

    path: str  # below the project; `std:` and `site:` before files that are not the project's
    line: int  # at head
    text: str = ""
    base_bytes: int = 0
    head_bytes: int = 0
    base_blocks: int = 0
    head_blocks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRow:
    """One benchmark's memory on two versions."""

    benchmark: str  # the test's node id
    # of the peak. more, less: all sessions of both versions are apart, by at least 1 % and 4 KB; that proves it
    verdict: Literal["more", "less", "same", "undecided"]
    base_bytes: float  # one call at its peak
    head_bytes: float
    exact: bool  # the sessions of each version agree to the byte
    sessions: int  # of each version; each pair has its own hash seed and order of benchmarks
    regressed: bool = False  # grown beyond max_memory_regression and by 1 MB at least; with peak_mb: over that
    leaks: bool = False  # each call leaves something behind, which the base's does not
    base_left_bytes: float = 0.0  # that each further call leaves behind, when caches are full
    head_left_bytes: float = 0.0
    native_bytes: int = 0  # of head_bytes, what was taken from malloc past Python: a lower bound
    limit: float = 0.2  # its max_memory_regression
    target_bytes: float | None = None  # its peak_mb
    accepted_bytes: float | None = None  # what somebody accepted that it holds: growth begins there
    unseen_bytes: float = 0.0  # the process grew by that much more than any allocation explains: a suspicion
    lines: tuple[GrownLine, ...] = ()  # that hold more at the peak than before, the largest growth first
    left_lines: tuple[GrownLine, ...] = ()  # that leave more behind
    against: str | None = None  # the commit that a run traced it beside
    note: str | None = None  # what differs that both versions were traced with alike
    next_command: str | None = None  # of a regression that a run found: what searches for its commit

    @property
    def is_regression(self) -> bool:
        return self.regressed or self.leaks

    @property
    def lacks_time(self) -> bool:
        """Whether the time ended after one session of each version, which seem to differ and prove nothing."""
        return self.verdict == "undecided" and self.sessions == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationProfile:
    """What one call of a benchmark holds, line by line; of a line only the `head_` figures are meant."""

    benchmark: str  # the test's node id
    peak_bytes: int
    left_bytes: float = 0.0
    lines: tuple[GrownLine, ...] = ()  # at the peak, the largest first
    left_lines: tuple[GrownLine, ...] = ()  # of what a call leaves behind
