"""The report as a comment: the verdict first, only what changed, and nothing a repository can smuggle in."""

import re

import pytest

import reports
from bench_agent.render.markdown import MAX_CHARS, render_markdown
from bench_agent.text.markup import code, fenced, prose
from goldens import assert_golden


@pytest.mark.parametrize(
    "name", ["all_well", "two_slowdowns", "confirmed", "undecided", "failed_benchmarks", "no_results"]
)
def test_the_comment_looks_as_reviewed(name: str) -> None:
    assert_golden(f"{name}.md", render_markdown(getattr(reports, name)()))


def test_the_title_is_the_verdict() -> None:
    assert render_markdown(reports.all_well()).startswith("## ✅ All 12 benchmarks passing\n")
    assert render_markdown(reports.confirmed()).startswith("## ❌ 1 regression confirmed")
    assert render_markdown(reports.no_results()).startswith("## ❌ Nothing was measured")
    assert render_markdown(reports.undecided()).startswith("## ❔ 2 undecided, 1 new, 1 vanished, 9 of 12 passing")
    assert render_markdown(reports.first_run()).startswith("## ⚪ Nothing compared, 3 benchmarks measured")


def test_only_changed_rows_are_on_top() -> None:
    top = render_markdown(reports.two_slowdowns()).split("### ")[0]
    assert top.count("| `") == 3
    assert "agent_response" not in top


def test_a_thousand_benchmarks_fit_a_comment() -> None:
    assert len(render_markdown(reports.many())) <= MAX_CHARS + 200
    assert len(render_markdown(reports.many(100, slow=50, text=reports.LONG))) <= MAX_CHARS + 200


def test_hostile_text_makes_no_link_mention_html_or_extra_cell() -> None:
    text = render_markdown(reports.hostile())
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text.replace("\\`", ""))
    assert not re.search(r"@\w", bare)
    assert "https://" not in bare
    assert not re.search(r"(?<!\\)<(?!/?(details|summary|sub)>)", bare)
    assert not re.search(r"(?<!\\)\]\(", bare)
    cells = {line.count("|") - line.count("\\|") for line in text.splitlines() if line.startswith(("| ❌", "| ⚠️"))}
    assert cells == {7}
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b`c", "`a¦b'c`"),
        ("", ""),
        ("two\nlines", "`two lines`"),
    ],
)
def test_code_spans_cannot_be_left(text: str, shown: str) -> None:
    assert code(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@bob", "@\u200bbob"),
        ("fixes #12", "fixes \\#\u200b12"),
        ("https://x.example", "https\u200b://x.example"),
        ("www.x.example", "www\u200b.x.example"),
        ("[a](b)", "\\[a\\](b)"),
        ("<b>", "\\<b>"),
        ("&lt;", "\\&lt;"),
    ],
)
def test_prose_stays_prose(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert fenced("a\n```\nb").split("\n")[0] == "````"
