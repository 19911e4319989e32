"""Measures whether a slowdown is gone: the fast commit, the slow one and the working tree in turns.

Takes which benchmarks were slow and where they were fast, returns a Verification. All versions take turns in the same sets of
sessions, so that all three ratios of a benchmark come from the same moments of the machine. What they mean is decided in
`fix_outcome`.
"""

import contextlib
import math
import random
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bench_agent.compare.fix_outcome import Measured, judge, outcome_of, views_of
from bench_agent.compare.held import find_held
from bench_agent.compare.revisions import impact_of
from bench_agent.compare.verify_others import not_known, with_others
from bench_agent.compare.versions import OpenVersions, open_versions
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.forkserver import ForkServers, is_possible
from bench_agent.measure.paired.interleave import Ring
from bench_agent.measure.paired.same_process import start_environment
from bench_agent.measure.paired.side import Side
from bench_agent.records import PairSample, Problem, Say, Suite
from bench_agent.results.verification import OUTCOMES, Claim, Verification
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

BUDGET_S = 60.0  # without --budget
ANSWER_S = 11.0  # without --budget, for what else the change moved too; with collecting the suite it is some 15 s
FOR_OTHERS = 0.4  # of the budget, at most, kept for what else the change moved
READY = 4  # interpreters, of the first sets of sessions; the later ones start beside what is measured
LEAST_FOR_OTHERS_S = 4.0  # the start of two sessions, and some benchmarks


def verify(
    config: Config,
    repository: Repository,
    *,
    claims: Sequence[Claim],
    before: str,
    suite: Suite,
    budget_s: float,
    others_until_s: float,
    time_s: Mapping[str, float],
    environment: Mapping[str, str],
    say: Say,
) -> Verification:
    """Measure the working tree against where each claim's benchmark was fast and slow, then what else moved since `before`.

    before: the full sha of the code without the fix. budget_s: of all; others_until_s: when the other benchmarks' part ends,
    from now, where the claims leave that much. time_s: of one call, by id, where known: the shortest of the others come first.
    Raises MeasureError when a version can't be had or collected.
    """
    with _made_ready(config, suite, [claim.id for claim in claims], environment) as fork_servers:
        began = time.monotonic()
        result = Verification(benchmarks=(), before=before[:8])
        groups: dict[tuple[str, str | None], list[Claim]] = {}
        for claim in claims:
            groups.setdefault((claim.good, claim.slow), []).append(claim)
        claimed = {claim.id for claim in claims}
        others = sorted((id for id in suite.ids if id not in claimed), key=lambda id: time_s.get(id, math.inf))
        shared = sorted(
            groups.items(), key=lambda group: before in group[0]
        )  # the last one's trees are the others' too
        for number, ((good, slow), alike) in enumerate(shared):
            left_s = budget_s * (1 - FOR_OTHERS * bool(others)) - (time.monotonic() - began)
            versions = (None, good) if slow is None else (None, good, slow)
            is_last = number == len(shared) - 1 and before in versions
            ids = [*(claim.id for claim in alike), *(others if is_last else ())]
            with open_versions(
                config, repository, versions=versions, suite=suite, ids=ids, environment=environment, say=say
            ) as opened:
                result = _with_claims(
                    result,
                    repository,
                    opened,
                    suite,
                    good,
                    alike,
                    left_s / (len(shared) - number),
                    environment,
                    say,
                    fork_servers,
                )
                if len(shared) == 1:
                    as_good = _as_good(repository, opened, suite, good, others)
                    result = replace(result, as_good=len(as_good))
                    others = [id for id in others if id not in as_good]
                if is_last and others:
                    left_s = max(others_until_s - (time.monotonic() - began), LEAST_FOR_OTHERS_S)
                    sides = opened.against(versions.index(before))
                    result = with_others(
                        result, repository, sides, suite, before, others, left_s, environment, say, fork_servers
                    )
                    others = []
        if others:
            left_s = max(others_until_s - (time.monotonic() - began), LEAST_FOR_OTHERS_S)
            try:
                with open_versions(
                    config,
                    repository,
                    versions=(None, before),
                    suite=suite,
                    ids=others,
                    environment=environment,
                    say=say,
                ) as opened:
                    result = with_others(
                        result, repository, opened.two, suite, before, others, left_s, environment, say
                    )
            except BenchAgentError as error:
                result = not_known(result, others, error)
        ordered = sorted(result.benchmarks, key=lambda v: (OUTCOMES.index(v.outcome), -(v.share_left or 0.0)))
        return replace(result, benchmarks=tuple(ordered), seconds=time.monotonic() - began)


