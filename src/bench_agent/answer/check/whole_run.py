"""What is said of the run as a whole, held against its counts: what failed, improved, was compared, is open. Pure."""

from collections.abc import Callable, Iterable, Sequence

from bench_agent.answer.check.clauses import HEDGE, NOT
from bench_agent.answer.check.comparisons import counted_by_eye
from bench_agent.answer.check.marks import BY_CODE
from bench_agent.answer.check.records import Facts, Subject
from bench_agent.answer.check.wordings import Wording, wording

_REST = wording("else|other|more|further|only|but|except", r"\b(?:else|others?|more|further|only|but|except)\b")
_IMPROVED_NONE = wording(
    "sped up|improved|faster|improvement",
    r"\b(?:nothing|none|no benchmark|no test)\b[^.;]{0,20}\b(?:improved|got faster|is faster|became faster|sped up)\b"
    r"|\bno improvements?\b",
)
_FASTER_ALL = wording(
    "faster|improved|sped up",
    r"\b(?:every(?:thing| benchmark| test| one)|all (?:of (?:the|them) ?)?(?:\d+ |the )?(?:benchmarks?|tests?)?)\s*(?:\w+ )?"
    r"(?:got |is |are |became )?(?:faster|improved|sped up)\b",
)
_FAILED_SOME = wording(
    "fail|crash|not be run|not run",
    r"\bthe (?:suite|run|build|benchmark run)(?: has)? (?:failed|fails|crashed)\b"
    r"|\bsome benchmarks? failed\b",
)
_NOT_RUN = wording(
    "not be run|not run|crash", r"\b(?:some|several|many) benchmarks? (?:could not be run|did not run|crashed)\b"
)
_FAILED_NONE = wording(
    "succeeded|fail|ran|completed",
    r"\b(?:nothing|none|no benchmarks?|no tests?)(?: \w+)? failed\b|\bno failures\b"
    r"|\ball (?:of )?(?:the )?(?:\d+ |\w+ )?benchmarks? (?:ran|completed|succeeded)\b",
)
_FIRST = wording(
    "first run|compare|no baseline|no history|earlier run|previous run|older run|no earlier|no previous|no older",
    r"\bno (?:earlier|previous|older) runs?\b|\b(?:this|it) (?:is|was) the first run\b|\b(?:there is|was"
    r"|is) nothing to compare with\b"
    r"|\bno (?:baseline|history) (?:to|yet|was|is)\b",
)
_NO_TURNS = wording(
    "in turns|measured again|measured twice",
    r"\b(?:nothing|none|no benchmarks?|neither(?: of \w+)?) (?:was|were) measured (?:in turns|again|twice)\b",
)
_UNKNOWN_CULPRIT = wording(
    "search|bisect|know|tell|say|who|which|commit|culprit|cause|who did|nobody|author|origin|source|reason",
    r"\bno known (?:commit|culprit|cause|reason)\b"
    r"|\bno (?:commit|culprit|cause) (?:could be |was |is |has been )?(?:proved|proven|found|known|named|identified)\b"
    r"|\bnobody (?:knows|can (?:tell|say)) (?:what|who|why|which)\b.{0,30}"
    r"|\b(?:culprit|cause|commit|author|origin|source|reason)(?: [\w`]+){0,4} (?:is|was|remains) (?:not |un)(?:known|proved"
    r"|clear|found)\b"
    r"|\b(?:do not|don[’']t|can[’']?t|cannot) (?:know|tell|say) (?:which commit|who|what)\b.{0,30}"
    r"|\b(?:search|bisect(?:ion)?)\b[^.;]{0,40}\b(?:without (?:a |any )?result|inconclusive"
    r"|found (?:nothing|nobody|no commit)|came to nothing)\b"
    r"|\b(?:culprit|cause|commit|origin|source)\b[^.;,]{0,50}(?:\b(?:not|never|cannot)|n[’']t)(?: \w+){0,2} (?:found|identified"
    r"|located|pinned down|pinpointed|determined|established|named|proved|proven|traced|isolated)\b"
    r"|(?:\b(?:not|never|cannot|unable to|failed to)|n[’']t)(?: \w+){0,2} (?:find|identify|locate|pin down|pinpoint|determine"
    r"|establish|name|prove|trace|isolate)\b[^.;,]{0,20}\b(?:culprit|cause|commit|origin|source|reason|what caused|who|which)\b",
)
_ALL_TURNS = wording(
    "in turns",
    r"\b(?:all|every|everything)\b(?: of)?(?: the| our)?(?: \w+)?(?: benchmarks?| tests?)?"
    r" (?:was|were|has been|have been) measured in turns\b",
)
_TARGETS_MET = wording(
    "target",
    r"\b(?:no|none|nothing)\b[^.;]{0,25}\b(?:misses|missed|over|above|beyond) (?:its|their|a|any) target"
    r"|\ball targets (?:are|were) met\b|\bno targets? (?:is|are|was|were) missed\b",
)
_CONFIRMED = wording(
    "confirmed|proved",
    r"\b(?:both|all|the|these) (?:\w+ )?(?:slowdowns?|regressions?)"
    r" (?:is|are|was|were) (?:\w+ )?(?:confirmed|proved)\b",
)
_TESTS_FAIL = wording(
    "test",
    r"\btests? (?:suite )?(?:now |also |have been |has been |have |has |are |is |were |still |all |both )*"
    r"(?:fail(?:s|ed|ing)?|broken|broke|red)\b",
)
_RAN = wording(
    "until|unless|before|ran|run|ran |run |when|if|after|pytest|check",
    r"\b(?:i|we) (?:ran|run|checked)\b|\b(?:when|if|after|pytest|until|unless|before)\b",
)
_NONE_COMPARED = wording(
    "all|every|nothing",
    r"\bnothing (?:has )?changed\b|\b(?:all|every|everything)\b[^.;]{0,40}\b(?:as fast as|unchanged|stable|steady"
    r"|(?:got|is|are|became) (?:slower|faster)|regressed|improved|the same speed)\b",
)
_YES = r"(?:(?!\b(?:not|no|never|cannot|hardly|barely|scarcely)\b|n[’']t\b).)"  # anything but a denial
_PLACE = r"(?:machine|environment|python version|interpreter|hardware|load)"
_SURROUNDINGS = wording(
    "machine|environment|python version|interpreter|hardware|load",
    rf"\bblame the(?: \w+)? {_PLACE}\b|\bmeasured on (?:another|a different) machine\b|"
    rf"\b(?:the|a|your|its|new|busy|slow)(?: \w+)? {_PLACE}\b{_YES}{{0,30}}\b(?:to blame|caused|did it|slowed|is why|at fault"
    rf"|explains?)\b"
    rf"|\b(?:slowdowns?|regressions?|slower|slowed|difference|increase|it|this|that)\b{_YES}{{0,40}}"
    rf"\b(?:comes from|came from|stems from|stemmed from|results from|resulted from|caused by|because of|due to|down to"
    rf"|explained by)\s+(?:the|a|your|its)(?: \w+)? {_PLACE}\b",
)
_PARTLY = wording("part|stored|also|some", r"\b(?:in part|partly|partially|stored runs|also|some of)\b")
_NONE_CONFIRMED = wording(
    "confirmed",
    r"\b(?:nothing|none(?: of them)?|neither(?: of (?:them|the two|both))?) (?:was|were|is|are|ha[sv]e? been) (?:\w+ )?confirmed\b",
)
_OLD_TOO = wording(
    "old code", r"\bold code (?:is|was|runs) (?:just |exactly |now )?(?:(?:as|also|equally) slow|slower)\b"
)
_MEMORY = wording(
    "memory",
    r"\bmemory (?:use|usage|consumption|peak|footprint)?\s*(?:\w+ )?"
    r"(?:doubled|tripled|grew|grows|rose|increased|dropped|fell|shrank|leaks?|leaked)\b"
    r"|\bmemory leaks?\b|\b(?:more|less|twice the) memory (?:than (?:before|at)|now)\b",
)
_LEAK = wording("leak", r"\bmemory leaks?\b|\bmemory leaked\b")
_SLOWER_SOME = wording(
    "regression|slower|slowdown|regressed",
    r"\bthere (?:is|was|are|were) (?:a|an|one|some)(?: \w+)? (?:regressions?|slowdowns?)\b"
    r"|\b(?:something|some benchmarks?) (?:has |have |is |are )?(?:got |become |became )?(?:slower|regressed)\b"
    r"|\b(?:a|one|some) regressions? (?:was|were|is|has been) (?:found|confirmed|detected)\b|\bthe code (?:got|is|became) slower\b",
)
_GIVE_OUT = r"(?:deploy|ship|merge|release)"
_NOT_SAFE = wording(
    "deploy|ship|merge|release|hold|safe",
    rf"\bnot (?:yet )?(?:be )?(?:safe|ready|fit) (?:to|for) {_GIVE_OUT}\w*"
    rf"|\b(?:do not|don[’']t|must not|should not|shouldn[’']t) (?:\w+ )?{_GIVE_OUT}\b"
    r"|\b(?:should|must|can)(?:not| not|n[’']t) be (?:deployed|released|merged|shipped)\b"
    r"|\bhold (?:this|it|the release) back\b|^\W*(?:please )?hold (?:the|this|it)\b|\b(?:can[’']?t"
    r"|cannot) (?:yet )?tell (?:whether|if) (?:it|this) is safe\b",
)
_SETTLED = wording(
    "measuring|nothing|open question|more measuring|is open|is clear|decided|conclusive|settled|nothing left",
    r"\bno open questions?\b|\beverything is (?:settled|decided|clear)\b|\bno (?:more|further) measuring (?:is "
    r"|was )?(?:needed|necessary|required)\b"
    r"|\bnothing (?:is|remains|stays)(?: left)? (?:open|undecided)\b|\b(?:all|every)\b[^.;]{0,30}\b(?:decided|settled)\b"
    r"|\b(?:run|result|suite|measurement) (?:is|was) conclusive\b",
)
_NO_ATTENTION = wording(
    "attention|action|worry",
    r"\bnothing (?:here |else )?(?:needs|requires|calls for|deserves) (?:any |your )?(?:attention|action)\b"
    r"|\bno (?:action|attention) (?:is )?(?:needed|required|necessary)\b|\bnothing to worry about\b",
)
_SUSPECTS_OUT = wording(
    "suspects",
    r"\b(?:all|both)\b[^.;]{0,20}\bsuspects\b[^.;]{0,20}\b(?:ruled out|cleared|acquitted|refuted|innocent)\b",
)
_HEALTH = wording(
    "health",
    r"\b(?:overall |general )?health(?: of the suite)? (?:is|looks|stays) (?:good|fine|great|ok|okay|perfect)\b",
)


