"""The command `verify`: whether a slowdown is gone with what stands in the working tree, and what else that moved."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.commands.console import COULD_NOT
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.compare import verify
from bench_agent.compare.base import resolve
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.history.store import Store
from bench_agent.measure.collect import look_at_suite
from bench_agent.records import Suite
from bench_agent.results.verification import Claim, is_fixed, to_json
from bench_agent.system.git import Repository
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text


def main(options: Options, _: list[str]) -> int:
    """Measure and print; 1 with --fail-on any where it is not gone or something else got slower, 3 where nothing was measured."""
    from bench_agent.render.progress import Progress
    from bench_agent.render.verification import render_verification

    config = read_config(options)
    budget_s = budget_of(options, verify.BUDGET_S)
    repository = require_repository(config, "verify")
    claims = _claims(config, repository, options)
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring in turns") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=None, environment=os.environ)
        claims = _known(claims, suite, config, options)
        result = verify.verify(
            config,
            repository,
            claims=claims,
            before=_before(repository, claims),
            suite=suite,
            budget_s=budget_s,
            environment=os.environ,
            say=progress.note,
        )
    if options.json:
        print(to_json(result))
    else:
        sys.stdout.write(render_verification(result, name_benchmarks(suite.ids, config.names), screen_of(sys.stdout)))
    if all(verified.outcome == "not_measured" for verified in result.benchmarks):
        return COULD_NOT
    return int(options.fail_on == "any" and not is_fixed(result))


def _claims(config: Config, repository: Repository, options: Options) -> list[Claim]:
    """What is to be checked, with full shas: of --good, else of the newest report. Raises UsageError where there is nothing."""
    if options.good is not None:
        if options.benchmark is None:
            raise UsageError("--good needs a benchmark", hint="bench-agent verify BENCHMARK --good REV")
        slow = resolve(repository, options.slow) if options.slow else None
        return [Claim(id="", name=options.benchmark, good=resolve(repository, options.good), slow=slow)]
    if options.slow is not None:
        raise UsageError("--slow needs --good", hint="bench-agent verify BENCHMARK --good REV --slow REV")
    from bench_agent.report.claims import claims_of

    stored = claims_of(load.latest_report(config)) if Store(config.state_dir).report.exists() else ()
    wanted = options.benchmark
    claims = [claim for claim in stored if wanted is None or wanted in (claim.name, claim.id)] or [
        claim for claim in stored if wanted is not None and (wanted in claim.name or wanted in claim.id)
    ]
    if not claims:
        what = f"`{clean_text(wanted)}`" if wanted else "no benchmark"
        told = "is not told slower" if wanted else "is told slower"
        raise UsageError(
            f"{what} {told} by the newest report, measured in turns",
            hint="say where it was fast: bench-agent verify BENCHMARK --good REV; or measure: bench-agent run",
        )
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

    [claim] = claims
    return [replace(claim, id=id, name=clean_text(names[id])) for id in choose(config, suite, claim.name)]


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
