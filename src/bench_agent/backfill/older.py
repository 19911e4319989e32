"""History so old that the newest benchmark files can't be imported there: a stretch of its own, with its own anchor. Pure."""

from collections import defaultdict
from dataclasses import replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.stretch import Stretch, spread_positions
from bench_agent.bisection.kept_trees import cannot_be_imported
from bench_agent.bisection.lineage import Line

LEAST = 2  # commits of a stretch that is worth it


def older_stretch(stretch: Stretch, known: Known) -> Stretch | None:
    """The oldest commits, measured by the benchmark files of the newest of them and against it; None where there is no need.

    Of the benchmarks that can't be imported at the start of the line, those that can be from the same place on. Asked for when the
    first look was counted.
    """
    if stretch.merge or not stretch.conditions.files_from:
        return None  # each has its own files already
    groups: dict[int, list[str]] = defaultdict(list)
    for benchmark in stretch.benchmarks:
        last = _last_failing(stretch, known, benchmark)
        if last is not None:
            groups[last].append(benchmark)
    if not groups:
        return None
    last = max(groups, key=lambda position: (len(groups[position]), position))
    if last < LEAST or last == stretch.line.last:
        return None
    newest = stretch.sha(last)
    return replace(
        stretch,
        line=Line(versions=stretch.line.versions[: last + 1], commits=stretch.line.commits[:last]),
        anchor=newest,
        benchmarks=tuple(groups[last]),
        survey=spread_positions(last, len(stretch.survey) // 2, [p for p in stretch.survey if p <= last]),
        conditions=replace(stretch.conditions, files_from=newest),
    )


def _last_failing(stretch: Stretch, known: Known, benchmark: str) -> int | None:
    """The last position of the first look before which, and at which, the benchmark can't be imported."""
    last = None
    for position in stretch.survey:
        why = known.reasons.get((stretch.sha(position), benchmark))
        if why is None or not cannot_be_imported(benchmark, why):
            return last
        last = position
    return last
