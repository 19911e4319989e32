"""The clauses of a sentence, and the benchmarks that each is about; whether it hedges or denies. Pure."""

import re

from bench_agent.answer.check.claims import Statement, is_english
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.wordings import lazy

WORSE = r"(?:regress(?:ed|es)?|regressions?|slower|slow(?:ed)? down|slowed|degraded|(?:got |became |is |are )?worse|affected)"
BE = (
    r"(?:(?:turned out(?: to be)?|is|are|was|were|has|have|had|been|got|gets?|become|became|did|does|do"
    r"|also|really|actually|now|all|still)"
    r"\s+)*"
)
HEDGE = lazy(
    r"\b(?:if|unless|until|once|after|whether|before (?:it|this|that|you|i|we|the|any)|when|would|may|might|could"
    r"|can[’']?t|cannot|suspect\w*|possib\w+|likely"
    r"|probabl\w+|perhaps|seems?|appears?|looks? like|potential\w*|unproved|unclear|undecided|to (?:see|prove|find"
    r"|name|know|tell)|maybe|think|believe"
    r"|typical\w*|usual\w*|common(?:ly)?|often|not yet|candidate|too early|had been|used to)\b",
    re.I,
)

NOT = lazy(r"\b(?:not|never|no|none|neither|nobody|nothing|without|cannot|hardly|barely|scarcely)\b|n[’']t\b", re.I)

QUOTED = lazy(r"“[^”]*”|\"[^\"]*\"")


_APPOSITION = lazy(r",\s*(`[^`]+`)\s*,\s*(?=(?:is|are|was|were|has|have|got|became|runs|regressed|slowed|improved)\b)")


_ANSWERED_NO = lazy(r"^\W*[\w /-]{3,40}:\s*\W*(?:(?:no|nope|not|never|false|none)\b|[❌🛑✗✘])", re.I)


def is_answered_no(statement: Statement) -> bool:
    """ "Safe to deploy: no": a label, which is denied after its colon."""
    return ":" in statement.text and _ANSWERED_NO.search(statement.text.replace("*", "")) is not None


def without_appositions(text: str) -> str:
    """ "One benchmark, `x`, got slower" without the commas, so that predicate and name stay together."""
    return _APPOSITION.sub(r" \1 ", text)


def clauses_of(statement: Statement) -> list[str]:
    """The clauses; of code only the names of benchmarks are left, in backticks."""
    names = {name for _, name in statement.names}
    known = names | {f"test_{name}" for name in names}
    text = QUOTED.sub(" ", without_appositions(statement.text).replace("\\", "").replace("**", ""))
    text = re.sub(r"`([^`]*)`", lambda code: code[0] if code[1].rpartition("::")[2] in known else " ", text)
    return [
        part
        for part in re.split(r"[;.:]\s|[()]|,\s(?!and\b|or\b)|—|\bbut\b|\bwhile\b|\bwhereas\b", text + " ")
        if part.strip()
    ]


_WORDS = re.compile(r"`([^`]+)`|[\w…]+(?:\[[^\]\s]{0,200}\])?")


def _places(clause: str, facts: Facts) -> list[tuple[int, int, Subject]]:
    """Where a clause names benchmarks. A name that is an English word ("no other") counts in backticks only after an article."""
    found: list[tuple[int, int, Subject]] = []
    if not any(name in clause for name in facts.subjects):
        return found
    for match in _WORDS.finditer(clause):
        word = (match[1] or match[0]).rpartition("::")[2]
        subject = facts.subjects.get(word) or facts.subjects.get(word.removeprefix("test_"))
        if (
            subject is not None
            and (match[1] or subject.name not in facts.unsaid)
            and (match[1] or not is_english(word, clause[max(0, match.start() - 12) : match.start()]))
        ):
            found.append((match.start(), match.end(), subject))
    return found


_MEASURE = lazy(
    r"\b(?:than|compared (?:with|to)|unlike|relative to|versus|vs\.?|as opposed to)\s+(?:the |in )?`?$",
    re.I,
    needs="as opposed to|compared |relative to|than|unlike|versus|vs",
)


def subjects_in(clause: str, facts: Facts) -> list[Subject]:
    """Those that a clause says something of: not the one that another is compared with."""
    return [subject for at, _, subject in _places(clause, facts) if not _MEASURE.search(clause[:at])]


def is_said_of(clause: str, subject: Subject) -> bool:
    """Whether a clause names it, and not only as what another is compared with."""
    at = clause.find(subject.name)
    while at >= 0:
        if not _MEASURE.search(clause[:at]):
            return True
        at = clause.find(subject.name, at + 1)
    return False


def mentioned_in(clause: str, facts: Facts) -> list[Subject]:
    return [subject for _, _, subject in _places(clause, facts)]


def section_of(statement: Statement, facts: Facts) -> list[Subject]:
    return [facts.subjects[name] for name in statement.section if name in facts.subjects]


def headed_by(statement: Statement, facts: Facts) -> list[Subject]:
    """The benchmark that a line begins with: "- `a`: no regression"."""
    at, name = statement.names[0] if statement.names else (0, "")
    rest = statement.text[at:].lstrip("`*").removeprefix("test_").removeprefix(name).lstrip("`*")
    is_head = name in facts.subjects and not statement.shown[:at].strip(" -+>") and rest.startswith(":")
    return [facts.subjects[name]] if is_head else []


def group_before(clause: str, at: int, facts: Facts) -> list[Subject]:
    """The benchmarks that a predicate at that place is said of: the last name before it, and those joined to it."""
    before = [place for place in _places(clause, facts) if place[1] <= at]
    group: list[Subject] = []
    start_of_last = at
    for start, end, subject in reversed(before):
        if group and not re.fullmatch(r"[\s,`&]*(?:(?:and|or|nor|as well as|both)[\s`]*)?", clause[end:start_of_last]):
            break
        group.append(subject)
        start_of_last = start
    return group
