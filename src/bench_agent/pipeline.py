"""The order of the steps: measure, parse, keep, judge, look for causes, advise. The only module that knows it.

A Config and what was asked for come in, a Report goes out. Nothing is printed; progress is told to whoever listens.
"""

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
    touched_benchmarks,
)
from bench_agent.compare.confirm import confirm
from bench_agent.compare.revisions import BUDGET_S, QUICK_BUDGET_S
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError, GitError, StoreError
from bench_agent.formats.stored import dump_run
from bench_agent.history.baseline import load_targets
from bench_agent.history.load import imported_files, load_history, save_report
from bench_agent.history.store import Store
from bench_agent.measure.collection_cache import keep_collection, only_these, recall_collection
from bench_agent.measure.command import find_command
from bench_agent.measure.live_state import StateWriter, running_states
from bench_agent.measure.outcome import explain_nothing, run_warnings, unfinished
from bench_agent.measure.probe_results import ProbeResult, about_median, parse_line, parse_probe, with_memory
from bench_agent.measure.suite import SuiteResult, run_suite
from bench_agent.records import Head, Run
from bench_agent.report.build import report_on
from bench_agent.report.judge import JudgedRun, judge_run, last_good
from bench_agent.results.comparison import Confirmation
from bench_agent.results.culprits import Search
from bench_agent.results.report import Report
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
    command = find_command(config)
    load_targets(config)  # a broken baseline file is better said before minutes of measuring than after
    store = Store(config.state_dir)
    started = datetime.now(UTC)
    run_id = run_id or store.make_run(started)
    try:
        return _run_in(store, run_id, command, config, options, started, environment, progress)
    finally:
        store.finish_run(run_id, under_way={state.run_id for state in running_states(store.runs_dir)} - {run_id})


def _run_in(
    store: Store,
    run_id: str,
    command: str,
    config: Config,
    options: RunOptions,
    started: datetime,
    environment: Mapping[str, str],
    progress: Progress,
) -> RunOutcome:
    repository, head = _look_at_git(config.root)
    others = running_states(store.runs_dir)
    machine = describe_machine()
    stored = load_history(store)
    state = StateWriter(store.runs_dir / run_id, run_id=run_id, command=command, expected_s=_expected(stored.runs))
    select = options.keyword or (config.quick if options.quick else None)
    if others:
        progress.note(f"another run is under way here (process {others[0].pid}): timings will disturb each other")
    alike = [
        run for run in stored.runs if run.quick == options.quick and run.selected == select and run.command == command
    ]
    if alike:
        progress.expect(alike[-1].seconds)
    known = recall_collection(config.state_dir, command) if options.quick else None
    result = run_suite(
        command,
        root=config.root,
        folder=store.runs_dir / run_id,
        timeout_s=options.timeout_s,
        select=select,
        quick_seconds=config.quick_seconds if options.quick and not options.keyword else None,
        only=only_these(known) if known else None,
        environment=environment,
        on_line=_listener(progress, state, config),
    )
    probed = parse_probe(result.files, result.handed_over)
    if probed.collection:
        keep_collection(config.state_dir, command, probed.collection)
    run = replace(
        _to_run(config, probed, result),
        run_id=run_id,
        started_at=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        command=command,
        quick=options.quick,
        selected=select,
        head=head,
        machine=replace(
            machine,
            python=probed.python,
            implementation=probed.implementation,
            build=probed.build,
            harness=probed.harness,
        ),
        packages=probed.packages,
    )
    warnings = [*run_warnings(run, probed, result), *noise_warnings(machine), *stored.warnings]
    if others or any(state.run_id != run_id for state in running_states(store.runs_dir)):
        warnings.append("another run was under way in this project: their timings disturbed each other")
    unkept = None
    if run.samples and options.store:
        try:
            name = f"{run_id}_{(head.sha or 'nogit')[:8]}"
            path = store.write(name, dump_run(replace(run, warnings=tuple(warnings))))
            store.prune(config.keep, spared=imported_files(stored.runs))
            if options.commit:
                warnings += _commit(repository, config.root, path, run)
        except StoreError as error:
            unkept = error
            warnings.append(f"the results were not kept: {error.message}")
    judged = judge_run(config, run, stored.runs)
    interrupted = result.interrupted
    confirmation = Confirmation(
        note="the run was interrupted" if interrupted else "measuring again was switched off (--no-confirm)"
    )
    if options.confirm and run.samples and not interrupted and not result.timed_out:
        try:
            confirmation = _confirm(config, options, run, judged, stored.runs, repository, environment, progress)
        except KeyboardInterrupt:
            interrupted = True
            confirmation = Confirmation(note="it was interrupted")
    searches: dict[str, Search] = {}
    if options.blame and repository is not None and confirmation.rows and not interrupted:
        left_s = _budget(config, options) - confirmation.seconds
        try:
            searches = search_slowdowns(
                config, repository, run, confirmation, budget_s=left_s, environment=environment, say=progress.note
            )
            interrupted = any(search.interrupted for search in searches.values())
        except KeyboardInterrupt:
            interrupted = True
    report = report_on(
        config,
        run,
        judged,
        confirmation,
        repository=repository if options.blame else None,
        searches=searches,
        warnings=warnings,
    )
    if not run.samples:
        report = replace(report, error=explain_nothing(command, probed, result))
    # Nothing measured and nothing wrong: the report of the last run is worth more than that of a Ctrl-C.
    if options.store and (run.samples or not interrupted):
        report = replace(report, report_path=str(store.report.relative_to(config.root)))
        try:
            save_report(store, report)
        except StoreError as error:
            unkept = unkept or error
            report = replace(report, report_path=None)
    return RunOutcome(report=report, interrupted=interrupted, unkept=unkept, output=result.output)


