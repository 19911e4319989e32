"""`backfill`: every lasting change of a range of commits, found against an anchor and proved. From what is asked to the result."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench_agent.backfill import missing, result
from bench_agent.backfill.asked import Asked, dates_of, key_of, line_of, stretches_of
from bench_agent.backfill.journal import Journal
from bench_agent.backfill.known import Known
from bench_agent.backfill.moved_code import Bearings
from bench_agent.backfill.next_tasks import Plan
from bench_agent.backfill.on_this_machine import LocalExecutor
from bench_agent.backfill.priors import Priors
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.search import Search
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.bisection.lineage import Line, read_branches
from bench_agent.config import Config
from bench_agent.history.levels import keep_levels
from bench_agent.history.store import Store
from bench_agent.measure.paired.trees import suite_files, surely_alike
from bench_agent.records import Executor, Say, Suite, TaskResult
from bench_agent.results.backfill import Backfill, MeasuredCommit
from bench_agent.system.git import Repository
from bench_agent.text import quantity


def backfill(
    config: Config,
    repository: Repository,
    suite: Suite,
    asked: Asked,
    *,
    environment: Mapping[str, str],
    say: Say,
    executor: Executor | None = None,
) -> Backfill:
    """Search, prove and describe. executor: who measures; None: this machine. Ctrl-C ends it with what is known so far.

    Raises UsageError where there is no range, MeasureError where nothing can be measured at all.
    """
    began = time.monotonic()
    line = line_of(repository, asked)
    store = Store(config.state_dir)
    store.check()
    stretches = stretches_of(repository, config, suite, line, asked)
    known = Known()
    journal = Journal(store, key_of(line, suite, asked), TaskResult)
    known.add_all(journal.read())
    if known.tasks:
        say(f"going on with {known.sessions} sessions that were measured before")
    wish = _wish(asked)

    def search_with(executor: Executor) -> Search:
        search = Search(
            stretches=stretches,
            known=known,
            wish=wish,
            executor=executor,
            journal=journal,
            deadline=began + asked.budget_s,
            say=say,
            priors=Priors(repository, known).of,
            branches_of=lambda stretch, proof: branches_of(repository, stretch, proof),
        )
        search.run()
        return search

    if executor is not None:
        search = search_with(executor)
    else:
        with LocalExecutor(config, repository, suite, environment=environment, say=say) as local:
            search = search_with(local)
    top = repository.root.resolve()
    held = () if asked.own_benchmarks else surely_alike(suite_files(config, [top], suite, suite.ids, top))
    bearings = Bearings(repository=repository, known=known, held=held)
    found = _result(repository, search, asked, line, bearings, seconds=time.monotonic() - began)
    if found.commits:
        keep_levels(store, found)
    return found


def _wish(asked: Asked) -> Wish:
    return Wish(resolution=math.log1p(asked.resolution))


def branches_of(repository: Repository, stretch: Stretch, proof: Proved) -> list[Stretch]:
    """What a proved merge brought, as stretches with the benchmark that it changed; none for any other commit."""
    commit = stretch.line.commit(proof.position)
    return [
        replace(
            stretch,
            line=branch,
            anchor=branch.versions[-1].sha,
            benchmarks=(proof.benchmark,),
            survey=(0, branch.last),
            merge=commit.sha,
        )
        for branch in read_branches(repository, commit)
    ]


def _result(
    repository: Repository, search: Search, asked: Asked, line: Line, bearings: Bearings, *, seconds: float
) -> Backfill:
    plans: dict[int, Plan] = {n: search.plans.get(n, Plan(tasks=())) for n in range(len(search.stretches))}
    steps = result.find_steps(search.stretches, plans)
    found = [each for each in steps if not bearings.is_moved(each)]
    main = [stretch for stretch in search.stretches if not stretch.merge]
    levels = _levels(main, search.known, asked.tags, dates_of(repository, line))
    unexplained = missing.unexplained_of(search.stretches, plans, search.known, search.wish)
    changes = result.rows_of(repository, search.known, search.stretches, found)
    places = {version.sha: position for position, version in enumerate(line.versions)}
    return Backfill(
        first=line.versions[0].sha,
        anchor=main[0].anchor,
        commits_in_range=line.last,
        resolution=asked.resolution,
        benchmarks=tuple(dict.fromkeys(benchmark for stretch in main for benchmark in stretch.benchmarks)),
        changes=result.with_doubts(changes, unexplained, places),
        commits=levels,
        unexplained=unexplained,
        skipped=missing.skipped_of(main, search.known),
        unmeasured=missing.unmeasured_of(main, search.known),
        measurements=search.known.sessions,
        seconds=seconds,
        interrupted=search.interrupted,
        out_of_time=search.out_of_time,
        warnings=(*line.notes, *search.known.warnings, *_older(main, levels), *_moved(len(steps) - len(found))),
    )


def _older(main: Sequence[Stretch], levels: Sequence[MeasuredCommit]) -> list[str]:
    """What was measured against another commit than the newest: nothing where that one has no such benchmarks either."""
    anchors = {level.anchor for level in levels}
    return [
        f"up to {each.anchor[:8]} the newest benchmark files can't be imported: it has those of that commit, and ratios to it"
        for each in main
        if each.anchor != main[0].anchor and each.anchor in anchors
    ]


def _moved(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    what = quantity.counted(count, "small difference was", "small differences were")
    return (
        f"{what} measured beside commits that change nothing that is executed: code moved in memory, nobody is named",
    )


def _levels(
    main: Sequence[Stretch], known: Known, tags: Mapping[str, str], dates: Mapping[str, str]
) -> tuple[MeasuredCommit, ...]:
    found: dict[tuple[str, str], MeasuredCommit] = {}
    for stretch in main:
        for each in result.levels_of(stretch, known, tags, dates):
            old = found.get((each.sha, each.anchor))
            found[each.sha, each.anchor] = replace(old, levels=(*old.levels, *each.levels)) if old else each
    return tuple(sorted(found.values(), key=lambda each: each.position))
