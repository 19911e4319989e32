"""The steps of `run` in their order: measure, keep, judge, measure again, search for the commits, report.

Takes a Config and what was asked for, returns a Report. Prints nothing: progress is told to whoever listens.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from bench_agent.bisection.search import search_slowdowns
from bench_agent.compare.confirm import go_on
from bench_agent.compare.in_order import LEAST_S, left_waiting, merged
from bench_agent.compare.touched import touched_benchmarks
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError, GitError, StoreError
from bench_agent.formats.stored import dump_run
from bench_agent.history.baseline import load_targets
from bench_agent.history.load import load_history, open_memory, open_questions, save_report
from bench_agent.history.series import prune_history
from bench_agent.history.store import Store
from bench_agent.measure.command import find_command
from bench_agent.measure.live_state import running_states
from bench_agent.measure.outcome import explain_nothing
from bench_agent.pipeline.confirm_memory import (
    SEARCH_PART,
    Grown,
    confirm_memory,
    kept_for_memory,
    suspect_by_counts,
    suspect_memory,
)
from bench_agent.pipeline.context import Progress, RunContext, RunOptions
from bench_agent.pipeline.measure_again import measure_again, not_asked
from bench_agent.pipeline.measure_memory import RunMemory, trace_run
from bench_agent.pipeline.measure_suite import MeasuredSuite, measure_suite
from bench_agent.records import Head, Run
from bench_agent.report.build import report_on
from bench_agent.report.judge_by_history import JudgedRun, judge_run, with_open, with_unproved
from bench_agent.report.memory import with_memory
from bench_agent.report.shared_code import doubted
from bench_agent.report.vanished import find_vanished
from bench_agent.results.comparison import Confirmation
from bench_agent.results.culprits import Search
from bench_agent.results.report import BenchmarkRow, Report
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.git_commit import commit_file
from bench_agent.text.clean import clean_text


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
    began = time.monotonic()
    command = find_command(config)
    load_targets(config)  # a broken baseline file is better said before minutes of measuring than after
    store = Store(config.state_dir)
    started = datetime.now(UTC)
    run_id = run_id or _make_run(store, started, options)
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
            questions=open_questions(config),
            memory_open=open_memory(config),
            started=started,
            began=began,
            others=_others_under_way(store, progress),
        )
        return _run_in(context)
    finally:
        store.finish_run(run_id, under_way={state.run_id for state in running_states(store.runs_dir)} - {run_id})


def _make_run(store: Store, started: datetime, options: RunOptions) -> str:
    """The id of a new run with a folder of its own; without the folder where nothing is to be kept and nothing can be."""
    try:
        return store.make_run(started)
    except StoreError:
        if options.store:
            raise
        return started.strftime("%Y%m%d_%H%M%S")


def _run_in(context: RunContext) -> RunOutcome:
    """The steps in their order: measure, keep, judge, measure again, search, report."""
    measured = measure_suite(context)
    memory = _trace(context, measured)
    measured = replace(measured, run=memory.run)
    kept = _keep(context, measured)
    try:
        return _confirm_and_tell(context, measured, memory, kept)
    except KeyboardInterrupt:  # in a moment between two steps, which end by themselves: what was measured is still told
        judged = _judge(context, measured.run)
        nothing = not_asked(context, measured.run, judged, "it was interrupted")
        return _tell(context, measured, memory, kept, judged, nothing, {}, interrupted=True)


_Kept = tuple[list[str], StoreError | None]


def _confirm_and_tell(context: RunContext, measured: MeasuredSuite, memory: RunMemory, kept: _Kept) -> RunOutcome:
    run = measured.run
    judged = _judge(context, run)
    grown, deadline = suspect_memory(context, memory, judged), time.monotonic() + context.budget_s
    again_s = context.budget_s * (1 - kept_for_memory(context, run, grown))
    confirmation, interrupted = measure_again(context, measured, judged, budget_s=again_s)
    searches: dict[str, Search] = {}
    if not interrupted:
        memory, interrupted = _confirm_memory(context, memory, grown, confirmation, deadline)
    if not interrupted:
        searches, interrupted = _search(context, run, confirmation, deadline)
    if not interrupted:
        confirmation = _with_doubted(context, judged, confirmation)
    if confirmation.waiting:
        if not interrupted:
            confirmation, interrupted = _go_on(context, run, confirmation, deadline)
        if not interrupted:
            more, interrupted = _search(context, run, confirmation, deadline, known=searches)
            searches |= more
        confirmation = left_waiting(confirmation)
    left = None if interrupted or run.quick else _with_another_base(judged, confirmation)
    if left is not None and deadline - time.monotonic() >= LEAST_S:
        later, interrupted = measure_again(context, measured, left, budget_s=deadline - time.monotonic())
        confirmation = merged(confirmation, left_waiting(later))
        if not interrupted:
            more, interrupted = _search(context, run, confirmation, deadline, known=searches)
            searches |= more
    return _tell(context, measured, memory, kept, judged, confirmation, searches, interrupted=interrupted)


def _judge(context: RunContext, run: Run) -> JudgedRun:
    judged = with_open(judge_run(context.config, run, context.stored.judging), context.questions)
    return with_unproved(judged, _touched_since(context, run, judged))


def _touched_since(context: RunContext, run: Run, judged: JudgedRun) -> frozenset[str]:
    """The benchmarks that may differ from the newest run that this one is compared with, where they can be measured again."""
    newest = next((then for then in reversed(context.stored.judging) if then.run_id == judged.compared_with), None)
    base_sha = newest.head.sha if newest is not None else None
    if run.quick or not context.options.confirm or context.repository is None or base_sha is None:
        return frozenset()
    if base_sha == run.head.sha and not run.head.dirty:
        return frozenset()
    try:
        return frozenset(touched_benchmarks(context.repository, run, base_sha))
    except GitError:  # the commit is gone
        return frozenset()


def _tell(
    context: RunContext,
    measured: MeasuredSuite,
    memory: RunMemory,
    kept: _Kept,
    judged: JudgedRun,
    confirmation: Confirmation,
    searches: Mapping[str, Search],
    *,
    interrupted: bool,
) -> RunOutcome:
    run, (warnings, unkept) = measured.run, kept
    report = report_on(
        context.config,
        run,
        judged,
        confirmation,
        repository=context.repository if context.options.blame else None,
        searches=searches,
        vanished=_vanished(context, run),
        warnings=[*measured.warnings, *warnings, *memory.warnings],
    )
    report = with_memory(report, memory.rows, memory.profiles, memory.run)
    report = replace(report, memory_open=dict(context.memory_open if memory.open is None else memory.open))
    report = replace(report, run=replace(report.run, seconds=time.monotonic() - context.began, suite_s=run.seconds))
    if not run.samples:
        report = replace(report, error=explain_nothing(context.command, measured.probed, measured.result))
    # Nothing measured and nothing wrong: the report of the last run is worth more than that of a Ctrl-C.
    if context.options.store and (run.samples or not interrupted):
        report, lost = _keep_report(context, report)
        unkept = unkept or lost
    return RunOutcome(report=report, interrupted=interrupted, unkept=unkept, output=measured.result.output)


def _trace(context: RunContext, measured: MeasuredSuite) -> RunMemory:
    """The memory of one call; nothing where the suite did not come to its end."""
    if measured.result.interrupted or measured.result.timed_out:
        return RunMemory(run=measured.run)
    try:
        return trace_run(context, measured.run)
    except BenchAgentError as error:
        return RunMemory(run=measured.run, warnings=(f"memory was not traced: {error.message}",))
    except KeyboardInterrupt:  # the run is measured: it is kept, and told
        return RunMemory(run=measured.run, warnings=("memory was not traced: it was interrupted",))


def _confirm_memory(
    context: RunContext, memory: RunMemory, grown: Sequence[Grown], confirmation: Confirmation, deadline: float
) -> tuple[RunMemory, bool]:
    """deadline: of measuring again and of the search, which gets half of what is left where there is something to search."""
    to_search = context.options.blame and any(row.verdict == "slower" for row in confirmation.rows.values())
    left_s = max(deadline - time.monotonic(), 0.0)
    until = time.monotonic() + left_s * (SEARCH_PART if to_search else 1.0)
    by_counts = suspect_by_counts(context, memory.run, confirmation)
    try:
        return confirm_memory(context, memory, grown, by_counts, deadline=until), False
    except KeyboardInterrupt:
        return memory, True


def _others_under_way(store: Store, progress: Progress) -> int:
    others = running_states(store.runs_dir)
    if others:
        progress.note(f"another run is under way here (process {others[0].pid}): timings will disturb each other")
    return len(others)


def _keep(context: RunContext, measured: MeasuredSuite) -> _Kept:
    """Store the run as asked: warnings, and why it could not be kept."""
    run, store = measured.run, context.store
    if not run.samples or not context.options.store:
        return [], None
    try:
        name = f"{context.run_id}_{(context.head.sha or 'nogit')[:8]}"
        path = store.write(name, dump_run(replace(run, warnings=measured.warnings)))
        prune_history(store, context.config.keep)
    except StoreError as error:
        return [f"the results were not kept: {error.message}"], error
    return (_commit(context.repository, context.config.root, path, run) if context.options.commit else []), None


def _keep_report(context: RunContext, report: Report) -> tuple[Report, StoreError | None]:
    report = replace(report, report_path=str(context.store.report.relative_to(context.config.root)))
    try:
        save_report(context.store, report, kind=context.kind if report.summary.benchmarks else None)
    except StoreError as error:
        return replace(report, report_path=None), error
    return report, None


def _with_another_base(judged: JudgedRun, confirmation: Confirmation) -> JudgedRun | None:
    """What is in question and was not as fast at the base that the others were measured against; None of nothing."""
    known = {*confirmation.rows, *confirmation.uncompared, *confirmation.untouched}
    left = tuple(j for j in judged.judgements if j.slower and not j.together and j.sample.id not in known)
    if not left or confirmation.base_sha is None or confirmation.note is not None:
        return None
    return replace(judged, judgements=left)


def _with_doubted(context: RunContext, judged: JudgedRun, confirmation: Confirmation) -> Confirmation:
    """With what shares the code that made others slower waiting too: stored runs alone don't clear it."""
    if not context.options.confirm or confirmation.other_sha is None:
        return confirmation
    known = {*confirmation.rows, *confirmation.uncompared, *confirmation.waiting}
    more = tuple(id for id in doubted(judged, confirmation) if id not in known)
    return replace(confirmation, waiting=(*confirmation.waiting, *more))


