"""What can't be measured, with the reasons: whole commits, and benchmarks of commits at which others can. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from bench_agent.backfill.known import Known
from bench_agent.backfill.stretch import Stretch
from bench_agent.results.backfill import Unmeasured
from bench_agent.results.culprits import Skipped
from bench_agent.text.clean import clean_text


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
            benchmark=clean_text(benchmark),
            commits=tuple(sorted(found[benchmark, why], key=order.__getitem__)),
            reason=why,
        )
        for benchmark, why in rows
    )
