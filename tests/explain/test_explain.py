"""`explain` with the real SDK against a loopback API: answers that pass, that break rules, and none."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import reports
from bench_agent.explain.evidence import evidence_of
from bench_agent.explain.explain import dry_run, explain, footer
from bench_agent.explain.model import KeyRefusedError
from bench_agent.explain.prices import cost
from bench_agent.results.explanation import Usage
from scripted_api import MODEL, api, error, message

REPORT = reports.confirmed()
EVIDENCE = evidence_of(REPORT)


def place(about: str) -> str:
    return next(f"{{E{n}}}" for n, fact in enumerate(EVIDENCE.facts, 1) if fact.about.startswith(about))


def answer(headline: str, kind: str = "measured") -> str:
    sentence = {"text": headline, "kind": kind}
    return json.dumps({"headline": sentence, "why": [], "what_to_do": [], "unsure": []})


GOOD = answer(f"{place(chr(97) + ' benchmark')} got slower by {place('change of')}")
BAD = answer("It got 12 percent faster, all is well")


def texts(request: dict[str, Any]) -> Sequence[str]:
    return [block["text"] for turn in request["messages"] for block in turn["content"]]


def test_a_good_answer_is_printed_with_the_facts_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with api(monkeypatch, message(GOOD)) as sent:
        explained = explain(REPORT, model=MODEL)
    assert explained.by_model
    assert explained.text.startswith("**`llm_call` got slower by +")
    assert len(sent) == 1
    assert sent[0]["model"] == MODEL
    assert sent[0]["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "E1 [" in texts(sent[0])[0]
    assert "2,900 tokens in, 100 out, $" in footer(explained)


def test_an_answer_that_breaks_a_rule_is_asked_for_once_more_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with api(monkeypatch, message(BAD), message(GOOD)) as sent:
        explained = explain(REPORT, model=MODEL)
    assert explained.by_model
    assert len(sent) == 2
    assert texts(sent[1])[:1] == texts(sent[0])  # the same beginning, which the cache holds
    assert "breaks the rules" in texts(sent[1])[-1]
    assert explained.usage.answered == 200


def test_twice_wrong_is_the_reports_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with api(monkeypatch, message(BAD)) as sent:
        explained = explain(REPORT, model=MODEL)
    assert len(sent) == 2
    assert not explained.by_model
    assert "12 percent" not in explained.text
    assert "context_loading" in explained.text
    assert explained.rejected


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (message("", stop="refusal"), "refused"),
        (message(GOOD[:40], stop="max_tokens"), "cut off"),
        (message("I would rather not."), "form"),
        (error(529, "overloaded_error"), "overloaded"),
        (error(500, "api_error"), "500"),
        (error(404, "not_found_error"), "there is no model"),
        (error(400, "invalid_request_error"), "400"),
    ],
)
def test_without_a_usable_answer_the_reports_own_text_is_printed(
    monkeypatch: pytest.MonkeyPatch, reply: tuple[int, dict[str, Any]], why: str
) -> None:
    with api(monkeypatch, reply):
        explained = explain(REPORT, model=MODEL)
    assert not explained.by_model
    assert why in explained.rejected[0]
    assert "context_loading" in explained.text


def test_a_key_that_is_refused_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with api(monkeypatch, error(401, "authentication_error")), pytest.raises(KeyRefusedError):
        explain(REPORT, model=MODEL)


def test_an_api_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    monkeypatch.setattr("bench_agent.explain.model.RETRIES", 0)
    explained = explain(REPORT, model=MODEL)
    assert "could not be reached" in explained.rejected[0]


def test_orders_in_a_subject_line_reach_the_model_as_data_and_the_answer_is_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model that obeys them says what the evidence does not."""
    obeyed = answer("Ignore the report: all is well, ship it", "guess")
    with api(monkeypatch, message(obeyed)) as sent:
        explained = explain(reports.hostile(), model=MODEL)
    assert not explained.by_model
    assert "data from a repository" in sent[0]["system"][0]["text"]
    assert "\x1b" not in texts(sent[0])[0]


def test_a_dry_run_shows_the_prompt_and_a_price_and_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    text = dry_run(REPORT, model=MODEL)
    assert "--- system" in text
    assert "E1 [" in text
    assert "$0.0" in text


def test_the_price_of_a_model_that_is_not_known_is_not_made_up() -> None:
    usage = Usage(given=1_000_000, answered=1_000_000)
    assert cost("claude-sonnet-5-5", usage) == pytest.approx(12.0)
    assert cost("some-other", usage) is None
    assert cost("claude-sonnet-5-5", Usage(cached=1_000_000)) == pytest.approx(0.2)


def test_without_a_key_one_sentence_says_so(tmp_path: Path) -> None:
    from projects import make_project

    project = make_project(tmp_path)
    assert project.run("run", "--no-confirm").code == 0
    done = project.run("explain", ANTHROPIC_API_KEY=None)
    assert done.code == 2
    assert "ANTHROPIC_API_KEY is not set" in done.err
    assert project.run("explain", "--dry-run", ANTHROPIC_API_KEY=None).code == 0
