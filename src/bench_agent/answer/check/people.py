"""People whom a sentence names as those who made a change, and whom the history of the repository does not have. Pure."""

import re
from collections.abc import Callable, Iterable

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.clauses import NOT
from bench_agent.answer.check.wordings import wording

_WHO = r"(?P<who{}>[A-Z][a-zà-ÿ]{{2,}}(?: [A-Z][\w’'-]+)?)"
_DID = r"(?:committed|authored|introduced|pushed|contributed|wrote|merged)"
_PERSON = wording(
    "author|commit|made|written|change|added|introduced|pushed|contributed|wrote|merged|ask|blame|patch|work|pull request",
    rf"\b(?i:author(?:ed by| is| was|:)?|(?:made|written|changed|added|{_DID}) by|committer(?: is|:)?)\s+{_WHO.format(1)}"
    rf"|\b(?i:commit|change|patch|work) (?:of|by) {_WHO.format(5)}"
    rf"|\b{_WHO.format(2)}[’']s (?:commit|change|patch|pull request)\b|\b{_WHO.format(3)} (?:has )?{_DID} "
    r"(?:it|the|this|that|[0-9a-f]{7})"
    rf"|\b(?i:ask|blame)\s+{_WHO.format(4)}\b",
    exact=True,
)
_NOBODY = frozenset(
    {
        "The",
        "This",
        "That",
        "These",
        "Those",
        "Its",
        "Your",
        "Our",
        "Their",
        "His",
        "Her",
        "Today",
        "Yesterday",
        "Somebody",
        "Someone",
        "Nobody",
        "Everybody",
        "Python",
        "Pytest",
        "Git",
        "Github",
        "Claude",
        "Commit",
        "What",
        "Who",
        "Whose",
        "Which",
        "Main",
        "Let",
        "One",
        "Whoever",
        "Each",
        "Both",
    }
)  # written with a capital letter, and no person's name


def judge_people(statement: Statement, people: Callable[[], str] | None) -> Iterable[tuple[str, str]]:
    """(name, why). people: the names of those who committed, as one text, asked for only where a person is named."""
    if people is None or NOT.search(statement.shown):
        return
    said = _PERSON.search(statement.shown)
    who = next((name for name in said.groups() if name), "") if said is not None else ""
    if not who or who.split()[0] in _NOBODY:
        return
    known = people().lower()
    if known and not any(re.search(rf"\b{re.escape(part.lower())}\b", known) for part in who.split()):
        yield who, "nobody of that name committed anything here"
