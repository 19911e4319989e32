"""Results of `backfill --metric memory` for tests of what is made of them."""

from backfills import FAST, FIRST, LAST, PARSE, RENDER, SLOW
from bench_agent.results.culprits import Skipped
from bench_agent.results.memory import GrownLine
from bench_agent.results.memory_history import (
    ChangedMemory,
    HeldMemory,
    MemoryChangingCommit,
    MemoryHistory,
    TracedCommit,
    UnexplainedMemory,
    UnsteadyMemory,
)


def memory_history(*, subject: str = "Read it whole", changes: bool = True, **other: object) -> MemoryHistory:
    """Growth of both benchmarks and a leak in one commit, taken back in part by another; two releases."""
    line = GrownLine(path="mod.py", line=6, text="values = [n for n in x]", head_bytes=2_400_000, head_blocks=9)
    gone = GrownLine(path="mod.py", line=9, text="text = ' ' * n", base_bytes=90_000, base_blocks=1)
    grown = MemoryChangingCommit(
        sha=SLOW,
        subject=subject,
        author_date="2024-03-01T10:00:00+00:00",
        position=7,
        merge="e" * 40,
        benchmarks=(
            ChangedMemory(benchmark=PARSE, before_bytes=536, after_bytes=2_400_536, sessions=2, lines=(line,)),
            ChangedMemory(
                benchmark=RENDER,
                before_bytes=100_000,
                after_bytes=190_000,
                sessions=2,
                taken_back_by=FAST,
                lines=(line,),
            ),
            ChangedMemory(benchmark=PARSE, metric="left", before_bytes=0, after_bytes=5_033, sessions=2),
        ),
    )
    less = MemoryChangingCommit(
        sha=FAST,
        subject="Bit by bit",
        position=30,
        benchmarks=(
            ChangedMemory(benchmark=RENDER, before_bytes=190_000, after_bytes=100_000, sessions=2, lines=(gone,)),
        ),
    )
    at = (
        (FIRST, "v1.0", 0, 536.0, 100_000.0),
        ("7" * 40, "v1.1", 20, 2_400_536.0, 190_000.0),
        (LAST, "v2.0", 40, 2_400_536.0, 100_000.0),
    )
    commits = tuple(
        TracedCommit(
            sha=sha,
            name=name,
            author_date="2024-03-01T10:00:00+00:00",
            position=position,
            levels=(
                HeldMemory(benchmark=PARSE, bytes=parse, left_bytes=0.0),
                HeldMemory(benchmark=RENDER, bytes=render),
            ),
        )
        for sha, name, position, parse, render in at
    )
    open_ = UnexplainedMemory(
        benchmark=RENDER, after=FIRST, until=SLOW, before_bytes=1e5, after_bytes=1.1e5, reason="no_time"
    )
    return MemoryHistory(
        **{  # type: ignore[arg-type]
            "first": FIRST,
            "anchor": LAST,
            "commits_in_range": 40,
            "resolution": 0.01,
            "benchmarks": (PARSE, RENDER),
            "changes": (grown, less) if changes else (),
            "commits": commits,
            "unexplained": (open_,),
            "skipped": (Skipped(sha="a" * 40, reason="missing: ImportError"),),
            "unsteady": (UnsteadyMemory(benchmark=RENDER, hides_bytes=5_200.0),),
            "measurements": 61,
            "seconds": 12.0,
            **other,
        }
    )
