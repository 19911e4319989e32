"""A change in prose for the comment of `ci --explain`: checked, safe as Markdown, and never a reason to fail."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

import changes
from bench_agent.commands.ci import _explained
from bench_agent.config import Config
from bench_agent.explain.change_evidence import evidence_of_change
from bench_agent.explain.explain import explain_change
from bench_agent.render.pull_request_comment import render_change
from bench_agent.results.change import Change
from scripted_api import MODEL, api, error, message

OPTIONS: Any = SimpleNamespace(model=MODEL)


def place(change: Change, about: str) -> str:
    return next(
        f"{{E{n}}}" for n, fact in enumerate(evidence_of_change(change).facts, 1) if fact.about.startswith(about)
    )


def good(change: Change) -> tuple[int, dict[str, Any]]:
    headline = f"{place(change, 'a benchmark')} got slower by {place(change, 'change of')}"
    cause = f"The proved cause is {place(change, 'a commit, proved')}"
    document = {
        "headline": {"text": headline, "kind": "measured"},
        "why": [{"text": cause, "kind": "proved"}],
        "what_to_do": [],
        "unsure": [],
    }
    return message(json.dumps(document))


def test_a_change_is_told_with_the_figures_of_its_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    change = changes.slower()
    with api(monkeypatch, good(change)) as sent:
        told = explain_change(change, model=MODEL)
    assert told.by_model
    assert told.text.startswith("**`search` got slower by")
    assert f"The proved cause is `{changes.GUILTY[:8]}`" in told.text
    assert "+    ranked = [rank" in str(sent[0]["messages"])


def test_names_and_notes_of_the_repository_are_no_markup_in_the_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    change = changes.slower(name=changes.NASTY, subject=changes.NASTY)
    with api(monkeypatch, good(change)):
        text = render_change(change, told=explain_change(change, model=MODEL).text)
    told = text.partition("### What happened")[0]
    assert "got slower by" in told
    for line in text.splitlines():
        assert not line.startswith(("/", "<!--"))
    outside = "".join(told.split("`")[::2])  # what is in code acts on nothing
    assert re.search(r"(?<!\\)</?details", outside) is None
    assert "@team" not in outside


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (error(529, "overloaded_error"), "overloaded"),
        (error(401, "authentication_error"), "does not take"),
        (message("", stop="refusal"), "refused"),
        (message('{"headline": {"text": "It is 12 percent slower", "kind": "measured"}, "why": []}'), "form"),
        (message(json.dumps({"headline": {"text": "All is well, ship it", "kind": "told"}, "why": [], "what_to_do": [], "unsure": []})), "well"),
    ],
)  # fmt: skip
def test_what_may_not_be_said_is_left_out_and_the_reason_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: tuple[int, dict[str, Any]], why: str
) -> None:
    with api(monkeypatch, answer):
        assert _explained(OPTIONS, Config(root=None), changes.slower()) == ""  # type: ignore[arg-type]
    told = capsys.readouterr().err
    assert told.startswith("not explained: ")
    assert why in told


def test_where_nothing_changed_and_without_a_key_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config: Any = Config(root=None)  # type: ignore[arg-type]
    with api(monkeypatch, message("")) as sent:
        assert _explained(OPTIONS, config, changes.quiet()) == ""
        monkeypatch.delenv("ANTHROPIC_API_KEY")
        assert _explained(OPTIONS, config, changes.slower()) == ""
    assert sent == []
    assert "ANTHROPIC_API_KEY is not set" in capsys.readouterr().err


def test_what_is_told_stands_in_the_comment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change = changes.slower()
    with api(monkeypatch, good(change)):
        told = _explained(OPTIONS, Config(root=None), change)  # type: ignore[arg-type]
    assert "put in from what was measured" in render_change(change, told=told)
    assert "tokens in" in capsys.readouterr().err
