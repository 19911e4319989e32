"""What an answer may say of memory, and what it may not."""

from dataclasses import replace

import pytest

import reports
from bench_agent.answer.check.check import check
from bench_agent.answer.check.facts import facts_of
from bench_agent.answer.check.records import Facts
from bench_agent.answer.text import render_answer
from bench_agent.results.memory import GrownLine, MemoryRow
from bench_agent.results.report import Report, as_dict

LINE = GrownLine(
    path="rank.py", line=7, text="rows = list(rows)", base_bytes=1_000_000, head_bytes=4_200_000, head_blocks=39_011
)


def report(*, leaks: bool = False) -> Report:
    made = reports.confirmed()
    row = MemoryRow(
        benchmark=made.benchmarks[0].id,
        verdict="more",
        base_bytes=1_500_000,
        head_bytes=4_800_000,
        exact=True,
        sessions=3,
        regressed=True,
        leaks=leaks,
        head_left_bytes=1_684 if leaks else 0,
        lines=(LINE,),
        next_command="bench-agent bisect a --metric memory --good 1a2b3c4d",
    )
    return replace(made, memory=(row,))


def said(text: str, *, leaks: bool = False, without: bool = False) -> list[str]:
    return [complaint.said for complaint in check(text, facts(reports.confirmed() if without else report(leaks=leaks)))]


def facts(one: Report) -> Facts:
    return facts_of(as_dict(one))


def name() -> str:
    return report().benchmarks[0].benchmark


def test_what_was_accepted_may_be_told() -> None:
    made = report()
    made = replace(made, memory=(replace(made.memory[0], regressed=False, accepted_bytes=4_700_000),))
    assert "4.7 MB are accepted" in (text := render_answer(made, limit=None))
    assert check(text, facts(made)) == []


def test_what_we_say_ourselves_is_never_complained_about() -> None:
    for leaks in (False, True):
        assert check(render_answer(report(leaks=leaks), limit=None), facts(report(leaks=leaks))) == []


@pytest.mark.parametrize(
    "text",
    [
        "`{}`: one call now holds 4.8 MB, was 1.5 MB.",
        "`{}`: the memory of one call grew by 220 %.",
        "`{}` holds 3.3 MB more memory than before.",
        "`{}`: memory 3.2x.",
    ],
)
def test_the_figures_of_a_call_may_be_told(text: str) -> None:
    assert said(text.format(name())) == []


@pytest.mark.parametrize(
    "text",
    [
        "`{}`: one call now holds 5.9 MB, was 1.5 MB.",
        "`{}`: the memory of one call grew by 320 %.",
        "`{}` is 3.2x slower.",
        "There is a memory leak.",
    ],
)
def test_other_figures_and_a_leak_that_is_none_are_complained_about(text: str) -> None:
    assert said(text.format(name()))


def test_a_leak_may_be_told_where_one_was_proved_and_nothing_where_no_memory_was_compared() -> None:
    assert said("There is a memory leak.", leaks=True) == []
    assert said("Memory grew.") == []
    assert said("Memory grew.", without=True)
