"""Whether the findings have a figure: of the benchmark that its sentence gives it, in that role, with that sign and verb. Pure."""

import re
from collections.abc import Sequence

from bench_agent.answer.check.attribution import INTERVAL, KINDS, is_supposed, is_sure, may_be_of_any
from bench_agent.answer.check.claims import Statement, places_of_code
from bench_agent.answer.check.counted import is_counted
from bench_agent.answer.check.derived import is_derived
from bench_agent.answer.check.judged import is_against_work, is_claim, is_judged, is_of_a_time, is_of_work, is_told
from bench_agent.answer.check.numbers import Figure
from bench_agent.answer.check.quotations import is_in_notes, is_quoted
from bench_agent.answer.check.records import MEMORY, Fact, Facts, Subject
from bench_agent.answer.check.roles import CHANGES, roles_of
from bench_agent.answer.check.shares import OF_COMMIT, OF_SPEED, is_share
from bench_agent.answer.check.values import is_direction, is_value
from bench_agent.answer.check.whose import subjects_of
from bench_agent.answer.check.wordings import lazy

_OVERALL = lazy(
    r"\b(?:overall|altogether|on balance|together|in total|geometric|over (?:the|all)|on average|across"
    r"|suite|whole|everything|machine)\b",
    re.I,
    needs="across|everything|geometric|in total|machine|on average|on balance|over |overall|suite|together|whole",
)


def is_supported(
    figure: Figure, around: tuple[Figure | None, Figure | None], statement: Statement, facts: Facts
) -> bool:
    if figure.kind == "plain":
        return (
            not is_judged(figure, statement)
            or is_quoted(figure, statement, facts, loosely=True)
            or is_in_notes(figure, statement, facts)
        )
    if is_of_work(figure):
        return not is_against_work(figure, facts)  # of other work than was counted: which somebody read in the code
    if is_of_a_time(figure):
        return True
    if figure.kind == "count":
        return is_counted(figure, statement, facts) or is_quoted(figure, statement, facts, loosely=False)
    if figure.kind in ("time", "size", "factor") and any(at < figure.at for at in places_of_code(statement)):
        return True  # what somebody read in the code
    subjects = subjects_of(figure, statement, facts)
    roles = roles_of(figure, around, statement)
    pools: list[Sequence[Fact]] = [subject.facts for subject in subjects]
    overall = _OVERALL.search(figure.left + figure.right + statement.label)
    if not subjects or overall or not (statement.names or statement.section):
        pools.append(facts.overall)
    for pool in pools:
        if any(_fits(figure, fact, roles, statement) for fact in pool):
            return True
    if is_quoted(figure, statement, facts, loosely=bool(overall)):
        return True
    if any(_is_quotient(figure, subject) for subject in subjects):
        return True
    names = [subject.name for subject in subjects]
    if (not names or (roles <= _WHENS and not statement.label)) and is_in_notes(figure, statement, facts, names):
        return True
    if not subjects and not overall and _is_somebodys(figure, roles, statement, facts):
        return True
    of_all = overall and figure.kind in ("percent", "factor")
    if not (subjects or of_all or statement.names or statement.section) and _is_anybodys(figure, roles, facts):
        return True
    if is_derived(figure, around, statement, facts) or is_supposed(figure, statement):
        return True
    if is_sure(figure, statement):
        return False
    if not (subjects or statement.names or statement.label):
        if figure.kind in ("percent", "factor") and not is_told(figure, statement):
            return True
        if not is_claim(figure, statement, facts):
            return True  # nothing says that it is of what was measured
    return may_be_of_any(figure, roles, statement, facts) or any(
        _fits(figure, fact, roles, statement) for fact in facts.overall
    )


_TIMES_ITS = lazy(
    r"^\s*(?:of )?(?:its|the|their|that) (?P<what>median|mean|average|P95|target|limit|baseline)\b",
    re.I,
    needs="its|that|the",
)


