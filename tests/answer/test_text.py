"""The answer as people get it: each sample report rendered whole, and what must hold for any report."""

import re
from dataclasses import replace

import pytest

import reports
from bench_agent.answer.text import FOR_ASSISTANT, MAX_ROWS, render_answer
from bench_agent.report.deploy_or_hold import decide_go
from bench_agent.results.report import MAX_CHARS, Report
from goldens import assert_golden

SAMPLES = ("all_well", "two_slowdowns", "confirmed", "undecided", "failed_benchmarks", "no_results", "first_run")


def sample(name: str) -> Report:
    """A sample report with the line that says whether to deploy, as the product gives it."""
    report: Report = getattr(reports, name)()
    go = decide_go(report.status, report.summary, quick=report.run.quick)
    return replace(report, summary=replace(report.summary, go=go))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_answer_reads_as_it_was_reviewed(name: str) -> None:
    assert_golden(f"answer_{name}.md", render_answer(sample(name), diffs=True))


@pytest.mark.parametrize("name", [*SAMPLES, "many", "hostile"])
def test_any_report_fits_what_a_failing_command_may_print(name: str) -> None:
    assert len(render_answer(sample(name), diffs=True)) < MAX_CHARS


def test_every_row_of_a_suite_of_forty_is_there() -> None:
    forty = reports.many(MAX_ROWS, slow=6)
    text = render_answer(forty)
    assert len(text) < MAX_CHARS
    assert all(f"| `{row.benchmark}` |" in text for row in forty.benchmarks)


def test_of_a_thousand_benchmarks_the_worst_are_shown_and_the_others_counted() -> None:
    text = render_answer(reports.many(1_000, slow=0))
    assert re.search(r"… and [\d,]+ more, all passing: `bench-agent report`", text)


def test_without_a_limit_nothing_is_left_out() -> None:
    report = reports.many(200, slow=30)
    text = render_answer(report, limit=None)
    assert all(f"`{row.benchmark}`" in text for row in report.benchmarks)
    assert "Left out here" not in text


def test_the_diffs_are_for_the_assistant_and_only_on_request() -> None:
    report = sample("two_slowdowns")
    assert FOR_ASSISTANT not in render_answer(report)
    _, found, diffs = render_answer(report, diffs=True).partition(FOR_ASSISTANT)
    assert found
    assert "ranked = sorted(documents)" in diffs


def test_text_of_the_repository_makes_no_markup() -> None:
    text = render_answer(sample("hostile"), diffs=True)
    assert "\x1b" not in text
    assert "](https://" not in text
    assert not re.search(r"(?<!\\)<script", re.sub(r"`[^`\n]*`", "", text))


def test_an_undecided_benchmark_is_told_with_what_would_settle_it() -> None:
    text = render_answer(sample("undecided"))
    assert "### Neither passed nor regressed" in text
    assert "Next: `bench-agent" in text
