"""From a measured run to its report: judged against the past, confirmation by measuring again, causes looked for, advice added.

Nothing is measured here and nothing is written; git is asked for the commits behind a slowdown.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.config import Config
from bench_agent.detect.environment import find_differences
from bench_agent.detect.series import collect_series
from bench_agent.detect.suspicion import Judgement
from bench_agent.records import Measured, Run
from bench_agent.report.causes import URGENCY, advised, grown_work, with_culprits, with_suspects
from bench_agent.report.common_move import common_move, describe_common, with_common
from bench_agent.report.finding import (
    compose_finding,
    describe_cleared,
    describe_surroundings,
    looked_slower,
    with_measurement,
)
from bench_agent.report.judge_by_history import JudgedRun, judge_run, last_good
from bench_agent.report.marks import has_past, is_due_to_machine
from bench_agent.report.recommendations import recommend
from bench_agent.report.rows import compose_rows
from bench_agent.report.shared_code import doubted
from bench_agent.report.summary import compose_run_info, compose_summary
from bench_agent.report.trends import agreeing, compose_trend, place_levels, trend_metric
from bench_agent.results.comparison import Confirmation
from bench_agent.results.culprits import Search
from bench_agent.results.report import OPEN, BenchmarkRow, Evidence, Finding, Mark, Report
from bench_agent.results.trends import Trend
from bench_agent.suspects.reached_code import compare_reach
from bench_agent.system.git import Repository
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_id, clean_text

KEPT_PART = 0.25  # of a benchmark's limit: a proved slowdown of so much is asked about again by each run
CHARTED = 60  # benchmarks of which every run is kept in the report


def report_stored(config: Config, runs: Sequence[Run], *, repository: Repository | None) -> Report:
    """The newest of stored runs (oldest first, at least one) against those before it. Nothing is measured again."""
    run = runs[-1]
    names = name_benchmarks([sample.id for sample in run.samples], config.names)
    run = replace(run, samples=tuple(replace(sample, name=names[sample.id]) for sample in run.samples))
    judged = judge_run(config, run, runs[:-1])
    where = f"it was imported from {run.origin}" if run.origin else "it is a stored run"
    confirmation = Confirmation(note=f"{where}, and a report measures nothing")
    return report_on(config, run, judged, confirmation, repository=repository, warnings=run.warnings)


def report_on(
    config: Config,
    run: Run,
    judged: JudgedRun,
    confirmation: Confirmation,
    *,
    repository: Repository | None,
    searches: Mapping[str, Search] | None = None,
    vanished: Sequence[BenchmarkRow] = (),
    warnings: Sequence[str] = (),
) -> Report:
    """The whole report. confirmation: what was measured again. repository None: nobody is suspected.

    searches: by benchmark id, what the search for its commits proved. vanished: rows of what is no longer measured.
    """
    common = common_move(judged, confirmation)
    judged = with_common(_with_counts(judged, confirmation), confirmation)
    trends = place_levels(
        [_trend(run, j, judged) for j in judged.judgements],
        [*(m for past in judged.past.values() for m in past.runs), *(Measured(run=run, sample=s) for s in run.samples)],
        repository,
    )
    names = name_benchmarks([*(s.id for s in run.samples), *(f.id for f in run.failures)], config.names)
    told = _tell(run, judged, confirmation, repository, searches or {})
    slow = {finding.id: finding for finding in (*told.regressions, *told.undecided)}
    in_doubt = doubted(judged, confirmation)
    rows = compose_rows(
        judged.judgements,
        run.failures,
        names,
        findings=slow,
        confirmation=confirmation,
        vanished=vanished,
        former=judged.former,
        doubted=in_doubt,
    )
    marks = {row.id: row.mark for row in rows}
    trends = agreeing(
        trends,
        {clean_id(id): row.verdict for id, row in confirmation.rows.items()},
        slower={finding.id for finding in told.regressions},
        faster={finding.id for finding in told.improvements},
    )
    regressions, undecided, improvements = (
        tuple(replace(finding, mark=marks[finding.id]) for finding in findings)
        for findings in (told.regressions, told.undecided, told.improvements)
    )
    status, summary = compose_summary(
        rows,
        judged.judgements,
        run,
        regressions,
        undecided,
        confirmation,
        compared_with=judged.compared_with,
        improved=sum(finding.confirmed for finding in improvements),
    )
    said = [
        *warnings,
        *confirmation.warnings,
        *([describe_common(common, confirmation)] if common else []),
        *(describe_cleared(finding, confirmation) for finding in told.cleared if looked_slower(finding)),
        *filter(None, map(describe_surroundings, undecided)),
        *([run.head.problem] if run.head.problem else []),
    ]
    return Report(
        status=status,
        open_since=_open_since(judged, marks, confirmation, in_doubt),
        run=compose_run_info(run, compared_with=judged.compared_with),
        summary=summary,
        benchmarks=rows,
        regressions=regressions,
        improvements=improvements,
        undecided=tuple(f for f in undecided if f.verdict != "environment"),
        environment=tuple(f for f in undecided if f.verdict == "environment"),
        trends=trends,
        common=common,
        recommendations=recommend(
            rows, regressions, improvements, trends, undecided=undecided, quick=run.quick, origin=run.origin
        ),
        warnings=tuple(dict.fromkeys(clean_text(warning, limit=400) for warning in said)),
    )


def _open_since(
    judged: JudgedRun, marks: Mapping[str, Mark], confirmation: Confirmation, in_doubt: Container[str]
) -> dict[str, str]:
    """What the next run has to ask again: what is open or got slower now, and what was open and this run did not measure.

    A slowdown is asked about until it is fixed or its level accepted: stored, the slow run looks like any, and several below
    the limit would pass one after the other. One of less than KEPT_PART of the limit is told once.
    """
    found = {id: sha for id, sha in judged.open_since.items() if clean_id(id) not in marks}
    for j in judged.judgements:
        row = confirmation.rows.get(j.sample.id)
        mark = marks[clean_id(j.sample.id)]
        # A first run that could not be compared: stored, it would be what the next one is held against, slow as it may be.
        never_asked = mark == "new" and not judged.compared_with and confirmation.note is not None
        never_asked = never_asked and j.sample.id not in confirmation.untouched
        slower = row is not None and row.verdict == "slower" and row.ratio >= 1 + KEPT_PART * j.threshold
        # A broken target outweighs an open question in the mark; the question stays.
        is_open = mark in OPEN or (row is not None and row.verdict == "undecided")
        if not (is_open or never_asked or slower):
            continue
        id, good = j.sample.id, last_good(j, judged)
        missed = confirmation.uncompared.get(id)
        if missed is not None and missed.reason == "held" and not has_past(j) and id not in judged.open_since:
            continue  # a first run whose recipe or benchmark file is new: no measuring tells more, and it is said once
        asked = never_asked or id in confirmation.rows or id in confirmation.uncompared or id in in_doubt
        base = confirmation.base_of(id) if asked else None
        sha = judged.open_since.get(id) or base or (good.run.head.sha if good else None)
        if sha:
            found[id] = sha
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The findings of a run by what became of them. undecided: open, or due to the environment."""

    regressions: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    cleared: tuple[Finding, ...]
    improvements: tuple[Finding, ...]


