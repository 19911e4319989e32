"""What is said of one benchmark's verdict, held against its mark: new, undecided, only suspected, over its target. Pure."""

from collections.abc import Iterable, Sequence

from bench_agent.answer.check.clauses import HEDGE, NOT
from bench_agent.answer.check.records import Subject
from bench_agent.answer.check.wordings import wording

_BE = r"(?:is|are|was|were|stays?|remains?|still|only|just|merely|now|all|both|has been|have been|\s)+"
_OPEN = wording(
    "decided|tell|undecided|inconclusive|can't tell|can’t tell|cannot tell|not decided|undetermined",
    rf"{_BE}(?:undecided|inconclusive|undetermined|not (?:yet )?decided)\b"
    r"|\b(?:can[’']?t|cannot) (?:yet )?tell (?:yet )?(?:whether|if)\b.{1,80}\b(?:slower|regressed|faster|changed)\b",
)
_UNSURE = wording(
    "confirmed|suspic|stored runs|open|suspect|unconfirmed|not confirmed|n't confirmed|n’t confirmed|measured again|unproved slow",
    r"\b(?:only|just|merely) (?:have |has )?an? suspicion\b|\b(?:is|remains|stays) (?:still )?open\b"
    r"|\b(?:only by|by) stored runs(?: only| alone)\b|\bonly (?:compared )?(?:by|with|against) stored runs\b"
    rf"|{_BE}(?:suspected|an? (?:mere )?suspicion|an? (?:mere )?suspected (?:slowdown|regression)|unconfirmed)\b"
    rf"|{_BE}not (?:yet )?confirmed\b|\b(?:not|never|n[’']t)(?: been)?(?: yet)? (?:confirmed|measured again)\b",
)
_OVER = wording(
    "target",
    r"\b(?:does not|doesn[’']t|did not|didn[’']t) (?:meet|keep|hold|reach) (?:its|the|their|our) (?:P95 )?target"
    r"|\b(?:over|above|beyond|misses|missed|violates|violated|breaches|exceeds|exceeded|past|breaks"
    r"|broke)\s+(?:its|the|their|our) (?:P95 )?target",
)
_UNDER = wording(
    "target",
    r"\b(?:under|below|within|meets|met|inside|keeps|holds|passes|passed)\s+(?:its|the|their|our) (?:P95 )?target",
)
_SUSPECTED = wording(
    "suspected", r"\b(?:is|are|was|were) (?:also |still |only )?suspected(?: of being slower| slower)?\s*\W*$"
)
_NEW = wording(
    "new|first time|added", rf"{_BE}(?:new|brand new|newly added|measured for the first time)\b(?!ly)(?! \w+er\b)"
)
_GONE = wording(
    "vanished|disappeared|is gone|missing|removed", rf"\b(?:vanished|disappeared)\b|{_BE}(?:missing|removed)\b"
)
_PLAIN_SLOWER = wording(
    "slower|slowed|regress", r"\b(?:is|got|became|has become|are|runs)(?: \w+)? slower\b|\bslowed down\b|\bregressed\b"
)
_SURELY = wording(
    "it is |know|certain|definite|clearly|surely|doubt|undoubted",
    r"\b(?:we know|i know|it is (?:certain|clear|sure)|certainly|definitely|clearly|surely|undoubtedly|beyond doubt|no doubt)\b"
    r".{0,60}\b(?:slower|regressed|slowed|faster|improved)\b",
)
_AS_BEFORE = wording(
    "as before|unchanged|as fast|stable|steady", r"\b(?:unchanged|as fast as (?:before|ever)|as before|stable|steady)\b"
)
_CODE = r"(?:code|commit|change|patch)"
BY_CODE = wording(
    "code|commit|change|patch",
    rf"\b(?:because of|due to|by|comes? from|caused by)\s+(?:the|your|this|that|a|its|last)(?: \w+)? {_CODE}\b"
    rf"|\b(?:your|the|this|that|last|a|some|\w+[’\']s)(?: \w+)? {_CODE}\b(?:(?!\b(?:not|no|never|cannot)\b"
    rf"|n[’\']t\b).){{0,40}}\b(?:made|slowed|broke|to blame|caused|guilty|did it)\b",
)
_MAGNITUDE = wording("magnitude", r"\borders? of magnitude (?:slower|faster)\b")
_HALF = wording("half", r"\b(?:in|takes?|needs?|runs? in) half (?:of )?(?:the|its) (?:time|runtime)\b")
_IMPROVING = wording("trend", r"\btrend\b.{0,60}\b(?:improving|better|faster|downwards)\b")
_DEGRADING = wording("trend", r"\btrend\b.{0,60}\b(?:degrading|worse|slower|upwards)\b")


