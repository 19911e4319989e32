"""A text held against the findings: what it says that they do not support, one complaint each.

Takes facts and a Markdown text. Pure. Each figure is matched with the benchmark and the role that its sentence gives it, not with
all numbers of the report: a true figure of another benchmark is as wrong as an invented one. What can't be told is not
complained about.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bench_agent.answer.assertions import judge_assertions
from bench_agent.answer.claims import Figure, Statement, figures, statements
from bench_agent.answer.facts import HEX, Fact, Facts, Subject
from bench_agent.answer.verdicts import judge_words

MIN_QUOTE = 20  # characters of a text that is taken for a quotation
MAX_CHARACTERS = 60_000  # of a text: an answer has a tenth of it
MIN_ROUNDS = 20  # below which a P95 is the largest value seen: said of every report


class Complaint(NamedTuple):
    """said: the words in question. sentence: where. why: what the findings have instead, or that they have nothing."""

    said: str
    sentence: str
    why: str


def check(text: str, facts: Facts) -> list[Complaint]:
    """The complaints about a text, in its order. O(figures x facts of a benchmark)."""
    find = finder(facts)
    found: list[Complaint] = []
    for statement in dict.fromkeys(statements(shortened(text), find)):  # what is said twice is complained about once
        found += [Complaint(said, statement.text, why) for said, why in _complaints(statement, facts)]
    return found


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
        if not _is_supported(figure, around, statement, facts):
            yield figure.text, _instead(figure, statement, facts)
    yield from _commits(statement, facts)
    words = list(judge_words(statement, facts))
    yield from words
    yield from () if words else judge_assertions(statement, facts)


# --- figures

_ROLES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(roles.split()))
    for pattern, roles in (
        (r"\bmedian", "median"),
        (r"\b(?:mean|average|avg)\b", "mean average"),
        (r"\bP95\b|\b95th\b", "p95 target"),
        (r"\btarget|\bgoal\b|[<>≤≥]|\ballowed\b", "target"),
        (r"\bmax(?:imum)?\b", "max p95"),
        (r"\bmin(?:imum)?\b", "min"),
        (r"\b(?:current(?:ly)?|now|today|takes)\b", "current median latest mean cpu"),
        (r"\b(?:baseline|before|was|previously|used to|formerly|from)\b", "baseline past median run"),
        (r"\bpeak\b", "peak"),
        (r"\bper run\b|\bvelocity\b", "velocity"),
        (r"\bin turns\b", "turns"),
        (r"\bvs\.? last\b|\bloose\b", "loose"),
        (r"\b(?:limit|threshold)\b", "limit"),
        (r"\bvaries\b|\bspread\b", "spread"),
        (r"\bsettle\b", "settle"),
    )
)
_RIGHT = re.compile(
    r"^\s*(?:\(|at |on |in |as |of |the |its )*(?P<word>median|mean|average|avg|P95|target|limit|threshold|per run|a run|before)\b",
    re.I,
)
_DIFFERENCE = re.compile(r"^\s*(?:\w+ )?(?:slower|faster|quicker|longer|shorter|more|less|saved|lost)\b", re.I)
_OVERALL = re.compile(
    r"\b(?:overall|altogether|together|in total|geometric|over (?:the|all)|on average|across|suite|whole|everything|machine)\b",
    re.I,
)
_ENDS = re.compile(r"\b(?:at least|at most|up to|between|from)\s*$", re.I)
_RANGE = re.compile(r"^\s*(?:to|–|-|and|\.\.\.?)\s*$")
_SETTLE = re.compile(r"\b(?:would (?:tell|settle)|(?:of|more) measuring|settle)\b")
_BREAK = re.compile(r"[,;:()|]")
_CHANGES = frozenset({"turns", "loose", "trend", "level", "accepted", "together", "all"})
_OF_CHANGES = _CHANGES | {"low", "high", "limit", "trend_low", "trend_high", "spread"}


def _is_supported(
    figure: Figure, around: tuple[Figure | None, Figure | None], statement: Statement, facts: Facts
) -> bool:
    if figure.kind == "plain":
        return not _is_judged(figure) or _quoted(figure, statement, facts, loosely=True)
    if figure.kind == "percent" and _WORK.match(figure.right):
        return True  # of what the code does, which somebody read there
    if figure.kind == "count":
        return _is_counted(figure, statement, facts) or _quoted(figure, statement, facts, loosely=False)
    if statement.cited and figure.kind in ("time", "size", "factor"):
        return True  # what somebody read in the code
    subjects = _subjects_of(figure, statement, facts)
    roles = _roles(figure, around, statement)
    pools: list[Sequence[Fact]] = [subject.facts for subject in subjects]
    overall = _OVERALL.search(figure.left + figure.right + statement.label)
    if not subjects or overall:
        pools.append(facts.overall)
    for pool in pools:
        if any(_fits(figure, fact, roles, statement) for fact in pool):
            return True
    if _quoted(figure, statement, facts, loosely=bool(overall)):
        return True
    return not subjects and not overall and figure.kind != "size" and _is_somebodys(figure, roles, statement, facts)


_WORK = re.compile(
    r"^\s*(?:more|fewer|less|extra|additional) (?:\w+ )?(?:iterations?|calls?|loops?|items?|work|rows?|elements?|allocations?|lines"
    r"|steps?|passes|tokens?|comparisons?|lookups?|objects?|requests?|queries|copies|characters|numbers|entries"
    r"|rounds? of the loop)\b",
    re.I,
)


def _is_judged(figure: Figure) -> bool:
    """Whether a number without a unit is one that only the findings can have: a load of 3.67."""
    return "." in figure.text


def _subjects_of(figure: Figure, statement: Statement, facts: Facts) -> list[Subject]:
    """The benchmarks that a figure may be of: those named together just before it, or just after "of" and the like."""
    places = list(statement.names)
    if not places:
        return [facts.subjects[name] for name in statement.section if name in facts.subjects]
    after = [name for at, name in places if at > figure.at]
    if (
        after
        and re.search(r"^\W*(?:slower |faster |lower |higher )?(?:on|for|in|of|at|by)\s+(?:`|the\b|$)?", figure.right)
        and _is_next(figure, places)
    ):
        return [facts.subjects[after[0]]]
    before = [(at, name) for at, name in places if at < figure.at]
    if not before:
        return [facts.subjects[name] for name in dict.fromkeys(after)]
    numbers = [other.at for other in figures(statement) if other.at < before[-1][0]]
    since = max(numbers, default=-1)
    group = [name for at, name in before if at > since] or [before[-1][1]]
    return [facts.subjects[name] for name in dict.fromkeys(group)]


def _is_next(figure: Figure, places: Sequence[tuple[int, str]]) -> bool:
    """Whether a name follows before the next figure does, with no more than a word between."""
    end = figure.at + len(figure.text)
    return any(end <= at <= end + len(figure.right) and at - end < 14 for at, _ in places)


def _roles(figure: Figure, around: tuple[Figure | None, Figure | None], statement: Statement) -> frozenset[str]:
    """The roles that the words around a figure allow; none said: empty."""
    before, after = around
    text = statement.shown
    left = figure.left if figure.left.strip() or not statement.label else ""
    if before is not None and before.kind == "plain" and before.text.startswith("-") and figure.left.strip() == ":":
        return frozenset({f"run{before.text}", f"run-{before.text.lstrip('-')}"})
    first = after is not None and _is_range(figure, after, text)
    second = before is not None and _is_range(before, figure, text)
    if figure.kind in ("percent", "factor") and (first or second):
        return frozenset({"low", "trend_low"}) if first else frozenset({"high", "trend_high"})
    if _SETTLE.search(figure.left + _BREAK.split(figure.right)[0]):
        return frozenset({"settle"})
    if figure.kind in ("time", "size"):
        if (after is not None and after.kind == figure.kind and "->" in _between(text, figure, after)) or (
            first and re.search(r"\bfrom\s*$", figure.left)
        ):
            return frozenset({"baseline", "past", "run"})
        if before is not None and before.kind == figure.kind and "->" in _between(text, before, figure):
            return frozenset({"current", "latest"})
        if _DIFFERENCE.match(figure.right):
            return frozenset({"difference", "velocity"})
    if _ENDS.search(figure.left):
        return frozenset({"low", "high", "trend_low", "trend_high"}) | _CHANGES
    found = [roles for pattern, roles in _ROLES if pattern.search(left)]
    right = _RIGHT.match(figure.right)
    if not found and right is not None:
        found = [roles for pattern, roles in _ROLES if pattern.search(right["word"])]
    if not found and statement.label:
        found = [roles for pattern, roles in _ROLES if pattern.search(statement.label)]
        if re.search(r"target", statement.label, re.IGNORECASE):
            found = [frozenset({"target"})]
        elif re.search(r"\bP95\b", statement.label):
            found = [frozenset({"p95"})]
    return frozenset().union(*found) if found else frozenset()


def _is_range(low: Figure, high: Figure, text: str) -> bool:
    between = _between(text, low, high)
    if low.kind != high.kind or not _RANGE.match(between):
        return False
    return "and" not in between or re.search(r"\bbetween\s*$", low.left, re.IGNORECASE) is not None


def _between(text: str, one: Figure, other: Figure) -> str:
    return text[one.at + len(one.text) : other.at]


def _fits(figure: Figure, fact: Fact, roles: frozenset[str], statement: Statement) -> bool:
    role = fact.role
    if fact.kind == "share":
        if _OF_SPEED.match(figure.right) or _SLOWED_BY.search(figure.left):
            return False
        if role.startswith("share"):
            commits = _named_commits(statement.text)
            named = any(role[6:] == sha[:7] for sha in commits) or (not commits and "suspects" in statement.text)
            return named and figure.kind == "percent" and not figure.sign and _is_value(figure, fact)
        if roles and role not in roles and role != "detectable":
            return False
        return figure.kind == "percent" and not figure.sign and _is_value(figure, fact)
    kinds = {"time": ("time",), "size": ("size",), "change": ("percent", "factor")}.get(fact.kind, ())
    if figure.kind not in kinds:
        return False
    if roles:
        base = "run" if role.startswith("run") and role not in roles else role
        if base not in roles and not (
            fact.kind == "change"
            and not roles & (_CHANGES | {"low", "high", "limit", "trend_low", "trend_high", "spread"})
            and role in _CHANGES
        ):
            return False
    elif role in ("low", "high", "trend_low", "trend_high", "spread"):
        return False
    return _is_value(figure, fact) and (fact.kind != "change" or _is_direction(figure, fact))


_OF_SPEED = re.compile(r"\s*(?:slower|faster|quicker|longer)\b", re.I)
_SLOWED_BY = re.compile(r"\b(?:slower|faster|slowed(?: down)?|regressed|degraded)(?: by)?[\s~]*$", re.I)


def _named_commits(text: str) -> list[str]:
    return [*HEX.findall(text), *(["uncommitted"] if "uncommitted" in text else [])]


def _is_value(figure: Figure, fact: Fact) -> bool:
    """Whether the figure is the fact, rounded as far as it is written."""
    return any(
        abs(abs(value) - figure.value) <= _half(figure) + abs(value) * max(figure.about, 1e-9)
        for value in _forms(figure.kind, fact)
    )


def _half(figure: Figure) -> float:
    """Half of the last digit; of a factor 15 % at most: 1.55 times is not twice."""
    half = figure.step * 0.5000001
    return min(half, 0.15 * figure.value) if figure.kind == "factor" else half


def _forms(kind: str, fact: Fact) -> tuple[float, ...]:
    if fact.kind == "share":
        return (fact.value * 100,)
    if fact.kind != "change":
        return (fact.value,)
    if kind == "percent":
        return ((fact.value - 1) * 100,)
    return (fact.value, 1 / fact.value if fact.value else 0.0)


_UP = re.compile(
    r"\b(?:slow(?:er|ed|down)?|longer|regress\w*|degrad\w*|increas\w*|grew|grown|worse\w*|rose|higher|up|gained)\b",
    re.I,
)
_DOWN = re.compile(
    r"\b(?:fast(?:er)?|quick(?:er)?|improv\w*|decreas\w*|drop\w*|reduc\w*|lower|fell|shorter|down|sped|saved)\b", re.I
)


def _is_direction(figure: Figure, fact: Fact) -> bool:
    """Whether sign and verb agree with the change."""
    rise = fact.value > 1
    if figure.sign in ("+", "-") and abs(fact.value - 1) > 0.0005:
        return (figure.sign == "+") == rise
    if figure.kind == "factor":
        less = re.match(r"\s*(?:less|faster|quicker|shorter)\b", figure.right) is not None
        return (
            rise != less
            if re.match(r"\s*(?:less|faster|quicker|shorter|slower|longer|as long|as slow)\b", figure.right)
            else True
        )
    near = figure.left[-40:] + " " + figure.right[:25]
    up, down = bool(_UP.search(near)), bool(_DOWN.search(near))
    return up in (down, rise)


def _is_somebodys(figure: Figure, roles: frozenset[str], statement: Statement, facts: Facts) -> bool:
    """A figure of a sentence that names nobody: written whole, and in one role, as one of the benchmarks has it."""
    exact = figure._replace(about=0.0)
    return any(_fits(exact, fact, roles, statement) for subject in facts.subjects.values() for fact in subject.facts)


# --- counts

_COUNTS: dict[str, tuple[str, ...]] = {
    "benchmark": ("benchmarks", "all", "compared", "measured_in_turns"),
    "no target": ("no_target",),
    "measured in turns": ("measured_in_turns",),
    "regression": ("regressed", "slower"),
    "slowdown": ("slower", "within"),
    "suspected": ("suspected", "suspected_told"),
    "faster": ("improved", "improved_confirmed", "improved_loose"),
    "slower": ("slower", "decided"),
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


def _is_counted(figure: Figure, statement: Statement, facts: Facts) -> bool:
    noun = figure.noun
    if noun == "round" and figure.value == MIN_ROUNDS:
        return True
    if noun in ("pair", "run", "round", "commit"):
        since = noun == "run" and re.search(r"\bsince\b", statement.shown, re.IGNORECASE)
        roles = ("level runs",) if since else (f"{noun}s",)
        subjects = _subjects_of(figure, statement, facts) or list(facts.subjects.values())
        counts = (fact for subject in subjects for fact in subject.facts if fact.kind == "count" and fact.role in roles)
        return any(fact.value == figure.value for fact in counts)
    if noun == "direction":
        word = figure.right.split()[0].lower()
        return facts.directions.get(word, 0) == figure.value
    keys = ("all", "benchmarks", "decided", "compared") if re.search(r"\bof\s*$", figure.left) else _COUNTS[noun]
    if figure.value == 0:
        return not facts.summary.get(keys[0])
    return figure.value in {facts.summary.get(key) for key in keys}


# --- what the report says in words


def _quoted(figure: Figure, statement: Statement, facts: Facts, *, loosely: bool) -> bool:
    """Whether a sentence of the report has this figure between the same words; loosely: or about the same things."""
    whole = statement.text.replace("\\", "")
    if any(figure.text in text and len(text) >= MIN_QUOTE and text in whole for text in facts.texts):
        return True  # a sentence of the report, as it stands
    token = re.escape(figure.text)
    before = re.findall(r"[\w%.]+", figure.left)[-1:] if figure.left.strip() else []
    after = re.findall(r"[\w%.]+", figure.right)[:1]
    pattern = (rf"\b{re.escape(before[0])}\W+" if before else r"(?<![\d.])") + token
    pattern += rf"\W+{re.escape(after[0])}" if after else r"(?![\d.]*\w)"
    if not before and not after and not loosely:
        return False
    looked = re.compile(pattern)
    subjects = {name for _, name in statement.names} or set(statement.section)
    for text in facts.texts:
        if figure.text not in text:
            continue
        if looked.search(text) and (not subjects or any(name in text for name in subjects) or (before and after)):
            return True
        if (
            loosely
            and re.search(rf"(?<![\d.]){token}(?![\d.]*\w)", text)
            and len(_content(text) & _content(statement.shown)) >= 1
        ):
            return True
    return False


def _content(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z]{4,}", text)}


# --- commits


def _commits(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
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


def _instead(figure: Figure, statement: Statement, facts: Facts) -> str:
    """What the findings say of whom the figure is said of."""
    from bench_agent.text import quantity

    subjects = _subjects_of(figure, statement, facts)
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
