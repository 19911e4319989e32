"""The sentences that all renderers share."""

import math
from dataclasses import replace

import pytest

import reports
from bench_agent.render import wording
from bench_agent.render.finding_wording import finding_facts, finding_title
from bench_agent.render.row_wording import p95, p95_footnote, row_change, row_interval
from bench_agent.results.report import CLEARED, MARKS, Evidence, Finding

PAIRS = Evidence(pairs=8, method="ring", seconds=12.0)


def finding(**changes: object) -> Finding:
    return replace(reports.two_slowdowns().regressions[1], **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "SUSPECTED SLOWDOWN (not measured again)"),
        ({"rules": ("target",)}, "OVER TARGET (not measured again)"),
        ({"rules": ("step", "target")}, "SUSPECTED SLOWDOWN, OVER TARGET (not measured again)"),
        ({"confirmed": True, "verdict": "slower", "severity": "medium"}, "REGRESSION CONFIRMED"),
        (
            {"confirmed": True, "verdict": "slower", "severity": "low", "ratio": 1.1},
            "SLOWDOWN CONFIRMED, BELOW THE LIMIT",
        ),
        ({"verdict": "environment", "evidence": PAIRS}, "SLOWER HERE, BUT SO IS THE OLD CODE (environment)"),
        ({"verdict": "environment"}, "SLOWER THAN THE SAME CODE WAS BEFORE (environment)"),
        ({"verdict": "undecided"}, "UNDECIDED"),
        ({"verdict": "same"}, "NO DIFFERENCE FOUND"),
        ({"ratio": 0.8}, "FASTER (not measured again)"),
        ({"ratio": 0.8, "confirmed": True, "verdict": "faster"}, "IMPROVEMENT CONFIRMED"),
    ],
)
def test_a_title_claims_no_more_than_was_measured(changes: dict[str, object], title: str) -> None:
    assert finding_title(finding(**changes)) == title


def test_what_a_measurement_found_is_shown_with_its_cost() -> None:
    facts = dict(finding_facts(reports.confirmed().regressions[0]))
    assert facts["Measured"] == "+28 % to +34 % (9 pairs, 38 s)"
    undecided = dict(finding_facts(finding(verdict="undecided", seconds_to_settle=41.0, detectable=0.08)))
    assert undecided["To settle"] == "about 41 s of measuring"
    assert undecided["Detectable"] == "changes from 8 % on"


def test_names_keep_both_ends() -> None:
    assert wording.name("x" * 100 + "[utf8]", limit=30).endswith("x[utf8]")
    assert len(wording.name("x" * 1000)) == wording.MAX_NAME
    assert wording.name("\x1b[31m") == "(no name)"


def test_a_footnote_says_how_many_rounds_there_were() -> None:
    rows = reports.all_well().benchmarks
    assert p95_footnote(rows[:2]) == ""
    assert p95_footnote(rows[:3]).endswith("(max of 5)")
    assert p95_footnote(rows).endswith("(max of 5 to 7 rounds)")


def test_a_footnote_says_why_a_percentile_is_missing_or_only_the_maximum() -> None:
    (row, *_) = reports.all_well().benchmarks
    single = replace(row, rounds=1, p95_s=None)
    assert p95(single) == "-"
    assert p95_footnote([single]) == "1 benchmark of one round: no P95, and noise shows only from run to run"
    unkept = replace(row, rounds=2921, p95_is_max=True)
    assert p95_footnote([unkept]) == "* single rounds were not kept: P95 is the largest value seen"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Measure it: bench-agent run -k x", "bench-agent run -k x"),
        ("Read it: git show 1a2b3c4d -- a.py", "git show 1a2b3c4d -- a.py"),
        ("Run it: pytest 'a b.py::test_x'", ""),
        ("Run it: pytest a.py::test_x", "pytest a.py::test_x"),
        ("Nothing was measured: pytest collected nothing", ""),
    ],
)
def test_the_command_at_the_end_of_a_sentence_is_found(text: str, command: str) -> None:
    sentence, found = wording.split_command(text)
    assert found == command
    assert sentence + found == text


def test_nothing_to_compare_with_is_said() -> None:
    assert wording.comparison(reports.first_run()) == "with nothing: this is the repository's only commit"
    assert wording.overall(reports.first_run()) == "NOTHING COMPARED, 3 BENCHMARKS MEASURED"


def test_undecided_is_told_with_what_is_known_so_far_and_never_as_a_pass() -> None:
    report = reports.undecided()
    assert wording.overall(report) == "2 UNDECIDED, 1 NEW, 1 VANISHED, 9 OF 12 PASSING"
    assert wording.SYMBOLS[wording.overall_mark(report)] == "?"
    assert "agent_response +54 %" in wording.comparison(report)
    first, second, *_ = report.benchmarks
    assert (row_change(first), row_interval(first)) == ("+54 % so far", "+47 % to +61 %")
    assert row_change(second) == "~"


def test_a_change_that_was_not_measured_in_turns_is_told_by_stored_runs() -> None:
    report = reports.undecided()
    first, *others = report.undecided
    loose = replace(first, evidence=replace(first.evidence, pairs=0))
    told = wording.comparison(replace(report, undecided=(loose, *others)))
    assert f"1 undecided by stored runs ({first.benchmark} +54 % so far)" in told
    assert "undecided by stored runs" not in wording.comparison(report)


def test_only_what_is_cleared_has_a_tick() -> None:
    assert {mark for mark, symbol in wording.SYMBOLS.items() if symbol == "✓"} == CLEARED
    assert set(wording.SYMBOLS) == set(wording.MARKS) == set(MARKS)


def test_a_search_that_knows_no_levels_shows_none() -> None:
    facts = dict(finding_facts(finding(current=math.nan, baseline=math.nan)))
    assert "Current" not in facts
    assert "Baseline" not in facts
    assert "Change" in facts
