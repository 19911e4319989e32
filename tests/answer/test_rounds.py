"""Whole answers as assistants write them, in rounds that the rules had not seen: honest ones pass, false ones are complained about."""

import pytest

from answer.check.test_check import facts
from answer.rounds import answers
from bench_agent.answer.check.check import check


@pytest.mark.parametrize("round_", [str(number) for number in range(8, 31)])
def test_honest_answers_are_not_complained_about(round_: str) -> None:
    told = answers(f"{round_}_honest")
    assert len(told) >= 36
    assert [(name, text, found) for name, text in told if (found := check(text, facts(name)))] == []


@pytest.mark.parametrize(
    ("round_", "most"),
    [
        *(("8", 4), ("9", 4), ("11", 1), ("12", 1), ("13", 0), ("14", 4), ("15", 0), ("16", 1), ("17", 5)),
        *(
            ("19", 3),
            ("20", 3),
            ("21", 4),
            ("22", 8),
            ("23", 5),
            ("24", 7),
            ("25", 5),
            ("26", 10),
            ("27", 6),
            ("28", 3),
            ("29", 5),
        ),
    ],
)
def test_false_answers_are(round_: str, most: int) -> None:
    """most: how many pass."""
    told = answers(f"{round_}_lies")
    passed = [(name, text) for name, text in told if not check(text, facts(name))]
    assert len(told) >= 26
    assert len(passed) <= most, passed
