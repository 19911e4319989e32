"""The report of a run in every form it is given out as."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench_agent.render.terminal import Screen
from bench_agent.results.courses import Courses
from bench_agent.results.report import MAX_CHARS, Report
from bench_agent.results.report_json import to_json


def _as_promised(write: Callable[[int], str]) -> str:
    return write(MAX_CHARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForms:
    """What `run` and `report` give out.

    verbose: charts, statistics and every figure in the text. told_below: an error that says why nothing was measured follows
    in the same place; the text leaves the reason to it. fit: asks for the JSON in at most so many characters. courses: asks for
    what is stored of the benchmarks, for the page.
    """

    report: Report
    verbose: bool = False
    told_below: bool = False
    fit: Callable[[Callable[[int], str]], str] = _as_promised
    courses: Callable[[], Courses] = Courses

    def text(self, screen: Screen) -> str:
        from bench_agent.render.layout import render_report

        report = self.report
        if self.told_below and not report.benchmarks:
            report = replace(report, summary=replace(report.summary, headline="Nothing was measured"))
        return render_report(report, screen, verbose=self.verbose)

    def json(self) -> str:
        return self.fit(lambda limit: to_json(self.report, limit=limit))

    def markdown(self) -> str:
        from bench_agent.render.markdown import render_markdown

        return render_markdown(self.report)

    def html(self) -> str:
        from bench_agent.render.webpage import render_webpage

        return render_webpage(self.report, self.courses())