def judge_mark(clause: str, subjects: Sequence[Subject], *, has_figures: bool) -> Iterable[tuple[str, str]]:
    """(words, why). subjects: those that the clause names, or its section; of none, nothing is judged here."""
    if not subjects:
        return
    for subject in subjects if len(subjects) == 1 else ():
        yield from _of_certainty(clause, subject)
        if (
            (said := _SUSPECTED.search(clause))
            and subject.mark in ("pass", "untouched", "faster", "new")
            and not NOT.search(clause)
        ):
            yield said[0], f"{subject.name} is {subject.mark}"
        if HEDGE.search(clause):
            continue
        yield from _of_mark(clause, subject, has_figures=has_figures)


def _of_certainty(clause: str, subject: Subject) -> Iterable[tuple[str, str]]:
    """These are hedges themselves."""
    if subject.confirmed and subject.slower and subject.mark != "undecided":
        for way in (_OPEN, _UNSURE):
            said = way.search(clause)
            if said and not _is_twice_denied(clause, said[0]):
                yield said[0], f"{subject.name} was confirmed by measuring it in turns"


def _is_twice_denied(clause: str, said: str) -> bool:
    """ "not only suspected": the denial takes the doubt back."""
    return NOT.search(clause.replace(said, " ")) is not None


def _of_mark(clause: str, subject: Subject, *, has_figures: bool) -> Iterable[tuple[str, str]]:
    name, mark = subject.name, subject.mark
    target = any(fact.role == "target" for fact in subject.facts)
    said = _OVER.search(clause) if target and mark != "over_target" and not _is_over_target(subject) else None
    if said and not NOT.search(clause.replace(said[0], " ")):
        yield said[0], f"{name} is within its target"
    if NOT.search(clause):
        return
    if target and (said := _UNDER.search(clause)) and mark == "over_target":
        yield said[0], f"{name} is over its target"
    if (said := _SURELY.search(clause)) and mark in ("undecided", "suspected") and not subject.confirmed:
        yield said[0], f"{name} is {mark}"
    if (said := _NEW.search(clause)) and mark != "new":
        yield said[0], f"{name} is {mark}"
    if (said := _GONE.search(clause)) and mark != "vanished":
        yield said[0], f"{name} is {mark}"
    if (said := _AS_BEFORE.search(clause)) and mark in ("new", "failed", "vanished"):
        yield said[0], f"{name} is {mark}: it was compared with nothing"
    if (
        (said := _PLAIN_SLOWER.search(clause))
        and mark in ("pass", "untouched", "new", "failed", "vanished")
        and not has_figures
    ):
        yield said[0], f"{name} is {mark}"
    if (said := BY_CODE.search(clause)) and mark == "environment":
        yield said[0], f"{name} is slower because of the environment: so is the old code"
    ratios = [
        fact.value for fact in subject.facts if fact.kind == "change" and fact.role in ("turns", "loose", "accepted")
    ]
    if (said := _MAGNITUDE.search(clause)) and not any(ratio >= 5 or ratio <= 0.2 for ratio in ratios):
        yield said[0], f"the findings do not show {name} changed so much"
    if (said := _HALF.search(clause)) and not any(0.4 <= ratio <= 0.6 for ratio in ratios):
        yield said[0], f"the findings do not show {name} faster by half"
    trend = next((fact.value for fact in subject.facts if fact.role == "trend"), None)
    if trend is not None:
        for way, wrong in ((_IMPROVING, trend > 1), (_DEGRADING, trend < 1)):
            if (said := way.search(clause)) and wrong:
                yield said[0], f"the trend of {name} goes the other way"


def _is_over_target(subject: Subject) -> bool:
    targets = [fact.value for fact in subject.facts if fact.role == "target" and fact.kind == "time"]
    p95 = [fact.value for fact in subject.facts if fact.role == "p95"]
    return bool(targets and p95) and max(p95) > min(targets)
