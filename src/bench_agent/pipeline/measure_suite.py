"""The first step of a run: the suite once, and what it measured put together with where and on which commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench_agent.config import Config
from bench_agent.measure.collection_cache import keep_collection, only_these, recall_collection
from bench_agent.measure.live_state import StateWriter, running_states
from bench_agent.measure.outcome import run_warnings, unfinished
from bench_agent.measure.probe_results import ProbeResult, about_median, parse_line, parse_probe, with_memory
from bench_agent.measure.suite import SuiteResult, run_suite
from bench_agent.pipeline.context import Progress, RunContext
from bench_agent.records import Run
from bench_agent.system.machine import describe_machine, noise_warnings
from bench_agent.system.temporary import temporary_folder
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSuite:
    """What the suite gave."""

    run: Run
    probed: ProbeResult
    result: SuiteResult
    warnings: tuple[str, ...]


def measure_suite(context: RunContext) -> MeasuredSuite:
    """Run the suite, and put together what it measured with where and on which commit."""
    config, options, store, command = context.config, context.options, context.store, context.command
    machine = describe_machine()
    folder = store.runs_dir / context.run_id
    expected = _expected(context.stored.runs)
    state = StateWriter(folder, run_id=context.run_id, command=command, expected_s=expected)
    alike = [run for run in context.stored.runs if context.is_alike(run)]
    if alike:
        context.progress.expect(alike[-1].seconds)
    known = recall_collection(config.state_dir, command) if options.quick else None
    with temporary_folder() as own:  # not below `.benchmark/`, which a suite may remove (`git clean` in a fixture)
        result = run_suite(
            command,
            root=config.root,
            folder=own / "run",
            log=folder / "output.log",
            timeout_s=options.timeout_s,
            select=context.select,
            quick_seconds=config.quick_seconds if options.quick and not options.keyword else None,
            only=only_these(known) if known else None,
            top=context.repository.root.resolve() if context.repository else None,
            environment=context.environment,
            on_line=_listener(context.progress, state, config),
        )
    probed = parse_probe(result.files, result.handed_over, result.start_files)
    if probed.collection:
        keep_collection(config.state_dir, command, probed.collection)
    run = replace(
        _to_run(config, probed, result),
        run_id=context.run_id,
        started_at=context.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        command=command,
        quick=options.quick,
        selected=context.select,
        head=context.head,
        machine=replace(
            machine,
            python=probed.python,
            implementation=probed.implementation,
            build=probed.build,
            harness=probed.harness,
        ),
        packages=probed.packages,
    )
    warnings = [
        *run_warnings(run, probed, result, setup=config.setup),
        *noise_warnings(machine),
        *context.stored.warnings,
    ]
    if context.others or any(state.run_id != context.run_id for state in running_states(store.runs_dir)):
        warnings.append("another run was under way in this project: their timings disturbed each other")
    return MeasuredSuite(run=run, probed=probed, result=result, warnings=tuple(warnings))


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
        reason=probed.nothing.reason if probed.nothing else None,
        peak_bytes=whole[0] if whole else None,
        mean_bytes=whole[1] if whole else None,
    )


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
            # A test may fail after its rounds: then there is no timing.
            failed = event.get("outcome") not in ("passed", "xpassed")
            seconds = None if failed else about_median(event)
            progress.measured(clean_text(names.get(event["id"], event["id"])), seconds)
        elif event["kind"] == "outcome":
            state.finished(event["id"])

    return on_line
