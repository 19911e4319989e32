"""What is advised, by rule: severity, actions, issues and recommendations."""

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

import reports
from bench_agent.report import advice
from bench_agent.report.issue import issue_for
from bench_agent.report.recommendations import MAX_EACH, recommend
from bench_agent.results.report import BenchmarkRow, Recommendations, Report, Suspect
from bench_agent.results.trends import LevelChange

EXISTING = {
    "run",
    "status",
    "wait",
    "trend",
    "detect",
    "report",
    "baseline",
    "history",
    "issue",
    "init",
    "bisect",
    "verify",
}


def recommended(report: Report, **options: bool) -> Recommendations:
    return recommend(
        report.benchmarks,
        report.regressions,
        report.improvements,
        report.trends,
        undecided=(*report.undecided, *report.environment),
        **options,
    )


def all_texts(advice: Recommendations) -> list[str]:
    return [text for field in advice.__dataclass_fields__ for text in getattr(advice, field)]


@pytest.mark.parametrize(
    ("ratio", "confirmed", "target", "severity"),
    [
        (9.0, False, True, "low"),
        (1.19, True, False, "low"),
        (1.2, True, False, "medium"),
        (1.39, True, False, "medium"),
        (1.4, True, False, "high"),
        (1.05, True, True, "high"),
        (1.3, True, True, "high"),
        (1.4, True, True, "critical"),
    ],
)
def test_severity_follows_the_limit_and_the_target(ratio: float, confirmed: bool, target: bool, severity: str) -> None:
    assert advice.severity_of(ratio, threshold=0.2, confirmed=confirmed, breaks_target=target) == severity


def test_a_suspicion_is_measured_again_before_anything_else() -> None:
    _, finding = reports.two_slowdowns().regressions
    actions = advice.actions_for(finding)
    assert actions[0].endswith("bench-agent run -k test_llm_call")
    assert any("git show 1a2b3c4d -- tests/benchmark/agent/context.py" in a for a in actions)
    assert len(actions) <= 5
    assert advice.next_command(finding) == "bench-agent run -k test_llm_call"


def test_a_proved_cause_is_read_first() -> None:
    (finding,) = reports.confirmed().regressions
    actions = advice.actions_for(finding)
    assert actions[0].startswith("Read what caused it: git show 1a2b3c4d")
    assert advice.next_command(finding).startswith("git show 1a2b3c4d")


def test_a_changed_environment_blames_no_commit() -> None:
    (finding,) = reports.confirmed().regressions
    actions = advice.actions_for(replace(finding, verdict="environment"))
    assert not any("git show" in a for a in actions)


def test_an_issue_says_whether_it_is_suspected_and_how_urgent() -> None:
    (confirmed,) = reports.confirmed().regressions
    issue = issue_for(confirmed)
    assert issue.title == "Performance regression: llm_call CPU time +31 %"
    assert issue.labels == ("performance", "regression", "p2")
    assert "+28 % to +34 %" in issue.body
    _, suspected = reports.two_slowdowns().regressions
    issue = issue_for(replace(suspected, metric="p95"))
    assert issue.title == "Suspected performance regression: llm_call P95 +31 %"
    assert issue.labels[-1] == "p3"
    assert "not measured again" in issue.body
    assert "bench-agent run -k test_llm_call" in issue.body
    assert "1a2b3c4d" in issue.body


def test_with_advice_fills_in_what_a_finding_lacks() -> None:
    finding = replace(reports.two_slowdowns().regressions[0], actions=(), next_command=None, issue=None)
    filled = advice.with_advice(finding)
    assert filled.actions
    assert filled.next_command
    assert filled.issue is not None


def test_a_suspected_slowdown_is_watched_and_a_confirmed_one_is_fixed() -> None:
    suspected = recommended(reports.two_slowdowns())
    assert [t.split(":")[0] for t in suspected.monitor] == ["llm_call"]
    assert [t.split(":")[0] for t in suspected.optimize_now] == ["database_query"]
    assert "P95 123 ms, target 100 ms" in suspected.optimize_now[0]
    confirmed = recommended(reports.confirmed())
    assert confirmed.optimize_now[0].startswith("llm_call: CPU time +31 % (1.82 ms -> 2.38 ms), medium. Next: git show")
    assert confirmed.monitor == () or not confirmed.monitor[0].startswith("llm_call")


def test_an_improvement_that_was_measured_in_turns_is_celebrated_with_its_figures() -> None:
    well = reports.all_well()
    confirmed = replace(well, improvements=tuple(replace(f, confirmed=True) for f in well.improvements))
    (text,) = recommended(confirmed).celebrate
    assert text.startswith("context_loading: median -22 % (15.2 ms -> 11.9 ms). Keep it: bench-agent baseline accept")


def test_one_faster_run_is_celebrated_only_where_the_trend_is_one() -> None:
    well = reports.all_well()
    assert recommended(well).celebrate == ("context_loading: -22 % over 10 runs",)
    quiet = replace(well, trends=tuple(replace(t, direction="unclear", shape=None, change=None) for t in well.trends))
    assert recommended(quiet).celebrate == ()


def test_a_gain_is_not_celebrated_when_the_newest_run_is_slower_than_the_one_before() -> None:
    well = reports.all_well()
    rows = tuple(replace(row, ratio_last=1.36) for row in well.benchmarks)
    assert recommended(replace(well, benchmarks=rows, improvements=())).celebrate == ()


