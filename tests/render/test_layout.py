"""The report on a terminal: golden screens, one screen when all is well, and nothing a repository can break."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

import reports
from bench_agent.render import terminal
from bench_agent.render.layout import render_report, render_table, render_trends
from bench_agent.render.terminal import Screen
from bench_agent.results.report import Report
from goldens import assert_golden

BUILDERS: dict[str, Callable[[], Report]] = {
    "all_well": reports.all_well,
    "two_slowdowns": reports.two_slowdowns,
    "confirmed": reports.confirmed,
    "failed_benchmarks": reports.failed_benchmarks,
    "no_results": reports.no_results,
    "first_run": reports.first_run,
    "undecided": reports.undecided,
}


def widths(text: str) -> list[int]:
    return [terminal.cells(line) for line in text.splitlines()]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", BUILDERS)
def test_the_report_looks_as_reviewed(name: str, width: int) -> None:
    text = render_report(BUILDERS[name](), Screen(width=width))
    assert_golden(f"{name}_{width}.txt", text)
    assert max(widths(text)) <= width


@pytest.mark.parametrize("width", [80, 120])
def test_trends_look_as_reviewed(width: int) -> None:
    text = render_trends(reports.two_slowdowns().trends, Screen(width=width))
    assert_golden(f"trends_{width}.txt", text)
    assert max(widths(text)) <= width


def test_a_log_looks_as_reviewed() -> None:
    assert_golden("two_slowdowns_plain.txt", render_report(reports.two_slowdowns(), Screen(plain=True)))


def test_an_ascii_terminal_looks_as_reviewed() -> None:
    text = render_report(reports.confirmed(), Screen(box=False), verbose=True)
    assert_golden("confirmed_ascii.txt", text)
    assert text.isascii()


def test_a_passing_run_of_twelve_fits_one_screen() -> None:
    lines = render_report(reports.all_well(), Screen(width=80)).splitlines()
    assert len(lines) <= 22  # 24, less the command typed above and the prompt below
    assert "ALL 12 BENCHMARKS PASSING" in lines[-1]


@pytest.mark.parametrize("screen", [Screen(plain=True), Screen(), Screen(color=True, width=120), Screen(box=False)])
def test_every_screen_has_the_same_facts(screen: Screen) -> None:
    text = render_report(reports.two_slowdowns(), screen, verbose=True)
    joined = " ".join(text.split())
    for fact in (
        "7.2x",
        "+31 %",
        "not measured again",
        "1a2b3c4d",
        "Bump sqlalchemy to 2.1",
        "bench-agent run -k test_llm_call",
    ):
        assert fact in joined, fact
    assert "2 SUSPECTED SLOWDOWNS" in joined


def test_without_colour_there_is_no_escape_and_no_box_in_a_log() -> None:
    text = render_report(reports.two_slowdowns(), Screen(plain=True))
    assert "\x1b" not in text
    assert not set("┌│┐└┘━") & set(text)


def test_colour_is_there_when_asked_for() -> None:
    assert "\x1b[1;31m" in render_report(reports.two_slowdowns(), Screen(color=True))


def test_a_suspicion_is_never_called_a_regression() -> None:
    text = render_report(reports.two_slowdowns(), Screen(width=120), verbose=True)
    assert "SUSPECTED SLOWDOWN (not measured again): llm_call" in text
    assert "REGRESSION CONFIRMED" not in text
    assert "none proved" in text
    assert "REGRESSION CONFIRMED: llm_call" in render_report(reports.confirmed(), Screen())


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("color", [False, True])
def test_hostile_text_does_no_harm(width: int, color: bool, verbose: bool) -> None:
    text = render_report(reports.hostile(), Screen(width=width, color=color), verbose=verbose)
    assert "[red]x[/red][/]" in text.replace("\n", "")  # shown as it is, not taken for markup
    assert "\x1b]" not in text
    assert "\u202e" not in text
    assert "\ue000" not in text
    assert all(c.isprintable() or c in "\n\x1b" for c in text)
    if not color:
        assert "\x1b" not in text
    assert len(text) < 60_000


def test_a_large_suite_is_cut_to_what_matters() -> None:
    text = render_report(reports.many(), Screen(width=100))
    assert "960 more" in text
    assert len(text.splitlines()) < 250
    assert len(render_report(reports.many(), Screen(width=100), verbose=True).splitlines()) > 1000


def test_long_names_are_cut_in_the_middle() -> None:
    name = "test_parse_a_very_long_benchmark_name_that_goes_on_and_on_and_on_for_ever[utf8-large]"
    row = replace(reports.all_well().benchmarks[0], benchmark=name)
    text = render_report(replace(reports.all_well(), benchmarks=(row,)), Screen(width=80))
    assert "[utf8-large] │" in text
    assert max(widths(text)) <= 80


def test_a_wide_character_takes_two_columns() -> None:
    assert terminal.fit("測試測試測試", 7) == "測試…試"
    assert terminal.cells(terminal.fit("🚀" * 30, 20)) <= 20


def test_figures_and_commands_are_not_broken_over_lines() -> None:
    for width in range(50, 100):
        text = render_report(reports.two_slowdowns(), Screen(width=width))
        assert "\n%" not in text.replace("\n ", "\n").replace(" ", "")
        if width >= 60:
            assert "bench-agent run -k test_database_query" in text


def test_a_command_too_long_for_a_line_is_whole() -> None:
    finding = replace(
        reports.confirmed().regressions[0], actions=("Profile it: pytest tests/x.py::test_y " + "--option=value " * 12,)
    )
    text = render_report(replace(reports.confirmed(), regressions=(finding,)), Screen())
    assert text.count("--option=value") == 12


def test_a_small_table_cleans_its_cells() -> None:
    text = render_table(("File", "Commit"), [("a.json", "1a2b\x1b[31m3c")], Screen(plain=True))
    assert text == "File    Commit\n------  ------\na.json  1a2b3c\n"


def test_no_trends_say_what_to_do() -> None:
    assert "bench-agent run" in render_trends((), Screen())


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render_report(reports.confirmed(), Screen(color=True))
    for key, value in {"COLUMNS": "20", "NO_COLOR": "1", "TERM": "dumb", "FORCE_COLOR": "1", "CI": "true"}.items():
        monkeypatch.setenv(key, value)
    assert render_report(reports.confirmed(), Screen(color=True)) == before


def test_importing_the_renderers_does_not_import_rich_or_jinja2() -> None:
    modules = (
        "render.layout",
        "render.markdown",
        "render.webpage",
        "render.progress",
        "report.advice",
        "results.report_json",
    )
    code = f"import sys, {', '.join('bench_agent.' + m for m in modules)};"
    code += "print(sorted({'rich', 'jinja2', 'numpy', 'git'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
