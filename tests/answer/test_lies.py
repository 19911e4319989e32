"""Plain false sentences are complained about, true ones are not; the time grows with the text and no faster."""

import re
from collections.abc import Callable, Iterator

import pytest

from answer import unseen, unseen_again, unseen_third
from answer.check.test_check import REAL, facts, said
from answer.lies import PLAIN_LIES, PLAIN_TRUTHS, false_causes, false_names_and_figures, false_verdicts, true_sentences
from bench_agent.answer.check.check import MAX_CHARACTERS, check, shortened
from bench_agent.answer.check.claims import MAX_PIECE, statements
from bench_agent.answer.check.records import Facts

REGRESSED = ("attrs", "toy_slower", "confirmed")
Sentences = Callable[[Facts], Iterator[str]]


@pytest.mark.parametrize(
    ("kind", "reports", "least"),
    [
        (false_verdicts, REGRESSED, 60),
        (false_causes, ("attrs", "toy_slower", "lazy_proxy", "propcache", "two_slowdowns"), 60),
        (false_names_and_figures, ("attrs", "toy_slower", "lazy_proxy", "rune_300", "pypdf_620"), 60),
    ],
)
def test_plain_lies_are_complained_about(kind: Sentences, reports: tuple[str, ...], least: int) -> None:
    told = {(name, text) for name in reports for text in kind(facts(name))}
    missed = sorted((name, text) for name, text in told if not check(text, facts(name)))
    print(f"{kind.__name__}: {len(told) - len(missed)} of {len(told)} found")
    assert len(told) >= least
    assert missed == []


def test_true_sentences_are_not_complained_about() -> None:
    told = {(path.stem, text) for path in REAL for text in true_sentences(facts(path.stem))}
    wrong = sorted((name, text, str(check(text, facts(name)))) for name, text in told if check(text, facts(name)))
    print(f"true sentences: {len(wrong)} of {len(told)} complained about")
    assert len(told) >= 60
    assert wrong == []


def test_sentences_in_other_peoples_words_are_told_apart() -> None:
    known = facts("toy_slower")
    assert [text for text in PLAIN_LIES.strip().splitlines() if not check(text, known)] == []
    assert [(text, check(text, known)) for text in PLAIN_TRUTHS.strip().splitlines() if check(text, known)] == []


@pytest.mark.parametrize(("told", "most"), [(unseen.LIES, 0), (unseen_again.LIES, 2), (unseen_third.LIES, 13)])
def test_lies_that_the_rules_had_not_seen_are_complained_about(told: dict[str, str], most: int) -> None:
    """most: how many pass. The first two rounds were mended after they were counted (35 of 105, 21 of 55), the third was not."""
    passed = [(name, text) for name, text in unseen.sentences(told) if not check(text, facts(name))]
    assert len(passed) <= most, passed


@pytest.mark.parametrize("told", [unseen.HONEST, unseen_again.HONEST, unseen_third.HONEST])
def test_honest_sentences_of_the_same_kinds_are_not(told: dict[str, str]) -> None:
    assert [(name, text) for name, text in unseen.sentences(told) if check(text, facts(name))] == []


def test_a_figure_of_what_the_loop_does_is_no_figure_of_its_time() -> None:
    assert said("The loop of work now does 390 % more iterations, which fits the 4.9x.", "toy_slower") == []
    assert said("`work` takes 390 % more time.", "toy_slower") != [] or said(
        "`work` takes 50 % more time.", "toy_slower"
    )


def test_a_long_text_is_checked_up_to_a_lines_end() -> None:
    text = "llm_call is fine.\n" * 10_000
    part = shortened(text)
    assert len(part) <= MAX_CHARACTERS
    assert text.startswith(part + "\n")
    assert shortened("a" * (2 * MAX_CHARACTERS)) == "a" * MAX_CHARACTERS
    assert shortened("short") == "short"


@pytest.mark.parametrize("text", ["a" * 20_000, "total 5 %" * 2_000, "a[" * 5_000, "x.y " * 5_000])
def test_what_is_read_together_is_short_however_long_the_line_is(text: str) -> None:
    read = list(statements(text, lambda _: None))
    assert max(len(statement.text) for statement in read) <= MAX_PIECE
    assert re.sub(r"\s", "", "".join(statement.text for statement in read)) == re.sub(r"\s", "", text)
