"""Whether what looked slower is slower: both versions measured in turns, exact counts first where they are wanted."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench_agent.compare.base import equal_counts
from bench_agent.compare.held import held_alone, other_starts, unread_files
from bench_agent.compare.in_order import LEAST_S, MeasuringAgain, left_waiting, measure_in_order
from bench_agent.compare.plan import Plan
from bench_agent.compare.versions import TwoVersions, two_sides
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import count_sides
from bench_agent.records import CountedWork, Run, Say
from bench_agent.results.comparison import Confirmation, Uncompared
from bench_agent.suspects.reached_code import compare_reach, executes_otherwise, split_key
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_NAMED = 5  # functions in one sentence


def confirm(
    config: Config,
    repository: Repository | None,
    run: Run,
    plan: Plan,
    *,
    count: Sequence[str] = (),
    budget_s: float,
    keep_s: float = 0.0,
    environment: Mapping[str, str],
    say: Say,
) -> Confirmation:
    """Carry out a plan: measure its benchmarks, the working tree against the base. Never raises: `note` says why not.

    keep_s: of the budget, what is kept for finding the commit once a slowdown is confirmed.
    count: benchmarks whose work is counted first on both sides; those whose work changed are measured before the plan's, on
    the same budget. Where the sample says that a common move is the code's, what else moved is measured with what is left.

    Ctrl-C during it is the caller's: everything that was started is gone by then.
    """
    known = Confirmation(base_sha=plan.base_sha, untouched=plan.untouched, warnings=plan.warnings)
    wanted = tuple(dict.fromkeys([*count, *plan.ids, *plan.moves]))
    if plan.note:
        return replace(known, note=plan.note)
    if repository is None or plan.base_sha is None or run.suite is None or not wanted:
        return replace(known, note="there is no earlier commit to measure against")
    if plan.base_sha == run.head.sha and not run.head.dirty:
        note = f"the code is the same as in the earlier run ({plan.base_sha[:8]}): what differs is around it"
        return replace(known, is_head=True, same_code=not plan.base_dirty, note=note)
    began = time.monotonic()
    try:
        with two_sides(
            config,
            repository,
            base=plan.base_sha,
            head=None,
            suite=run.suite,
            ids=wanted,
            environment=environment,
            say=say,
        ) as sides:
            changed = other_starts(repository, sides, base_sha=plan.base_sha)
            starts = () if sides.held_files else tuple(changed)
            unread = unread_files(repository, base_sha=plan.base_sha, tree=repository.root)
            known = replace(
                known,
                held=sides.held,
                starts=starts,
                restarted=tuple(p for p in changed if repository.show_file(plan.base_sha, p) is not None),
                unread=tuple(p for p in unread if p not in starts),
            )
            if plan.because == "first_run" and not run.suite.modules:
                known, plan = _without_held(known, plan, held_alone(repository, sides, base_sha=plan.base_sha))
                if not plan.ids:
                    warnings = tuple(dict.fromkeys([*known.warnings, *sides.warnings]))
                    return replace(known, warnings=warnings, seconds=time.monotonic() - began)
            known, ids = _counted(known, plan, run, sides, count, environment, say)
            # The trees included: the budget is one of waiting. But for builds, which are kept.
            known = replace(known, seconds=time.monotonic() - began - sides.built_s)
            if not ids:
                return replace(known, warnings=(*known.warnings, describe_counts(known.work, plan.base_sha or "")))
            again = MeasuringAgain(
                known=known, run=run, repository=repository, sides=sides, environment=environment, say=say
            )
            return measure_in_order(again, plan, ids, budget_s=budget_s, keep_s=keep_s)
    except BenchAgentError as error:
        return replace(known, note=f"{error.message} ({error.hint})" if error.hint else error.message)


def go_on(
    config: Config,
    repository: Repository,
    run: Run,
    known: Confirmation,
    *,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Confirmation:
    """Measure on what waited for a search, as `confirm`; with too little time, or where it can't be, that is said. Never raises."""
    if budget_s < LEAST_S or known.base_sha is None or run.suite is None:
        return left_waiting(known)
    began, few = time.monotonic(), quantity.counted(len(known.waiting), "benchmark")
    say(f"measuring on: {few} {'is' if len(known.waiting) == 1 else 'are'} still open, up to {budget_s:.0f} s")
    try:
        with two_sides(
            config,
            repository,
            base=known.base_sha,
            head=None,
            suite=run.suite,
            ids=known.waiting,
            environment=environment,
            say=say,
        ) as sides:
            again = MeasuringAgain(
                known=known, run=run, repository=repository, sides=sides, environment=environment, say=say
            )
            asked = {*known.rows, *known.uncompared, *known.waiting}
            left_s = budget_s - (time.monotonic() - began - sides.built_s)
            again.take(known.waiting, max(left_s, budget_s / 2), beside=len(asked) - len(known.waiting))
            return again.result(may_wait=False)
    except BenchAgentError as error:
        told = left_waiting(known)
        return replace(told, warnings=(*told.warnings, f"what was open could not be measured on: {error.message}"))


def _without_held(known: Confirmation, plan: Plan, held: Mapping[str, str]) -> tuple[Confirmation, Plan]:
    """Without the benchmarks of which both sides have alike all that could differ: that would measure the same twice."""
    missed = {id: Uncompared(benchmark=id, reason="held", because=held[id]) for id in plan.ids if id in held}
    ids = tuple(id for id in plan.ids if id not in held)
    return replace(known, uncompared={**known.uncompared, **missed}), replace(plan, ids=ids)


def _counted(
    known: Confirmation,
    plan: Plan,
    run: Run,
    sides: TwoVersions,
    count: Sequence[str],
    environment: Mapping[str, str],
    say: Say,
) -> tuple[Confirmation, tuple[str, ...]]:
    """With the exact counts of both sides, and what to measure: those that differ, the plan's, its sample."""
    if not count:
        return known, tuple(dict.fromkeys([*plan.ids, *plan.sample]))
    began = time.monotonic()
    work: dict[str, CountedWork] = {}
    for pair in sides.pairs:
        if own := [id for id in count if id in pair.ids]:
            work |= count_sides(pair.base, pair.head, node_ids=own, env=environment)
    say(describe_counts(work, plan.base_sha or ""))
    time_s = {sample.id: sample.median_s for sample in run.samples}  # the shortest first: most are decided so
    differing = [id for id, counted in work.items() if executes_otherwise(counted.base, counted.head)]
    changed = sorted(differing, key=lambda id: time_s.get(id, 0.0))
    known = replace(known, work=work, seconds=time.monotonic() - began)
    return known, tuple(dict.fromkeys([*changed, *plan.ids, *plan.sample]))


def describe_counts(work: Mapping[str, CountedWork], base_sha: str) -> str:
    """One sentence on what counting found: which benchmarks execute something else, and in which functions."""
    changes = {id: compare_reach(counted.base, counted.head) for id, counted in work.items()}
    told = [id for id, change in changes.items() if change.comparable]
    changed = [id for id in told if executes_otherwise(work[id].base, work[id].head)]
    if not changed:
        return equal_counts(len(told), base_sha) if told else "counts: no benchmark executes the same at each call"
    few = quantity.counted(len(told), "benchmark")
    grown = [split_key(key)[1] for id in changed for key, growth in changes[id].grown.items() if growth.itself]
    names = ", ".join(clean_text(name, limit=60) for name in list(dict.fromkeys(grown))[:MAX_NAMED])
    return f"{len(changed)} of {few} counted execute something else than at {base_sha[:8]}" + (
        f": more in {names}" if names else ""
    )
