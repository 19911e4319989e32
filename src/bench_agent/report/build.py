"""From a measured run to its report: judged against the past, settled by measuring again, causes looked for, advice added.

Nothing is measured here and nothing is written; git is asked for the commits behind a slowdown.
"""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.bisection.decisions import EXPLAINED
from bench_agent.config import Config
from bench_agent.detect.environment import find_differences
from bench_agent.detect.series import Measured, Past, collect_series, comparable, index_runs
from bench_agent.detect.suspicion import Judgement, find_common, judge
from bench_agent.history.load import load_reach, load_targets, target_of, trend_metric
from bench_agent.records import Reach, Run, Target
from bench_agent.report import advice
from bench_agent.report.rows import (
    compose_finding,
    compose_rows,
    compose_run_info,
    compose_summary,
    compose_trend,
    describe_cleared,
    describe_surroundings,
    with_measurement,
)
from bench_agent.results.comparison import Settled
from bench_agent.results.culprits import Culprit, Search
from bench_agent.results.report import Finding, Report, Suspect, Trend
from bench_agent.suspects.ranking import find_suspects
from bench_agent.suspects.reach import compare_reach, split_key
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text

MAX_SUSPECTED = 8  # slowdowns whose causes are looked for; the others of one run usually share them
MAX_GROWN = 3
MAX_LISTED = 5  # culprits and suspects of one finding
COMMON_NOTED = 0.05  # a common move of all benchmarks from which the reader is told


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """Every benchmark of a run against its past. past: by benchmark id."""

    judgements: tuple[Judgement, ...]
    past: dict[str, Past]
    targets: dict[str, Target]
    common: float  # how much everything moved together: the machine
    compared_with: str | None  # id of the newest run that could be compared with


def judge_run(config: Config, run: Run, past: Sequence[Run]) -> JudgedRun:
    """Compare a run with stored ones, oldest first. Nothing is measured."""
    targets, index = load_targets(config), index_runs(past)
    measured = [Measured(run=run, sample=sample) for sample in run.samples]
    everything = [(now, comparable(now, index.get(now.sample.id, ()))) for now in measured]
    common = find_common(everything)
    judgements = tuple(
        judge(
            now,
            before,
            target=target_of(targets, now),
            threshold=config.threshold,
            consecutive=config.consecutive,
            window=config.window,
            common=common,
        )
        for now, before in everything
    )
    compared = [j.series.points[-2].run_id for j in judgements if len(j.series.points) > 1]
    return JudgedRun(
        judgements=judgements,
        past={now.sample.id: before for now, before in everything},
        targets=targets,
        common=common.change,
        compared_with=max(compared, default=None),
    )


def report_stored(config: Config, runs: Sequence[Run], *, repository: Repository | None) -> Report:
    """The newest of stored runs (oldest first, at least one) against those before it. Nothing is measured again."""
    run = runs[-1]
    names = name_benchmarks([sample.id for sample in run.samples], config.names)
    run = replace(run, samples=tuple(replace(sample, name=names[sample.id]) for sample in run.samples))
    judged = judge_run(config, run, runs[:-1])
    where = f"it was imported from {run.origin}" if run.origin else "it is a stored run"
    settled = Settled(note=f"{where}, and a report measures nothing")
    return report_on(config, run, judged, settled, repository=repository, warnings=run.warnings)


