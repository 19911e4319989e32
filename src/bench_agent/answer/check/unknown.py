"""Commits and benchmarks that a sentence names and the findings do not have. Pure."""

import re
from collections.abc import Iterable

from bench_agent.answer.check.causes import is_in
from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.records import HEX, Facts
from bench_agent.answer.check.wordings import lazy

_HEX_WORDS = frozenset({"acceded", "defaced", "effaced", "facaded", "fabaceae"})

_COMMITTED = lazy(
    r"\b(?:commits?|sha|revision|rev|change|hash)\s+(?:is\s+)?`?([0-9a-f]{7,40})\b",
    re.I,
    needs="change|commit|hash|rev|sha",
)

_NAMED = lazy(
    r"(?:`(?P<code>[A-Za-z_][\w.:\[\]-]*)`|(?<![\w`./:])(?P<test>(?:test|bench)_\w+(?:\[[^\]\s]*\])?))(?=\s*(?:(?:is"
    r"|was|has|got|became|runs|ran|now"
    r"|also|became|looks|gets|become|by|\+?\d+(?:\.\d+)? ?%|about|roughly|much|far|itself)\s+)*(?:slower|faster"
    r"|regressed|slowed|degraded|improved|sped up)\b)"
)


def judge_names(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """Commits and benchmarks that the findings do not have."""
    for sha in HEX.findall(statement.text):
        odd = sha.isdigit() and sha in _COMMITTED.findall(statement.text)
        if (odd or (sha.isalpha() and sha not in _HEX_WORDS)) and not is_in(sha, facts.shas):
            yield sha, "the findings name no such commit"
    named = not statement.cited and ("`" in statement.text or "test_" in statement.text or "bench_" in statement.text)
    for match in _NAMED.finditer(statement.text) if named else ():
        name = (match["code"] or match["test"]).rpartition("::")[2]
        if not any(name in text for text in (*facts.subjects, *(f"test_{n}" for n in facts.subjects), *facts.texts)):
            yield name, "the findings have no such name"
