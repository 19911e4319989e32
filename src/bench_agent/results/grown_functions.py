"""What grew with a commit: a function, or a built-in that it calls, in counts and in time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownFunction:
    """What does more, or takes longer, in one call of the benchmark after the commit than before it: a function, or a
    built-in that it calls.
    """

    name: str  # path::qualname, with `std:` or `site:` before files that are not the project's; empty: the benchmark itself
    # in one call of the benchmark: before the commit, after it; of the built-in, where there is one
    calls: tuple[int, int]
    lines: tuple[int, int]  # the same; 0, 0 of a built-in
    in_diff: bool  # the commit changes the function's lines
    built_in: str | None = None  # this is about a built-in that the function calls: "sorted", "str.join"
    # own time in one call of the benchmark, before and after: without what it calls, the profiler's part taken off; None: not known
    own_s: tuple[float, float] | None = None
