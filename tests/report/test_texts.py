"""Every text of a report against its facts: all that is said of one benchmark, for each state that it can be in.

The golden file `texts.txt` holds the sentences of each case, to be read by a person; the rules below hold in every case.
"""

import re
from dataclasses import dataclass, replace
from itertools import product

import pytest

from bench_agent.config import load_config
from bench_agent.render import wording
from bench_agent.render.finding_wording import finding_facts, finding_title
from bench_agent.render.layout import render_report
from bench_agent.render.markdown import render_markdown
from bench_agent.render.row_wording import row_change, row_interval, row_last
from bench_agent.render.terminal import Screen
from bench_agent.render.webpage import render_webpage
from bench_agent.report.build import report_on
from bench_agent.report.judge_by_history import judge_run
from bench_agent.results.comparison import ComparedBenchmark, Confirmation, Uncompared
from bench_agent.results.report import CLEARED, Report
from bench_agent.results.report_json import to_json
from goldens import assert_golden
from histories import make_run, make_sample

FIELDS = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")
BASE = "ab" * 20
ID = make_sample(0).id
LOOSE = {"first run": None, "as before": 1.0, "37 % slower": 1.37, "37 % faster": 1 / 1.37}
MEASURED = {  # verdict, ratio, interval, pairs
    "slower by 20x": ("slower", 20.0, (19.0, 21.0), 8),
    "slower by 4 %": ("slower", 1.04, (1.02, 1.06), 12),
    "same": ("same", 1.003, (0.99, 1.016), 8),
    "faster": ("faster", 0.5, (0.48, 0.52), 8),
    "undecided, leaning": ("undecided", 1.54, (1.47, 1.61), 5),
    "undecided, open": ("undecided", 1.02, (0.9, 1.2), 5),
    "undecided, too few": ("undecided", 49.0, None, 2),
}
OTHERWISE = {
    "switched off": Confirmation(note="measuring again was switched off (--no-confirm)"),
    "only commit": Confirmation(note="this is the repository's only commit"),
    "untouched": Confirmation(
        base_sha=BASE, untouched=frozenset({ID}), note=f"nothing the benchmarks execute changed since {BASE[:8]}"
    ),
    "same code": Confirmation(
        base_sha=BASE, same_code=True, note=f"the code is the same as in the earlier run ({BASE[:8]})"
    ),
    "not reached": Confirmation(base_sha=BASE, uncompared={ID: Uncompared(benchmark=ID, reason="not_reached")}),
    "missing there": Confirmation(
        base_sha=BASE, uncompared={ID: Uncompared(benchmark=ID, reason="missing", side=BASE[:8])}
    ),
}
# What can't be: a first run is measured against its base, not against the same code; and so on.
IMPOSSIBLE = {
    *(("first run", how) for how in ("same code",)),
    *((loose, how) for loose in LOOSE if loose != "first run" for how in ("only commit", "untouched")),
    *((loose, how) for loose in ("as before", "37 % faster") for how in (*OTHERWISE,) if how != "switched off"),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    loose: str
    how: str
    report: Report
    text: str  # of all renderers

    @property
    def name(self) -> str:
        return f"{self.loose}; {self.how}"


def confirmation_of(how: str, base_s: float) -> Confirmation:
    if how in OTHERWISE:
        return OTHERWISE[how]
    slow_base = how.endswith(", base is slow too")
    verdict, ratio, interval, pairs = MEASURED[how.removesuffix(", base is slow too")]
    row = ComparedBenchmark(
        benchmark=ID, base=base_s * (1.37 if slow_base else 1.0), head=base_s * (1.37 if slow_base else 1.0) * ratio,
        unit="s", clock="cpu", ratio=ratio, interval=interval, verdict=verdict, detectable=0.08, pairs=pairs,
        seconds_to_settle=35.0 if verdict == "undecided" else None, p_slower=0.5, p_faster=0.5,
    )  # fmt: skip
    return Confirmation(base_sha=BASE, rows={ID: row}, seconds=58.0)


def case(loose: str, how: str, tmp_path, *, targets: dict[str, dict[str, float]] | None = None) -> Case:
    base = make_sample(0)
    factor = LOOSE[loose]
    past = [] if factor is None else [make_run(n, [base]) for n in range(6)]
    now = replace(base, **{name: getattr(base, name) * (factor or 1.0) for name in FIELDS})
    run = make_run(7, [now])
    config = replace(load_config(tmp_path, environment={}), targets=targets or {})
    judged = judge_run(config, run, past)
    report = report_on(config, run, judged, confirmation_of(how, base.median_s), repository=None)
    pages = (
        render_report(report, Screen(width=200, plain=True), verbose=True),
        render_markdown(report).replace("\\", ""),
        re.sub(r"<style>.*?</style>", "", render_webpage(report), flags=re.S),
        to_json(report),
    )
    return Case(loose=loose, how=how, report=report, text="\n".join(pages))


def hows() -> list[str]:
    return [*MEASURED, "same, base is slow too", "undecided, open, base is slow too", *OTHERWISE]


CASES = [pair for pair in product(LOOSE, hows()) if pair not in IMPOSSIBLE]


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> list[Case]:
    folder = tmp_path_factory.mktemp("texts")
    return [case(loose, how, folder) for loose, how in CASES]


@pytest.fixture(scope="module")
def over_target(tmp_path_factory) -> list[Case]:
    folder = tmp_path_factory.mktemp("over")
    targets = {"work_0": {"p95_ms": 1e-3}}
    chosen = [(loose, how) for loose, how in CASES if loose in ("as before", "37 % slower")]
    return [case(loose, how, folder, targets=targets) for loose, how in chosen]


def test_what_is_said_of_a_broken_target_reads_as_reviewed(over_target: list[Case]) -> None:
    assert_golden("texts_over_target.txt", "\n".join(map(_sentences, over_target)))


def test_a_broken_target_is_no_slowdown_by_itself_and_never_a_pass(over_target: list[Case]) -> None:
    for case in over_target:
        (row,) = case.report.benchmarks
        assert row.mark in ("over_target", "regressed"), case.name
        assert case.report.status == "regressed", case.name
        assert "✓" not in case.text, case.name
        if case.how in OTHERWISE and case.loose == "as before":
            assert "suspected slower" not in case.text, case.name
            assert "got slower" not in case.text, case.name
        if case.how == "faster":
            assert not re.search("got slower|SLOWDOWN|slower, confirmed", case.text), case.name
        if case.how == "slower by 4 %":
            assert "REGRESSION CONFIRMED" not in case.text, case.name
        if case.how.startswith("undecided") and "base is slow" not in case.how:
            assert "none of 1 slower" not in case.text, case.name


def test_what_is_said_in_each_state_reads_as_reviewed(cases: list[Case]) -> None:
    assert_golden("texts.txt", "\n".join(map(_sentences, cases)))


def _sentences(case: Case) -> str:
    report = case.report
    row = report.benchmarks[0]
    lines = [
        f"### {case.name}",
        f"status: {report.status}, mark: {row.mark}",
        f"overall: {wording.SYMBOLS[wording.overall_mark(report)]} {wording.overall(report)}",
        f"headline: {report.summary.headline}",
        f"{wording.against(report)}: {wording.comparison(report)}",
        f"row: {wording.MARKS[row.mark]} | {row_change(row)} | {row_interval(row)} | {row_last(row)}",
        *(f"warning: {text}" for text in report.warnings),
    ]
    for kind in ("regressions", "undecided", "environment", "improvements"):
        for finding in getattr(report, kind):
            lines.append(f"{kind}: {finding_title(finding)}")
            lines += [f"    {label}: {text}" for label, text in finding_facts(finding)]
            lines += [f"    do: {text}" for text in finding.actions]
            lines += [f"    next: {finding.next_command}"] if finding.next_command else []
            if finding.issue:
                lines += [f"    issue: {finding.issue.title}", f"    {finding.issue.body.splitlines()[0]}"]
    told = report.recommendations
    lines += [
        f"{kind}: {text}" for kind, _ in wording.SECTIONS for text in getattr(told, kind) if kind != "next_targets"
    ]
    return "\n".join(lines) + "\n"


def test_a_tick_is_only_on_what_was_cleared_and_only_then_all_pass(cases: list[Case]) -> None:
    for case in cases:
        (row,) = case.report.benchmarks
        cleared = row.mark in CLEARED
        assert ("THE ONE BENCHMARK PASSES" in case.text) is cleared, case.name
        assert ("✓" in case.text) is cleared, case.name
        assert ("✅" in case.text or "⚡" in case.text) is (cleared or bool(case.report.improvements)), case.name
        assert (case.report.status == "passing") is (cleared or row.mark in ("slower", "environment")), case.name


def test_what_was_measured_in_turns_is_not_said_to_be_unmeasured_nor_the_other_way_round(cases: list[Case]) -> None:
    for case in cases:
        if case.how in OTHERWISE:
            assert not re.search(r"\d pairs?\b", case.text), case.name
            assert "CONFIRMED" not in case.text, case.name
            assert "SO IS THE OLD CODE" not in case.text, case.name
            assert "old code is as slow now" not in case.text, case.name
        else:
            assert "not measured again" not in case.text, case.name
            assert "not measured in turns" not in case.text, case.name
            assert "vs last" not in case.text, case.name


def test_what_was_measured_in_turns_has_no_other_size(cases: list[Case]) -> None:
    for case in cases:
        if case.how not in OTHERWISE:
            for loose in ("+37 %", "-27 %", "1.37"):
                assert loose not in case.text, case.name
        if case.how in ("same", "same, base is slow too"):
            assert "~" in case.text, case.name


def test_undecided_is_told_with_ratio_pairs_cost_and_a_command_that_settles_it(cases: list[Case]) -> None:
    for case in cases:
        (row,) = case.report.benchmarks
        if row.mark != "undecided":
            continue
        assert case.report.status == "undecided", case.name
        assert row.next_command, case.name
        if row.pairs:
            (finding,) = case.report.undecided
            assert finding.next_command == row.next_command, case.name
            assert row.next_command.startswith(f"bench-agent compare {BASE[:12]}"), case.name
            assert f"{row.pairs} pairs" in case.text, case.name
            assert "35 s" in case.text, case.name


def test_nothing_is_told_of_a_last_run_that_was_not(cases: list[Case]) -> None:
    for case in cases:
        if case.loose == "first run":
            assert "last run" not in case.text, case.name
            assert "vs last" not in case.text, case.name
            assert "tored runs" not in case.text, case.name
        told = "Nothing to compare with" in case.text
        assert told is (case.report.status == "not_compared"), case.name


def test_only_a_confirmed_slowdown_got_slower_and_only_a_confirmed_gain_is_kept(cases: list[Case]) -> None:
    for case in cases:
        findings = case.report.told
        if not any(finding.confirmed for finding in findings):
            assert "got slower" not in "".join(f.issue.body for f in findings if f.issue), case.name
        if not any(finding.confirmed for finding in case.report.improvements):
            assert "Keep the gain" not in case.text, case.name


def test_an_environment_is_neither_undecided_nor_to_be_measured_again(cases: list[Case]) -> None:
    seen = [case for case in cases if case.report.benchmarks[0].mark == "environment"]
    assert seen
    for case in seen:
        assert "ndecided" not in re.sub(r'"undecided":(\[\]|0)', "", case.text), case.name
        assert "UNDECIDED" not in case.text, case.name
        assert "until it is confirmed" not in case.text, case.name
        assert not re.search(r"bench-agent (run -k|compare)", case.text), case.name
