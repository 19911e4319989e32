"""The step after judging: what is measured again, against which base, and what that gave."""

from collections.abc import Mapping
from dataclasses import replace

from bench_agent.compare.base import (
    Counts,
    counting_base,
    equal_counts,
    natural_base,
    stored_counts,
)
from bench_agent.compare.confirm import confirm
from bench_agent.compare.plan import Looks, Plan, plan_counts, plan_first_run, plan_from_history, plan_without
from bench_agent.compare.touched import touched_benchmarks
from bench_agent.detect.suspicion import Judgement
from bench_agent.history.load import load_reach
from bench_agent.pipeline.context import RunContext
from bench_agent.pipeline.measure_suite import MeasuredSuite
from bench_agent.records import Head, Measured, Reach, Run
from bench_agent.report.judge_by_history import JudgedRun, good_runs, last_good
from bench_agent.results.comparison import Confirmation
from bench_agent.suspects.reached_code import compare_reach
from bench_agent.system.git import Repository
from bench_agent.text import quantity

SEARCH_PART = 0.5  # of the budget, kept for finding the commit of a confirmed slowdown while others are still open


def measure_again(
    context: RunContext, measured: MeasuredSuite, judged: JudgedRun, *, budget_s: float
) -> tuple[Confirmation, bool]:
    """What measuring again gave, and whether it was interrupted. budget_s: of the run's, what is for this."""
    run, result = measured.run, measured.result
    if result.interrupted:
        return not_asked(context, run, judged, "the run was interrupted"), True
    if not context.options.confirm:
        return Confirmation(note="measuring again was switched off (--no-confirm)"), False
    if not run.samples:
        return Confirmation(note="the suite was stopped before its end" if result.timed_out else None), False
    if result.timed_out:
        return not_asked(context, run, judged, "the suite was stopped before its end"), False
    try:
        plan = _plan(context, run, judged)
        counts = _counts(context, run, plan)
        if not (plan.ids or plan.sample or plan.note or counts.ids):
            told = (equal_counts(counts.equal, plan.base_sha or ""),) if counts.equal else ()
            known = Confirmation(untouched=plan.untouched, warnings=(*plan.warnings, *told))
            return replace(known, base_sha=plan.base_sha if plan.untouched else None), False
        if plan.say:
            context.progress.note(f"{plan.say}, up to {budget_s:.0f} s")
        confirmation = confirm(
            context.config,
            context.repository,
            run,
            plan,
            count=counts.ids,
            budget_s=budget_s,
            keep_s=SEARCH_PART * budget_s if context.options.blame else 0.0,
            environment=context.environment,
            say=context.progress.note,
        )
    except KeyboardInterrupt:
        return not_asked(context, run, judged, "it was interrupted"), True
    return confirmation, False


def not_asked(context: RunContext, run: Run, judged: JudgedRun, why: str) -> Confirmation:
    """Nothing was measured again; of a first run, with the commit that the next one has to compare it with."""
    if judged.compared_with is not None or context.repository is None or run.head.sha is None:
        return Confirmation(note=why)
    base = natural_base(context.repository, run.head.sha, dirty=bool(run.head.dirty))
    return Confirmation(note=why, base_sha=base.sha)


def _plan(context: RunContext, run: Run, judged: JudgedRun) -> Plan:
    """What to measure again, asking git only for what the decision needs."""
    repository = context.repository
    plan = plan_from_history(looks_of(judged), run.head)
    if repository is not None and plan.base_sha and len(plan.base_sha) < len(run.head.sha or ""):
        plan = replace(plan, base_sha=repository.resolve(plan.base_sha) or plan.base_sha)  # as an accepted level has it
    if repository is not None and plan.base_sha and not (plan.note or plan.base_dirty):
        plan = _without_untouched(plan, judged, repository, run)
    if plan.because != "nothing" or repository is None or run.head.sha is None:
        return plan
    if judged.compared_with is None:
        base = natural_base(repository, run.head.sha, dirty=bool(run.head.dirty))
        touched = touched_benchmarks(repository, run, base.sha) if base.sha else []
        return plan_first_run(base, [sample.id for sample in run.samples], touched)
    if not run.quick:
        return plan
    if plan.untouched:
        return replace(plan, because="counts")
    return plan_counts(counting_base(repository, run, context.stored.runs))


