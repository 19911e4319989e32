"""The command `fix`: a patch for a proved slowdown, proposed by a model, shown only with its proof."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import check_outputs, is_terminal, say, screen_of, write_file
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.project import STATE_DIR

if TYPE_CHECKING:
    from bench_agent.config import Config
    from bench_agent.fix.conversation import Limits
    from bench_agent.fix.material import Case
    from bench_agent.records import Suite
    from bench_agent.results.fix import Fix
    from bench_agent.system.git import Repository

FOLDER = f"{STATE_DIR}/fixes"


def main(options: Options, _: list[str]) -> int:
    """Print the patch, 1 where none is shown; 2 without a key or without a proved culprit."""
    from bench_agent.explain.api_key import KEY, has_key
    from bench_agent.explain.prices import DEFAULT_MODEL
    from bench_agent.fix import fix
    from bench_agent.fix.conversation import Limits

    check_outputs(options)
    if not 0 < options.share <= 1:
        raise UsageError("--share must be above 0 and at most 1", hint="0.5 is half of the slowdown")
    config = read_config(options)
    if not options.dry_run and not has_key(os.environ):
        raise UsageError(
            f"fix asks a model, and {KEY} is not set",
            hint="set it; --dry-run shows what would be sent; without a model: mend it, then bench-agent verify",
        )
    model = options.model or config.model or DEFAULT_MODEL
    limits = Limits(attempts=options.attempts, seconds=budget_of(options, Limits().seconds))
    repository = require_repository(config, "fix")
    suite, case = _case(options, config, repository)
    if options.dry_run:
        text = fix.dry_run(case, model=model, asked_share=options.share, limits=limits)
        say(options, {"dry_run": True, "model": model, "text": text}, text)
        return 0
    print(f"bench-agent: {fix.spending(model, limits)}", file=sys.stderr)
    found = _find(options, config, repository, suite, case, model, limits)
    _give_out(options, config, found)
    return int(found.patch is None)


def _case(options: Options, config: "Config", repository: "Repository") -> "tuple[Suite, Case]":
    from bench_agent.explain.api_key import without_key
    from bench_agent.fix.material import choose_case, gather
    from bench_agent.measure.collect import look_at_suite
    from bench_agent.measure.paired.trees import suite_files

    report = load.latest_report(config)
    claim, *_ = choose_case(report, options.benchmark)  # before anything is collected
    suite = look_at_suite(config, keyword=None, environment=without_key(os.environ))
    if claim.id not in suite.ids:
        raise UsageError(f"the suite has no `{claim.name}` any more", hint="measure what it has: bench-agent run")
    top = repository.root.resolve()
    files: Sequence[str] = suite_files(config, [top], suite, suite.ids, top)
    return suite, gather(report, options.benchmark, repository, suite_files=files)


def _find(
    options: Options,
    config: "Config",
    repository: "Repository",
    suite: "Suite",
    case: "Case",
    model: str,
    limits: "Limits",
) -> "Fix":
    from bench_agent.compare.base import resolve
    from bench_agent.fix import fix
    from bench_agent.render.progress import Progress
    from bench_agent.text.benchmark_names import name_benchmarks

    case = replace(case, claim=replace(case.claim, good=resolve(repository, case.claim.good), slow=_now(repository)))
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="looking for a fix") as progress:
        progress.expect(limits.seconds)
        return fix.fix(
            config,
            repository,
            case,
            suite=suite,
            names=name_benchmarks(suite.ids, config.names),
            model=model,
            asked_share=options.share,
            limits=limits,
            environment=os.environ,
            say=progress.note,
        )


def _now(repository: "Repository") -> str:
    """What the code is called that the patch is compared with."""
    return "tree now" if repository.uncommitted() else repository.resolve("HEAD") or "tree now"


def _give_out(options: Options, config: "Config", found: "Fix") -> None:
    from bench_agent.history.store import Store
    from bench_agent.render.fix import footer, render_fix
    from bench_agent.results.fix import to_json

    if found.patch is not None:
        name = options.out or _place(config, found)
        Store(config.state_dir).prepare()
        write_file(str(config.root / name) if options.out is None else name, found.patch)
        found = replace(found, path=None if name == "-" else name)
    if options.json:
        print(to_json(found))
    elif options.out != "-" or found.patch is None:
        sys.stdout.write(render_fix(found) + "\n" + footer(found) + "\n")


def _place(config: "Config", found: "Fix") -> str:
    """A file below `.benchmark/`, named by the benchmark."""
    plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in found.benchmark)[:60].strip("-") or "fix"
    return f"{FOLDER}/{plain}-{found.culprit}.patch"
