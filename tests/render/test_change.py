"""What a change does, as the body of a comment, as text and as a page: the verdict first, bounded, nothing that acts."""

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import changes
from bench_agent.render.change import ChangeForms
from bench_agent.render.change_words import verdict
from bench_agent.render.pull_request_comment import MAX_BYTES, render_change
from bench_agent.render.terminal import Screen
from bench_agent.results.change import Change
from goldens import assert_golden
from pages import check_page


@pytest.mark.parametrize("name", ["quiet", "slower", "suspected", "nothing_compared"])
def test_the_comment_looks_as_reviewed(name: str) -> None:
    assert_golden(f"change_{name}.md", render_change(getattr(changes, name)()))


def test_the_first_line_is_the_verdict() -> None:
    assert render_change(changes.quiet()).startswith("## ✅ Nothing got slower\n")
    assert render_change(changes.slower()).startswith(
        "## ❌ 1 regression: search 7.2x, 1 slowdown accepted: encrypt +40 %"
    )
    assert render_change(changes.nothing_compared()).startswith("## ⚪ Nothing was compared\n")


def test_only_what_changed_or_is_open_stands_outside_the_fold() -> None:
    shown, _, folded = render_change(changes.slower()).partition("<details>")
    assert "`search`" in shown
    assert "`parse`" in shown
    assert "other_1" not in shown
    assert "`other_1`" in folded


def test_a_culprit_is_named_with_its_proof_and_the_lines_of_the_diff() -> None:
    text = render_change(changes.slower())
    assert "### Proved: abababababab `Rank every token`" in text
    assert "7.1x (6.8x to 7.4x, 8 pairs) against its parent, 98 % of the change" in text
    assert "+    ranked = [rank([word]) for word in words]" in text
    assert "`shop/search.py:41`" in text


def test_suspects_are_never_called_proved() -> None:
    text = render_change(changes.suspected())
    assert "Proved" not in text
    assert "62 % of the suspicion, not proved" in text


@pytest.mark.parametrize("count", [1, 30, 1_500])
def test_it_fits_a_comment_whatever_a_suite_holds(count: int) -> None:
    text = render_change(changes.huge(count), hidden="<!-- mark -->")
    assert len(text.encode()) <= MAX_BYTES + 100
    html = html_in(text)
    assert html.count("<details>") == html.count("</details>") > 0


def tokens_of(markdown: str) -> list[Token]:
    """Blocks and what stands in them, as GitHub reads them; HTML is its own kind."""
    blocks = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [token for block in blocks for token in (block, *(block.children or ()))]


def html_in(markdown: str) -> str:
    return "".join(token.content for token in tokens_of(markdown) if token.type.startswith("html_"))


@pytest.mark.parametrize("change", [changes.hostile(), changes.huge(40)], ids=["hostile", "huge"])
def test_a_hostile_repository_makes_no_link_mention_html_mark_or_quick_action(change: Change) -> None:
    mark = "<!-- bench-agent:1 -->"
    text = render_change(change, hidden=mark)
    tokens = tokens_of(text)
    shown = "\n".join(token.content for token in tokens if token.type == "text")
    assert not re.search(r"@\w|(?<!\w)[!%~#]\w|&\d|\bGH-\d|https?://|www\.", shown)
    assert re.sub(r"</?details>|<summary>[\w ,]*</summary>", "", html_in(text)).strip() == mark
    assert not {token.type for token in tokens} & {"link_open", "image"}
    fenced = {n for token in tokens if token.type == "fence" for n in range(*(token.map or (0, 0)))}
    assert not [line for n, line in enumerate(text.split("\n")) if n not in fenced and line.startswith("/")]
    assert text.count(mark) == 1


def test_the_text_says_the_same_and_carries_no_control_characters() -> None:
    screen = Screen(width=100, color=False, plain=True, box=True)
    text = ChangeForms(change=changes.slower(), command="bench-agent ci").text(screen)
    assert text.startswith(verdict(changes.slower()))
    assert "made `test_search` 7.1x slower (proved" in text
    assert "\x1b" not in ChangeForms(change=changes.hostile(), command="x").text(screen)


def test_the_page_holds_the_finding_and_no_script_but_ours() -> None:
    page = ChangeForms(change=changes.slower(), command="bench-agent ci").html()
    assert "Rank every token" in page
    for source in (page, ChangeForms(change=changes.hostile(), command="x").html()):
        assert source.count("<script") == 2


def test_the_page_of_a_change_has_its_verdict_both_times_and_calls_what_was_accepted_accepted() -> None:
    forms = ChangeForms(change=changes.slower(), command="bench-agent ci", told="")
    page = check_page(forms.html())
    assert "1 slowdown accepted: encrypt +40 %" in page.text
    assert "Slowdown confirmed, accepted by the change: encrypt" in page.text
    assert "Regression confirmed: encrypt" not in page.text
    assert "+40 % (beyond the 20 % limit, and accepted)" in page.text
    heads = page.text.split("Status", 1)[1].split("Regressed", 1)[0]
    assert "Base" in heads
    assert not [empty for empty in ("P95", "Rounds", "CPU", "Chart") if empty in heads]
