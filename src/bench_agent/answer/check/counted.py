"""Whether the findings have a count: so many benchmarks passing, regressions, pairs, runs. Pure."""

import re

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.comparisons import counted_by_eye
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.records import Facts
from bench_agent.answer.check.whose import subjects_of
from bench_agent.answer.check.wordings import lazy

MIN_ROUNDS = 20  # below which a P95 is the largest value seen: said of every report

_COUNTS: dict[str, tuple[str, ...]] = {
    "benchmark": ("benchmarks", "all", "compared", "measured_in_turns"),
    "no target": ("no_target",),
    "measured in turns": ("measured_in_turns",),
    "regression": ("regressed", "slower"),
    "slowdown": ("slower", "within", "suspected", "suspected_told"),
    "suspected": ("suspected", "suspected_told"),
    "faster": ("improved", "improved_confirmed", "improved_loose"),
    "slower": ("slower", "decided", "decided_in_turns", "by_runs"),
    "environment": ("environment",),
    "undecided": ("undecided", "undecided_told", "undecided_rest"),
    "passing": ("passing", "all"),
    "failed": ("failed",),
    "new": ("new",),
    "vanished": ("vanished",),
    "untouched": ("untouched",),
    "over target": ("over_target",),
    "not measured": ("unmeasured",),
}


def is_counted(figure: Figure, statement: Statement, facts: Facts) -> bool:
    noun = figure.noun
    if not facts.subjects:  # nothing was measured: what was left out is told in words
        return any(re.search(rf"\b{figure.value:.0f}\b", text) for text in facts.texts)
    if noun == "round" and figure.value == MIN_ROUNDS:
        return True
    if noun in ("pair", "run", "round", "commit"):
        since = noun == "run" and re.search(r"\bsince\b", statement.shown, re.IGNORECASE)
        roles = ("level runs",) if since else (f"{noun}s",)
        subjects = subjects_of(figure, statement, facts) or list(facts.subjects.values())
        counts = (fact for subject in subjects for fact in subject.facts if fact.kind == "count" and fact.role in roles)
        known = {fact.value for fact in counts}
        if noun == "commit":
            known |= {float(len(subject.suspects)) for subject in subjects} if known else {figure.value}
        return figure.value in known
    if noun in ("times", "line"):
        return _is_how_often(figure, statement, facts)
    if noun == "direction":
        word = re.findall(r"[a-z]+", figure.right.lower())[0]
        return facts.directions.get(word, 0) == figure.value
    of_all = re.search(r"\bof\s*$", figure.left) is not None
    keys = ("all", "benchmarks", "decided", "decided_in_turns", "compared") if of_all else _COUNTS[noun]
    if not of_all and noun in ("slower", "faster") and figure.value in counted_by_eye(facts, slower=noun == "slower"):
        return True
    if figure.value == 0:
        return not facts.summary.get(keys[0])
    return figure.value in {facts.summary.get(key) for key in keys}


_OFTEN = lazy(r"(\d[\d,]*) times\b", needs=" times")
_LINES = lazy(r"(\d[\d,]*)(?= lines| ->)")
_EXECUTES = lazy(r"\b(?:executes?d?|runs?|ran)\b[\w\s]*$", re.I, needs="execute|ran|run")


def _is_how_often(figure: Figure, statement: Statement, facts: Facts) -> bool:
    """ "`f` runs 40 times", "`f` executes 480 lines": as the findings count it, where they count what the sentence names."""
    way = _OFTEN
    if figure.noun == "line":
        if not _EXECUTES.search(figure.left):
            return True  # of the source, not of a run
        way = _LINES
    told = [text for text in facts.texts if way.search(text) and any(code in text for code in statement.quoted)]
    counts = {float(count.replace(",", "")) for text in told for count in way.findall(text)}
    return not counts or figure.value in counts
