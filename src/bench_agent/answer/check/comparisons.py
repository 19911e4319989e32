"""What is said of benchmarks against each other, and of parts of the suite: worse than, the worst, only one, half of them. Pure."""

import re
from collections.abc import Iterable, Sequence

from bench_agent.answer.check.clauses import HEDGE, NOT
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.wordings import lazy, wording

_THAN = wording(
    "than",
    r"\b(?:slowed down|regressed|degraded|suffered|is hit|was hit|lost|got|is) (?:far |much |clearly )?"
    r"(?P<more>more slow\w*|more|harder|worse|less)(?: \w+)? than\b",
)
_WORST = wording(
    "most|worse of|worst|hardest|down most|the most|larg|bigge|strongest",
    r"\bthe worse of (?:the|both)\b|\bthe worst (?:regression|slowdown|of|hit|one)\b|\bhit (?:the )?hardest\b"
    r"|\bslowed down (?:the )?most\b|\bthe (?:largest|larger|biggest|bigger|strongest) (?:regression|slowdown)\b",
)
_ONLY = wording(
    "only|just|alone",
    r"\b(?:only|just)\b[^.;]{0,60}\b(?:regressed|got slower|is slower|slowed down)\b|\balone regressed\b",
)
_ONE = wording(
    "only one|just one|a single",
    r"\b(?:only one|just one|a single)(?: benchmark| test| of \w+(?: \w+)?)?\s(?:\w+ )?(?:regressed|got slower|is slower)\b",
)
_PART = wording(
    "half|most|majority|handful|few|hardly",
    r"\b(?P<part>half|most|(?:the )?majority|(?:only )?a (?:handful|few)|hardly any)(?: of)?(?: the| our| these)? ?"
    r"(?:benchmarks?|tests?|suite)?\s(?:\w+ )?(?P<how>regressed|slower|slowed|pass(?:es|ed)?|passing|failed|faster|undecided)\b",
)
_SEVERAL = wording(
    "several|couple|multiple|various|numerous|many",
    r"\b(?P<part>several|a couple|multiple|various|numerous|many)(?: of)?(?: the| our| these)? (?:benchmarks?|tests?)\s"
    r"(?:have |has |are |were |got )*(?P<how>regressed|slower|slowed|failed)\b",
)
_NUMBERS = [
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
]
_COUNTED = wording(
    "regress|slower|fail|new|suspect|undecided|skip|pass",
    rf"\b(?P<count>\d+|{'|'.join(_NUMBERS)})(?: of)?(?: the| our| these)? (?:benchmarks?|tests?)\s"
    r"(?:is |are |was |were |got |have |has )*(?P<how>regressed|slower|failed|new|suspected|undecided|skipped|pass(?:es|ed)?)\b",
)
_OF_ALL = wording(
    "of ",
    rf"\b(?P<count>\d+|{'|'.join(_NUMBERS)}) of (?:the |our |all |them )?(?:\d+|{'|'.join(_NUMBERS)})?(?: benchmarks?| tests?)?\s*"
    r"(?:is |are |was |were |got |have |has )?(?P<how>over (?:its |their |the )?target|faster|improved"
    r"|slower|regressed|suspected|undecided|degrading)\b",
)
_KEYS = {
    "regressed": ("regressed", "slower"), "slower": ("slower", "suspected", "regressed"), "failed": ("failed",), "new": ("new",),
    "suspected": ("suspected", "suspected_told"), "undecided": ("undecided", "undecided_told"), "skipped": ("skipped",),
    "over": ("over_target",), "improved": ("improved", "improved_confirmed", "improved_loose"),
    "pass": ("passing", "plainly_passing"), "passes": ("passing",), "passed": ("passing", "plainly_passing"),
    "slowed": ("slower", "suspected"), "faster": ("improved", "improved_confirmed", "improved_loose"),
}  # fmt: skip


