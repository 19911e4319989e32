"""A change measured: what it can reach, both versions of that in turns, and the commits behind what got slower.

Takes settings, versions and seconds; returns a finished `Change`. What is shown of it, and where, is not known here.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench_agent.bisection.lineage import read_line
from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import LEAST_S, find_culprits, hints_of
from bench_agent.ci.accepted import accepted_here, what_holds
from bench_agent.ci.advice import accept_commands
from bench_agent.ci.changed_lines import find_places
from bench_agent.ci.single_commit import prove_single_commit
from bench_agent.compare.gone import with_gone
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.named_versions import ChosenVersions
from bench_agent.compare.revisions import compare_revisions
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.history.baseline import find_target, load_targets
from bench_agent.measure.collect import look_at_suite
from bench_agent.records import PairSample, Say, Suite, Target
from bench_agent.report.change import compose_change
from bench_agent.results.change import Change, marks_of
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.results.culprits import Search
from bench_agent.system.git import Repository
from bench_agent.system.machine import describe_machine, noise_warnings
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text

BUDGET_S = 40.0  # with the start of the suite and the search, a minute for a change that reaches a few benchmarks
SEARCH_SHARE = (
    0.4  # of the budget: what the search has at least, where measuring took all; where it took less, the rest
)
MOST_SEARCHES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a job was asked for. head: HEAD, or None for the working tree as it is, which in a job is HEAD with what was built."""

    versions: ChosenVersions
    head: str | None
    keyword: str | None = None
    budget_s: float = BUDGET_S
    repeat: str  # the command that does the same somewhere else


def measure_change(
    config: Config, repository: Repository, asked: Asked, *, environment: Mapping[str, str], say: Say
) -> Change:
    """Measure the change. Raises MeasureError where the suite or a version can't be had at all.

    What fails at head alone is a row of its own; what the base does not have is new.
    """
    began, versions = time.monotonic(), asked.versions
    targets = load_targets(config)  # a broken baseline file is better said before a minute of measuring
    suite = look_at_suite(config, keyword=asked.keyword, environment=environment)
    taken: dict[str, tuple[PairSample, ...]] = {}
    comparison = compare_revisions(
        config,
        repository,
        base=versions.base,
        head=asked.head,
        suite=suite,
        ids=suite.ids,
        budget_s=asked.budget_s,
        environment=environment,
        say=say,
        taken=taken,
        memory_limits=limits_of(config, suite.ids),
    )
    if comparison.interrupted:
        raise KeyboardInterrupt
    comparison = with_gone(
        comparison, repository, config, suite, base=versions.base, head=asked.head, keyword=asked.keyword
    )
    names = name_benchmarks([*suite.ids, *(one.benchmark for one in comparison.uncompared)], config.names)
    limits = {id: config.threshold for id in names} | _limits(targets, suite.ids, names)
    tip = _searched_range(repository, versions)[1]
    holding = what_holds(
        config,
        repository,
        comparison,
        accepted_here(config, repository, versions.base, tip, targets, {id: names[id] for id in suite.ids}),
        head=asked.head,
        tip=tip,
        suite=suite,
        limits=limits,
        budget_s=asked.budget_s - (time.monotonic() - began),
        environment=environment,
        say=say,
    )
    searches, problems = _search(config, repository, asked, suite, comparison, taken, environment, say)
    if asked.head is None and repository.uncommitted():
        problems = [
            f"the working tree was measured, with changes that {(versions.head or '?')[:8]} does not have",
            *problems,
        ]
    machine = describe_machine()
    change = compose_change(
        comparison,
        base=versions.base,
        head=versions.head or "",
        base_kind=versions.kind,
        base_name=versions.name,
        base_moved=versions.moved,
        names=names,
        limits=limits,
        default_limit=config.threshold,
        accepted=holding.accepted,
        exceeded=holding.exceeded,
        doubtful=holding.open,
        searches=searches,
        places=find_places(repository, searches, names),
        warnings=[*noise_warnings(machine), *problems],
        machine=", ".join(part for part in (machine.cpu, f"{machine.cores} cores", machine.system) if part),
        python=Path(
            os.path.realpath(suite.processes[0].executable)
        ).name,  # python3.12: its folder is nobody's business
    )
    commands = {"repeat": asked.repeat, **_accepting(change, config.baseline)}
    return replace(change, seconds=time.monotonic() - began, commands=commands)