def _is_quotient(figure: Figure, subject: Subject) -> bool:
    """ "18 times its median": somebody divided two of its times."""
    said = _TIMES_ITS.match(figure.right)
    if said is None or figure.kind not in ("factor", "percent"):
        return False
    what = {"average": "mean", "limit": "target"}.get(said["what"].lower(), said["what"].lower())
    times = [fact for fact in subject.facts if fact.kind == "time" and fact.value > 0]
    scale = 100.0 if figure.kind == "percent" else 1.0
    return any(
        is_value(figure, Fact("plain", "", scale * one.value / other.value))
        for other in times
        if other.role == what
        for one in times
        if one.role in ("p95", "median", "mean", "max", "current")
    )


_OF_MEMORY = lazy(r"\b(?:memory|holds?|held|bytes|allocat\w*|[kMG]B)\b", re.I)


def _fits(figure: Figure, fact: Fact, roles: frozenset[str], statement: Statement) -> bool:
    if fact.role == MEMORY:
        named = _OF_MEMORY.search(statement.text) and not OF_SPEED.match(figure.right)
        is_kind = figure.kind in ("percent", "factor")
        return bool(named) and is_kind and is_value(figure, fact) and is_direction(figure, fact)
    if fact.kind == "share":
        return is_share(figure, fact, roles, statement)
    if fact.kind == "change" and _OF_BYTES.search(figure.left) and not _OF_TIME.search(figure.left + figure.right[:25]):
        return False
    if figure.kind not in KINDS.get(fact.kind, ()) or not _is_role(figure, fact, roles, statement):
        return False
    return is_value(figure, fact) and (fact.kind == "count" or is_direction(figure, fact))


_OF_BYTES = lazy(r"\bmemory\b", re.I, needs="memory")
_OF_TIME = lazy(
    r"\b(?:time|cpu|slower|faster|speed|took|takes)\b", re.I, needs="cpu|faster|slower|speed|takes|time|took"
)

_NAMED_ONLY = frozenset(
    {"pair", "spread", "parent", "velocity", "trend_low", "trend_high"}
)  # never meant by a bare figure
_OF_BENCHMARK = frozenset({"settle", "target", "p95", "median", "mean", "difference"})
_TOGETHER = lazy(
    r"\b(?:together|all|every\w*|machine|common|whole)\b", re.I, needs="all|common|every|machine|together|whole"
)
_WHENS = frozenset({"current", "median", "latest", "mean", "cpu", "baseline", "past", "run", "peak"})
_LOST = lazy(
    r"\b(?:by|lost|gained|saved?s?|adds?|added|costs?|extra|another|difference)\b",
    re.I,
    needs="add|another|by|cost|difference|extra|gained|lost|save",
)
_EXTREME = lazy(
    r"\b(?:worst|best|least|most|up to|optimistic\w*|pessimistic\w*)\b",
    re.I,
    needs="best|least|most|optimistic|pessimistic|up to|worst",
)
_RAN = lazy(r"\b(?:ran|running)\b.*\bsuite\b", re.I, needs="suite")  # with all that is around it
_FOR_SUITE = lazy(
    r"\s*(?:of (?:which|it|that|them) )?(?:(?:went|goes|were|was) )?(?:into|for|spent on|on|in) the suite\b",
    re.I,
    needs=" the suite",
)
_SUITE = lazy(r"\bsuite\b", re.I, needs="suite")


def _other_names(statement: Statement) -> set[str]:
    """Code in the sentence that names no benchmark: a function, of which the evidence may tell figures."""
    return set(statement.quoted) - {name for _, name in statement.names}