def _go_on(context: RunContext, run: Run, confirmation: Confirmation, deadline: float) -> tuple[Confirmation, bool]:
    """What waited for the searches measured on with what is left, and whether that was interrupted."""
    if context.repository is None:
        return confirmation, False
    try:
        more = go_on(
            context.config,
            context.repository,
            run,
            confirmation,
            budget_s=deadline - time.monotonic(),
            environment=context.environment,
            say=context.progress.note,
        )
    except KeyboardInterrupt:
        return confirmation, True
    return more, False


def _search(
    context: RunContext,
    run: Run,
    confirmation: Confirmation,
    deadline: float,
    *,
    known: Mapping[str, Search] = MappingProxyType({}),
) -> tuple[dict[str, Search], bool]:
    """The commits behind each confirmed slowdown that is not searched yet, and whether the search was interrupted."""
    if not context.options.blame or context.repository is None or not confirmation.rows:
        return {}, False
    try:
        searches = search_slowdowns(
            context.config,
            context.repository,
            run,
            confirmation,
            budget_s=deadline - time.monotonic(),
            environment=context.environment,
            say=context.progress.note,
            searched=known,
        )
    except KeyboardInterrupt:
        return {}, True
    return searches, any(search.interrupted for search in searches.values())


def _vanished(context: RunContext, run: Run) -> tuple[BenchmarkRow, ...]:
    """What the last run measured that was asked for the same and not cut short, and this one did not."""
    alike = [earlier for earlier in context.stored.runs if context.is_alike(earlier) and not earlier.unmeasured]
    return find_vanished(run, alike[-1]) if alike else ()


def _look_at_git(root: Path) -> tuple[Repository | None, Head]:
    try:
        repository = open_repository(root)
    except GitError as error:
        return None, Head(problem=error.message)
    if repository is None:
        return None, Head(problem="no git repository here (or git is not installed): commits are not compared")
    return repository, repository.head()


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