def judge_comparisons(clause: str, subjects: Sequence[Subject], facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why) for what orders or counts benchmarks otherwise than the findings."""
    if HEDGE.search(clause.replace("suspected", "").replace("undecided", "")) or NOT.search(clause):
        return
    ratios = [(s, ratio) for s in subjects if (ratio := _ratio(s)) is not None]
    if (said := _THAN.search(clause)) and len(ratios) == 2:
        (one, first), (_, second) = ratios
        if (first > second) == (said["more"].lower() == "less"):
            yield said[0], f"{one.name} changed {'more' if first > second else 'less'}"
    if (said := _WORST.search(clause)) and len(ratios) == 1:
        worst = max((r for s in facts.subjects.values() if s.slower and (r := _ratio(s)) is not None), default=0.0)
        if ratios[0][1] < worst - 1e-9:
            yield said[0], f"{ratios[0][0].name} is not the one that slowed down most"
    yield from _of_only(clause, subjects, facts)
    yield from _of_parts(clause, facts)
    yield from _of_numbers(clause, facts)


def _of_only(clause: str, subjects: Sequence[Subject], facts: Facts) -> Iterable[tuple[str, str]]:
    said = _ONE.search(clause) or (_ONLY.search(clause) if subjects else None)
    if said is None:
        return
    marked = [s for s in facts.subjects.values() if s.confirmed and s.slower and s.mark != "environment"]
    if len(marked) > max(len(subjects), 1):
        yield said[0], f"the findings have {len(marked)}"


def _of_parts(clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    whole = int(facts.summary.get("benchmarks") or 0)
    if (said := _PART.search(clause)) and whole:
        how = said["how"].lower()
        counts = {
            _count(facts, key) for key in (("passing",) if how.startswith("pass") else _KEYS.get(how, ("slower",)))
        }
        if not any(_is_part(said["part"].lower(), count, whole) for count in counts):
            yield said[0], f"the findings have {max(counts)} of {whole}"
    if said := _SEVERAL.search(clause):
        count = max(_count(facts, key) for key in _KEYS[said["how"].lower()])
        if count < 2:
            yield said[0], f"the findings have {count} of {whole}"
    if said := _COUNTED.search(clause):
        word = said["count"].lower()
        number = int(word) if word.isdigit() else _NUMBERS.index(word) + 1
        known = {_count(facts, key) for key in _KEYS[said["how"].lower()]}
        if said["how"].lower() == "slower":
            known |= counted_by_eye(facts, slower=True)
        if number not in known and not re.search(r"\b(?:of|in)(?: the| our| these)?\s*$", clause[: said.start()]):
            yield said[0], f"the findings have {max(known)}"


def _of_numbers(clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    """ "two of the six are over target"."""
    said = _OF_ALL.search(clause)
    if said and not _EACH.search(clause[: said.start()]):
        word = said["count"].lower()
        number = int(word) if word.isdigit() else _NUMBERS.index(word) + 1
        how = said["how"].lower().split()[0]
        known = {_count(facts, key) for key in _KEYS[how]} if how in _KEYS else {facts.directions.get(how, 0)}
        if how in ("faster", "slower"):
            known |= counted_by_eye(facts, slower=how == "slower")
        if number not in known:
            yield said[0], f"the findings have {max(known)}"


_EACH = lazy(r"\b(?:every|each|any)(?: single)?\s+$", re.I, needs="any|each|every")  # "every one of the ten"


def _count(facts: Facts, key: str) -> int:
    return int(facts.summary.get(key) or 0)


def counted_by_eye(facts: Facts, *, slower: bool) -> set[int]:
    """How many are slower, or faster, by the figures alone: any change counts, or only one that is visible."""
    ratios = [ratio for subject in facts.subjects.values() if (ratio := _ratio(subject)) is not None]
    return {sum(ratio > 1 + least if slower else ratio < 1 - least for ratio in ratios) for least in VISIBLE}


VISIBLE = (0.0, 0.005, 0.05)  # 0 % as it is rounded, and what somebody takes for more than noise


def _is_part(part: str, count: int, whole: int) -> bool:
    share = count / whole
    if "half" in part:
        return 0.35 <= share <= 0.65
    if "most" in part or "majority" in part:
        return share > 0.5
    return count > 0 and share < 0.4


def _ratio(subject: Subject) -> float | None:
    """What a benchmark changed by: measured in turns where it was, else against stored runs."""
    known = {fact.role: fact.value for fact in reversed(subject.facts) if fact.kind == "change"}
    return known.get("turns", known.get("loose"))
