"""What takes a slowdown back that was confirmed: noise, a false alarm, fixed, within the limit. Pure."""

import re
from collections.abc import Iterable, Sequence

from bench_agent.answer.check.clauses import HEDGE, NOT, group_before
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.wordings import lazy, wording

_LIMIT = lazy(
    r"\b(?:within|below|under|inside|less than|does not exceed|doesn[’']t exceed|not (?:over|above|beyond))\s+(?:the "
    r"|its |your |our "
    r"|all )?(?:(?:allowed |accepted )?(?:\d+ ?(?:%|percent) )?(?:limits?|thresholds?|tolerance)\b|(?:allowed|accepted) \d+ ?%)",
    re.I,
    needs="limit|threshold|tolerance|allowed|accepted",
)

_THING = r"(?:slowdowns?|regressions?|difference|increase|change|finding|result|it|this|that|\d ?%)"

_NOISE = lazy(
    rf"{_THING}\s(?:[\w`\[\].-]+ ){{0,3}}?(?:is|was|are|were|comes?|came)\s(?:\w+ ){{0,3}}?(?:noise|noisy|random|fluke"
    rf"|measurement error|jitter"
    r"|false (?:alarm|positive)|artifact|artefact|negligible|insignificant|harmless"
    r"|imaginary)\b"
    r"|\b(?:it|that|this)['’]s (?:\w+ )?(?:an? )?(?:noise|fluke|false (?:alarm|positive)|measurement error)\b"
    rf"|{_THING}\s(?:\w+ ){{0,3}}?(?P<denied>(?:is|was)(?: not|n[’']t) (?:really )?(?:real|significant|there"
    rf"|a regression|meaningful)"
    r"|(?:does not|doesn[’']t) exist)\b"
    r"|\b(?:only|just|merely|simply|pure|mere) (?:\w+ )?(?:noise|jitter|a fluke|randomness|a false alarm)\b",
    re.I,
    needs="nois|random|fluke|measurement error|jitter|false|arti|arte|negligible|insignificant|harmless"
    "|imaginary|real|significant|there|a regression|meaningful|exist",
)

_MAYBE_NOISE = wording(
    "noise|noisy|fluke|jitter|outlier|artifact|artefact|false alarm|coincidence",
    r"\b(?:slowdowns?|regressions?)\b[^.;]{0,40}?\b(?:likely|probably|possibly|may|might|could|perhaps|seems?|looks?|appears?)\b"
    r"[^.;]{0,30}\b(?:noise|noisy|fluke|jitter|outlier|artifact|artefact|false alarm|coincidence)\b"
    r"|\b(?:likely|probably|possibly|perhaps|mostly)\b(?: just| only| pure| \w+)? (?:noise|jitter|a fluke|an outlier"
    r"|a false alarm)\b",
)
"""A hedge that is a claim itself: what was confirmed by measuring in turns is not "likely noise"."""

_WITHOUT = lazy(r"\b(?:not|no|never|neither|nothing|unlikely|rather than|instead of|if|unless)\b|n[’']t\b", re.I)

_FIXED = lazy(
    rf"(?P<thing>{_THING}\s(?:\w+ ){{0,3}}?)?\b(?:is|was|are|were|(?:has|have)(?: since| now| already)? been"
    rf"|got)\s(?:now |already |all |since "
    rf"|been |fully )*"
    r"(?P<how>fixed|resolved|gone|solved|reverted|repaired|mended|undone|accepted|approved|intended|intentional|waived)\b",
    re.I,
    needs="fixed|resolved|gone|solved|reverted|repaired|mended|undone|accepted|approved|inten|waived",
)


_EXPECTED = lazy(r"\b(?:should|expect\w*|verif\w*|checks?|hope\w*)\b", re.I, needs="check|expect|hope|should|verif")
_OF_OTHERS = lazy(
    r"\b(?:items?|elements|entries|orders?|products?|rows?|values?|bounds?|end|interval)\b",
    re.I,
    needs="bound|elements|end|entries|interval|item|order|product|row|value",
)


def _is_of_change(before: str) -> bool:
    """Whether what is within the limit may be a benchmark: not the items below a threshold, nor the end of an interval."""
    return _OF_OTHERS.search(before) is None


def judge_doubts(clause: str, about: Sequence[Subject], facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why). about: the benchmarks that the clause, or those before it, are about; none: it may be any."""
    hedged, denied = HEDGE.search(clause), NOT.search(clause)
    said = _LIMIT.search(clause)
    if said and not hedged and _is_of_change(clause[: said.start()]) and _is_over(about, facts):
        yield said[0], "the findings have it beyond the limit"
    confirmed = [s for s in (about or facts.subjects.values()) if s.confirmed and s.slower and s.mark != "environment"]
    if not confirmed:
        return
    name = confirmed[0].name
    if (said := _NOISE.search(clause)) and not hedged and (not denied or said["denied"]):
        yield said[0], f"{name} was confirmed by measuring again"
    if (said := _MAYBE_NOISE.search(clause)) and not _WITHOUT.search(clause.replace(said[0], " ")):
        yield said[0], f"{name} was confirmed by measuring again"
    said = _FIXED.search(clause)
    told = said and (said["thing"] or group_before(clause, said.start(), facts))
    if (
        said
        and told
        and not _EXPECTED.search(clause)
        and not hedged
        and not denied
        and not _is_accepted(said["how"], confirmed)
    ):
        yield said[0], f"the findings have {name} slower, and not {said['how'].lower()}"


def _is_over(subjects: Sequence[Subject], facts: Facts) -> bool:
    if subjects:
        return any(subject.mark == "regressed" for subject in subjects)
    return bool(facts.summary.get("regressed")) and not facts.summary.get("within")


def _is_accepted(how: str, subjects: Sequence[Subject]) -> bool:
    return how.lower() in ("accepted", "approved") and any(
        fact.role == "accepted" for subject in subjects for fact in subject.facts
    )