@contextlib.contextmanager
def _made_ready(
    config: Config, suite: Suite, ids: Sequence[str], environment: Mapping[str, str]
) -> Iterator[ForkServers | None]:
    """Interpreters of the first sessions, which start while trees are made; None where versions have interpreters of their own."""
    processes = [process for process, _ in suite.by_process(ids)]
    if config.setup or len(processes) != 1 or processes[0].under or not is_possible():
        yield None
        return
    (process,) = processes
    python, env = (process.executable, *process.flags), start_environment(process.environment or environment)
    fork_servers = ForkServers(python, env, random.Random())
    try:
        fork_servers.prepare(READY)
        yield fork_servers
    finally:
        fork_servers.close()


def _as_good(
    repository: Repository, opened: OpenVersions, suite: Suite, good: str, others: Sequence[str]
) -> frozenset[str]:
    """Of the other benchmarks, those that use nothing that differs from the fast commit: taken back, the change moved nothing."""
    untouched = impact_of(repository, opened.two, suite, base=good, head=None).untouched
    return frozenset(others) & (untouched - find_held(repository, opened.two, base_sha=good).keys())


def _with_claims(
    result: Verification,
    repository: Repository,
    opened: OpenVersions,
    suite: Suite,
    good: str,
    claims: Sequence[Claim],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    fork_servers: ForkServers | None,
) -> Verification:
    """With the claims that have these two commits, measured beside each other."""
    ids = [claim.id for claim in claims]
    measured: dict[str, Measured] = {}
    problems: list[Problem] = []
    held = find_held(repository, opened.two, base_sha=good)
    # Where nothing that it uses differs from `good`, there is nothing left to be slower by.
    restored = impact_of(repository, opened.two, suite, base=good, head=None).untouched - held.keys()
    for process in opened.processes:
        now, *base = process.sides
        own = [id for id in ids if id in process.ids]
        if not own:
            continue
        share_s = budget_s * len(own) / len(ids)
        found, failed = take_turns(
            (*base, now), own, share_s, environment, say, restored=restored, fork_servers=fork_servers
        )
        measured |= found
        problems += failed
    why = {problem.benchmark: problem for problem in problems if problem.kind != "in_turns"}
    reasons = {id: clean_text(problem.message, limit=300) for id, problem in why.items()}
    outcomes = judge(claims, measured, reasons, restored=restored)
    for verified in outcomes:
        say(f"{clean_text(verified.benchmark)}: {verified.text}")
    return replace(
        result,
        benchmarks=(*result.benchmarks, *outcomes),
        warnings=tuple(dict.fromkeys([*result.warnings, *opened.warnings])),
    )


def take_turns(
    sides: Sequence[Side],
    ids: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    *,
    restored: Collection[str] = (),
    fork_servers: ForkServers | None = None,
) -> tuple[dict[str, Measured], list[Problem]]:
    """Sets of fresh sessions of all sides, `good` first and the working tree last, until every benchmark is told or time is up.

    restored: ids, as of `outcome_of`. fork_servers: as of `Ring`.
    """
    deadline = time.monotonic() + budget_s
    taken: dict[str, dict[str, list[PairSample]]] = {id: {side.label: [] for side in sides[1:]} for id in ids}
    problems: list[Problem] = []
    active, sets = list(ids), 0

    def so_far() -> dict[str, Measured]:
        return {id: _measured(by_side, sides) for id, by_side in taken.items() if by_side[sides[-1].label]}

    with Ring(sides, node_ids=ids, env=environment, budget_s=budget_s, fork_servers=fork_servers) as ring:
        while active:
            step = ring.step(active if sets else None, deadline=deadline)
            sets += 1
            for (id, label), sample in step.samples.items():
                taken[id][label].append(sample)
            problems += [
                p for p in step.problems if (p.benchmark, p.kind) not in {(q.benchmark, q.kind) for q in problems}
            ]
            lost = {problem.benchmark for problem in step.problems if problem.kind != "in_turns"}
            views = views_of(so_far())
            told = {id for id, view in views.items() if outcome_of(view, restored=id in restored) != "undecided"}
            active = [id for id in active if id not in lost | told]
            left_s = deadline - time.monotonic()
            say(
                f"set {sets}: {len(active)} of {quantity.counted(len(ids), 'benchmark')} open, {max(left_s, 0):.0f} s left"
            )
            if left_s < 0.5 * step.seconds:
                break
    return so_far(), problems


def _measured(by_side: Mapping[str, Sequence[PairSample]], sides: Sequence[Side]) -> Measured:
    now = by_side[sides[-1].label]
    slow = by_side[sides[1].label] if len(sides) == 3 else ()
    return Measured(now=tuple(now), slow=tuple(slow))