def _is_role(figure: Figure, fact: Fact, roles: frozenset[str], statement: Statement) -> bool:
    """Whether the words around a figure allow it to be this fact."""
    role = fact.role
    if role in ("suite", "spent"):
        if _RAN.search(figure.left):
            return True
        fits = ((_SUITE.search(figure.left) or _FOR_SUITE.match(figure.right)) is not None) == (
            role == "suite"
        ) or figure.step >= 60
        return fits and not roles & _OF_BENCHMARK
    if not roles:
        of_bytes = role == "difference" and figure.kind == "size" and not _LOST.search(figure.left)
        is_change = role in ("low", "high") and OF_SPEED.match(figure.right) and not _EXTREME.search(statement.shown)
        is_bare = (
            role not in _NAMED_ONLY and not of_bytes and not is_change
        )  # "34 % slower" is no end of "+28 % to +34 %"
        return (
            is_bare
            or INTERVAL.search(statement.shown) is not None
            or (role == "parent" and OF_COMMIT.search(figure.left) is not None)
        )
    if role in ("all", "together") and _OVERALL.search(figure.left + figure.right):
        return not roles & {"low", "high", "parent", "limit"} and (
            role == "all" or ("turns" not in roles and _TOGETHER.search(figure.left + figure.right) is not None)
        )
    if role == "told" and roles <= _WHENS:
        return bool(_other_names(statement))
    base = "run" if role.startswith("run") and role not in roles else role
    if base in roles:
        return True
    of_changes = CHANGES | {"low", "high", "limit", "trend_low", "trend_high", "spread", "parent", "share", "reverted"}
    return fact.kind == "change" and not roles & of_changes and role in CHANGES


def _is_somebodys(figure: Figure, roles: frozenset[str], statement: Statement, facts: Facts) -> bool:
    """A figure of a sentence that names nobody: written whole, and in one role, as one of the benchmarks has it."""
    exact = figure if figure.left.rstrip().endswith("~") else figure._replace(about=0.0)  # ~: "a third", as it is said
    if figure.kind == "size" and (not facts.memory or "average" in roles or roles == {"peak"}):
        return False  # memory of the whole process, which the run's own figures tell
    return any(_fits(exact, fact, roles, statement) for subject in facts.subjects.values() for fact in subject.facts)


def _is_anybodys(figure: Figure, roles: frozenset[str], facts: Facts) -> bool:
    """A change or a time of a sentence that names nobody, as a benchmark has it, where no word says what it is."""
    if figure.kind in ("percent", "factor") and _OF_BYTES.search(figure.left):
        return False
    said = roles - {"low", "high", "trend_low", "trend_high"}
    exact = figure._replace(about=min(figure.about, 0.025))  # "over 99 %"; not "a third", as it is said
    return any(
        figure.kind in KINDS.get(fact.kind, ()) and is_value(exact, fact) and is_direction(figure, fact)
        if fact.kind != "share"
        else figure.kind == "percent" and is_value(exact, fact) and not (figure.sign or OF_SPEED.match(figure.right))
        for subject in facts.subjects.values()
        for fact in subject.facts
        if fact.kind in ("time", "change", "share") and fact.role not in (MEMORY, "limit")
        if not said or fact.role in said or fact.role == "told" or (said == {"median"} and _is_earlier(fact))
    )


def _is_earlier(fact: Fact) -> bool:
    return fact.role == "past" or fact.role.startswith("run")


def told_instead(figure: Figure, statement: Statement, facts: Facts) -> str:
    """What the findings say of whom the figure is said of."""
    from bench_agent.text import quantity

    subjects = subjects_of(figure, statement, facts)
    name = f" of {subjects[0].name}" if len(subjects) == 1 else ""
    shown = []
    for fact in subjects[0].facts if len(subjects) == 1 else facts.overall:
        if fact.kind == "time" and figure.kind == "time":
            shown.append(f"{fact.role} {quantity.duration(abs(fact.value))}")
        elif fact.kind == "change" and figure.kind in ("percent", "factor"):
            shown.append(f"{fact.role} {quantity.change(fact.value)}")
        elif fact.kind == "size" and figure.kind == "size":
            shown.append(f"{fact.role} {quantity.size(fact.value)}")
    known = f"; they have: {', '.join(dict.fromkeys(shown[:8]))}" if shown else ""
    return f"not what the findings say{name}{known}"
