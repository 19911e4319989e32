"""What is asserted of the whole run, or of one benchmark: unchanged, fine, noise, fixed, within the limit. Pure."""

import re
from collections.abc import Iterable, Sequence

from bench_agent.answer.check.clauses import BE, HEDGE, NOT, WORSE
from bench_agent.answer.check.doubts import judge_doubts
from bench_agent.answer.check.groups import judge_all
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.wordings import lazy, wording

_NONE_WORSE = lazy(
    rf"\b(?:nothing|none(?: of (?:the |them|these|those|our |your )?(?:\w+)?)?|no (?:single )?(?:benchmarks?"
    rf"|tests?|one)|not (?:a single|one) (?:benchmark|test)|neither"
    rf"(?: of (?:the |them)?(?:two )?\w*| benchmark| one)?)\s+(?:in \w+ )?{BE}{WORSE}\b",
    re.I,
    needs="nothing|none|no |not |neither",
)

_NO_REGRESSION = lazy(
    r"\b(?:no|zero|(?:no|any|without) (?:sign|evidence|trace|hint|indication)s? of(?: an?y?)?"
    r"|without(?: an?y?)?|not an?y?|free of|isn[’']t an?y?|aren[’']t any)\s+(?:(?:performance|confirmed|real|actual|"
    r"significant|speed|measurable|visible|single|proven|any)\s+)*(?:regressions?|slowdowns?|degradations?"
    r"|issues? (?:was |were )?(?:found|detected|seen))\b|\b(?:no|zero|without) (?:performance )?(?:issues|problems?|concerns?)\b",
    re.I,
    needs="regression|slowdown|degradation|problem|concern|issue",
)

_SPEED_KEPT = lazy(
    r"\b(?:speed|performance|timings?|times?|runtimes?)\s(?:\w+ )?(?:(?:has|have|did|is|was|are|were)(?: not"
    r"|n[’']t) (?:changed?|moved?|worse)"
    r"|(?:is|are|was|were|stayed|remained) (?:the same|unchanged|stable|steady))\b"
    r"|\b(?:is|are|runs?|stays?) (?:still )?(?:just )?as (?:fast|quick) as\b|\b(?:kept|keeps|held|holds) (?:its"
    r"|their) (?:speed|pace)\b",
    re.I,
    needs="speed|performance|tim|as fast|as quick|pace",
)

_BETTER = lazy(
    r"\b(?:performance|speed) (?:has |is |got |was )?(?:improved|better|increased)\b", re.I, needs="performance|speed"
)

_OTHERS = lazy(
    r"\b(?:other|others|else|further|more|additional|another|besides|apart|except|only|but)\b",
    re.I,
    needs="additional|apart|besides|but|else|except|further|more|only|other",
)

_GIVE_OUT = r"(?:ship|deploy|merge|release)"
_ALL_WELL = (
    wording(
        "ship|deploy|merg|releas|production|ready|go ahead",
        r"\b(?:ready (?:to|for) (?:be )?(?:a )?(?:the )?(?:ship\w*|deploy\w*|merg\w+|releas\w+|production|go)"
        rf"|clear(?:ed)? (?:to|for) {_GIVE_OUT}\w*|(?:can|may|should) (?:now )?(?:be )?(?:safely )?(?:go ahead and )?{_GIVE_OUT}"
        r"(?:p?ed|d)?"
        rf"|so {_GIVE_OUT}|(?:deploy|merge|ship) away|merge away|ship it|go ahead and \w+|safe to (?:\w+ )?{_GIVE_OUT}"
        rf"|(?:good|fine|ok|okay) to {_GIVE_OUT}|(?:release|deployment|merge|merging|shipping|deploying) (?:is|would be) safe"
        rf"|feel free to {_GIVE_OUT})\b",
    ),
    wording(
        "everything|it all|performance|speed|all|the ",
        r"\b(?:(?:everything|it all|performance|speed|all|the (?:run|suite|build|branch|change|code|release|results?|numbers"
        r"|figures|timings))\s+(?:\w+ ){0,2}?(?:is|are|looks?|seems?|was|were|stays?|stayed|remains?)\s+(?:\w+ ){0,2}?"
        r"(?:fine|good|ok|okay|well(?! (?:beyond|over|above|outside))|healthy|great|normal|green|clean|unchanged"
        r"|stable|steady|in order)"
        r"|all (?:good|clear|green|fine|well)|everything (?:passe[sd]|is passing)|the change is (?:safe|fine)"
        r"|all (?:the )?checks (?:are |have )?(?:pass|passed|passing|green))\b",
    ),
    wording(
        "safe to|verdict|to go|lgtm|both|nothing|no reason|no need|no block",
        r"\b(?:safe to (?:\w+ )?go|verdict(?: is|:) safe|(?:good|fine|ok|okay) to go|lgtm"
        r"|nothing to worry about|nothing (?:is|looks?|was)"
        r" (?:wrong|amiss)|nothing (?:needs )?to (?:be )?fix(?:ed)?|both (?:of them |benchmarks |tests )?(?:are |have )?"
        r"(?:pass|passing|passed|fine|green)"
        r"|no (?:reason|need) to (?:hold|wait|worry|block)\w*|(?:no|nothing) (?:to )?block\w*)\b",
    ),
)

