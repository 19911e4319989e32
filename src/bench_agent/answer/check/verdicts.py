"""The verdict words of a statement held against the findings: regression, faster, pass, culprit, safe.

Pure. A word that is denied, asked or made conditional claims nothing, and so is not judged.
"""

import re
from collections.abc import Iterable

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.clauses import is_answered_no, is_said_of, without_appositions
from bench_agent.answer.check.records import CLEARED, HEX, Facts, Subject
from bench_agent.answer.check.wordings import lazy

_DENIED = lazy(
    r"\b(?:no|not|none|never|nothing|nobody|neither|nor|without|if|unless|whether|may|might|could|would|can't|cannot|isn't"
    r"|aren't|wasn't|hasn't|haven't|doesn't|don't|suspect\w*|possib\w*|likely|potential\w*|looks?|looked|undecided|until"
    r"|unclear|to see|once|too early)\b",
    re.I,
)
_MARKED = {
    "FAILED": "failed", "REGRESSED": "regressed", "OVER TARGET": "over_target", "SLOWER": "slower", "SUSPECTED": "suspected",
    "UNDECIDED": "undecided", "ENVIRONMENT": "environment", "VANISHED": "vanished", "NEW": "new", "FASTER": "faster",
    "UNTOUCHED": "untouched", "PASS": "pass",
}  # fmt: skip
_BAD = ("regressed", "slower", "over_target")

_WORD = lazy(
    r"(?<![A-Z])(" + "|".join(sorted(_MARKED, key=len, reverse=True)) + r")(?![A-Z])",
    needs="environment|failed|faster|new|over target|pass|regressed|slower|suspected|undecided|untouched|vanished",
)
_ENDS = re.compile(r"[;.:]\s|[()]|,\s|—|\bbut\b")
_REGRESSED = lazy(r"\bregress(?:ed|ion)\b", re.I, needs="regress")
_CONFIRMED = lazy(r"\bconfirmed\b", re.I, needs="confirmed")
_PASSES = lazy(r"\b(?:pass(?:es|ed|ing)?|healthy|fine)\b(?! (?:its|the|their|our)\b)", re.I, needs="fine|healthy|pass")
_FASTER = lazy(r"\b(?:faster|quicker|improve[ds]?|sped up)\b", re.I, needs="faster|improve|quicker|sped up")
_SLOWER = lazy(
    r"\b(?:slower|degrad(?:ed|ing)|slowed|los[te]s?\b[^.;]{0,20}\b(?:speed|performance))\b",
    re.I,
    needs="degrad|performance|slowed|slower|speed",
)
_ALL_PASS = lazy(
    r"\ball (?:[\d,]+ |the |(?:two|three|four|five|six|seven|eight|nine|ten) )?(?:benchmarks? )?(?:are )?pass(?:ing|ed)?\b",
    re.I,
    needs="pass",
)
_SAFE = lazy(r"\b(?:safe to (?:deploy|ship|merge|release)|good to go)\b", re.I, needs="safe|good to go")
_HOLD = lazy(r"\W*hold\b", re.I, needs="hold")
_CAUSE = lazy(
    r"\bculprits?\b|\bcaused by\b|\bthe cause\b|\bcause \(proved|\bproved by\b|\bis proved\b",
    re.I,
    needs="culprit|caus|prove",
)


def judge_words(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why) for each verdict that is not the findings'."""
    names = [name for _, name in statement.names] or list(statement.section)
    subjects = [facts.subjects[name] for name in dict.fromkeys(names) if name in facts.subjects]
    yield from _of_cell(statement, subjects)
    if statement.text.endswith("?") or is_answered_no(statement):
        return
    sure = not _DENIED.search(statement.shown)
    for clause in _clauses(statement):
        if _DENIED.search(clause):
            continue
        if len(subjects) == 1 and (not statement.names or is_said_of(clause, subjects[0])):
            yield from _of_one(clause, subjects[0], sure=sure)
        yield from _of_all(clause, facts)
    yield from _of_cause(statement, facts, subjects)


