"""What one call of a benchmark holds at its peak and leaves behind, as a session told it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatingLine:
    """What is held of what a line allocated. path: below the project, or "std:..." and "site:..." of other files."""

    path: str
    line: int
    text: str  # the line itself
    bytes: int
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMemory:
    """One call in one session, after calls that fill caches. Bytes above what was held when the call began.

    peak_bytes: what Python allocated, exact; native_bytes: what an extension took from malloc itself, as far as it was there
    when a line of Python began: a lower bound. left_bytes: what every further call leaves behind, native_left_bytes of it
    malloc's. resident_bytes: growth of the process's resident memory in one call; None where the system does not tell.
    """

    peak_bytes: int
    native_bytes: int = 0
    resident_bytes: int | None = None
    left_bytes: float = 0.0
    native_left_bytes: float = 0.0
    calls: int = 0  # that left_bytes rests on
    repeats: bool = True  # the traced calls agreed to the byte
    differs_bytes: int = 0  # the peaks of the traced calls among themselves
    lines: tuple[AllocatingLine, ...] = ()  # at the peak, the largest first; only where they were asked for
    native_seen: bool = True  # malloc tells here what it gave to extensions
    whole: bool = True  # the peak was seen while lines were looked at
    left_lines: tuple[AllocatingLine, ...] = ()  # of what a call leaves behind

    @property
    def held_bytes(self) -> int:
        """At the peak, Python's and malloc's."""
        return self.peak_bytes + self.native_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySides:
    """One benchmark on two versions: one figure a session, those at one place with the same hash seed and order."""

    base: tuple[CallMemory, ...]
    head: tuple[CallMemory, ...]
