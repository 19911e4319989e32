"""The order of the steps: measure, parse, keep, judge, look for causes, advise. The only module that knows it.

A Config and what was asked for come in, a Report goes out. Nothing is printed; progress is told to whoever listens.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bench_agent.bisection.search import search_slowdowns
from bench_agent.compare.base import (
    Counts,
    counting_base,
    equal_counts,
    natural_base,
    stored_counts,
)
from bench_agent.compare.confirm import confirm
from bench_agent.compare.plan import Looks, Plan, plan_counts, plan_first_run, plan_from_history
from bench_agent.compare.revisions import BUDGET_S, QUICK_BUDGET_S
from bench_agent.compare.touched import touched_benchmarks
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError, GitError, StoreError
from bench_agent.formats.stored import dump_run
from bench_agent.history.baseline import load_targets
from bench_agent.history.load import StoredRuns, imported_files, load_history, load_reach, open_questions, save_report
from bench_agent.history.store import Store
from bench_agent.measure.collection_cache import keep_collection, only_these, recall_collection
from bench_agent.measure.command import find_command
from bench_agent.measure.live_state import StateWriter, running_states
from bench_agent.measure.outcome import explain_nothing, run_warnings, unfinished
from bench_agent.measure.probe_results import ProbeResult, about_median, parse_line, parse_probe, with_memory
from bench_agent.measure.suite import SuiteResult, run_suite
from bench_agent.records import Head, Reach, Run
from bench_agent.report.build import report_on
from bench_agent.report.judge import JudgedRun, judge_run, last_good, with_open
from bench_agent.report.vanished import find_vanished
from bench_agent.results.comparison import Confirmation
from bench_agent.results.culprits import Search
from bench_agent.results.report import BenchmarkRow, Report
from bench_agent.suspects.reach import compare_reach
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.git_commit import commit_file
from bench_agent.system.machine import describe_machine, noise_warnings
from bench_agent.text import quantity
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text

TIMEOUT_S = 1800.0


class Progress(Protocol):
    """Told what happens while a suite runs; the renderer's, or none."""

    def expect(self, seconds: float) -> None: ...
    def total(self, count: int) -> None: ...
    def started(self, benchmark: str) -> None: ...
    def measured(self, benchmark: str, seconds: float | None) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one `run` was asked for, beyond the settings."""

    quick: bool = False
    keyword: str | None = None
    timeout_s: float = TIMEOUT_S
    store: bool = True
    commit: bool = False
    confirm: bool = True
    blame: bool = True
    budget_s: float | None = None  # for measuring again; None: the setting, or the defaults of `remeasure`


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    report: Report
    interrupted: bool = False
    unkept: StoreError | None = None  # why the results, which the report shows, could not be stored
    output: str = ""  # of the suite, for a person who wants to see why nothing was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What the steps of one run share. began: of the call, on the monotonic clock. others: runs under way when it began."""

    store: Store
    run_id: str
    command: str
    config: Config
    options: RunOptions
    environment: Mapping[str, str]
    progress: Progress
    repository: Repository | None
    head: Head
    stored: StoredRuns
    open_since: Mapping[str, str]
    started: datetime
    began: float
    others: int

    @property
    def budget_s(self) -> float:
        """Seconds for measuring again, and for the search for the commits that follows."""
        options, config = self.options, self.config
        return options.budget_s or (QUICK_BUDGET_S if options.quick else config.budget_s or BUDGET_S)

    @property
    def select(self) -> str | None:
        return self.options.keyword or (self.config.quick if self.options.quick else None)

    def is_alike(self, run: Run) -> bool:
        """Whether a stored run was asked for the same benchmarks by the same command."""
        return run.quick == self.options.quick and run.selected == self.select and run.command == self.command


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What the suite gave."""

    run: Run
    probed: ProbeResult
    result: SuiteResult
    warnings: tuple[str, ...]


def run_benchmarks(
    config: Config,
    options: RunOptions,
    *,
    run_id: str | None = None,
    environment: Mapping[str, str],
    progress: Progress,
) -> RunOutcome:
    """Measure the suite, compare it with what is stored, and report.

    run_id: of a run whose folder exists already; made here when None. A suite that ran and measured nothing is a report
    too (status no_results or failed, with `error`), and so is one that was interrupted: what was measured is kept.
    Raises BenchAgentError when it cannot even start.
    """
    began = time.monotonic()
    command = find_command(config)
    load_targets(config)  # a broken baseline file is better said before minutes of measuring than after
    store = Store(config.state_dir)
    started = datetime.now(UTC)
    run_id = run_id or store.make_run(started)
    try:
        repository, head = _look_at_git(config.root)
        context = RunContext(
            store=store,
            run_id=run_id,
            command=command,
            config=config,
            options=options,
            environment=environment,
            progress=progress,
            repository=repository,
            head=head,
            stored=load_history(store),
            open_since=open_questions(config),
            started=started,
            began=began,
            others=_others_under_way(store, progress),
        )
        return _run_in(context)
    finally:
        store.finish_run(run_id, under_way={state.run_id for state in running_states(store.runs_dir)} - {run_id})


def _run_in(context: RunContext) -> RunOutcome:
    """The steps in their order: measure, keep, judge, measure again, search, report."""
    measured = _measure(context)
    kept, unkept = _keep(context, measured)
    run = measured.run
    judged = with_open(judge_run(context.config, run, context.stored.runs), context.open_since)
    confirmation, interrupted = _confirm(context, measured, judged)
    searches: dict[str, Search] = {}
    if not interrupted:
        searches, interrupted = _search(context, run, confirmation)
    report = report_on(
        context.config,
        run,
        judged,
        confirmation,
        repository=context.repository if context.options.blame else None,
        searches=searches,
        vanished=_vanished(context, run),
        warnings=[*measured.warnings, *kept],
    )
    report = replace(report, run=replace(report.run, seconds=time.monotonic() - context.began, suite_s=run.seconds))
    if not run.samples:
        report = replace(report, error=explain_nothing(context.command, measured.probed, measured.result))
    # Nothing measured and nothing wrong: the report of the last run is worth more than that of a Ctrl-C.
    if context.options.store and (run.samples or not interrupted):
        report, lost = _keep_report(context, report)
        unkept = unkept or lost
    return RunOutcome(report=report, interrupted=interrupted, unkept=unkept, output=measured.result.output)


def _others_under_way(store: Store, progress: Progress) -> int:
    others = running_states(store.runs_dir)
    if others:
        progress.note(f"another run is under way here (process {others[0].pid}): timings will disturb each other")
    return len(others)


def _measure(context: RunContext) -> _Measured:
    """Run the suite, and put together what it measured with where and on which commit."""
    config, options, store, command = context.config, context.options, context.store, context.command
    machine = describe_machine()
    folder = store.runs_dir / context.run_id
    expected = _expected(context.stored.runs)
    state = StateWriter(folder, run_id=context.run_id, command=command, expected_s=expected)
    alike = [run for run in context.stored.runs if context.is_alike(run)]
    if alike:
        context.progress.expect(alike[-1].seconds)
    known = recall_collection(config.state_dir, command) if options.quick else None
    result = run_suite(
        command,
        root=config.root,
        folder=folder,
        timeout_s=options.timeout_s,
        select=context.select,
        quick_seconds=config.quick_seconds if options.quick and not options.keyword else None,
        only=only_these(known) if known else None,
        environment=context.environment,
        on_line=_listener(context.progress, state, config),
    )
    probed = parse_probe(result.files, result.handed_over)
    if probed.collection:
        keep_collection(config.state_dir, command, probed.collection)
    run = replace(
        _to_run(config, probed, result),
        run_id=context.run_id,
        started_at=context.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        command=command,
        quick=options.quick,
        selected=context.select,
        head=context.head,
        machine=replace(
            machine,
            python=probed.python,
            implementation=probed.implementation,
            build=probed.build,
            harness=probed.harness,
        ),
        packages=probed.packages,
    )
    warnings = [
        *run_warnings(run, probed, result, setup=context.config.setup),
        *noise_warnings(machine),
        *context.stored.warnings,
    ]
    if context.others or any(state.run_id != context.run_id for state in running_states(store.runs_dir)):
        warnings.append("another run was under way in this project: their timings disturbed each other")
    return _Measured(run=run, probed=probed, result=result, warnings=tuple(warnings))


def _keep(context: RunContext, measured: _Measured) -> tuple[list[str], StoreError | None]:
    """Store the run as asked: warnings, and why it could not be kept."""
    run, store = measured.run, context.store
    if not run.samples or not context.options.store:
        return [], None
    try:
        name = f"{context.run_id}_{(context.head.sha or 'nogit')[:8]}"
        path = store.write(name, dump_run(replace(run, warnings=measured.warnings)))
        store.prune(context.config.keep, spared=imported_files(context.stored.runs))
    except StoreError as error:
        return [f"the results were not kept: {error.message}"], error
    return (_commit(context.repository, context.config.root, path, run) if context.options.commit else []), None


def _keep_report(context: RunContext, report: Report) -> tuple[Report, StoreError | None]:
    report = replace(report, report_path=str(context.store.report.relative_to(context.config.root)))
    try:
        save_report(context.store, report)
    except StoreError as error:
        return replace(report, report_path=None), error
    return report, None


def _confirm(context: RunContext, measured: _Measured, judged: JudgedRun) -> tuple[Confirmation, bool]:
    """What measuring again gave, and whether it was interrupted."""
    run, result = measured.run, measured.result
    if result.interrupted:
        return Confirmation(note="the run was interrupted"), True
    if not context.options.confirm:
        return Confirmation(note="measuring again was switched off (--no-confirm)"), False
    if not run.samples or result.timed_out:
        return Confirmation(note="the suite was stopped before its end" if result.timed_out else None), False
    try:
        plan = _plan(context, run, judged)
        counts = _counts(context, run, plan)
        if not (plan.ids or plan.sample or plan.note or counts.ids):
            told = (equal_counts(counts.equal, plan.base_sha or ""),) if counts.equal else ()
            return Confirmation(untouched=plan.untouched, warnings=(*plan.warnings, *told)), False
        if plan.say:
            context.progress.note(f"{plan.say}, up to {context.budget_s:.0f} s")
        confirmation = confirm(
            context.config,
            context.repository,
            run,
            plan,
            count=counts.ids,
            budget_s=context.budget_s,
            environment=context.environment,
            say=context.progress.note,
        )
    except KeyboardInterrupt:
        return Confirmation(note="it was interrupted"), True
    return confirmation, False


def _plan(context: RunContext, run: Run, judged: JudgedRun) -> Plan:
    """What to measure again, asking git only for what the decision needs."""
    plan = plan_from_history(looks_of(judged), run.head)
    repository = context.repository
    if plan.because != "nothing" or repository is None or run.head.sha is None:
        return plan
    if judged.compared_with is None:
        base = natural_base(repository, run.head.sha, dirty=bool(run.head.dirty))
        touched = touched_benchmarks(repository, run, base.sha) if base.sha else []
        return plan_first_run(base, [sample.id for sample in run.samples], touched)
    return plan_counts(counting_base(repository, run, context.stored.runs)) if run.quick else plan


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


def _search(context: RunContext, run: Run, confirmation: Confirmation) -> tuple[dict[str, Search], bool]:
    """The commits behind each confirmed slowdown, and whether the search was interrupted."""
    if not context.options.blame or context.repository is None or not confirmation.rows:
        return {}, False
    try:
        searches = search_slowdowns(
            context.config,
            context.repository,
            run,
            confirmation,
            budget_s=context.budget_s - confirmation.seconds,
            environment=context.environment,
            say=context.progress.note,
        )
    except KeyboardInterrupt:
        return {}, True
    return searches, any(search.interrupted for search in searches.values())


def _vanished(context: RunContext, run: Run) -> tuple[BenchmarkRow, ...]:
    """What the last run measured that was asked for the same and not cut short, and this one did not."""
    alike = [earlier for earlier in context.stored.runs if context.is_alike(earlier) and not earlier.unmeasured]
    return find_vanished(run, alike[-1]) if alike else ()


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
                ratio=judgement.ratio_level or 1.0,
                slower=judgement.slower and not judgement.together,
                together=judgement.together,
                more_work=more_work,
                good=Head(sha=since)
                if (since := judged.open_since.get(sample.id))
                else good.run.head
                if good
                else None,
            )
        )
    return found


def _to_run(config: Config, probed: ProbeResult, result: SuiteResult) -> Run:
    memory = {id: found for id, window in probed.windows.items() if (found := result.memory.within(window))}
    probed = with_memory(probed, memory)
    failures = (*probed.failures, *unfinished(probed, result))
    names = name_benchmarks([*(s.id for s in probed.samples), *(f.id for f in failures)], config.names)
    whole = result.memory.whole
    cut_short = result.interrupted or result.timed_out or probed.finished < probed.sessions
    return Run(
        run_id="",
        started_at="",
        seconds=result.seconds,
        suite=probed.suite,
        samples=tuple(replace(s, name=names[s.id]) for s in probed.samples),
        failures=failures,
        skipped=probed.skipped,
        unmeasured=max(probed.collected - len(probed.samples) - len(failures) - probed.skipped, 0) if cut_short else 0,
        exit_code=result.exit_code if probed.exit_code is None else probed.exit_code,
        reason=probed.reason,
        peak_bytes=whole[0] if whole else None,
        mean_bytes=whole[1] if whole else None,
    )


def _look_at_git(root: Path) -> tuple[Repository | None, Head]:
    try:
        repository = open_repository(root)
    except GitError as error:
        return None, Head(problem=error.message)
    if repository is None:
        return None, Head(problem="no git repository here (or git is not installed): commits are not compared")
    return repository, repository.head()


def _expected(past: Sequence[Run]) -> dict[str, float]:
    """Benchmark id -> seconds it took the last time."""
    return {sample.id: sample.spent_s for run in past for sample in run.samples if sample.spent_s is not None}


def _listener(progress: Progress, state: StateWriter, config: Config) -> Callable[[bytes], None]:
    """What passes the probe's lines on to the progress display and to the state file."""
    names: dict[str, str] = {}

    def on_line(line: bytes) -> None:
        event = parse_line(line)
        if event is None:
            return
        if event["kind"] == "collected":
            ids = [str(id) for id in event.get("benchmarks", ())]
            names.update(name_benchmarks(ids, config.names))
            state.collected(ids)
            progress.total(state.state.of or 0)
        elif event["kind"] == "start":
            state.started(names.get(event["id"], event["id"]))
            progress.started(clean_text(names.get(event["id"], event["id"])))
        elif event["kind"] == "benchmark" and event.get("data"):
            # A test may fail after its rounds: then there is no timing.
            failed = event.get("outcome") not in ("passed", "xpassed")
            seconds = None if failed else about_median(event)
            progress.measured(clean_text(names.get(event["id"], event["id"])), seconds)
        elif event["kind"] == "outcome":
            state.finished(event["id"])

    return on_line


def _commit(repository: Repository | None, root: Path, path: Path, run: Run) -> list[str]:
    """Commit the results file, as asked; what went wrong, in words. The results are kept in any case."""
    stamp = run.run_id[:15]
    if repository is None:
        return ["the results were not committed: no git repository here"]
    try:
        commit_file(
            repository, path.relative_to(repository.root.resolve()), f"chore(benchmark): performance results {stamp}"
        )
    except (BenchAgentError, ValueError) as error:
        return [f"the results were not committed: {clean_text(error)}"]
    return []