_APART = lazy(
    r"\b(?:apart|aside) from\b|\b(?:otherwise|except|besides)\b", re.I, needs=" from|besides|except|otherwise"
)
_PART = lazy(
    r"\b(?:all|everything|whatever|what) (?:that|which|of what|it|we|I|could|was|were|is|has|had)\b.{0,40}\b(?:compared"
    r"|measured|reached|checked|ran|decided|has a target)\b|\bas such\b|\bso far\b|\bat first (?:sight|glance)\b",
    re.I,
    needs="all|as such|at first |everything|so far|what",
)  # of the rest nothing is said
_GONE = lazy(
    r"\b(?:slowdowns?|regressions?)\b (?:(?:has |have )?(?:now |already )?(?:went away|gone away|disappeared"
    r"|vanished)|(?:is |does |are )?no longer"
    r" (?:there|exists?|present|visible|a problem))\b|\balready (?:fixed|resolved|solved|reverted) (?:the|this"
    r"|that) (?:slowdown|regression)\b",
    re.I,
    needs="slowdown|regression",
)

_FAST_AGAIN = wording(
    "again|back to normal",
    r"\b(?:everything|it|all|performance|speed|the suite) (?:is|was|runs) (?:now |all )?(?:(?:fast|quick) again|back to normal)\b",
)
_OPEN = ("regressed", "slower", "suspected", "over_target")


def judge_state(
    clause: str, subjects: Sequence[Subject], meant: Sequence[Subject], facts: Facts
) -> Iterable[tuple[str, str]]:
    """What is said of the whole run, or of the benchmarks that the clause is about.

    meant: also those that the clauses before it were about, where it names none: "`a` is at +12 %, within the limit".
    """
    hedged = HEDGE.search(clause)
    confirmed = [
        s for s in (subjects or facts.subjects.values()) if s.confirmed and s.slower and s.mark != "environment"
    ]
    others = _OTHERS.search(re.sub(r"`[^`]*`", " ", clause))
    said = _NONE_WORSE.search(clause) or _NO_REGRESSION.search(clause)
    if said and confirmed and not others and not hedged:
        yield said[0], f"the findings have {confirmed[0].name} confirmed slower"
    said = _SPEED_KEPT.search(clause) or _BETTER.search(clause) or _GONE.search(clause) or _FAST_AGAIN.search(clause)
    if said and confirmed and not others and not hedged and not NOT.search(clause.replace(said[0], " ")):
        yield said[0], f"the findings have {confirmed[0].name} confirmed slower"
    denied = NOT.search(clause)
    said = next((said for way in _ALL_WELL if (said := way.search(clause))), None)
    is_denied = said is not None and NOT.search(clause.replace(said[0], " ")) is not None
    is_of_rest = said is not None and re.search(r"\b(?:else|other)\b", said[0], re.I) is not None
    is_false = bool(confirmed) if subjects else facts.go not in ("safe", "")
    is_of_part = said is not None and (_PART.search(clause) or _APART.search(clause)) is not None
    if (
        said
        and is_false
        and not is_of_part
        and not HEDGE.search(clause.replace(said[0], " "))
        and not is_denied
        and not is_of_rest
    ):
        yield said[0], f"the findings say {facts.go.replace('cant_tell', 'can’t tell')}"
    yield from judge_doubts(clause, meant, facts)
    yield from _of_multiples(clause, subjects)
    yield from _of_few(clause, subjects)
    yield from judge_all(clause, facts, hedged=bool(hedged or denied))


_MEASURED = ("turns", "loose", "trend", "level", "accepted")

_MULTIPLE = lazy(
    r"\b(?P<word>doubled|tripled|quadrupled|halved)\b(?!\s+(?:(?:the|its|our)\b(?! (?:run ?)?time| duration)|number\b|n\b|how\b))"
    r"|\b(?P<noun>double|triple) the (?:time|runtime)\b",
    re.I,
    needs="double|triple|quadrupled|halved",
)


def _of_multiples(clause: str, subjects: Sequence[Subject]) -> Iterable[tuple[str, str]]:
    """Factors in one word, of a benchmark's time."""
    said = _MULTIPLE.search(clause)
    if said is None or not subjects or "memory" in clause.lower() or HEDGE.search(clause) or NOT.search(clause):
        return
    times = {"d": 2, "t": 3, "q": 4, "h": 0.5}[(said["word"] or said["noun"])[0].lower()]
    before = clause[: said.start()]
    low = 0.7 if re.search(r"\b(?:nearly|almost|not quite|close to)\s+$", before, re.I) else 0.85
    high = 1.35 if re.search(r"\b(?:more than|over)\s+$", before, re.I) else 1.15
    if not any(
        fact.kind == "change" and fact.role in _MEASURED and low <= fact.value / times <= high
        for s in subjects
        for fact in s.facts
    ):
        yield said[0], f"the findings do not show that of {subjects[0].name}"


_FEW = wording("few percent|few per cent|few %", r"\ba few (?:percent|per cent|%)")


def _of_few(clause: str, subjects: Sequence[Subject]) -> Iterable[tuple[str, str]]:
    said = _FEW.search(clause) if len(subjects) == 1 and not NOT.search(clause) else None
    ratios = [fact.value for s in subjects for fact in s.facts if fact.kind == "change" and fact.role in _MEASURED]
    if said and ratios and all(abs(ratio - 1) > FEW for ratio in ratios):
        yield said[0], f"{subjects[0].name} changed by more"


FEW = 0.15  # nobody calls more "a few percent"
