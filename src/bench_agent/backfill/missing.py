"""What a result can't tell: changes without a proved commit; commits, and benchmarks of some, that can't be measured. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from bench_agent.backfill.changed_gaps import rest_around
from bench_agent.backfill.known import Known
from bench_agent.backfill.next_tasks import Plan
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.bisection.span import Span
from bench_agent.results.backfill import Unexplained, Unmeasured
from bench_agent.results.culprits import Skipped
from bench_agent.text.clean import clean_id


def unexplained_of(
    stretches: Sequence[Stretch], plans: Mapping[int, Plan], known: Known, wish: Wish
) -> tuple[Unexplained, ...]:
    """What changed on the main line without a proved commit."""
    found: list[Unexplained] = []
    for number, stretch in enumerate(stretches):
        if not stretch.merge:
            own = known.under(stretch.files)
            found += _searched(stretch, plans[number], own)
            found += _rests(stretch, plans[number], own, wish)
    return tuple(found)


def _searched(stretch: Stretch, plan: Plan, known: Known) -> Iterator[Unexplained]:
    gaps = [(benchmark, gap, False) for benchmark, gap in plan.given_up]
    gaps += [(move.benchmark, move.gap, True) for move in plan.open]
    for benchmark, gap, has_no_time in gaps:
        values = known.differences(benchmark, stretch.sha(gap.low), stretch.sha(gap.high))
        if values:
            yield _unexplained(stretch, benchmark, gap, median(values), has_no_time=has_no_time)


def _rests(stretch: Stretch, plan: Plan, known: Known, wish: Wish) -> Iterator[Unexplained]:
    """What proved commits leave of a change, where the time ended before the places beside them were looked at."""
    told = {(benchmark, gap) for benchmark, gap in plan.given_up} | {(move.benchmark, move.gap) for move in plan.open}
    for benchmark, gap in plan.waiting:
        own = [proof for proof in plan.proved if proof.benchmark == benchmark]
        rest = rest_around(stretch, known, benchmark, gap, wish, own)
        if rest is None:
            continue
        around, left = rest
        is_told = any(name == benchmark and around.low <= g.low and g.high <= around.high for name, g in told)
        if not is_told:
            told.add((benchmark, around))
            yield replace(_unexplained(stretch, benchmark, around, left, has_no_time=True), rest=True)


def _unexplained(stretch: Stretch, benchmark: str, gap: Span, size: float, *, has_no_time: bool) -> Unexplained:
    return Unexplained(
        benchmark=clean_id(benchmark),
        after=stretch.sha(gap.low),
        until=stretch.sha(gap.high),
        ratio=math.exp(size),
        reason="no_time" if has_no_time else "not_found",
    )


def skipped_of(main: Sequence[Stretch], known: Known) -> tuple[Skipped, ...]:
    """The commits of which nothing could be measured in any stretch, oldest first, each with one reason."""
    line = main[0].line
    order = {version.sha: position for position, version in enumerate(line.versions)}
    reasons: dict[str, str] = {}
    for (sha, _), why in known.reasons.items():
        if sha in order:
            reasons.setdefault(sha, why)
    measured = {sha for sha, _ in known.reaches}
    some = sorted((sha for sha in reasons if sha not in measured), key=order.__getitem__)
    return tuple(Skipped(sha=sha, reason=reasons[sha]) for sha in some)


def unmeasured_of(main: Sequence[Stretch], known: Known) -> tuple[Unmeasured, ...]:
    """The benchmarks that can't be measured at commits at which others can, in the order of the suite; a row for each reason."""
    order = {version.sha: position for position, version in enumerate(main[0].line.versions)}
    measured = {sha for sha, _ in known.reaches}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (sha, benchmark), why in known.reasons.items():
        if sha in order and sha in measured and (sha, benchmark) not in known.reaches:
            found[benchmark, why].add(sha)
    places = {benchmark: n for n, benchmark in enumerate(b for stretch in main for b in stretch.benchmarks)}
    rows = sorted(found, key=lambda at: (places[at[0]], min(order[sha] for sha in found[at])))
    return tuple(
        Unmeasured(
            benchmark=clean_id(benchmark),
            commits=tuple(sorted(found[benchmark, why], key=order.__getitem__)),
            reason=why,
        )
        for benchmark, why in rows
    )