def _without_untouched(plan: Plan, judged: JudgedRun, repository: Repository, run: Run) -> Plan:
    """Without those that no rule calls slower and that can't differ from the base: what grew is the machine's."""
    unclear = {j.sample.id for j in judged.judgements if j.rules == ("unclear",) and j.sample.id in plan.ids}
    if not unclear or plan.base_sha is None or (plan.base_sha == run.head.sha and not run.head.dirty):
        return plan
    untouched = unclear.difference(touched_benchmarks(repository, run, plan.base_sha))
    return plan_without(plan, untouched)


def _counts(context: RunContext, run: Run, plan: Plan) -> Counts:
    """Whose work a quick run counts, and how many are known to execute what they did at the plan's base."""
    if not run.quick or context.repository is None or plan.base_sha is None:
        return Counts()
    counts = stored_counts(context.repository, run, plan.base_sha, context.stored.runs)
    if counts.ids:
        few = quantity.counted(len(counts.ids), "benchmark")
        verb = f"execute{'s' * (len(counts.ids) == 1)}"
        context.progress.note(f"counting what {few} {verb} now and at {plan.base_sha[:8]}")
    return counts


def looks_of(judged: JudgedRun) -> list[Looks]:
    """What the plan wants to know of each benchmark that stored runs call slower, alone or together with all others."""
    reaches: dict[str, Mapping[str, Reach]] = {}
    found = []
    for judgement in judged.judgements:
        if not judgement.slower and not judgement.together:
            continue
        good, sample, more_work = last_good(judgement, judged), judgement.sample, False
        if good is not None and judgement.together and sample.reach is not None:
            if good.run.run_id not in reaches:
                reaches[good.run.run_id] = load_reach(good.run)
            more_work = bool(compare_reach(reaches[good.run.run_id].get(sample.id), sample.reach).grown)
        found.append(
            Looks(
                id=sample.id,
                ratio=_grown_by(judgement, good),
                slower=judgement.slower and not judgement.together,
                together=judgement.together,
                more_work=more_work,
                first=judgement.sample.id in judged.open_since,
                proved=judgement.sample.id in judged.proved,
                asked=judgement.rules in (("open",), ("unclear",)),
                unclear=judgement.rules == ("unclear",),
                good=_good_head(judgement, judged, good),
                earlier=() if judgement.sample.id in judged.open_since else _earlier(judgement, judged),
            )
        )
    return found


def _good_head(judgement: Judgement, judged: JudgedRun, good: Measured | None) -> Head | None:
    """Where it was as fast as before: as the open question names it, by stored runs, else where its level was accepted."""
    if since := judged.open_since.get(judgement.sample.id):
        return Head(sha=since)
    accepted = judgement.target.accepted if judgement.target and "baseline" in judgement.rules else None
    if good is None and accepted is not None and accepted.commit:
        return Head(sha=accepted.commit)
    return good.run.head if good else None


def _earlier(judgement: Judgement, judged: JudgedRun) -> tuple[str, ...]:
    """Commits of the runs before the last good one that were as fast, without uncommitted changes; the newest first."""
    heads = [good.run.head for good in good_runs(judgement, judged)][1:]
    return tuple(dict.fromkeys(head.sha for head in heads if head.sha and not head.dirty))


def _grown_by(judgement: Judgement, good: Measured | None) -> float:
    """This run / what measuring in turns is to be held against: of a slow drift, the last levels are nearly as slow."""
    if judgement.together and good is not None and (judgement.shift or judgement.drift):
        return judgement.sample.median_s / good.sample.median_s
    return judgement.ratio_level or 1.0
