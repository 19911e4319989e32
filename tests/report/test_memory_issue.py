"""Issues for more memory: figures, the lines, the command that finds the commit; nothing of a repository is markup."""

from bench_agent.report.memory_issue import issue_of_both, issue_of_memory, issue_of_memory_trend
from bench_agent.results.memory import GrownLine, MemoryRow
from bench_agent.results.report import Issue
from bench_agent.results.trends import MemoryStep, MemoryTrend, Trend

MB = 1_000_000


def row(**changes: object) -> MemoryRow:
    values: dict[str, object] = {
        "benchmark": "t.py::test_parse",
        "verdict": "more",
        "base_bytes": 2.0 * MB,
        "head_bytes": 5.0 * MB,
        "exact": True,
        "sessions": 3,
        "regressed": True,
        "lines": (GrownLine(path="a.py", line=7, text="x = [f(y) for y in z]", head_bytes=3 * MB),),
        "next_command": "bench-agent bisect parse --metric memory --good 1a2b3c4d",
    }
    return MemoryRow(**{**values, **changes})  # type: ignore[arg-type]


def trend(*steps: MemoryStep, leaks: str | None = None) -> Trend:
    memory = MemoryTrend(
        held_bytes=(2 * MB, 5 * MB), steps=steps, leaks_since=leaks, left_bytes=900.0 if leaks else 0.0
    )
    return Trend(benchmark="parse", id="t.py::test_parse", metric="median", direction="stable", memory=memory)


def step(before: float, after: float) -> MemoryStep:
    return MemoryStep(run="r", sha="1a2b3c4d", before_bytes=before, after_bytes=after, runs=2, previous_sha="0a0b0c0d")


def test_a_regression_has_its_figures_its_lines_and_its_command() -> None:
    issue = issue_of_memory(row(), "parse")
    assert issue.title == "Memory regression: parse +150 % (2 MB -> 5 MB)"
    assert "| Change | **+150 %** (limit 20 %) |" in issue.body
    assert "- `a.py:7` 3 MB more: `x = [f(y) for y in z]`" in issue.body
    assert "bench-agent bisect parse --metric memory --good 1a2b3c4d" in issue.body


def test_a_leak_is_the_title_where_the_peak_is_within_its_limit() -> None:
    issue = issue_of_memory(row(regressed=False, leaks=True, head_left_bytes=900.0), "parse")
    assert issue.title == "Memory regression: parse each call leaves 900 B behind"
    assert "| Left behind | 900 B a call, was nothing |" in issue.body


def test_what_each_call_leaves_is_told_by_the_call_in_the_table_and_of_the_lines() -> None:
    line = GrownLine(path="a.py", line=9, text="seen.append(x)", head_bytes=880)
    issue = issue_of_memory(row(leaks=True, head_left_bytes=900.0, left_lines=(line,)), "parse")
    assert "| Left behind | 900 B a call, was nothing |" in issue.body
    assert "- `a.py:9` 880 B a call more: `seen.append(x)`" in issue.body


def test_slower_and_more_memory_make_one_issue_that_tells_both() -> None:
    time = Issue(title="Performance regression: parse median +60 %", labels=("performance", "p1"), body="It is slow.\n")
    both = issue_of_both(time, issue_of_memory(row(), "parse"), "parse")
    assert both is not None
    assert both.title == "Performance regression: parse median +60 %; memory: +150 % (2 MB -> 5 MB)"
    assert both.labels == ("performance", "p1", "memory", "regression")
    assert both.body.startswith("It is slow.\n\n## Memory\n\n`parse` holds or leaks more memory")
    assert issue_of_both(time, None, "parse") is time
    assert issue_of_both(None, None, "parse") is None


def test_text_of_the_repository_is_no_markup() -> None:
    line = GrownLine(path="a.py", line=7, text="`</b>@team", head_bytes=3 * MB)
    issue = issue_of_memory(row(lines=(line,)), "parse|[x](http://y)")
    assert "`'</b>@team`" in issue.body
    assert "[x](http" not in issue.body.replace("`parse¦[x](http://y)`", "")


def test_what_stored_runs_show_is_suspected() -> None:
    issue = issue_of_memory_trend(trend(step(2 * MB, 5 * MB)), 0.2)
    assert issue is not None
    assert issue.title == "Suspected memory regression: parse +150 % (2 MB -> 5 MB)"
    assert "bench-agent bisect parse --metric memory --good 0a0b0c0d" in issue.body
    leak = issue_of_memory_trend(trend(leaks="1a2b3c4d"), 0.2)
    assert leak is not None
    assert "leaves 900 B behind" in leak.title


def test_no_issue_for_growth_within_the_limit_for_less_or_for_nothing() -> None:
    assert issue_of_memory_trend(trend(step(5 * MB, 2 * MB)), 0.2) is None
    assert issue_of_memory_trend(trend(step(2 * MB, 2.9 * MB)), 0.2) is None
    assert issue_of_memory_trend(trend(step(10 * MB, 12 * MB)), 0.3) is None
    assert issue_of_memory_trend(trend(), 0.2) is None
