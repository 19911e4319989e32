"""What a sentence asserts without a figure, held against the findings: that all is well, who did it, what is fixed.

Pure. Each rule is a way of saying something, and the state of the findings in which it is false. A sentence that asks, hedges or
denies asserts nothing here, unless the denial itself is the assertion ("nothing regressed").
"""

import re
from collections.abc import Iterable

from bench_agent.answer.check.causes import judge_causes
from bench_agent.answer.check.certainty import judge_certainty
from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.clauses import (
    HEDGE,
    NOT,
    clauses_of,
    headed_by,
    is_answered_no,
    mentioned_in,
    section_of,
    subjects_in,
)
from bench_agent.answer.check.comparisons import judge_comparisons
from bench_agent.answer.check.groups import judge_groups
from bench_agent.answer.check.marks import judge_mark
from bench_agent.answer.check.numbers import figures
from bench_agent.answer.check.predicates import judge_predicates
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.states import judge_state
from bench_agent.answer.check.unknown import judge_names
from bench_agent.answer.check.whole_run import judge_run
from bench_agent.answer.check.wordings import lazy

_EXCEPT = lazy(
    r"\b(?:no|not|nothing|none)\b[^.,;]{0,60}\b(?:but|except|besides|apart from|other than)\s+(?:the|this|that|one|in|for|`)",
    re.I,
    needs="apart from|besides|but|except|other than",
)

_SEVERITY = lazy(
    r"\bseverity\b[\s:]*(?:(?:of|for) `[^`]{1,200}`\W*)?"
    r"(?:(?:is|was|of|as|only|just|rated)\W+)*(low|medium|high|critical|minor|none)\b|\b(low|medium|high|critical|severe|minor)"
    r"(?:[- ]severity| regression| slowdown)\b",
    re.I,
    needs="severity|low|medium|high|critical|severe|minor",
)

_THEY = lazy(
    r"\b(?:both|they|neither|these two|those two)\b", re.I, needs="both|neither|these two|they|those two"
)  # whom the sentence before named
_LISTED = lazy(r"[0-9a-f]{7,40}\W*·")  # a line of the list of suspects, with a commit's message


def judge_assertions(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why) for each assertion that the findings don't have. O(length of the statement)."""
    if statement.label or statement.text.endswith("?") or is_answered_no(statement) or _LISTED.search(statement.text):
        yield from judge_names(statement, facts)
        return
    meant = _named_before(statement, facts)
    for clause in clauses_of(statement):
        subjects = subjects_in(clause, facts)
        meant = subjects or meant
        if not _EXCEPT.search(statement.text):
            about = subjects or headed_by(statement, facts) or section_of(statement, facts)
            if not about and _THEY.search(clause):
                about = _named_before(statement, facts)
            yield from judge_state(clause, about, meant or about, facts)
            yield from judge_run(clause, about, facts)
            yield from judge_mark(clause, subjects, has_figures=bool(figures(statement)))
            yield from judge_predicates(statement, clause, facts)
        yield from judge_comparisons(clause, mentioned_in(clause, facts), facts)
        yield from judge_groups(clause, facts)
    yield from judge_certainty(statement, facts)
    yield from _of_severity(statement, facts)
    yield from judge_causes(statement, facts)
    yield from judge_names(statement, facts)


def _named_before(statement: Statement, facts: Facts) -> list[Subject]:
    return [facts.subjects[name] for name in statement.topic if name in facts.subjects]


def _of_severity(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    text = statement.text.replace("*", "")
    said = _SEVERITY.search(text)
    if said is None or NOT.search(text) or HEDGE.search(text):
        return
    subjects = subjects_in(text, facts) or section_of(statement, facts) or list(facts.subjects.values())
    worse = [subject for subject in subjects if subject.slower and subject.mark not in ("pass", "faster", "untouched")]
    known = {subject.severity for subject in worse or subjects if subject.severity}
    written = (said[1] or said[2]).lower()
    word = {"minor": "low", "severe": "high"}.get(written, written)
    if known and word not in known and not (word == "high" and "critical" in known):
        yield said[0], f"the findings have the severity {', '.join(sorted(known))}"