def _clauses(statement: Statement) -> list[str]:
    """The clauses, without code but for the names in it."""
    names = {name for _, name in statement.names}
    text = re.sub(r"`([^`]*)`", lambda code: code[1] if code[1] in names else " ", without_appositions(statement.text))
    return [part for part in _ENDS.split(text + " ") if part.strip()]


def _of_cell(statement: Statement, subjects: list[Subject]) -> Iterable[tuple[str, str]]:
    """The word of a table's status column."""
    found = _WORD.search(statement.shown) if statement.label else None
    if statement.label and found and len(subjects) == 1 and subjects[0].mark != _MARKED[found[1]]:
        yield found[1], f"the findings mark {subjects[0].name} as {subjects[0].mark}"


def _of_one(clause: str, subject: Subject, *, sure: bool) -> Iterable[tuple[str, str]]:
    """sure: nothing in the whole sentence makes it conditional."""
    name, mark = subject.name, subject.mark
    if sure and (said := _REGRESSED.search(clause)) and not (subject.confirmed and subject.slower):
        yield said[0], f"{name} is {mark}: no regression was confirmed"
    if sure and (said := _CONFIRMED.search(clause)) and not subject.confirmed:
        yield said[0], f"{name} is {mark}: nothing was confirmed by measuring again"
    if (said := _PASSES.search(clause)) and mark not in CLEARED:
        yield said[0], f"{name} is {mark}, not passing"
    if (said := _FASTER.search(clause)) and not subject.faster:
        yield said[0], f"the findings do not show {name} faster"
    if (said := _SLOWER.search(clause)) and not (subject.slower or mark == "environment"):
        yield said[0], f"the findings do not show {name} slower"


def _of_all(clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    summary = facts.summary
    if (said := _ALL_PASS.search(clause)) and (
        facts.status != "passing" or summary.get("passing") != summary.get("benchmarks")
    ):
        yield said[0], f"{summary.get('passing')} of {summary.get('benchmarks')} pass, the run is {facts.status}"
    if (said := _SAFE.search(clause)) and facts.go not in ("safe", ""):
        yield said[0], f"the findings say {facts.go.replace('cant_tell', 'can’t tell')}"
    if (said := _HOLD.match(clause)) and facts.go not in ("hold", ""):
        yield said[0].strip(), f"the findings say {facts.go.replace('cant_tell', 'can’t tell')}"


_NOTHING = lazy(
    r"\bno (?:regressions?|slowdowns?)\b|\bnothing (?:is|got|became) slower\b|\bnone (?:is|got) slower\b",
    re.I,
    needs=" slower|regression|slowdown",
)


def _of_cause(statement: Statement, facts: Facts, subjects: list[Subject]) -> Iterable[tuple[str, str]]:
    text = statement.shown
    summary = facts.summary
    said = _NOTHING.search(text)
    if said and not subjects:
        open_ = [key for key in ("regressed", "slower", "suspected", "over_target") if summary.get(key)]
        if open_ and not re.search(r"\b(?:confirmed|other|more|further)\b", text, re.I):
            yield said[0], f"the findings have {summary[open_[0]]} {open_[0].replace('_', ' ')}"
    said = _CAUSE.search(text)
    if said and not re.search(
        r"n[’']t\b|\b(?:none|not|no|nothing|neither|nobody|cannot|to (?:find|name|know|see|tell)|suspect\w*|to prove"
        r"|un(?:proved|proven|known|confirmed|clear|certain|identified)|probabl[ey]|perhaps|maybe|seems?|appears?|whether|if|may|might|could|likely|possibl[ey]"
        r"|typical\w*|usual\w*|common|often)\b",
        text,
        re.I,
    ):
        proved = {sha for subject in (subjects or list(facts.subjects.values())) for sha in subject.proved}
        named = [sha for sha in HEX.findall(statement.text) if re.search(r"[a-f]", sha) and re.search(r"\d", sha)]
        right = any(known.startswith(sha) for sha in named for known in proved)
        if not proved or (named and not right):
            yield said[0], "the findings prove no such commit: it is a suspect"