_WHOLE = r"(?:\bthe (?:whole )?suite(?: as a whole)?|\beverything(?: together)?|\boverall,? (?:it|the suite))"
_ALL_FASTER = wording("faster|sped up", rf"{_WHOLE} (?:is|got|became|runs|has become)(?: \w+)? ?(?:faster|sped up)\b")
_ALL_SLOWER = wording("slower|slowed", rf"{_WHOLE} (?:is|got|became|runs|has become)(?: \w+)? ?(?:slower|slowed)\b")


def judge_run(clause: str, subjects: Sequence[Subject], facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why) for each claim about the whole run that its counts deny."""
    summary, confirmed = facts.summary, _confirmed(subjects, facts)

    def count(key: str) -> int:
        return int(summary.get(key) or 0)

    sure = not HEDGE.search(clause)
    alone = not _REST.search(clause)
    if facts.go == "safe" and (said := _NOT_SAFE.search(clause)) and not _WAITS.search(clause):
        yield said[0], "the findings say that it is safe to deploy"
    if (said := _UNKNOWN_CULPRIT.search(clause)) and confirmed and all(subject.proved for subject in confirmed):
        yield said[0], f"the findings prove who did it: {min(confirmed[0].proved)[:8]}"
    if (
        count("undecided") + count("suspected")
        and (said := _SETTLED.search(clause))
        and not HEDGE.search(clause.replace("undecided", ""))
    ):
        yield said[0], f"{count('undecided') + count('suspected')} are open"
    open_or_slower = count("regressed") + count("suspected") > 0 and not count("cleared")
    if open_or_slower and (said := _SUSPECTS_OUT.search(clause)) and not _REST.search(clause):
        yield said[0], "the findings rule out no suspect"
    if not count("failed") and facts.status != "failed" and (said := _NOT_RUN.search(clause)):
        yield said[0], "nothing failed"
    if not sure:
        return
    if (
        count("measured_in_turns") < count("benchmarks")
        and (said := _ALL_TURNS.search(clause))
        and not NOT.search(clause)
    ):
        yield said[0], f"{count('measured_in_turns')} of {count('benchmarks')} were measured in turns"
    failing = _TESTS_FAIL.search(clause) if not count("failed") and facts.status != "failed" else None
    if failing and not _RAN.search(clause) and not NOT.search(clause):
        yield failing[0], "the findings have no failed test"
    overall = float(summary.get("geomean_ratio") or 0.0)
    rules: tuple[tuple[Wording, Callable[[], bool], str], ...] = (
        (_IMPROVED_NONE, lambda: alone and count("improved") > 0, f"{count('improved')} improved"),
        (
            _FASTER_ALL,
            lambda: max(count("improved"), *counted_by_eye(facts, slower=False)) < count("benchmarks"),
            f"{count('improved')} improved",
        ),
        (_FAILED_SOME, lambda: not _is_failure_told(facts), "nothing failed"),
        (_FAILED_NONE, lambda: alone and count("failed") > 0, f"{count('failed')} failed"),
        (_FIRST, lambda: count("compared") > 0 and not subjects, f"{count('compared')} were compared"),
        (
            _NO_TURNS,
            lambda: alone and count("measured_in_turns") > 0,
            f"{count('measured_in_turns')} were measured in turns",
        ),
        (
            _SURROUNDINGS,
            lambda: bool(confirmed) and not _PARTLY.search(clause),
            "old and new code were measured in turns, on the same machine",
        ),
        (_NO_ATTENTION, lambda: bool(confirmed) or facts.go == "hold", "the findings say hold, and name what to do"),
        (_NONE_COMPARED, lambda: not count("compared") and count("benchmarks") > 0, "nothing was compared"),
        (_TARGETS_MET, lambda: alone and count("over_target") > 0, f"{count('over_target')} over target"),
        (_CONFIRMED, lambda: not confirmed, "no slowdown was confirmed"),
        (_NONE_CONFIRMED, lambda: alone and bool(confirmed), "a slowdown was confirmed by measuring in turns"),
        (_OLD_TOO, lambda: bool(confirmed), "the old code was measured beside it and is faster"),
        (_MEMORY, lambda: not facts.memory, "the findings compare no memory"),
        (_LEAK, lambda: bool(facts.memory) and "leaks" not in facts.memory, "no call leaves more behind than before"),
        (_SLOWER_SOME, lambda: not _any_slower(subjects, facts), "the findings have nothing slower"),
        (BY_CODE, lambda: not subjects and _only_environment(facts), "what is slower is so because of the environment"),
        (_ALL_FASTER, lambda: overall > 1.005, "over all it is slower"),
        (_ALL_SLOWER, lambda: 0 < overall < 0.995, "over all it is faster"),
        (
            _HEALTH,
            lambda: facts.go not in ("safe", "") or facts.directions.get("degrading", 0) > 0,
            "the findings say otherwise",
        ),
    )
    for way, is_false, why in rules:
        if (said := way.search(clause)) and is_false() and not NOT.search(clause.replace(said[0], " ")):
            yield said[0], why


_WAITS = wording("until|before|unless|if|without", r"\b(?:until|before|unless|if|without)\b")


def _confirmed(subjects: Sequence[Subject], facts: Facts) -> list[Subject]:
    own = subjects or tuple(facts.subjects.values())
    return [s for s in own if s.confirmed and s.slower and s.mark not in ("environment", "undecided")]


def _is_failure_told(facts: Facts) -> bool:
    """Whether a benchmark failed, or a sentence of the report tells of something that did: building a version."""
    return (
        bool(facts.summary.get("failed")) or facts.status == "failed" or any("failed" in text for text in facts.texts)
    )


def _only_environment(facts: Facts) -> bool:
    """Whether all that is slower is so because of the environment."""
    marks = {subject.mark for subject in facts.subjects.values()}
    return "environment" in marks and not marks & {"regressed", "slower", "suspected", "undecided", "over_target"}


def _any_slower(subjects: Sequence[Subject], facts: Facts) -> bool:
    marks = ("regressed", "slower", "suspected", "over_target", "undecided")
    return any(subject.mark in marks or subject.confirmed for subject in (subjects or facts.subjects.values()))
