"""The command `verify`: whether a slowdown is gone with what stands in the working tree, and what else that moved."""

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.commands.console import COULD_NOT
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.compare import verify
from bench_agent.compare.base import resolve
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError, UsageError
from bench_agent.history import load
from bench_agent.history.store import Store
from bench_agent.measure.collect import look_at_suite
from bench_agent.records import Say, Suite
from bench_agent.results.verification import Claim, Verification, is_fixed, outcomes_of, to_json
from bench_agent.system.git import Repository
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_id, clean_text

MEMORY_SHARE = 0.3  # of the budget, at least, where there is memory to verify


def main(options: Options, _: list[str]) -> int:
    """Measure and print; 1 with --fail-on any where it is not gone or something else got slower, 3 where nothing was measured."""
    from bench_agent.render.progress import Progress
    from bench_agent.render.verification import render_verification

    config = read_config(options)
    budget_s = budget_of(options, verify.BUDGET_S)
    repository = require_repository(config, "verify")
    claims, held = _claims(config, repository, options)
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring in turns") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        claims, held = (_known(some, suite, config, options) for some in (claims, held))
        before = _before(repository, [*claims, *held])
        result = Verification(benchmarks=(), before=before[:8])
        if claims:
            share = 1 - MEMORY_SHARE if held else 1.0
            result = verify.verify(
                config,
                repository,
                claims=claims,
                before=before,
                suite=suite,
                budget_s=share * budget_s,
                others_until_s=share * budget_s if options.budget is not None else verify.ANSWER_S,
                time_s=_times(config),
                environment=os.environ,
                say=progress.note,
            )
        if held:
            left_s = max(MEMORY_SHARE * budget_s, budget_s - result.seconds)
            result = _with_memory(result, config, repository, held, suite, left_s, progress.note)
    if options.json:
        print(to_json(result))
    else:
        sys.stdout.write(render_verification(result, name_benchmarks(suite.ids, config.names), screen_of(sys.stdout)))
    if all(outcome == "not_measured" for outcome in outcomes_of(result)):
        return COULD_NOT
    return int(options.fail_on == "any" and not is_fixed(result))


def _times(config: Config) -> dict[str, float]:
    """Seconds of one call of each benchmark, by the newest report."""
    times: dict[str, float] = {}
    if Store(config.state_dir).report.exists():
        with contextlib.suppress(BenchAgentError):  # an order is all that is asked of it
            rows = load.latest_report(config).benchmarks
            times = {row.id: row.median_s for row in rows if row.median_s is not None}
    return times


def _with_memory(
    result: Verification,
    config: Config,
    repository: Repository,
    held: Sequence[Claim],
    suite: Suite,
    budget_s: float,
    say: Say,
) -> Verification:
    from bench_agent.compare.memory_limits import limits_of
    from bench_agent.compare.verify_memory import verify_memory

    began = time.monotonic()
    memory, warnings = verify_memory(
        config,
        repository,
        claims=held,
        limits=limits_of(config, suite.ids),
        suite=suite,
        budget_s=budget_s,
        environment=os.environ,
        say=say,
    )
    seconds = result.seconds + time.monotonic() - began
    return replace(result, memory=memory, warnings=(*result.warnings, *warnings), seconds=seconds)


def _claims(config: Config, repository: Repository, options: Options) -> tuple[list[Claim], list[Claim]]:
    """What is to be checked of time and of memory, with full shas: of --good, else of the newest report.

    Raises UsageError where there is nothing.
    """
    if options.good is not None:
        if options.benchmark is None:
            raise UsageError("--good needs a benchmark", hint="bench-agent verify BENCHMARK --good REV")
        slow = resolve(repository, options.slow) if options.slow else None
        named = [Claim(id="", name=options.benchmark, good=resolve(repository, options.good), slow=slow)]
        return ([], named) if options.metric == "memory" else (named, [])
    if options.slow is not None:
        raise UsageError("--slow needs --good", hint="bench-agent verify BENCHMARK --good REV --slow REV")
    from bench_agent.report.claims import claims_of, memory_claims_of

    report = load.latest_report(config) if Store(config.state_dir).report.exists() else None
    wanted = options.benchmark
    claims = _wanted(claims_of(report) if report and options.metric != "memory" else (), wanted)
    held = _wanted(memory_claims_of(report) if report and options.metric != "time" else (), wanted)
    if not claims and not held:
        what = f"`{clean_text(wanted)}`" if wanted else "no benchmark"
        worse = {"time": "slower", "memory": "to hold or leak more memory"}.get(
            options.metric, "slower, or to hold more memory,"
        )
        told = f"is {'not ' * bool(wanted)}told {worse}"
        raise UsageError(
            f"{what} {told} by the newest report, proved by measuring both versions",
            hint="say where it was fast: bench-agent verify BENCHMARK --good REV; or measure: bench-agent run",
        )
    return _resolved(repository, claims), _resolved(repository, held)


def _wanted(stored: Sequence[Claim], wanted: str | None) -> list[Claim]:
    """Those that are called so, else those with it in their names; all where nothing is wanted."""
    if wanted is None:
        return list(stored)
    exact = [claim for claim in stored if wanted in (claim.name, claim.id)]
    return exact or [claim for claim in stored if wanted in claim.name or wanted in claim.id]


def _resolved(repository: Repository, claims: Sequence[Claim]) -> list[Claim]:
    return [
        replace(c, good=resolve(repository, c.good), slow=resolve(repository, c.slow) if c.slow else None)
        for c in claims
    ]


def _known(claims: Sequence[Claim], suite: Suite, config: Config, options: Options) -> list[Claim]:
    """The claims with the ids and names that the suite has today; one that is named by hand may be several. Raises UsageError."""
    names = name_benchmarks(suite.ids, config.names)
    if options.good is None:
        lost = [claim.name for claim in claims if claim.id not in names]
        if lost:
            raise UsageError(
                f"the suite has no `{clean_text(lost[0])}` any more", hint="measure what it has: bench-agent run"
            )
        return list(claims)
    from bench_agent.commands.bisect import choose

    if not claims:
        return []
    [claim] = claims
    return [replace(claim, id=id, name=clean_id(names[id])) for id in choose(config, suite, claim.name)]


def _before(repository: Repository, claims: Sequence[Claim]) -> str:
    """The code without the fix: the last commit where the fix is uncommitted, else where it was slow.

    Raises UsageError where the working tree is that code, so that there is nothing to verify.
    """
    head = resolve(repository, "HEAD")
    if repository.uncommitted():
        return head
    slow = next((claim.slow for claim in claims if claim.slow), None)
    if slow == head:
        raise UsageError(
            f"the working tree is as at {head[:8]}, where it was found slow: there is no fix to verify",
            hint="change the code first; to measure once more: bench-agent run",
        )
    return slow or claims[0].good