def report_on(
    config: Config,
    run: Run,
    judged: JudgedRun,
    settled: Settled,
    *,
    repository: Repository | None,
    searches: Mapping[str, Search] | None = None,
    warnings: Sequence[str] = (),
) -> Report:
    """The whole report. settled: what was measured again. repository None: nobody is suspected.

    searches: by benchmark id, what the search for its commits proved.
    """
    judged = _with_counts(judged, settled)
    trends = [_trend(run, j, judged) for j in judged.judgements]
    names = name_benchmarks([*(s.id for s in run.samples), *(f.id for f in run.failures)], config.names)
    said = [*warnings, *settled.warnings]
    if abs(judged.common - 1) > COMMON_NOTED:
        moved = quantity.change(judged.common)
        said.append(f"all benchmarks together moved by {moved}: that is the machine, not the code")
    regressions: list[Finding] = []
    undecided: list[Finding] = []
    cleared: list[Finding] = []
    suspected = [j for j in judged.judgements if j.slower or j.over_target or _found_slower(j, settled)]
    for j in sorted(suspected, key=lambda j: -(j.ratio_level or 1.0)):
        finding = with_measurement(compose_finding(j), settled.rows.get(j.sample.id), settled)
        if counted := settled.work.get(j.sample.id):
            finding = replace(finding, counts=_grown_work(counted.base, counted.head))
        if finding.verdict in ("same", "faster") and not j.over_target:
            cleared.append(finding)
        elif finding.verdict in ("inconclusive", "environment"):
            undecided.append(_advised(_with_surroundings(finding, j, run, judged)))
        else:
            search = (searches or {}).get(j.sample.id)
            if search is not None and search.culprits:
                regressions.append(_with_culprits(finding, search, j, judged))
            else:
                regressions.append(_with_suspects(finding, j, run, judged, settled, repository, len(regressions)))
    regressions.sort(key=lambda f: (-_URGENCY.index(f.severity), not f.confirmed, -f.ratio))
    said += [describe_cleared(finding, settled) for finding in cleared]
    said += [text for finding in undecided if (text := describe_surroundings(finding))]
    told = {finding.id for finding in (*regressions, *undecided)}
    better = sorted((j for j in judged.judgements if j.improved), key=lambda j: j.ratio_level or 1.0)
    improvements = [
        with_measurement(compose_finding(j), settled.rows.get(j.sample.id), settled)
        for j in better
        if j.sample.id not in told
    ]
    confirmed = {finding.id: finding for finding in regressions}
    rows = compose_rows(judged.judgements, run.failures, names, findings=confirmed)
    status, summary = compose_summary(
        rows, judged.judgements, run, regressions, undecided, settled, compared_with=judged.compared_with
    )
    if run.head.problem:
        said.append(run.head.problem)
    return Report(
        status=status,
        run=compose_run_info(run, compared_with=judged.compared_with),
        summary=summary,
        benchmarks=rows,
        regressions=tuple(regressions),
        improvements=tuple(improvements),
        inconclusive=tuple(undecided),
        trends=tuple(trends),
        recommendations=advice.recommend(
            rows, regressions, improvements, trends, inconclusive=undecided, quick=run.quick
        ),
        warnings=tuple(dict.fromkeys(clean_text(warning, limit=400) for warning in said)),
    )


def _with_counts(judged: JudgedRun, settled: Settled) -> JudgedRun:
    """The judgements with the rule "counts" where more work was counted than at the base: proof of work, not yet of time."""
    more = {id for id, counted in settled.work.items() if compare_reach(counted.base, counted.head).grown}
    return replace(
        judged,
        judgements=tuple(
            replace(j, rules=(*j.rules, "counts")) if j.sample.id in more else j for j in judged.judgements
        ),
    )


_URGENCY = ("low", "medium", "high", "critical")


def _found_slower(judgement: Judgement, settled: Settled) -> bool:
    row = settled.rows.get(judgement.sample.id)
    return row is not None and row.verdict == "slower"


def _trend(run: Run, judgement: Judgement, judged: JudgedRun) -> Trend:
    now, before = Measured(run=run, sample=judgement.sample), judged.past[judgement.sample.id]
    metric = trend_metric(now, before, judgement.target)
    series = judgement.series if metric == "median" else collect_series(now, before, metric=metric)
    # A thousand series would take 0.3 s: what changed long ago is looked for where something is wrong now.
    told = judgement.slower or judgement.over_target or judgement.improved
    return compose_trend(now.sample.name, series, judgement.target, changes=told)


def _with_surroundings(finding: Finding, judgement: Judgement, run: Run, judged: JudgedRun) -> Finding:
    """With what differs from the run that was faster, where the old code is as slow now."""
    good = last_good(judgement, judged)
    if finding.verdict != "environment" or good is None:
        return finding
    differs = tuple(clean_text(text) for text in find_differences(good.run, run))
    return replace(finding, evidence=replace(finding.evidence, differs=differs, since=good.run.started_at))


def _advised(finding: Finding) -> Finding:
    severity = advice.severity_of(
        finding.ratio,
        threshold=finding.threshold,
        confirmed=finding.confirmed,
        breaks_target="target" in finding.rules,
    )
    return advice.with_advice(replace(finding, severity=severity))


