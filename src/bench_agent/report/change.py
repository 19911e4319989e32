"""From a comparison of two versions to what the change does to each benchmark: one mark each, as a run's report has them.

Pure. Takes a finished Comparison, limits, and what the change itself accepts; returns a `Change`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bench_agent.report.marks import slower_mark, status_of
from bench_agent.results.change import (
    FAILS_BEFORE_TOO,
    BaseKind,
    Change,
    ChangedBenchmark,
    Place,
    sort_worst_first,
)
from bench_agent.results.comparison import ComparedBenchmark, Comparison, Uncompared
from bench_agent.results.culprits import Search
from bench_agent.results.report import Mark, Status
from bench_agent.text.clean import clean_id, clean_text

_BY_VERDICT: Mapping[str, Mark] = {"undecided": "undecided", "same": "pass", "faster": "faster"}
_WHY: Mapping[str, str] = {
    "not_reached": "the budget was spent before its turn came",
    "failed": "it fails",
    "skipped": "it is skipped",
    "unused": "it measures nothing",
    "died": "it ended the process",
    "timeout": "it took too long",
    "slow": "deciding it takes longer than the budget",
}


def compose_change(
    comparison: Comparison,
    *,
    base: str,
    head: str,
    names: Mapping[str, str],
    limits: Mapping[str, float],
    default_limit: float,
    accepted: Mapping[str, str] | None = None,
    exceeded: Mapping[str, str] | None = None,
    doubtful: Mapping[str, str] | None = None,
    base_kind: BaseKind = "named",
    base_name: str | None = None,
    base_moved: int = 0,
    searches: Sequence[Search] = (),
    places: Sequence[Place] = (),
    warnings: Sequence[str] = (),
    machine: str = "",
    python: str = "",
    commands: Mapping[str, str] | None = None,
) -> Change:
    """What the comparison says of every benchmark, worst first, and the word for the whole.

    base, head: full shas; head may be "working tree". names: id -> what people call it. limits: id -> max_regression of those
    that have their own. accepted: id -> the reason that the change's own baseline file gives for a slowdown. exceeded: id ->
    what it did beyond that. doubtful: id -> why that is not known.
    """
    allowed, beyond, open_ = accepted or {}, exceeded or {}, doubtful or {}

    def called(id: str) -> str:
        return clean_text(names.get(id, id))

    rows = [
        _compared(row, called(row.benchmark), limits.get(row.benchmark, default_limit), allowed.get(row.benchmark))
        for row in (_with_doubt(row, beyond, open_) for row in comparison.benchmarks)
    ]
    rows += _all_uncompared(comparison, called)
    told = {row.id for row in rows}
    rows += [
        ChangedBenchmark(benchmark=called(id), id=clean_id(id), mark="untouched")
        for id in comparison.untouched
        if clean_id(id) not in told
    ]
    benchmarks = sort_worst_first(rows)
    return Change(
        status=_with_memory(_status(benchmarks), comparison),
        base=base,
        head=head,
        base_kind=base_kind,
        base_name=clean_text(base_name) if base_name else None,
        base_moved=base_moved,
        benchmarks=benchmarks,
        geomean=comparison.geomean,
        memory=comparison.memory,
        untraced=tuple(clean_id(id) for id in comparison.untraced),
        searches=tuple(searches),
        places=tuple(places),
        warnings=tuple(dict.fromkeys(clean_text(text, limit=400) for text in (*warnings, *comparison.warnings))),
        seconds=comparison.seconds + sum(search.seconds for search in searches),
        machine=clean_text(machine),
        python=clean_text(python),
        commands=dict(commands or {}),
    )


def _status(rows: Sequence[ChangedBenchmark]) -> Status:
    """The word for the whole. What fails before the change too is not its doing: it counts where there is nothing else."""
    marks = [row.mark for row in rows if row.note != FAILS_BEFORE_TOO]
    status = status_of(marks or [row.mark for row in rows])
    # What is gone may be what got slower: the rest passes, the change as a whole is not shown to.
    return "undecided" if status == "passing" and "vanished" in marks else status


def _with_memory(status: Status, comparison: Comparison) -> Status:
    """The word for the whole, where memory is held against its limits as time is against its own."""
    if any(row.is_regression for row in comparison.memory) and status not in ("failed", "no_results"):
        return "regressed"
    is_open = comparison.untraced or any(row.lacks_time for row in comparison.memory)
    return "undecided" if is_open and status == "passing" else status


def _with_doubt(row: ComparedBenchmark, exceeded: Mapping[str, str], doubtful: Mapping[str, str]) -> ComparedBenchmark:
    """The row with what is known of it since it was accepted that it is slower."""
    if row.benchmark in doubtful:
        return replace(row, verdict="undecided", note=doubtful[row.benchmark])
    return replace(row, note=exceeded[row.benchmark]) if row.benchmark in exceeded else row


def _compared(row: ComparedBenchmark, name: str, limit: float, accepted: str | None) -> ChangedBenchmark:
    slower = row.verdict == "slower"
    mark: Mark = slower_mark(row.ratio, limit, over_target=False) if slower else _BY_VERDICT[row.verdict]
    if slower and accepted is not None:
        mark = "slower"  # told all the same; it fails no gate
    return ChangedBenchmark(
        benchmark=name,
        id=clean_text(row.benchmark),
        mark=mark,
        base_s=row.base,
        head_s=row.head,
        ratio=row.ratio,
        interval=row.interval,
        pairs=row.pairs,
        limit=limit,
        seconds_to_settle=row.seconds_to_settle,
        note=clean_text(row.note) if row.note else None,
        accepted=clean_text(accepted) if slower and accepted is not None else None,
        pair_ratios=row.pair_ratios,
    )


def _all_uncompared(comparison: Comparison, called: Callable[[str], str]) -> list[ChangedBenchmark]:
    """A row for each benchmark without figures, which both versions may miss; none for what both skip, as the suite has it."""
    by_id: dict[str, list[Uncompared]] = {}
    for missed in comparison.uncompared:
        by_id.setdefault(missed.benchmark, []).append(missed)
    rows = []
    for id, found in by_id.items():
        reasons = {missed.reason for missed in found}
        on_both = {missed.side for missed in found} >= {comparison.base, comparison.head}
        if on_both and reasons <= {"skipped", "unused"}:
            continue
        worst, *_ = sort_worst_first([_uncompared(missed, comparison, called(id)) for missed in found])
        rows.append(replace(worst, note=FAILS_BEFORE_TOO) if on_both and reasons <= {"failed", "died"} else worst)
    return rows


def _uncompared(missed: Uncompared, comparison: Comparison, name: str) -> ChangedBenchmark:
    """What has no figures: new, gone, failing at head, or a question that is still open."""
    at_base, at_head = missed.side == comparison.base, missed.side == comparison.head
    mark: Mark = "undecided"
    why = _WHY.get(missed.reason, "it was not measured")
    if missed.reason == "missing":
        mark, why = ("new", "the base does not have it") if at_base else ("vanished", "head does not have it")
    elif missed.reason in ("failed", "died") and not at_base:
        mark = "failed"
    elif missed.reason in ("skipped", "unused"):
        mark = "vanished" if at_head else "new"  # compared with nothing, and no time would tell
    elif missed.reason == "held":
        why = f"not compared: {clean_text(missed.because or 'what differs is on both sides')}"
    where = (
        " at the base"
        if at_base and missed.reason != "missing"
        else " at head"
        if at_head and missed.reason != "missing"
        else ""
    )
    return ChangedBenchmark(benchmark=name, id=clean_text(missed.benchmark), mark=mark, note=f"{why}{where}")


def compose_from_searches(
    searches: Sequence[Search], *, base: str, head: str, names: Mapping[str, str], default_limit: float
) -> Change:
    """What `bisect` found, as a change: a benchmark for each search, by what measuring both ends gave."""
    rows = [
        _searched(search, clean_text(names.get(search.benchmark, search.benchmark)), default_limit)
        for search in searches
    ]
    warnings = [warning for search in searches for warning in search.warnings]
    return Change(
        status=status_of([row.mark for row in rows]),
        base=base,
        head=head,
        benchmarks=sort_worst_first(rows),
        searches=tuple(searches),
        warnings=tuple(dict.fromkeys(clean_text(text, limit=400) for text in warnings)),
        seconds=sum(search.seconds for search in searches),
    )


def _searched(search: Search, name: str, limit: float) -> ChangedBenchmark:
    mark: Mark = "undecided"
    if search.verdict == "slower":
        mark = slower_mark(search.ratio, limit, over_target=False) if search.ratio else "slower"
    elif search.verdict in _BY_VERDICT:
        mark = _BY_VERDICT[search.verdict]
    return ChangedBenchmark(
        benchmark=name,
        id=clean_text(search.benchmark),
        mark=mark,
        ratio=search.ratio,
        interval=search.interval,
        limit=limit,
    )
