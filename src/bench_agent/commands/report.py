"""The command `report`: the newest report again, as text, JSON, Markdown or a page."""

from collections.abc import Sequence

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import check_outputs, give_out
from bench_agent.config import Config
from bench_agent.history import load
from bench_agent.history.store import Store
from bench_agent.records import Run
from bench_agent.render.report_forms import ReportForms
from bench_agent.results.report import Report
from bench_agent.system.seal import read_sealed


def main(options: Options, _: list[str]) -> int:
    check_outputs(options)
    config = read_config(options)
    store = Store(config.state_dir)
    runs = () if read_sealed(str(store.report)) else load.load_history(store).runs
    report = _report_of(config, runs) if runs else load.latest_report(config)
    give_out(ReportForms(report=report, verbose=options.verbose), options)
    return 0


def _report_of(config: Config, runs: Sequence[Run]) -> Report:
    """Of runs that came here by import: nothing was run yet that left a report."""
    from bench_agent.report.build import report_stored
    from bench_agent.system.git import open_repository

    return report_stored(config, runs, repository=open_repository(config.root))