def _tell(
    run: Run,
    judged: JudgedRun,
    confirmation: Confirmation,
    repository: Repository | None,
    searches: Mapping[str, Search],
) -> _Told:
    """What is known of every benchmark that looks slower, was found so, is open, or got faster; worst first."""
    regressions: list[Finding] = []
    undecided: list[Finding] = []
    cleared: list[Finding] = []
    for j in sorted(judged.judgements, key=lambda j: -_growth(j, confirmation)):
        if not _is_in_question(j, confirmation):
            continue
        finding = with_measurement(compose_finding(j), confirmation.rows.get(j.sample.id), confirmation)
        if counted := confirmation.work.get(j.sample.id):
            finding = replace(finding, counts=grown_work(counted.base, counted.head))
        if finding.verdict in ("same", "faster") and not j.over_target:
            cleared.append(finding)
        elif finding.verdict in ("undecided", "environment"):
            asked_at = None if j.sample.id in confirmation.rows else judged.open_since.get(j.sample.id)
            if asked_at == run.head.sha and not run.head.dirty:
                asked_at = None  # there is nothing to compare with itself
            undecided.append(
                advised(
                    _with_surroundings(finding, j, run, judged),
                    base_sha=asked_at or confirmation.bases.get(j.sample.id) or confirmation.other_sha,
                )
            )
        else:
            search = searches.get(j.sample.id)
            if search is not None and search.culprits:
                regressions.append(with_culprits(finding, search, j, judged))
            else:
                regressions.append(with_suspects(finding, j, run, judged, confirmation, repository, len(regressions)))
    regressions.sort(key=lambda f: (-URGENCY.index(f.severity), not f.confirmed, -f.ratio))
    told = {finding.id for finding in (*regressions, *undecided)}
    return _Told(
        regressions=tuple(regressions),
        undecided=tuple(undecided),
        cleared=tuple(cleared),
        improvements=_improvements(judged, confirmation, told),
    )


