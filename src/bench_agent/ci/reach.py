"""Which benchmarks a change can reach: the suite run once with a round or so a benchmark, for what each executes.

Takes settings and a base; returns the suite, and ids. The times of this run are thrown away: too few rounds, and nothing to
compare them with.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench_agent.compare.touched import touched_benchmarks
from bench_agent.config import Config
from bench_agent.errors import MeasureError
from bench_agent.measure.command import find_command
from bench_agent.measure.outcome import explain_nothing
from bench_agent.measure.probe_results import ProbeResult, parse_probe
from bench_agent.measure.suite import run_suite
from bench_agent.records import Failure, PytestProcess, Run, Say, Suite
from bench_agent.system.git import Repository
from bench_agent.system.temporary import temporary_folder
from bench_agent.text import quantity

TIMEOUT_S = 900.0
# As little as pytest-benchmark can be asked for. Options in the command itself outweigh these.
_ONCE = (
    "--benchmark-min-rounds=1",
    "--benchmark-max-time=0.000001",
    "--benchmark-min-time=0.000001",
    "--benchmark-calibration-precision=1",
    "--benchmark-warmup=off",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the suite holds, and which of it differs from the base. failures: what gave no result at head."""

    suite: Suite
    python: str
    ids: tuple[str, ...]
    untouched: tuple[str, ...]
    failures: tuple[Failure, ...] = ()


def find_reached(
    config: Config,
    repository: Repository,
    base_sha: str,
    *,
    keyword: str | None,
    environment: Mapping[str, str],
    say: Say,
) -> Reached:
    """The benchmarks that the change since the base can reach. Raises MeasureError when the suite holds none that run."""
    command = find_command(config)
    say("finding out what each benchmark executes")
    added = " ".join(filter(None, (environment.get("PYTEST_ADDOPTS", ""), *_ONCE)))
    with temporary_folder() as folder:
        result = run_suite(
            command,
            root=config.root,
            folder=folder / "reach",
            timeout_s=TIMEOUT_S,
            select=keyword,
            environment={**environment, "PYTEST_ADDOPTS": added},
        )
    probed = parse_probe(result.files, result.handed_over)
    if result.interrupted:
        raise KeyboardInterrupt
    if probed.suite is None or not (probed.samples or probed.failures):
        error = explain_nothing(command, probed, result)
        raise MeasureError(error.message, hint=error.hint)
    return _sort_out(probed, repository, base_sha, environment, say)


def _sort_out(
    probed: ProbeResult, repository: Repository, base_sha: str, environment: Mapping[str, str], say: Say
) -> Reached:
    assert probed.suite is not None
    run = Run(run_id="", started_at="", suite=probed.suite, samples=probed.samples, failures=probed.failures)
    touched = touched_benchmarks(repository, run, base_sha)
    told = {sample.id for sample in probed.samples} | {failure.id for failure in probed.failures}
    # What was selected and told nothing (skipped, ended with its process) may be reached: it is measured, or said why not.
    unknown = [id for id in probed.suite.ids if id not in told]
    ids = (*touched, *unknown)
    total = quantity.counted(len(probed.samples) + len(unknown), "benchmark")
    say(f"the change can reach {len(ids)} of {total}")
    return Reached(
        suite=_as_asked(probed.suite, environment),
        python=f"{probed.implementation} {probed.python}".strip(),
        ids=ids,
        untouched=tuple(sample.id for sample in probed.samples if sample.id not in set(touched)),
        failures=tuple(failure for failure in probed.failures if failure.outcome != "xfailed"),
    )


def _as_asked(suite: Suite, environment: Mapping[str, str]) -> Suite:
    """The suite without the options that were added here: it is measured as the project starts it."""
    return Suite(processes=tuple(_without_added(process, environment) for process in suite.processes))


def _without_added(process: PytestProcess, environment: Mapping[str, str]) -> PytestProcess:
    own: dict[str, str] | None = None
    if process.environment is not None:
        own = dict(process.environment)
        kept = [word for word in shlex.split(own.pop("PYTEST_ADDOPTS", "")) if word not in _ONCE]
        if kept or "PYTEST_ADDOPTS" in environment:
            own["PYTEST_ADDOPTS"] = shlex.join(kept)
    return replace(process, options=tuple(option for option in process.options if option not in _ONCE), environment=own)