def _accepting(change: Change, baseline: str) -> dict[str, str]:
    """How a slowdown that is meant to be is accepted in the change itself; nothing where there is none to accept."""
    accept = accept_commands((row.benchmark for row in marks_of(change, "regressed")), baseline=baseline)
    return {"accept": accept} if accept else {}


def _search(
    config: Config,
    repository: Repository,
    asked: Asked,
    suite: Suite,
    comparison: Comparison,
    taken: Mapping[str, Sequence[PairSample]],
    environment: Mapping[str, str],
    say: Say,
) -> tuple[list[Search], list[str]]:
    """A search for each of the worst slowdowns while the budget lasts, worst first; and why one could not be made.

    taken: what the comparison observed, for which the ends need not be measured again where they are those of the search.
    """
    base, head = _searched_range(repository, asked.versions)
    if base == head:
        return [], []  # no commit lies between: what differs is not committed
    known = taken if (base, head) == (asked.versions.base, asked.versions.head) else {}
    slower = sorted((row for row in comparison.benchmarks if row.verdict == "slower"), key=lambda row: -row.ratio)
    deadline = time.monotonic() + max(asked.budget_s - comparison.seconds, SEARCH_SHARE * asked.budget_s)
    found: list[Search] = []
    try:
        commits = read_line(repository, base, head).commits if slower else ()
        if len(commits) == 1 and len(commits[0].parents) < 2:
            return [prove_single_commit(repository, commits[0], row, base=base, head=head) for row in slower], []
        for row in slower[:MOST_SEARCHES]:
            left_s = deadline - time.monotonic()
            if left_s < LEAST_S:
                break
            say(f"looking for what made {clean_text(row.benchmark.rsplit('::', 1)[-1])} slower, up to {left_s:.0f} s")
            request = SearchRequest(
                good=base, bad=head, benchmark=row.benchmark, budget_s=left_s, hints=hints_of(found)
            )
            search = find_culprits(
                config,
                repository,
                request,
                suite=suite,
                environment=environment,
                say=say,
                known=known.get(row.benchmark, ()),
            )
            found.append(as_measured(search, row))
    except BenchAgentError as error:  # what was measured stands
        return found, [f"the commit was not searched for: {error.message}"]
    return found, []


def as_measured(search: Search, row: ComparedBenchmark) -> Search:
    """The search, where its own few measurements do not yet tell what measuring the change told: it is slower.

    What it lacked is time; nobody is named, and nobody cleared.
    """
    if search.verdict != "undecided":
        return search
    return replace(search, verdict="slower", ratio=row.ratio, interval=row.interval, out_of_time=True)


def _searched_range(repository: Repository, versions: ChosenVersions) -> tuple[str, str]:
    """The ends of the line that holds the change's own commits: of a merge checkout, the branch that was merged."""
    head = versions.head or ""
    if versions.kind != "merge_parent":
        return versions.base, head
    branch = repository.resolve(f"{head}^2")
    fork = repository.merge_base(versions.base, branch) if branch else None
    return (fork, branch) if fork and branch else (versions.base, head)


def _limits(targets: Mapping[str, Target], ids: Sequence[str], names: Mapping[str, str]) -> dict[str, float]:
    found = {id: find_target(targets, id=id, name=names[id], group=None) for id in ids}
    return {id: t.max_regression for id, t in found.items() if t is not None and t.max_regression is not None}