def _budget(config: Config, options: RunOptions) -> float:
    """Seconds for measuring again, and for the search for the commits that follows."""
    return options.budget_s or (QUICK_BUDGET_S if options.quick else config.budget_s or BUDGET_S)


def _confirm(
    config: Config,
    options: RunOptions,
    run: Run,
    judged: JudgedRun,
    stored: Sequence[Run],
    repository: Repository | None,
    environment: Mapping[str, str],
    progress: Progress,
) -> Confirmation:
    """Measure again what looks slower, against the last run that was not; on a first run everything, against the base.

    A quick run counts first, and what executes something else than at the base is measured before all others.
    """
    slow = sorted((j for j in judged.judgements if j.slower), key=lambda j: -(j.ratio_level or 1.0))
    budget_s = _budget(config, options)
    if slow and repository is None:
        return Confirmation()
    if slow:
        goods = [last_good(j, judged) for j in slow]
        base_sha = next((good.run.head.sha for good in goods if good and good.run.head.sha), None)
        ids = [j.sample.id for j, good in zip(slow, goods, strict=True) if good and good.run.head.sha == base_sha]
        base_dirty = any(good is not None and good.run.head.sha == base_sha and good.run.head.dirty for good in goods)
        few = quantity.counted(len(ids), "benchmark")
        if base_sha != run.head.sha or run.head.dirty:
            against = f"in turns with {(base_sha or '?')[:8]}, up to {budget_s:.0f} s"
            progress.note(f"{few} looked slower: measuring again {against}")
    elif judged.compared_with is None and repository is not None and run.head.sha:
        base_dirty = False
        base_sha = natural_base(repository, run.head.sha, dirty=bool(run.head.dirty))
        if base_sha is None:
            return Confirmation(note="this is the repository's only commit: there is nothing to compare with")
        ids = touched_benchmarks(repository, run, base_sha)
        if not ids:
            return Confirmation(base_sha=base_sha, note=f"nothing the benchmarks execute changed since {base_sha[:8]}")
        which = f"the {quantity.counted(len(ids), 'benchmark')} that can differ"
        progress.note(f"no earlier run: measuring {which} in turns with {base_sha[:8]}, up to {budget_s:.0f} s")
    elif run.quick and repository is not None:
        ids, base_dirty, base_sha = [], False, counting_base(repository, run, stored)
    else:
        return Confirmation()
    counts = Counts()
    if run.quick and repository is not None and base_sha is not None:
        counts = stored_counts(repository, run, base_sha, stored)
        if counts.ids:
            few = quantity.counted(len(counts.ids), "benchmark")
            progress.note(f"counting what {few} execute{'s' * (len(counts.ids) == 1)} now and at {base_sha[:8]}")
    if not slow and not ids and not counts.ids:
        return Confirmation(warnings=(equal_counts(counts.equal, base_sha or ""),) if counts.equal else ())
    return confirm(
        config,
        repository,
        run,
        base_sha=base_sha,
        base_dirty=base_dirty,
        ids=ids,
        count=counts.ids,
        budget_s=budget_s,
        environment=environment,
        say=progress.note,
    )


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
            progress.measured(clean_text(names.get(event["id"], event["id"])), about_median(event))
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
