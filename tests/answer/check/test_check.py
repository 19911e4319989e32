"""What the checker finds: one changed thing in a true answer, and nothing in an honest one, however it is worded."""

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from answer.honest import HONEST
from answer.mutants import changed, swapped
from answer.test_text import SAMPLES, sample
from bench_agent.answer.check.check import check
from bench_agent.answer.check.facts import facts_of
from bench_agent.answer.check.records import Facts
from bench_agent.answer.text import render_answer
from bench_agent.results.report import as_dict, from_dict

REAL = sorted((Path(__file__).parents[2] / "data/reports").glob("*.json"))
PER_REPORT = 24  # texts with a changed figure, and as many with two swapped, of each real report


def document(name: str) -> dict[str, Any]:
    """The stored report of that name, real or made up."""
    real = next((path for path in REAL if path.stem == name), None)
    found: dict[str, Any] = json.loads(real.read_text() if real else json.dumps(as_dict(sample(name))))
    return found


@cache
def facts(name: str) -> Facts:
    """Read once: a thousand sentences are held against each."""
    return facts_of(document(name))


def said(text: str, name: str = "confirmed") -> list[str]:
    """What is complained about in a text on that report."""
    return [complaint.said for complaint in check(text, facts(name))]


@pytest.mark.parametrize("name", [*SAMPLES, *(path.stem for path in REAL)])
def test_the_rendered_answer_is_never_complained_about(name: str) -> None:
    answer = render_answer(from_dict(document(name)), diffs=True)
    assert check(answer, facts(name)) == []
    assert check(render_answer(from_dict(document(name)), limit=None), facts(name)) == []


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in HONEST.items() for text in texts])
def test_an_honest_answer_in_other_words_is_never_complained_about(name: str, text: str) -> None:
    assert check(text, facts(name)) == []


@pytest.mark.long
def test_a_changed_figure_and_two_swapped_ones_are_found_in_real_reports() -> None:
    """As the hook reads an answer: lines that are as they were rendered, of which nothing is complained about (above), are passed over.

    Of each report the first two texts are read whole too, which must come to the same.
    """
    rng = random.Random(20)
    caught, made = {"changed": 0, "swapped": 0}, {"changed": 0, "swapped": 0}
    assert len(REAL) >= 20
    for path in REAL:
        known = facts(path.stem)
        text = render_answer(from_dict(document(path.stem)))
        for kind, mutants in (("changed", changed), ("swapped", swapped)):
            for i, (what, mutant) in enumerate(mutants(text, rng, PER_REPORT)):
                is_found = bool(check(mutant, known, rendered=text))
                assert i or bool(check(mutant, known)) == is_found, (path.stem, what)
                made[kind] += 1
                caught[kind] += is_found
    print("; ".join(f"{kind}: {caught[kind]} of {made[kind]} found" for kind in made))
    assert made["changed"] + made["swapped"] >= 1_000
    assert caught["changed"] / made["changed"] >= 0.98
    assert caught["swapped"] / made["swapped"] >= 0.90


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("`llm_call` is 13 % slower.", "13 %"),
        ("llm_call is 31 % faster.", "31 %"),
        ("context_loading is a regression of 22 %.", "regression"),
        ("The change of -22 % is on llm_call.", "-22 %"),
        ("llm_call went from 2.38 ms to 1.82 ms.", "2.38 ms"),
        ("llm_call has a mean of 2.9 ms.", "2.9 ms"),
        ("All 12 benchmarks pass.", "All 12 benchmarks pass"),
        ("It is safe to deploy.", "safe to deploy"),
        ("No regressions.", "No regressions"),
        ("Nothing here needs attention before release.", "Nothing here needs attention"),
        ("The slowdown stems from the machine.", "slowdown stems from the machine"),
        ("All three suspects were ruled out.", "All three suspects were ruled out"),
        ("The culprit is deadbee1.", "deadbee1"),
        ("llm_call passes.", "passes"),
        ("11 of 13 passing.", "13"),
        ("Memory: peak 180 MB.", "180 MB"),
        ("| Benchmark | Mean | Status |\n|---|---|---|\n| llm_call | 2.46 ms | ✅ PASS |", "PASS"),
        ("| Benchmark | Mean | P95 |\n|---|---|---|\n| llm_call | 2.9 ms | 2.46 ms |", "2.9 ms"),
    ],
)
def test_what_the_findings_do_not_say_is_found(text: str, words: str) -> None:
    assert words in said(text)


def test_a_suspect_is_no_culprit_and_no_suspicion_is_confirmed() -> None:
    assert said("The culprit is 99887766.", "two_slowdowns") == ["culprit"]
    assert said("llm_call is confirmed slower.", "two_slowdowns") == ["confirmed"]
    assert said("llm_call is a regression of 31 %.", "two_slowdowns") == ["regression"]
    assert said("llm_call is not a confirmed regression.", "two_slowdowns") == []


def test_a_commit_of_another_benchmark_is_not_this_ones() -> None:
    assert said("For `llm_call` see fda925dc.", "two_slowdowns") == ["fda925dc"]
    assert said("`work` is slower since 6132d33a.", "toy_slower") == []


def test_a_complaint_says_what_the_findings_have_instead() -> None:
    (complaint,) = check("`llm_call` is 13 % slower.", facts("confirmed"))
    assert "turns +31 %" in complaint.why


def test_what_somebody_read_in_the_code_is_theirs() -> None:
    assert said("rank.py:12 sorts 400 tokens, which takes 5 ms each time.") == []
    assert said("rank.py:12 makes llm_call 45 % slower.") == ["45 %"]


@pytest.mark.parametrize(
    "broken", [{}, {"benchmarks": 1}, {"benchmarks": [{}], "summary": None, "trends": [{"values": "x"}]}]
)
def test_a_report_with_missing_fields_knows_less_and_breaks_nothing(broken: dict[str, Any]) -> None:
    assert check("Nothing to see here.", facts_of(broken)) == []


def test_what_the_tool_rendered_itself_needs_no_check_where_it_stands() -> None:
    rendered = "### `llm_call`\n\n- **Change**: +99 %\n\n### `context_loading`\n\n- **Change**: -22 %\n"
    known = facts("confirmed")
    assert [c.said for c in check(rendered, known)] == ["+99 %"]
    assert check(rendered, known, rendered=rendered) == []
    moved = "### `context_loading`\n\n- **Change**: +99 %\n"
    assert [c.said for c in check(moved, known, rendered=rendered)] == ["+99 %"]
    assert [c.said for c in check(f"{rendered}\n`llm_call` is 45 % slower.", known, rendered=rendered)] == ["45 %"]
