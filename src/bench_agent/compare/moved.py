"""Small differences of benchmarks that execute nothing that differs: code that moved in memory takes longer, without more work.

Takes a comparison and its open trees, counts what is called slower or faster by less than such moves give, and returns the
comparison in which none of it is called anything where one call executes the same code at both versions. A search asks the same
of a commit (`suspects/same_code.py`, which has the figures).
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bench_agent.compare.impact import changed_paths
from bench_agent.compare.versions import Pair, TwoVersions
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.counts import count_sides
from bench_agent.records import CountedWork, Say
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.same_code import MOVED, Bearing, judge_change, most_bearing
from bench_agent.system.files import read_if_there
from bench_agent.system.git import Repository
from bench_agent.text import quantity

NOTE = (
    f"one call executes nothing that differs: less than {math.expm1(MOVED):.0%} can be code that moved in memory, and "
    "is called neither slower nor faster"
)


def without_moved(
    comparison: Comparison,
    sides: TwoVersions,
    repository: Repository,
    *,
    base_sha: str,
    head_sha: str | None,
    environment: Mapping[str, str],
    say: Say,
) -> Comparison:
    """Undecided, with a note, what differs by less than MOVED and executes nothing that differs. Where that can't be counted, as
    it was. About a second where there is such a row. head_sha: None is the working tree.
    """
    small = [row.benchmark for row in comparison.benchmarks if is_small(row)]
    if not small:
        return comparison
    say(f"counting {quantity.counted(len(small), 'benchmark')} that differ by less than moved code can")
    changed = changed_paths(repository, base_sha, head_sha)
    moved: set[str] = set()
    for pair in sides.pairs:
        if own := [id for id in small if id in pair.ids]:
            try:
                work = count_sides(pair.base, pair.head, node_ids=own, env=environment)
            except MeasureError:  # it is told as it was measured
                continue
            moved |= {id for id in own if id in work and bearing_of(changed, pair, work[id]) != "executed"}
    rows = tuple(
        replace(row, verdict="undecided", seconds_to_settle=None, note=NOTE) if row.benchmark in moved else row
        for row in comparison.benchmarks
    )
    return replace(comparison, benchmarks=rows)


def is_small(row: ComparedBenchmark) -> bool:
    return row.verdict in ("slower", "faster") and abs(math.log(row.ratio)) < MOVED


def bearing_of(changed: frozenset[str], pair: Pair, work: CountedWork) -> Bearing:
    """What the differing paths can do to a benchmark of which that was counted; "executed" where it is not known.

    changed: from the top of the repository, as the counts name files.
    """
    older, newer = (side.tree or side.root for side in (pair.base, pair.head))
    return most_bearing(_of_file(path, older, newer, work) for path in sorted(changed))


def _of_file(path: str, older: Path, newer: Path, work: CountedWork) -> Bearing:
    old, new = read_if_there(older / path), read_if_there(newer / path)
    if old == new:
        return "same"  # held alike on both sides
    place = PurePosixPath(path)
    if place.suffix != ".py":
        return "uncounted" if kind_of(path) in ("docs", "tooling", "tests") else "executed"
    return judge_change(path, old, new, reaches=[work.base, work.head])
