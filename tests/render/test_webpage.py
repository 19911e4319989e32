"""The web page: one file, nothing loaded, everything escaped, right without its script."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

import courses as samples
import reports
from bench_agent.render.page_data import embed
from bench_agent.render.webpage import assets, render_trend_page, render_webpage
from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.results.report import Report
from bench_agent.results.trends import MemoryStep, MemoryTrend
from pages import Page, check_page


@pytest.mark.parametrize(
    "name",
    [
        "all_well",
        "two_slowdowns",
        "confirmed",
        "failed_benchmarks",
        "no_results",
        "first_run",
        "undecided",
        "hostile",
    ],
)
def test_a_page_is_well_formed_and_loads_nothing(name: str) -> None:
    check_page(render_webpage(getattr(reports, name)()))


def test_the_policy_allows_our_style_and_our_script_and_nothing_else() -> None:
    source = render_webpage(reports.all_well())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', source)
    assert policy is not None
    style = source.partition("<style>")[2].partition("</style>")[0]
    script = Page(source).scripts[-1][1]
    for kind, text in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]


def test_the_script_stays_small_enough_to_be_read() -> None:
    script = str(assets()["script"])
    assert len(script.splitlines()) <= 300
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch\(|XMLHttp|import\(", script)


def test_the_page_has_the_facts() -> None:
    text = " ".join(Page(render_webpage(reports.two_slowdowns())).text.split())
    assert "2 suspected slowdowns, 1 over target, 10 of 12 passing" in text
    for fact in (
        "7.2x",
        "+31 %",
        "not measured again",
        "1a2b3c4d",
        "rank_documents runs 40 times",
        "bench-agent run -k test_llm_call",
    ):
        assert fact in text, fact
    assert "Degrading (+32 % over 10 runs)" in text


def test_hostile_text_is_text() -> None:
    source = render_webpage(reports.hostile(), samples.hostile())
    page = check_page(source)
    assert source.count("<script") == 2
    assert "&lt;script&gt;" in source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert len(source) < 400_000
    assert not [link for link in page.links if "evil" in link]


def test_what_a_name_holds_cannot_end_the_json() -> None:
    name = "</script><script>alert(1)</script><!-- & \u2028"
    text = embed({"name": name})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"name": name}


def test_a_chart_draws_every_run_with_days_and_commits_below() -> None:
    page = check_page(render_webpage(reports.all_well(), samples.of("agent_response", 236)))
    lines = [value or "" for name, value in page.attributes if name == "points"]
    assert max(len(line.split()) for line in lines) == 236
    assert "2026-11-01" in page.text
    (chart,) = [chart for chart in page.data["charts"] if len(chart["v"]) == 236]
    assert len(chart["l"]) == len(chart["h"]) == 236
    at, sha, subject = page.data["runs"][chart.get("r", range(236))[-1]]
    assert (at[:10], len(sha), subject) == ("2026-11-21", 40, "Parse lazily, part 235")


def test_without_anything_stored_the_report_s_own_runs_are_drawn() -> None:
    report = reports.two_slowdowns()
    charts = Page(render_webpage(report)).data["charts"]
    assert sorted(len(chart["v"]) for chart in charts) == sorted(len(trend.values) for trend in report.trends)
    assert "target 50 µs is above the chart" in Page(render_webpage(report)).text


def test_what_is_measured_since_the_stored_runs_is_drawn_too() -> None:
    """A run that was not stored has a newest value that the stored course does not have."""
    report = reports.all_well()
    (trend, *_) = report.trends
    stored = samples.of(trend.benchmark, 5)
    charts = Page(render_webpage(replace(report, trends=(trend,)), stored)).data["charts"]
    assert [len(chart["v"]) for chart in charts] == [len(trend.values)]


def test_commits_are_linked_only_where_an_https_page_is_known() -> None:
    linked = check_page(render_webpage(reports.confirmed(), samples.of("llm_call", 20)))
    assert f"https://example.org/shop/commit/{reports.SHA}" in linked.links
    elsewhere = replace(samples.of("llm_call", 20), commit_url="http://example.org/commit/")
    assert not [link for link in check_page(render_webpage(reports.confirmed(), elsewhere)).links if "example" in link]


def test_the_proof_is_shown_pair_by_pair_and_function_by_function() -> None:
    page = check_page(render_webpage(reports.confirmed(), samples.of("llm_call", 20)))
    text = " ".join(page.text.split())
    assert "9 pairs of sessions with 99887766" in text
    assert "rank.py::rank_documents" in text
    assert "200 µs" in text
    assert "760 µs" in text
    marks = [mark for chart in page.data["charts"] for mark in chart.get("m", ())]
    assert [mark[1] for mark in marks if mark[1] == "culprit"] == ["culprit"]


def test_what_a_run_proved_of_memory_stands_on_its_page_with_the_lines_and_profiles_too() -> None:
    report = reports.confirmed()
    line = GrownLine(path="rank.py", line=7, text="rows = list(<rows>)", head_bytes=3_000_000)
    row = MemoryRow(
        benchmark=report.benchmarks[0].id, verdict="more", base_bytes=1e6, head_bytes=4e6, exact=True, sessions=2,
        regressed=True, lines=(line,),
    )  # fmt: skip
    profile = AllocationProfile(benchmark=report.benchmarks[1].id, peak_bytes=2_000_000, lines=(line,))
    page = check_page(render_webpage(replace(report, memory=(row,), allocations=(profile,))))
    assert "one call holds 4 MB, was 1 MB" in page.text
    assert "rank.py:7 3 MB more at the peak: rows = list(<rows>)" in page.text
    assert "one call holds 2 MB" in page.text
    assert "Memory of one call" not in check_page(render_webpage(report)).text


def test_the_card_of_a_benchmark_tells_its_memory_over_the_runs() -> None:
    found = samples.of("llm_call", 20)
    step = MemoryStep(run="run_9", sha="1a2b3c4d", before_bytes=2e6, after_bytes=5e6, runs=1, subject="Read it <whole>")
    memory = MemoryTrend(held_bytes=(2_000_000, 2_000_000, 5_000_000), steps=(step,))
    (one,) = found.courses
    one = replace(one, trend=replace(one.trend, memory=memory))
    text = check_page(render_trend_page(replace(found, courses=(one,)))).text
    assert "Memory: one call holds 5 MB (3 traced runs)" in text
    assert "Memory: +150 %, 2 MB to 5 MB at 1a2b3c4d, 1 run: Read it <whole>" in text


def test_targets_accepted_levels_and_changes_of_level_stand_in_the_chart() -> None:
    page = check_page(render_trend_page(samples.with_everything()))
    classes = [value for name, value in page.attributes if name == "class"]
    assert {"target", "accepted", "level"} <= set(classes)
    assert "Accepted level 2.4 ms: encrypts answers now" in page.text
    assert "Memory of the process: peak 80 MB, average 75 MB" in page.text
    assert "Peak memory of the process, 20 runs: now 78.5 MB" in page.text
    assert "78 MB to 82 MB" in page.text
    assert "a dot is one 17th of 400 rounds" in page.text


@pytest.mark.long
def test_a_large_suite_of_hostile_names_makes_a_page_of_bounded_size() -> None:
    report = reports.many(1_500, slow=100, text=reports.HOSTILE)
    found = samples.many(1_500, runs=60)
    ids = [row.id for row in report.benchmarks]
    courses = [replace(c, trend=replace(c.trend, id=id)) for c, id in zip(found.courses, ids, strict=True)]
    source = render_webpage(replace(report, trends=()), replace(found, courses=tuple(courses)))
    check_page(source)
    assert len(source.encode()) < 5_000_000
    assert "more; each has its small chart in the table" in source


def test_an_empty_report_has_a_page() -> None:
    report: Report = reports.no_results()
    assert "Nothing was measured" in check_page(render_webpage(report)).text
