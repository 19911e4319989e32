"""A run against the stored ones: the judgement of each benchmark, and the last run in which it was as it should be."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.config import Config
from bench_agent.detect.series import Past, comparable
from bench_agent.detect.suspicion import Judgement, find_common, judge, leaves_open
from bench_agent.history.baseline import load_targets, target_of
from bench_agent.history.load import Questions
from bench_agent.history.lookup import index_runs
from bench_agent.records import Measured, Run, Target
from bench_agent.report.identity import describe_predecessor

MOST_JUDGED = 500  # newest runs that one is judged by: looking for changes of level costs more than in proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """Every benchmark of a run against its past. past: by benchmark id."""

    judgements: tuple[Judgement, ...]
    past: dict[str, Past]
    targets: dict[str, Target]
    common: float  # how much everything moved together: the machine
    compared_with: str | None  # id of the newest run that could be compared with
    former: dict[str, str] = field(default_factory=dict)  # of those without a past: what they were before, in words
    open_since: dict[str, str] = field(
        default_factory=dict
    )  # questions of earlier runs, also of what this one did not measure
    proved: frozenset[str] = frozenset()  # ids, of these, that an earlier run proved to be slower


def judge_run(config: Config, run: Run, past: Sequence[Run]) -> JudgedRun:
    """Compare a run with stored ones, oldest first. Nothing is measured."""
    targets, index = load_targets(config), index_runs(past[-MOST_JUDGED:])
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
        former={
            now.sample.id: was
            for now, before in everything
            if not before.runs and (was := describe_predecessor([*index.get(now.sample.id, ()), now], index))
        },
    )


def with_open(judged: JudgedRun, questions: Questions) -> JudgedRun:
    """With the questions that the last report left open.

    Once stored, a slow run looks like any: without this the next one would pass what nobody settled. A level that was
    accepted at that report's commit settles it; one that was accepted before does not speak of it.
    """

    def is_settled(j: Judgement) -> bool:
        commit = _accepted_commit(j)
        there = commit is None or questions.at is None or questions.at.startswith(commit)
        return j.ratio_baseline is not None and "baseline" not in j.rules and there

    settled = {j.sample.id for j in judged.judgements if is_settled(j)}
    since = {id: sha for id, sha in questions.since.items() if id not in settled}

    def asked(j: Judgement) -> Judgement:
        if j.sample.id not in since:
            return j
        # Whatever the others do now, and whichever run came last: it is measured against the commit that the question names.
        rules = tuple(rule for rule in j.rules if rule != "unclear")
        return replace(j, rules=(*rules, "open"), improved=False, together=False)

    return replace(
        judged,
        judgements=tuple(map(asked, judged.judgements)),
        open_since=since,
        proved=questions.proved & since.keys(),
    )


def with_unproved(judged: JudgedRun, touched: Collection[str]) -> JudgedRun:
    """With what the change since the newest run touches and stored runs are too few or too noisy to pass: it is to be measured.

    touched: ids. The first runs of a project are such, on every machine.
    """

    def asked(j: Judgement) -> Judgement:
        past = judged.past[j.sample.id]
        if j.rules or j.together or j.sample.id not in touched or not leaves_open(j.sample, past, j.threshold):
            return j
        return replace(j, rules=("unclear",), improved=False)  # faster than a run on a busy machine is every version

    return replace(judged, judgements=tuple(map(asked, judged.judgements)))


def good_runs(judgement: Judgement, judged: JudgedRun) -> Iterator[Measured]:
    """The comparable runs that were nearer to the level before than to now, on a log scale; the newest first."""
    base = judgement.base_s
    if not base:
        return iter(())
    runs = _since_accepted(judgement, judged.past[judgement.sample.id].runs)
    border = math.sqrt(base * judgement.sample.median_s)
    faster = [m for m in reversed(runs) if m.sample.median_s < border]
    if judgement.rules == ("unclear",) and not (faster and base < border):
        return reversed(runs)  # no run is known to be faster: each is as good to measure against
    return iter(faster)


def _accepted_commit(judgement: Judgement) -> str | None:
    target = judgement.target
    return target.accepted.commit if target is not None and target.accepted is not None else None


def _since_accepted(judgement: Judgement, runs: Sequence[Measured]) -> Sequence[Measured]:
    """Of the runs, oldest first, those from the commit on whose level was accepted: before it was faster, and that is agreed."""
    commit = _accepted_commit(judgement)
    if commit is None or "baseline" in judgement.rules:
        return runs
    first = next((n for n, then in enumerate(runs) if (then.run.head.sha or "").startswith(commit)), None)
    return runs if first is None else runs[first:]


def last_good(judgement: Judgement, judged: JudgedRun) -> Measured | None:
    """The newest of `good_runs`."""
    return next(good_runs(judgement, judged), None)
