"""The doctor's screen: golden, of one terminal's size, and safe whatever the facts hold."""

from dataclasses import replace

import pytest

from bench_agent.render.checkup import render_checkup
from bench_agent.render.terminal import Screen, cells
from bench_agent.results.checkup import (
    FOUND,
    Advice,
    Checkup,
    GitFacts,
    HistoryFacts,
    MachineFacts,
    Precision,
    Setting,
    SlashCommand,
    SuiteFacts,
    Tools,
)
from goldens import assert_golden


def precision(number: int) -> Precision:
    return Precision(
        benchmark=f"work_{number}", median_s=10.0**-number, rounds=5 * number + 1, iterations=1, runs=6,
        noise=0.2 / (number + 1), round_spread=0.1, detectable=0.8 / (number + 1), spent_s=1.5,
    )  # fmt: skip


FULL = Checkup(
    root="/home/me/shop",
    version="1.0",
    suite=SuiteFacts(command="make benchmark", origin=FOUND, measurable=True, benchmarks=9, collect_s=2.2, quick=0),
    tools=Tools(
        executable="/home/me/shop/.venv/bin/python", python="3.12.1", implementation="CPython", pytest="9.2.0",
        pytest_benchmark="5.3.1", plugins={"pytest-xdist": "3.8.0", "pytest-cov": "7.1.0", "hypothesis": "6"},
    ),
    machine=MachineFacts(
        cpu="X", cores=8, usable_cores=4, cpu_limit=2.0, load_1m=3.1, governor="powersave", virtual=True, on_battery=True,
        spread=0.14, lost=0.2, probe_rounds=300,
    ),
    git=GitFacts(repository=True, sha="a1b2c3d4" * 5, branch="main", commits=1336, default_branch="origin/main", dirty=2),
    history=HistoryFacts(runs=12, newest="2026-11-23T15:38:02Z", newest_s=41.0),
    benchmarks=tuple(precision(number) for number in range(9)),
    settings=(
        Setting(key="command", value="make benchmark", origin="pyproject.toml [tool.bench-agent]"),
        Setting(key="names", value="{" + "x" * 90 + "}", origin="pyproject.toml [tool.bench-agent]"),
        Setting(key="keep", value="9", origin="BENCH_AGENT_KEEP"),
        Setting(key="window", value="5", origin="default"),
    ),
    slash_command=SlashCommand(state="update"),
    findings=tuple(
        Advice(severity=severity, area=area, message=f"something about {area}", advice="do something about it")
        for severity, area in (
            ("blocks", "tools"), ("harms", "git"), ("harms", "machine"), ("harms", "precision"), ("note", "claude"),
            ("note", "time"), ("note", "settings"),
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize("plain", [True, False])
def test_the_full_screen(plain: bool) -> None:
    assert_golden(f"checkup{'_plain' if plain else ''}.txt", render_checkup(FULL, Screen(width=80, plain=plain)))


@pytest.mark.parametrize("plain", [True, False])
def test_it_fits_one_screen_however_much_there_is(plain: bool) -> None:
    many = replace(FULL, benchmarks=tuple(precision(n) for n in range(200)), findings=FULL.findings * 20)
    lines = render_checkup(many, Screen(width=80, plain=plain)).splitlines()
    assert len(lines) <= 44
    assert max(map(cells, lines)) <= 80


def test_where_nothing_is_known_nothing_is_made_up() -> None:
    text = render_checkup(Checkup(root="/x", version="1"), Screen(width=80, plain=True))
    assert "no pytest session was seen" in text
    assert "no repository" in text
    assert "no runs" in text
    assert "None" not in text


def test_settings_nobody_can_read_are_not_called_defaults() -> None:
    text = render_checkup(replace(FULL, settings=(), settings_problem="unknown key"), Screen(width=80, plain=True))
    assert "can't be read" in text
    assert "all defaults" not in text


def test_hostile_text_is_shown_as_text() -> None:
    evil = "\x1b[31m[bold]x[/]\nnext"
    text = render_checkup(
        replace(
            FULL,
            findings=(Advice(severity="harms", area="suite", message=evil, advice=evil),),
            git=replace(FULL.git, branch=evil),
            benchmarks=(replace(precision(1), benchmark=evil),),
        ),
        Screen(width=80, color=True),
    )
    assert "[bold]x[/] next" in text
    assert "\x1b[31m[bold]" not in text
