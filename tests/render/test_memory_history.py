"""The lasting changes of memory in words: table, chart, releases, Markdown; nothing in a repository acts in them."""

import json

import pytest

from bench_agent.render.memory_history import MemoryHistoryForms, chart_lines, headline, release_rows, why_lines
from bench_agent.render.terminal import Screen
from bench_agent.results.memory_history import MemoryHistory
from memory_histories import memory_history

NAMES = {"tests/benchmark/test_a.py::test_parse": "parse", "tests/benchmark/test_a.py::test_render": "render"}


def forms(found: MemoryHistory) -> MemoryHistoryForms:
    return MemoryHistoryForms(found=found, names=NAMES, command="bench-agent backfill v1.0..main --metric memory")


def test_the_text_tells_commit_sizes_line_and_what_is_open() -> None:
    text = forms(memory_history()).text(Screen(width=120))
    assert text.startswith(
        "2 commits changed the memory of one call of 2 benchmarks (1 more, 1 less), of 40 commits from "
    )
    assert "55555555 Read it whole" in text
    assert "2.4 MB" in text
    assert "5.03 kB left a call" in text
    assert "until ffffffff" in text
    assert "came with the merge eeeeeeee" in text
    assert "parse: mod.py:6 2.4 MB more at the peak (+9 allocations): values = [n for n in x]" in text
    assert "mod.py:9 90 kB less at the peak: text = ' ' * n" in text
    assert "calls of render hold 110 kB, before 100 kB, changed between 00000000 and 55555555: the time ended" in text
    assert "render differs from call to call or session to session: changes of less than 5.2 kB are not seen" in text
    assert text.rstrip().endswith("smaller changes than 1 % or 4 KB were not looked for; 61 sessions, 12 s")


def test_a_line_that_several_benchmarks_share_is_told_once() -> None:
    told = why_lines(memory_history().changes[0], NAMES)
    assert sum("mod.py:6" in line for line in told) == 1


def test_each_release_names_what_changed_most_against_the_one_before() -> None:
    assert [row[2] for row in release_rows(memory_history(), NAMES)] == [
        "-",
        "parse: 2.4 MB, was 536 B",
        "render: 100 kB, was 190 kB",
    ]


def test_the_chart_begins_with_what_changed_most() -> None:
    head, first, second = chart_lines(memory_history(), NAMES)
    assert head == "memory of one call at 3 commits, oldest first, the newest 99999999"
    assert ("parse" in first, "2.4 MB" in first, "render" in second) == (True, True, True)


@pytest.mark.parametrize(
    ("other", "begins"),
    [
        ({"commits": ()}, "no memory could be traced of 2 benchmarks"),
        ({"changes": False}, "no commit is proved to have changed what one call of any of 2 benchmarks holds by 1 %"),
        ({"out_of_time": True}, "so far: 2 commits"),
    ],
)
def test_the_headline_says_what_is_not_known(other: dict[str, object], begins: str) -> None:
    assert headline(memory_history(**other)).startswith(begins)  # type: ignore[arg-type]


def test_markdown_and_json_hold_the_same_and_a_subject_stays_text() -> None:
    found = forms(memory_history(subject="<script>|\x1b[31m`x`"))
    text = found.markdown()
    assert r"\<script>\|\`x\`" in text
    assert "\x1b" not in text
    assert "`mod.py:6`" in text
    assert json.loads(found.json())["changes"][0]["benchmarks"][0]["after_bytes"] == 2_400_536
