"""The lasting changes of a range as people read them: table, chart, notes, page; and that nothing of a repository acts in them."""

import json
from dataclasses import replace

import pytest

from backfills import PARSE, RENDER, backfill
from bench_agent.render.backfill import BackfillForms, chart_lines, headline
from bench_agent.render.terminal import Screen
from bench_agent.results.backfill import Backfill

NAMES = {PARSE: "parse", RENDER: "render"}
HOSTILE = "a | b <script>alert(1)</script> \x1b[31m @team [x](http://e.vil) `rm`"


def forms(found: Backfill | None = None) -> BackfillForms:
    return BackfillForms(found=found or backfill(), names=NAMES, command="bench-agent backfill v1.0..main")


def text(found: Backfill | None = None) -> str:
    return forms(found).text(Screen(width=120, color=False, plain=True, box=True))


def test_the_table_has_a_row_a_benchmark_and_one_commit_a_change() -> None:
    lines = text().splitlines()
    assert lines[0] == "2 commits changed 2 benchmarks (1 slower, 1 faster), of 40 commits from 00000000 to 99999999"
    [parse] = [line for line in lines if line.startswith("55555555 Rank")]
    assert parse.split() == [
        "55555555",
        "Rank",
        "every",
        "token",
        "parse",
        "+50",
        "%",
        "+45",
        "%",
        "to",
        "+56",
        "%",
        "8",
        "to",
        "the",
        "end",
    ]
    assert any(line.strip().startswith("and") and "until ffffffff" in line for line in lines)


def test_where_and_why_are_told_of_each_commit() -> None:
    assert "55555555: came with the merge eeeeeeee; does more: a.py::walk (lines 10 -> 20)" in text()
    assert "ffffffff: changes b.py; the same Python lines run as often as before" in text()


def test_of_a_merge_that_is_named_itself_it_is_said_that_its_commits_were_not_told_apart() -> None:
    merge = replace(backfill().changes[0], merge=None, brought=12)
    told = text(replace(backfill(), changes=(merge,)))
    assert "55555555: a merge of 12 commits: which of them did it is not known; does more: a.py::walk" in told


def test_the_chart_shows_first_what_changed_most() -> None:
    _, first, second = chart_lines(backfill(), NAMES)
    assert first.split() == ["parse", "▁██", "+49", "%", "since", "the", "first"]
    assert second.startswith("  render")
    assert "?" not in "".join(chart_lines(backfill(), NAMES, ascii_only=True))


def test_releases_are_compared_with_the_one_before() -> None:
    [row] = [line for line in text().splitlines() if line.startswith("v1.1")]
    assert "+28 %" in row
    assert "parse +49 %" in row


def test_what_is_not_known_is_said() -> None:
    told = text(backfill(out_of_time=True))
    assert told.startswith("so far: ")
    assert "parse changed by about +4 % between 00000000 and 55555555: no commit of them could be proved" in told
    [change] = backfill().unexplained
    rest = text(backfill(unexplained=(replace(change, rest=True, reason="no_time"),)))
    assert "between 00000000 and 55555555, beside what is named there: the time ended before it was found" in rest
    assert "not measured: aaaaaaaa, missing: ImportError" in told
    assert (
        "render can't be measured at 2 commits where others can, 00000000 to 55555555: TypeError: no such option"
        in told
    )
    assert "larger --budget goes on where it stopped" in told
    assert "it was not finished: the same command goes on where it stopped\n" in text(backfill(interrupted=True))
    assert headline(backfill(changes=False)).startswith(
        "no commit is proved to have changed any of 2 benchmarks by 3 %"
    )


def test_of_many_benchmarks_without_figures_some_are_told_and_the_others_counted() -> None:
    [row] = backfill().unmeasured
    told = text(backfill(unmeasured=tuple(replace(row, commits=(f"{n}" * 40,), reason=f"why {n}") for n in range(7))))
    assert "render can't be measured at 1 commit where others can, 44444444: why 4\n" in told
    assert "why 5" not in told
    assert "and 2 more such rows: see `unmeasured` of --json" in told


def test_where_nothing_was_measured_nobody_is_cleared_and_the_first_reason_is_told() -> None:
    nothing = backfill(changes=False, commits=())
    assert headline(nothing) == (
        "nothing could be measured of 2 benchmarks, in 40 commits from 00000000 to 99999999: missing: ImportError"
    )
    assert headline(replace(nothing, skipped=(), out_of_time=True)).endswith("99999999: the time ended before")
    assert headline(replace(nothing, skipped=(), interrupted=True)).endswith("99999999: it was stopped before")


def test_the_json_is_the_document() -> None:
    document = json.loads(forms().json())
    assert document["schema"] == "bench-agent/backfill/1"
    assert document["changes"][0]["benchmarks"][1]["taken_back_by"] == "f" * 40


@pytest.mark.parametrize("form", ["markdown", "html", "text"])
def test_text_of_the_repository_stays_text(form: str) -> None:
    made = {"text": text, "markdown": lambda f: forms(f).markdown(), "html": lambda f: forms(f).html()}[form]
    shown = made(backfill(subject=HOSTILE))
    assert "\x1b" not in shown
    if form == "html":
        assert "<script>" not in shown
    if form == "markdown":
        [row] = [line for line in shown.splitlines() if line.startswith("| `55555555`")]
        assert row.replace("\\|", "").count("|") == 7
        assert "@team" not in row
        assert "<script" not in row.replace("\\<", "")


def test_performance_notes_hold_the_table_the_releases_and_how_to_repeat_it() -> None:
    notes = forms().markdown()
    assert notes.startswith("## Performance notes\n")
    assert (
        "| `parse`<br>`render` | +50 %<br>+10 % | +45 % to +56 %<br>+6 % to +15 % | to the end<br>until ffffffff | `a.py::walk` |"
        in notes
    )
    assert "`bench-agent backfill v1.0..main`" in notes


def test_the_page_loads_nothing() -> None:
    page = forms().html()
    assert "src=" not in page
    assert "default-src 'none'" in page
    assert '<td class="n slower">+50 %</td>' in page
