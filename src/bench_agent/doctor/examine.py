"""Looks at everything that decides whether, and how well, a project's benchmarks can be measured here; judges none of it.

The suite is collected by its own command with the probe inside, never run. What goes wrong in one look is a fact of that
look; the others go on. Changes nothing: what a look needs to write goes into a temporary folder.
"""

import contextlib
import dataclasses
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench_agent import __version__
from bench_agent.config import Config, load_config
from bench_agent.detect.precision import judge_precision
from bench_agent.detect.series import comparable
from bench_agent.doctor.steadiness import measure_steadiness
from bench_agent.doctor.tools import parse_tools
from bench_agent.errors import BenchAgentError, ConfigError, GitError
from bench_agent.history.baseline import load_targets, target_of
from bench_agent.history.load import StoredRuns, load_history
from bench_agent.history.lookup import index_runs
from bench_agent.history.store import Store
from bench_agent.measure.command import find_command
from bench_agent.measure.installed_copy import describe_installed_copy
from bench_agent.measure.outcome import why_nothing
from bench_agent.measure.probe_results import ProbeResult, parse_probe
from bench_agent.measure.suite import run_suite
from bench_agent.records import Run, Say, Target
from bench_agent.results.checkup import (
    FOUND,
    Checkup,
    GitFacts,
    HistoryFacts,
    MachineFacts,
    Precision,
    Setting,
    SlashCommand,
    SuiteFacts,
    Tools,
)
from bench_agent.scaffold import slash_command
from bench_agent.scaffold.building import find_build
from bench_agent.system import machine
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.temporary import temporary_folder
from bench_agent.system.worktree_home import find_leftovers
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_id, clean_text

LOOK_TIMEOUT_S = 120.0  # for pytest to collect the suite; a checkup is not worth more


def examine(root: Path, *, environment: Mapping[str, str], say: Say) -> Checkup:
    """The facts about the project at `root`. say: told what is being looked at. Takes a second beside the suite's collection."""
    began = time.monotonic()
    load = machine.load_average()  # before we add to it
    config, problem = _settings(root, environment)
    say("looking at the suite")
    suite, tools, ids = _look_at_suite(config, environment)
    build = None if config.setup else find_build(root)
    say("looking at this machine")
    surroundings = _machine(load)
    say("looking at the history")
    history, precision = _history(config, load_history(Store(config.state_dir)))
    return Checkup(
        root=str(root),
        version=__version__,
        suite=dataclasses.replace(
            suite,
            quick=_count_quick(config.quick, ids),
            must_be_built=build.because if build else None,
            setup=build.setup if build else None,
        ),
        tools=tools,
        machine=surroundings,
        git=_git(root),
        history=history,
        benchmarks=precision,
        settings=_list_settings(config),
        settings_problem=problem,
        slash_command=_slash_command(root),
        seconds=time.monotonic() - began,
    )


def _settings(root: Path, environment: Mapping[str, str]) -> tuple[Config, str | None]:
    try:
        return load_config(root, environment=environment), None
    except ConfigError as error:
        return Config(root=root), f"{error.message} ({error.hint})" if error.hint else error.message


def _list_settings(config: Config) -> tuple[Setting, ...]:
    names = [f.name for f in dataclasses.fields(config) if f.name not in ("root", "origins")]
    values = {name: clean_text(getattr(config, name)) for name in names if getattr(config, name) not in (None, {}, ())}
    return tuple(
        Setting(key=key, value=value, origin=config.origins.get(key, "default")) for key, value in values.items()
    )


# --- the suite


def _look_at_suite(config: Config, environment: Mapping[str, str]) -> tuple[SuiteFacts, Tools, tuple[str, ...]]:
    try:
        command = find_command(config)
    except ConfigError as error:
        return SuiteFacts(reason=error.message, hint=error.hint), Tools(), ()
    shown = SuiteFacts(command=clean_text(command), origin=config.origins.get("command", FOUND))
    try:
        with temporary_folder() as folder:
            result = run_suite(
                command,
                root=config.root,
                folder=folder / "collect",
                timeout_s=LOOK_TIMEOUT_S,
                collect_only=True,
                environment=_leaving_nothing(environment, str(folder)),
            )
    except BenchAgentError as error:
        return dataclasses.replace(shown, reason=error.message, hint=error.hint), Tools(), ()
    if result.interrupted:
        raise KeyboardInterrupt
    if result.timed_out:
        reason = f"pytest had not collected it after {LOOK_TIMEOUT_S:.0f} s"
        hint = "see what takes so long: run the command yourself, with --collect-only"
        return dataclasses.replace(shown, reason=reason, hint=hint), Tools(), ()
    probed = parse_probe(result.files, result.handed_over, result.start_files)
    ids = probed.suite.ids if probed.suite else ()
    copy = describe_installed_copy(probed.suite, setup=config.setup)
    facts = dataclasses.replace(shown, benchmarks=probed.collected, collect_s=result.seconds, installed_copy=copy)
    if _is_measurable(probed):
        partly = probed.nothing if probed.nothing and probed.nothing.cause != "nothing_ended" else None
        facts = dataclasses.replace(
            facts, measurable=True, reason=partly.reason if partly else None, hint=partly.hint if partly else None
        )
    else:
        why = why_nothing(probed, result)
        facts = dataclasses.replace(facts, reason=why.alone, hint=why.hint)
    return facts, parse_tools(result.files), ids