def _with_suspects(
    finding: Finding,
    judgement: Judgement,
    run: Run,
    judged: JudgedRun,
    settled: Settled,
    repository: Repository | None,
    number: int,
) -> Finding:
    """The finding with advice, and with suspects among the commits since it was last good."""
    good = last_good(judgement, judged)
    good_sha = settled.base_sha if finding.confirmed else good.run.head.sha if good else None
    if finding.metric == "p95":
        return _advised(finding)
    if good_sha is None:
        note = "no earlier run was faster: there is no range of commits to search"
        return _advised(replace(finding, suspects_note=note))
    if repository is None or number >= MAX_SUSPECTED:
        return _advised(finding)
    counted = settled.work.get(judgement.sample.id)
    base_reach = counted.base if counted else load_reach(good.run).get(judgement.sample.id) if good else None
    search = find_suspects(
        repository, good_sha=good_sha, head=run.head, reach=judgement.sample.reach, base_reach=base_reach
    )
    suspects = search.suspects
    if finding.confirmed and search.candidates == 1 and search.exact and suspects:
        # Its parent was one side of the measurement, itself the other: that is the proof.
        suspects = (replace(suspects[0], proved=True, share=1.0, score=1.0),)
    told = search.note
    if finding.confirmed and search.candidates > 1:
        name = shlex.quote(clean_text(finding.benchmark))
        prove = f"to prove which: bench-agent bisect {name} --good {good_sha[:12]}"
        told = f"{told}; {prove}" if told else prove
    finding = replace(finding, suspects=suspects, suspects_note=told)
    return _advised(
        replace(finding, counts=_grown_work(base_reach, counted.head if counted else judgement.sample.reach))
    )


def _with_culprits(finding: Finding, search: Search, judgement: Judgement, judged: JudgedRun) -> Finding:
    """The finding with what a search proved; where that does not explain it, then the suspects too."""
    proved = tuple(
        Suspect(
            sha=culprit.sha,
            subject=culprit.subject,
            author_date=culprit.author_date,
            score=1.0,
            proved=culprit.proved,
            share=culprit.share,
            files=culprit.files,
            functions=tuple(dict.fromkeys(function.name for function in culprit.functions if function.name)),
            evidence=(_proof_in_words(culprit), *culprit.evidence),
            excerpt=culprit.excerpt,
        )
        for culprit in search.culprits
    )
    explained = sum(culprit.share or 0.0 for culprit in search.culprits) >= EXPLAINED
    shas = {culprit.sha for culprit in search.culprits}
    others = () if explained else tuple(s for s in search.suspects if s.sha not in shas)
    took = f"{quantity.counted(search.measurements, 'measurement')}, {quantity.elapsed(search.seconds)}"
    note = "; ".join([f"{quantity.counted(search.range.commits, 'commit')} searched: {took}", *search.warnings])
    good = last_good(judgement, judged)
    base = load_reach(good.run).get(judgement.sample.id) if good else None
    finding = replace(
        finding,
        suspects=(*proved, *others)[:MAX_LISTED],
        suspects_note=note,
        counts=_grown_work(base, judgement.sample.reach),
    )
    return _advised(finding)


def _proof_in_words(culprit: Culprit) -> str:
    interval = quantity.change_interval(culprit.interval)
    text = f"measured against its parent: {quantity.change(culprit.ratio)} ({interval}, {culprit.pairs} pairs)"
    if culprit.restored and culprit.restored.share is not None:
        text += f"; reverting it gives back {quantity.percent(culprit.restored.share)} of the slowdown"
    return text


def _grown_work(base: Reach | None, now: Reach | None) -> tuple[str, ...]:
    """The functions that do more work in one iteration than they did, most added first, in words."""
    change = compare_reach(base, now)
    if not change.comparable:
        return ()
    return tuple(
        f"{clean_text(split_key(growth.function)[1])}: {growth.before.lines:,} -> {growth.now.lines:,} lines an iteration, "
        f"called {growth.before.calls:,} -> {growth.now.calls:,} times"
        for growth in list(change.grown.values())[:MAX_GROWN]
        if growth.itself
    )


def last_good(judgement: Judgement, judged: JudgedRun) -> Measured | None:
    """The newest comparable run that was nearer to the level before than to now, on a log scale."""
    base = judgement.base_s
    if not base:
        return None
    border = math.sqrt(base * judgement.sample.median_s)
    return next((m for m in reversed(judged.past[judgement.sample.id].runs) if m.sample.median_s < border), None)