def _growth(j: Judgement, confirmation: Confirmation) -> float:
    row = confirmation.rows.get(j.sample.id)
    return row.ratio if row is not None else j.ratio_level or 1.0


def _is_in_question(j: Judgement, confirmation: Confirmation) -> bool:
    """Whether it looked slower, or measuring in turns did not end with "not slower"."""
    row = confirmation.rows.get(j.sample.id)
    if j.slower or j.over_target or (row is not None and row.verdict == "slower"):
        return True
    return row is not None and row.verdict == "undecided" and not is_due_to_machine(j, confirmation)


def _improvements(judged: JudgedRun, confirmation: Confirmation, told: Container[str]) -> tuple[Finding, ...]:
    """What got faster, by stored runs unless measuring in turns denied it, or by measuring in turns; most first."""

    def faster(j: Judgement) -> bool:
        row = confirmation.rows.get(j.sample.id)
        return j.improved if row is None else row.verdict == "faster"

    better = [j for j in judged.judgements if faster(j) and clean_id(j.sample.id) not in told]
    found = [with_measurement(compose_finding(j), confirmation.rows.get(j.sample.id), confirmation) for j in better]
    # Not measured in turns, it says only what stored runs say: why it was not measured concerns slowdowns.
    found = [f if f.confirmed else replace(f, verdict="suspected", evidence=Evidence()) for f in found]
    return tuple(sorted(found, key=lambda f: f.ratio))


def _with_counts(judged: JudgedRun, confirmation: Confirmation) -> JudgedRun:
    """The judgements with the rule "counts" where more work was counted than at the base: proof of work, not yet of time."""
    more = {id for id, counted in confirmation.work.items() if compare_reach(counted.base, counted.head).grown}
    return replace(
        judged,
        judgements=tuple(
            replace(j, rules=(*j.rules, "counts")) if j.sample.id in more else j for j in judged.judgements
        ),
    )


def _trend(run: Run, judgement: Judgement, judged: JudgedRun) -> Trend:
    now, before = Measured(run=run, sample=judgement.sample), judged.past[judgement.sample.id]
    metric = trend_metric(now, before, judgement.target)
    series = judgement.series if metric == "median" else collect_series(now, before, metric=metric)
    # A thousand series would take 0.3 s: what changed long ago is looked for where something is wrong now.
    told = judgement.slower or judgement.over_target or judgement.improved
    # A page draws few charts; of a large suite the runs that the trends are about are enough.
    compact = len(judged.judgements) > CHARTED
    return compose_trend(now.sample.name, series, judgement.target, changes=told, compact=compact)


def _with_surroundings(finding: Finding, judgement: Judgement, run: Run, judged: JudgedRun) -> Finding:
    """With what differs from the run that was faster, where the old code is as slow now."""
    good = last_good(judgement, judged)
    if finding.verdict != "environment" or good is None:
        return finding
    around = (clean_text(text) for text in find_differences(good.run, run))
    differs = (*finding.evidence.differs, *around)
    return replace(finding, evidence=replace(finding.evidence, differs=differs, since=good.run.started_at))
