"""What may have caused a finding: the commits ranked by their patches, those proved by measuring, the functions that do more."""

import shlex
from dataclasses import replace

from bench_agent.detect.suspicion import Judgement
from bench_agent.history.load import load_reach
from bench_agent.measure.installed_copy import installed_modules
from bench_agent.records import CountedWork, Measured, Reach, Run, Sample
from bench_agent.report import advice
from bench_agent.report.judge_by_history import JudgedRun, last_good
from bench_agent.report.marks import is_left_open
from bench_agent.report.only_commit import TOLD, is_proved
from bench_agent.results.comparison import Confirmation
from bench_agent.results.culprits import EXPLAINED, Culprit, Search
from bench_agent.results.report import Finding, Suspect
from bench_agent.suspects.ranking import find_suspects
from bench_agent.suspects.reached_code import compare_reach, split_key
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id, clean_text

MAX_SUSPECTED = 8  # slowdowns whose causes are looked for; the others of one run usually share them
MAX_GROWN = 3  # functions named for one finding
MAX_LISTED = 5  # culprits and suspects of one finding
URGENCY = ("low", "medium", "high", "critical")


def advised(finding: Finding, *, base_sha: str | None = None) -> Finding:
    """The finding with its severity and what to do. base_sha: what it was measured in turns with."""
    severity = advice.severity_of(
        finding.ratio,
        threshold=finding.threshold,
        confirmed=finding.confirmed,
        breaks_target="target" in finding.rules,
    )
    return advice.with_advice(replace(finding, severity=severity), base_sha=base_sha)


def with_suspects(
    finding: Finding,
    judgement: Judgement,
    run: Run,
    judged: JudgedRun,
    confirmation: Confirmation,
    repository: Repository | None,
    number: int,
) -> Finding:
    """The finding with advice, and with suspects among the commits since it was last good."""
    good = last_good(judgement, judged)
    open_since = judged.open_since.get(judgement.sample.id)
    good_sha = (
        confirmation.base_of(judgement.sample.id) if finding.confirmed else _since(judgement, good, open_since, run)
    )
    if finding.metric == "p95":
        return advised(finding)
    if good_sha is not None and good_sha == run.head.sha and not run.head.dirty:
        # The faster run measured this very code: there is nothing to compare with, and no commit to suspect.
        return advised(replace(finding, suspects_note="the faster run measured this very commit"))
    if good_sha is None:
        note = "no earlier run was faster: there is no range of commits to search"
        return advised(replace(finding, suspects_note=note))
    uncompared = confirmation.uncompared.get(judgement.sample.id)
    if uncompared is not None and not is_left_open(judgement.sample.id, confirmation):
        return advised(finding)  # measuring it there once more would find it missing again
    if repository is None or number >= MAX_SUSPECTED:
        return advised(finding, base_sha=good_sha)
    counted = confirmation.work.get(judgement.sample.id)
    earlier = load_reach(good.run).get(judgement.sample.id) if good and not counted else None
    base_reach, reach = executed(run, judgement.sample, counted, earlier)
    search = find_suspects(repository, good_sha=good_sha, head=run.head, reach=reach, base_reach=base_reach)
    suspects = search.suspects
    told = search.note
    if finding.confirmed and search.candidates == 1 and search.exact and suspects:
        now = counted.head if counted else judgement.sample.reach
        if is_proved(finding, suspects[0], repository=repository, base=base_reach, head=now):
            suspects = (replace(suspects[0], proved=True, share=1.0, score=1.0),)
        else:
            told = f"{told}; {TOLD}" if told else TOLD
    if finding.confirmed and search.candidates > 1:
        name = shlex.quote(clean_id(finding.benchmark))
        prove = f"to prove which: bench-agent bisect {name} --good {good_sha[:12]}"
        told = f"{told}; {prove}" if told else prove
    finding = replace(finding, suspects=suspects, suspects_note=told)
    grown = grown_work(base_reach, counted.head if counted else judgement.sample.reach)
    return advised(replace(finding, counts=grown), base_sha=good_sha)


def _since(judgement: Judgement, good: Measured | None, open_since: str | None, run: Run) -> str | None:
    """From where on commits are suspected of what is not confirmed: what got slower now did so since the last good run.

    What an earlier run asked lies further back, and is older news where stored runs show a step since.
    """
    newest = good.run.head.sha if good else None
    steps_now = not {"open", "unclear"}.issuperset(judgement.rules)
    if open_since and steps_now and newest and newest != run.head.sha:
        return newest
    return open_since or newest


def executed(
    run: Run, sample: Sample, counted: CountedWork | None, earlier: Reach | None
) -> tuple[Reach | None, Reach | None]:
    """(before, now): what the benchmark executes, as far as commits can be held against it.

    counted: in trees of both versions. earlier: stored with the last good run. Where the run measured an installed copy, what
    it executed has no path of the repository: unknown, which is not nothing.
    """
    if installed_modules(run.suite):
        return (counted.base, counted.head) if counted else (None, None)
    return (counted.base if counted else earlier), sample.reach


def with_culprits(finding: Finding, search: Search, judgement: Judgement, judged: JudgedRun) -> Finding:
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
            grown=culprit.functions,
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
        counts=grown_work(base, judgement.sample.reach),
    )
    return advised(finding)


def _proof_in_words(culprit: Culprit) -> str:
    interval = quantity.change_interval(culprit.interval)
    text = f"measured against its parent: {quantity.change(culprit.ratio)} ({interval}, {culprit.pairs} pairs)"
    if culprit.restored and culprit.restored.share is not None:
        given = quantity.measured_share(culprit.restored.share, culprit.restored.interval)
        text += f"; reverting it gives back {given} of the slowdown" if given else f"; {quantity.UNTOLD_IN_WORDS}"
    return text


def grown_work(base: Reach | None, now: Reach | None) -> tuple[str, ...]:
    """The functions that do more work in one iteration than they did, most added first, in words."""
    change = compare_reach(base, now)
    if not change.comparable:
        return ()
    return tuple(
        f"{clean_text(split_key(growth.function)[1])}: {growth.before.lines:,} -> {growth.now.lines:,} lines an iteration"
        + (
            ""
            if growth.before.calls == growth.now.calls
            else f", called {growth.before.calls:,} -> {growth.now.calls:,} times"
        )
        for growth in list(change.grown.values())[:MAX_GROWN]
        if growth.itself
    )