def _leaving_nothing(environment: Mapping[str, str], folder: str) -> dict[str, str]:
    """So that what collecting leaves by the way (caches, coverage data) goes into `folder`, not into the project."""
    options = f"{environment.get('PYTEST_ADDOPTS', '')} -o cache_dir={shlex.quote(folder)}/cache".strip()
    return {
        **environment,
        "PYTEST_ADDOPTS": options,
        "COVERAGE_FILE": f"{folder}/coverage",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _is_measurable(probed: ProbeResult) -> bool:
    """A file that could not be imported is in the way only where pytest stops for it (its exit code 2)."""
    if probed.suite is None or not probed.finished:
        return False
    if probed.nothing is None or probed.nothing.cause == "nothing_ended":  # collecting alone measures nothing
        return True
    return probed.nothing.cause == "not_collected" and probed.exit_code == 1


def _count_quick(expression: str, ids: Sequence[str]) -> int | None:
    """How many ids a -k expression of the form "a or b" selects; None for others: that is pytest's to evaluate."""
    words = [word.strip().lower() for word in expression.split(" or ")]
    if not ids or not all(re.fullmatch(r"[\w.\-]+", word) for word in words):
        return None
    return sum(any(word in id.lower() for word in words) for id in ids)


# --- everything around it


def _machine(load: float | None) -> MachineFacts:
    described = machine.describe_machine()
    steadiness = measure_steadiness()
    return MachineFacts(
        cpu=clean_text(described.cpu),
        cores=described.cores,
        usable_cores=machine.usable_cores(),
        cpu_limit=machine.cpu_limit(),
        load_1m=load,
        governor=machine.cpu_governor(),
        virtual=described.virtual,
        on_battery=machine.on_battery(),
        spread=steadiness.spread,
        lost=steadiness.lost,
        probe_rounds=steadiness.rounds,
    )


def _git(root: Path) -> GitFacts:
    try:
        repository = open_repository(root)
        return GitFacts() if repository is None else _repository(repository)
    except GitError as error:
        return GitFacts(problem=f"{error.message} ({error.hint})" if error.hint else error.message)


def _repository(repository: Repository) -> GitFacts:
    head = repository.head()
    leftovers, busy = find_leftovers(repository)
    return GitFacts(
        repository=True,
        problem=head.problem,
        sha=head.sha,
        branch=head.branch,
        commits=int(repository.git("rev-list", "--count", "HEAD")) if head.sha else 0,
        default_branch=clean_text(repository.default_branch() or "") or None,
        shallow=head.shallow,
        dirty=len(head.dirty),
        leftovers=tuple(map(str, leftovers)),
        busy=busy,
    )


def _history(config: Config, stored: StoredRuns) -> tuple[HistoryFacts, tuple[Precision, ...]]:
    if not stored.runs:
        return HistoryFacts(unreadable=stored.warnings), ()
    newest = stored.runs[-1]
    targets: dict[str, Target] = {}
    with contextlib.suppress(ConfigError):
        targets = load_targets(config)
    index = index_runs(stored.runs)
    # What the newest run left out (it was a quick one) is told from the run before it.
    latest = {id: history[-1] for id, history in index.items()}
    names = name_benchmarks(list(latest), config.names)
    precision, notes = [], {}
    for id, now in latest.items():
        past = comparable(now, index[id][:-1])
        notes.update(dict.fromkeys(past.notes))
        named = dataclasses.replace(now, sample=dataclasses.replace(now.sample, name=clean_id(names[id])))
        precision.append(judge_precision(named, past, target=target_of(targets, named)))
    precision.sort(key=lambda p: (-p.detectable, p.rounds))
    facts = HistoryFacts(
        runs=len(stored.runs),
        newest=newest.started_at,
        newest_s=newest.seconds,
        unreadable=stored.warnings,
        left_out=tuple(notes),
        unmatched_targets=_unmatched(targets, newest, names),
    )
    return facts, tuple(precision)


def _unmatched(targets: Mapping[str, Target], run: Run, names: Mapping[str, str]) -> tuple[str, ...]:
    known: set[str | None] = set()
    for sample in run.samples:
        name = names[sample.id]
        known |= {sample.id, name, name.partition("[")[0], sample.group}
    return tuple(clean_text(target) for target in targets if target not in known)


def _slash_command(root: Path) -> SlashCommand:
    try:
        plan = slash_command.plan_install(root, runner=slash_command.detect_runner(root))
    except BenchAgentError as error:
        return SlashCommand(notes=(error.message,))
    return SlashCommand(state=plan.files[0].action, notes=plan.notes)
