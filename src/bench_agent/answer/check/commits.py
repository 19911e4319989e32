"""Whether the findings name a commit, and of the benchmark that it is said of. Pure."""

import re
from collections.abc import Iterable

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.records import HEX, Facts


def unknown_commits(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    for sha in HEX.findall(statement.text):
        if not re.search(r"[a-f]", sha) or not re.search(r"\d", sha):
            continue
        if not any(_is_same(sha, known) for known in facts.shas):
            yield sha, "the findings name no such commit"
            continue
        about = {name for _, name in statement.names} or set(statement.section)
        own = [facts.subjects[name].shas for name in about if name in facts.subjects]
        elsewhere = {known for subject in facts.subjects.values() for known in subject.shas}
        if (
            own
            and not any(_is_same(sha, known) for shas in own for known in shas)
            and any(_is_same(sha, k) for k in elsewhere)
        ):
            yield sha, "the findings name this commit for another benchmark"


def _is_same(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
