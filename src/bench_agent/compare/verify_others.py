"""What else a change moved: the benchmarks beside those that had got slower, counted and, where they may differ, measured."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench_agent.compare.held import find_held
from bench_agent.compare.impact import changed_paths, code_changes, texts_of
from bench_agent.compare.revisions import impact_of, in_turns
from bench_agent.compare.touched import CodeChange, is_run_at_start, touches_all
from bench_agent.compare.versions import TwoVersions
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import count_sides
from bench_agent.measure.paired.forkserver import ForkServers
from bench_agent.records import Say, Suite
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.verification import Verification
from bench_agent.suspects.reached_code import executes_otherwise
from bench_agent.system.git import Repository
from bench_agent.text import quantity

FOR_COUNTING = 0.6  # of the time, at most, for counting; what differs or was not counted is measured in the rest
LEAST_FOR_COUNTING_S = 6.0  # but all of it where it is no more than that
LEAST_S = 3.0  # with less time no pair of sessions comes to its end


def with_others(
    result: Verification,
    repository: Repository,
    sides: TwoVersions,
    suite: Suite,
    before: str,
    others: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    fork_servers: ForkServers | None = None,
) -> Verification:
    """With the other benchmarks: those that the change may reach counted, and what executes something else measured in turns."""
    began = time.monotonic()
    try:
        held = find_held(repository, sides, base_sha=before)
        untouched = impact_of(repository, sides, suite, base=before, head=None).untouched - held.keys()
        reached = [id for id in others if id not in untouched]
        if reached:
            say(f"counting what {quantity.counted(len(reached), 'other benchmark')} execute")
        left_s = budget_s - (time.monotonic() - began)
        until = time.monotonic() + max(FOR_COUNTING * left_s, min(left_s, LEAST_FOR_COUNTING_S))
        differ, same = _count(repository, sides, reached, before, environment, until, fork_servers)
        rows: tuple[ComparedBenchmark, ...] = ()
        warnings: tuple[str, ...] = ()
        left_s = budget_s - (time.monotonic() - began)
        if differ and left_s >= LEAST_S:
            compared = in_turns(sides, ids=differ, budget_s=left_s, environment=environment, say=say)
            rows, warnings = compared.benchmarks, compared.warnings
    except BenchAgentError as error:
        return not_known(result, others, error)
    measured = {row.benchmark for row in rows}
    return replace(
        result,
        others=rows,
        same_work=len(same),
        untouched=len(others) - len(reached),
        unseen=tuple(id for id in differ if id not in measured),
        warnings=tuple(dict.fromkeys([*result.warnings, *warnings])),
    )


def not_known(result: Verification, others: Sequence[str], error: BenchAgentError) -> Verification:
    warning = f"what else moved is not known: {error.message}"
    return replace(result, unseen=tuple(others), warnings=(*result.warnings, warning))


def _count(
    repository: Repository,
    sides: TwoVersions,
    ids: Sequence[str],
    before: str,
    environment: Mapping[str, str],
    deadline: float,
    fork_servers: ForkServers | None,
) -> tuple[list[str], list[str]]:
    """(those whose time may differ, those that execute the same). What can't be counted in time may differ.

    So may what executes a function that was changed, although as often and the same lines: a built-in may have more to do.
    """
    same: list[str] = []
    changed = changed_paths(repository, before, None)
    for pair in sides.pairs:
        own = [id for id in ids if id in pair.ids]
        work = (
            count_sides(
                pair.base, pair.head, node_ids=own, env=environment, deadline=deadline, fork_servers=fork_servers
            )
            if own
            else {}
        )
        older, newer = (side.tree or side.root for side in (pair.base, pair.head))
        changes = changes_between(changed, older, newer)
        for id, counted in work.items():
            reached = changes is None or any(change.is_executed(counted.head) for change in changes)
            if not reached and executes_otherwise(counted.base, counted.head) is False:
                same.append(id)
    known = set(same)
    return [id for id in ids if id not in known], same


def changes_between(changed: Collection[str], older: Path, newer: Path) -> list[CodeChange] | None:
    """What differs in Python files of two trees; None where something else differs that every benchmark may read."""
    texts = texts_of(newer)
    others = [path for path in changed if not path.endswith(".py") or is_run_at_start(path)]
    if texts is None or touches_all(others, list(texts.values())):
        return None
    return code_changes(changed, older, newer, texts)
