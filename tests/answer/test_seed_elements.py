"""Each element of the document that the command was asked for from has its place: the table in docs/claude-code.md holds."""

import re
from pathlib import Path

import pytest

from answer.check.test_check import document
from answer.test_text import SAMPLES, sample
from bench_agent.answer.text import render_answer
from bench_agent.results.report import from_dict

DOC = Path(__file__).parents[2] / "docs/claude-code.md"


def rows() -> list[tuple[str, list[str]]]:
    """(element, examples) of each row of the table."""
    table = DOC.read_text().partition("| In the document")[2].partition("\n\n")[0]
    found = []
    for line in table.splitlines()[2:]:
        cells = line.strip("|").split(" | ", 2)
        found.append((cells[0].strip(), re.findall(r"`([^`]+)`", cells[2])))
    return found


@pytest.fixture(scope="module")
def answers() -> str:
    """Every sample answer, and that about a run of this repository's own sample agent."""
    own = render_answer(from_dict(document("sample_undecided")))
    return "\n".join([own, *(render_answer(sample(name)) for name in SAMPLES)])


def test_the_table_has_every_element() -> None:
    assert len(rows()) >= 20
    assert all(examples for _, examples in rows())


@pytest.mark.parametrize(("element", "examples"), rows())
def test_an_element_is_in_an_answer(answers: str, element: str, examples: list[str]) -> None:
    for example in examples:
        assert example in answers, f"{element}: no {example!r}"


def test_all_benchmarks_of_the_own_sample_are_there_with_their_categories_in_under_10000_characters() -> None:
    report = from_dict(document("sample_undecided"))
    answer = render_answer(report, diffs=True)
    assert len(answer) < 10_000
    assert len(report.benchmarks) == 18
    assert all(f"| `{row.benchmark}` |" in answer for row in report.benchmarks)
    assert all(f"**{row.group}**" in answer for row in report.benchmarks)
