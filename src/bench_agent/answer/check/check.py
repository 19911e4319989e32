"""A text held against the findings: what it says that they do not support, one complaint each.

Takes facts and a Markdown text. Pure. Each figure is matched with the benchmark and the role that its sentence gives it, not with
all numbers of the report: a true figure of another benchmark is as wrong as an invented one. What can't be told is not
complained about.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from bench_agent.answer.check.assertions import judge_assertions
from bench_agent.answer.check.claims import Statement, lines_of, statements
from bench_agent.answer.check.commits import unknown_commits
from bench_agent.answer.check.figure_facts import is_supported, told_instead
from bench_agent.answer.check.numbers import figures
from bench_agent.answer.check.people import judge_people
from bench_agent.answer.check.readings import not_meaning, unsure_names, without
from bench_agent.answer.check.records import Facts
from bench_agent.answer.check.verdicts import judge_words

MAX_CHARACTERS = 60_000  # of a text: an answer has a tenth of it


class Complaint(NamedTuple):
    """said: the words in question. sentence: where. why: what the findings have instead, or that they have nothing."""

    said: str
    sentence: str
    why: str


def check(text: str, facts: Facts, people: Callable[[], str] | None = None, *, rendered: str = "") -> list[Complaint]:
    """The complaints about a text, in its order. O(figures x facts of a benchmark).

    people: gives the names of those who committed to the repository; asked where a text names somebody.
    rendered: the findings as the answer that is to be passed on; what stands in it, under the same heading, needs no check.
    """
    find = finder(facts)
    found: list[Complaint] = []
    for statement in statements(shortened(text), find, lines_of(rendered)):
        found += [
            Complaint(said, statement.text, why)
            for said, why in [*_of_all_readings(statement, facts), *judge_people(statement, people)]
        ]
    return list(dict.fromkeys(found))  # what is said twice is complained about once


def _of_all_readings(statement: Statement, facts: Facts) -> list[tuple[str, str]]:
    """The complaints, where there are some however the sentence is read."""
    told = list(_complaints(statement, facts))
    words = unsure_names(statement) if told else frozenset[str]()
    if words and not any(_complaints(without(statement, words), not_meaning(facts, words))):
        return []
    return told


def shortened(text: str) -> str:
    """The part of a text that is checked: up to a line's end before MAX_CHARACTERS."""
    if len(text) <= MAX_CHARACTERS:
        return text
    head, line, _ = text[:MAX_CHARACTERS].rpartition("\n")
    return head if line else text[:MAX_CHARACTERS]


def finder(facts: Facts) -> Callable[[str], str | None]:
    """What names a benchmark: its name, the test's, or one cut in the middle."""
    known = {name: name for name in facts.subjects}
    known |= {f"test_{name}": name for name in facts.subjects}

    def find(word: str) -> str | None:
        word = word.rpartition("::")[2]
        if word in known:
            return known[word]
        head, cut, tail = word.partition("…")
        if not cut or len(head) < 3:
            return None
        fits = [name for name in facts.subjects if name.startswith(head) and name.endswith(tail)]
        return fits[0] if len(fits) == 1 else None

    return find


def _complaints(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    all_figures = figures(statement)
    for i, figure in enumerate(all_figures):
        around = (all_figures[i - 1] if i else None, all_figures[i + 1] if i + 1 < len(all_figures) else None)
        if not is_supported(figure, around, statement, facts):
            yield figure.text, told_instead(figure, statement, facts)
    yield from unknown_commits(statement, facts)
    words = list(judge_words(statement, facts))
    yield from words
    yield from () if words else judge_assertions(statement, facts)
