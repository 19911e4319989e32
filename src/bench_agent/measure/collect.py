"""What the suite holds, found by letting pytest collect it; no benchmark runs."""

import contextlib
from collections.abc import Mapping

from bench_agent.config import Config
from bench_agent.errors import MeasureError, StoreError
from bench_agent.history.store import Store
from bench_agent.measure.collection_cache import keep_collection, only_these, recall_collection
from bench_agent.measure.command import find_command
from bench_agent.measure.outcome import explain_nothing
from bench_agent.measure.probe_results import parse_probe
from bench_agent.measure.suite import run_suite
from bench_agent.records import Suite
from bench_agent.system.temporary import temporary_folder
from bench_agent.text.clean import clean_text

COLLECT_TIMEOUT_S = 300.0  # for importing every test file of the suite


def look_at_suite(config: Config, *, keyword: str | None, environment: Mapping[str, str]) -> Suite:
    """What the project's command would measure, found out by collecting. Raises MeasureError when that is nothing."""
    command = find_command(config)
    known = recall_collection(config.state_dir, command)
    with temporary_folder() as folder:
        result = run_suite(
            command,
            root=config.root,
            folder=folder / "collect",
            timeout_s=COLLECT_TIMEOUT_S,
            select=keyword,
            collect_only=True,
            only=only_these(known) if known else None,
            environment=environment,
        )
    if result.interrupted:
        raise KeyboardInterrupt  # what was collected by then is no suite to go on with
    probed = parse_probe(result.files, result.handed_over, result.start_files)
    if probed.suite is None:
        lines = [line for line in result.output.splitlines() if line.strip()]
        last = f" ({clean_text(lines[-1])})" if lines else ""
        if probed.nothing is None and result.other:
            told = explain_nothing(command, probed, result)
            raise MeasureError(told.message, hint=told.hint)
        reason = f"exit code {result.exit_code}, and no pytest session was seen{last}"
        reason, hint = (probed.nothing.reason, probed.nothing.hint) if probed.nothing else (reason, None)
        raise MeasureError(f"`{clean_text(command, limit=80)}` found no benchmarks: {reason}", hint=hint)
    if probed.collection:
        with contextlib.suppress(StoreError):
            Store(config.state_dir).prepare()
            keep_collection(config.state_dir, command, probed.collection)
    return probed.suite
