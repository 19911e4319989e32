"""Results of `backfill` for tests of what is made of them."""

from bench_agent.results.backfill import (
    Backfill,
    ChangedBenchmark,
    LastingChange,
    Level,
    MeasuredCommit,
    Unexplained,
    Unmeasured,
)
from bench_agent.results.culprits import GrownFunction, Skipped

PARSE, RENDER = "tests/benchmark/test_a.py::test_parse", "tests/benchmark/test_a.py::test_render"
FIRST, SLOW, FAST, LAST = ("0" * 40, "5" * 40, "f" * 40, "9" * 40)


def level(benchmark: str, ratio: float) -> Level:
    return Level(benchmark=benchmark, ratio=ratio, interval=(ratio * 0.98, ratio * 1.02), pairs=8)


def backfill(*, subject: str = "Rank every token", changes: bool = True, **other: object) -> Backfill:
    """Two changes between three releases; one of two benchmarks, taken back by the other."""
    slower = LastingChange(
        sha=SLOW,
        subject=subject,
        author_date="2024-03-01T10:00:00+00:00",
        position=7,
        merge="e" * 40,
        benchmarks=(
            ChangedBenchmark(benchmark=PARSE, ratio=1.5, interval=(1.45, 1.56), pairs=8),
            ChangedBenchmark(benchmark=RENDER, ratio=1.1, interval=(1.06, 1.15), pairs=8, taken_back_by=FAST),
        ),
        functions=(GrownFunction(name="a.py::walk", calls=(1, 1), lines=(10, 20), in_diff=True),),
        files=("a.py",),
    )
    faster = LastingChange(
        sha=FAST,
        subject="Cache it",
        position=30,
        benchmarks=(ChangedBenchmark(benchmark=RENDER, ratio=0.9, interval=(0.86, 0.93), pairs=8),),
        files=("b.py",),
        evidence=("the same Python lines run as often as before",),
    )
    commits = (
        MeasuredCommit(
            sha=FIRST, name="v1.0", position=0, anchor=LAST, levels=(level(PARSE, 0.67), level(RENDER, 1.0))
        ),
        MeasuredCommit(
            sha="7" * 40, name="v1.1", position=20, anchor=LAST, levels=(level(PARSE, 1.0), level(RENDER, 1.1))
        ),
        MeasuredCommit(sha=LAST, name="v2.0", position=40, anchor=LAST, levels=(level(PARSE, 1.0), level(RENDER, 1.0))),
    )
    return Backfill(
        **{  # type: ignore[arg-type]
            "first": FIRST,
            "anchor": LAST,
            "commits_in_range": 40,
            "resolution": 0.03,
            "benchmarks": (PARSE, RENDER),
            "changes": (slower, faster) if changes else (),
            "commits": commits,
            "unexplained": (Unexplained(benchmark=PARSE, after=FIRST, until=SLOW, ratio=1.04, reason="not_found"),),
            "skipped": (Skipped(sha="a" * 40, reason="missing: ImportError"),),
            "unmeasured": (Unmeasured(benchmark=RENDER, commits=(FIRST, SLOW), reason="TypeError: no such option"),),
            "measurements": 123,
            "seconds": 61.0,
            **other,
        }
    )
