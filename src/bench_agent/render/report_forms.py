"""The report of a run in every form it is given out as."""

from dataclasses import dataclass

from bench_agent.render.terminal import Screen
from bench_agent.results.report import Report
from bench_agent.results.report_json import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForms:
    """What `run` and `report` give out. verbose: charts, statistics and every figure in the text."""

    report: Report
    verbose: bool = False

    def text(self, screen: Screen) -> str:
        from bench_agent.render.layout import render_report

        return render_report(self.report, screen, verbose=self.verbose)

    def json(self) -> str:
        return to_json(self.report)

    def markdown(self) -> str:
        from bench_agent.render.markdown import render_markdown

        return render_markdown(self.report)

    def html(self) -> str:
        from bench_agent.render.webpage import render_webpage

        return render_webpage(self.report)