def test_a_step_in_common_is_watched_once_and_not_for_a_commit_that_touches_no_code() -> None:
    step = LevelChange(
        run="r", sha="1a2b3c4d5e6f", ratio=1.5, before=1, after=1.5, runs=8, benchmarks=4, touches_code=False
    )
    base = reports.trend("a", (1.0,) * 10)
    trends = tuple(
        replace(base, benchmark=n, id=n, direction="degrading", shape="step", change=0.5, changes=(step,))
        for n in "abcd"
    )
    (text,) = recommended(replace(reports.all_well(), trends=trends)).monitor
    assert text == (
        "a and 3 benchmarks together with it: +50 % since 1a2b3c4d, 8 runs, where no commit touches more than "
        "documentation and tooling: not the code. Next: bench-agent trend a"
    )


def test_another_tools_rounds_are_not_for_us_to_advise_on() -> None:
    single = replace(reports.all_well().benchmarks[0], rounds=1, p95_s=None)
    report = replace(reports.all_well(), benchmarks=(single,))
    assert any("pedantic" in text for text in recommended(report).tips)
    advice = recommend(report.benchmarks, (), (), report.trends, origin="hyperfine")
    assert not any("pedantic" in text for text in advice.tips)


def test_a_failure_comes_before_everything_else() -> None:
    advice = recommended(reports.failed_benchmarks())
    assert advice.optimize_now[0].startswith("context_loading: failed")


def test_a_target_ten_times_too_generous_is_named_with_a_better_one() -> None:
    advice = recommended(reports.all_well())
    first = advice.next_targets[0]
    assert first.startswith(
        "9 targets are over 10x the measured P95, authorization_cached most (target 50 ms, P95 1.4 µs)"
    )
    assert first.endswith("bench-agent baseline set authorization_cached p95_ms=0.0028")
    fair = replace(reports.all_well().benchmarks[0], target_p95_s=0.02)
    assert recommend([fair], [], [], []).next_targets == ()


def test_tips_depend_on_the_run() -> None:
    well = reports.all_well()
    assert recommended(well).tips == ("P95 of 2 benchmarks is the maximum: add --benchmark-min-rounds=20",)
    assert any("part of the suite" in t for t in recommended(well, quick=True).tips)
    assert recommended(reports.first_run()).tips[0].startswith("Nothing to compare with yet")
    noisy = replace(well.benchmarks[0], iqr_s=well.benchmarks[0].median_s)
    (tip,) = recommend([noisy], [], [], []).tips
    assert tip.startswith("agent_response varies by 100 %")
    single = replace(well.benchmarks[0], rounds=1, iqr_s=None, p95_s=None)
    (tip,) = recommend([single], [], [], []).tips
    assert (
        tip
        == "agent_response: a single round, whose noise shows only from run to run. In the code: pedantic(rounds=20)"
    )


def test_every_list_is_bounded_and_says_how_many_more() -> None:
    advice = recommended(reports.many())
    for field in advice.__dataclass_fields__:
        assert len(getattr(advice, field)) <= MAX_EACH + 1
    assert advice.monitor[-1].startswith("And ")


def test_nothing_measured_gives_no_advice_about_speed() -> None:
    assert recommended(reports.no_results()) == Recommendations()


@pytest.mark.parametrize(
    "build", [reports.all_well, reports.two_slowdowns, reports.confirmed, reports.failed_benchmarks, reports.hostile]
)
def test_only_commands_that_exist_are_named(build: object) -> None:
    report: Report = build()  # type: ignore[operator]
    texts = all_texts(recommended(report))
    for finding in (*report.regressions, *report.improvements):
        texts += [*advice.actions_for(finding), advice.next_command(finding)]
    for text in texts:
        for part in text.split("bench-agent ")[1:]:
            assert part.split()[0].rstrip(".,") in EXISTING, text


def test_a_hostile_name_stays_one_word_of_the_command() -> None:
    finding = reports.hostile().regressions[0]
    words = shlex.split(advice.actions_for(finding)[-1].split(": ", 1)[1])
    assert words[:2] == ["bench-agent", "issue"]
    assert len(words) == 3
    row = BenchmarkRow(benchmark="a; rm -rf ~", id="x.py::test_$(id)", mark="pass", p95_s=1.0, median_s=1.0)
    (text,) = recommend([row], [], [], []).next_targets
    assert shlex.split(text.split("Next: ")[1]) == ["bench-agent", "baseline", "set", "a; rm -rf ~", "p95_ms=2000"]


def test_the_body_of_an_issue_mentions_and_links_nobody() -> None:
    body = issue_for(reports.hostile().regressions[0]).body
    outside_code = "".join(body.split("`")[::2])
    assert "@everyone" not in outside_code
    assert not re.search(r"(?<!\\)<", outside_code)
    assert "https://" not in outside_code
    assert "www." not in outside_code
    assert "\x1b" not in body


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"files": ("requirements.txt",)}, "decide whether the new version is worth it"),
        ({"subject": "fix: validate every header (CVE-2024-1)"}, "decide what it is worth"),
        ({"evidence": ("rank runs 40x as often, 1 -> 40 times",)}, "mend it there"),
        ({"evidence": ("load (a.py) is now called 9 times, and was not",)}, "or decide that it stays"),
    ],
)
def test_what_to_do_follows_from_the_kind_of_cause(changes: dict[str, Any], said: str) -> None:
    suspect = Suspect(**{"sha": "a" * 40, "subject": "Tidy", "proved": True, "share": 1.0, **changes})
    finding = reports.confirmed().regressions[0]
    assert any(said in action for action in advice.actions_for(replace(finding, suspects=(suspect,))))
    unproved = replace(finding, suspects=(replace(suspect, proved=False),))
    assert not any(said in action for action in advice.actions_for(unproved))
