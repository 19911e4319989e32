"""Who is said to have done it, who is suspected, and what was proved. Pure."""

import re
from collections.abc import Iterable

from bench_agent.answer.check.claims import Statement
from bench_agent.answer.check.clauses import HEDGE, NOT, QUOTED, section_of, subjects_in
from bench_agent.answer.check.records import HEX, Facts
from bench_agent.answer.check.wordings import lazy, wording

_CAUSE = lazy(
    r"\b(?:culprits?|guilty|to blame|blamed?|responsible|introduced|introduces|caused?|causes|did it|broke"
    r"|(?:made|makes|making)\b.{0,60}\bslower|slowed|slows|behind (?:it|the|this|that)|is why|fault|brought|added the"
    r"|(?:due|owed) to|because of|comes? from|came (?:from|with|in with)|[0-9a-f]{7,40}`? (?:has )?regressed|offending"
    r"|(?:started|began) (?:with|at)|bisected (?:it |this |that )?to|bad commit|pinned (?:it )?(?:down )?(?:on|to)|bisect\w* "
    r"(?:found|shows?|showed|points?|pointed|names?|named|proved|confirmed|landed|ended))\b",
    re.I,
    needs=(
        " from|added the|bad commit|began|behind |bisect|blame|broke|brought|came |cause|culprit|did it|due|fault"
        "|guilty|introduced|introduces|is why|offending|owed|pinned |regressed|responsible|slower|slows|started"
    ),
)

_SINCE = lazy(r"(?:came|comes|started|began) (?:with|at|in with|from)", re.I, needs="began|came|comes|started")
_PROOF = lazy(
    r"\b(?:prove[sdn]?|proven|verified|verifies|confirm(?:s|ed)|established|shown|showed"
    r"|demonstrated)\b[^.;]{0,30}\b(?:that|by revert\w*|the commit)\b"
    r"|\brevert\w*\b.{0,40}\b(?:gives?|gave|fix\w*|restor\w*|recover\w*|brings?|brought|remov\w*|(?:came|comes"
    r"|is|was|went) (?:back|down|normal)|undoes|solves?|solved|cures?)\b",
    re.I,
    needs="revert|prove|verif|confirm|establish|show|demonstrat",
)

_RANKED = lazy(
    r"\b(?P<rank>first|top|main|prime|strongest|leading|number one|second|third|last)(?: \w+)? suspect\b"
    r"|\b(?:is|was) (?:the )?most suspected\b|\bsuspected (?:the )?most\b"
    r"|\b(?:tops|heads|leads) the (?:list|suspects)\b",
    re.I,
    needs="the list|suspect",
)

_RANKS = {"second": 1, "third": 2}


def _shas(text: str, facts: Facts) -> list[str]:
    """The commits that a text names: a number is one where the findings have it."""
    return [
        sha
        for sha in HEX.findall(text)
        if (re.search(r"[a-f]", sha) and re.search(r"\d", sha)) or is_in(sha, facts.shas)
    ]


def is_in(sha: str, known: Iterable[str]) -> bool:
    return any(other.startswith(sha) or sha.startswith(other) for other in known)


_ACQUITS = wording(
    "ruled out|cleared|exonerat|acquit|hook|small|tiny|minor|little|suspect|innocent|nothing to do|prove|cause|culprit|didn"
    "|did not|only|just|merely",
    r"\b(?:is|was|can be|has been) (?:ruled out|cleared|exonerated|acquitted|off the hook)\b"
    r"|\b(?:explains|accounts for) (?:only |just )?(?:a )?(?:small|tiny|minor|little)\b|\b(?:only|just|merely) (?:a "
    r"|the )?suspect\w*\b|\binnocent\b|\bnothing to do with\b"
    r"|(?:\bnot|n[’']t) (?:the )?(?:culprit|cause|proved|proven)\b"
    r"|\b(?:did not|didn[’']t) (?:do|cause|make)\b|\bunproved\b|\b(?:isn|wasn)[’']t proved\b"
    r"|\b(?:explains|accounts for) (?:only|just) (?:a |one )?(?:half|third|quarter|fraction|part)\b",
)
_UNCOMMITTED = wording(
    "uncommitted",
    r"\buncommitted changes?\b.{0,30}\b(?:did it|made|caused|are to blame|broke|slowed)\b"
    r"|\b(?:because of|due to|caused by|comes? from) (?:the |your )?uncommitted changes?\b",
)


def _of_uncommitted(text: str, facts: Facts) -> Iterable[tuple[str, str]]:
    """The changes of the working tree have no sha: they are named by words."""
    said = _UNCOMMITTED.search(text)
    if said and not HEDGE.search(text) and not NOT.search(text):
        suspects = {suspect for subject in facts.subjects.values() for suspect in subject.suspects}
        proved = {sha for subject in facts.subjects.values() for sha in subject.proved}
        if "uncommitted" not in suspects or (proved and "uncommitted" not in proved):
            yield said[0], "the findings do not say that the uncommitted changes did it"


_SEVERAL = wording(
    "commits|together|jointly|both",
    r"\b(?:two|both|three|four|several|some|a couple of|\d+) commits\b(?: \w+)?[^.;,]{0,20}\b(?:together|share|caused?|responsible"
    r"|to blame|behind|did it|made|slowed|are the (?:cause|culprits))\b",
)
_JOINT = wording("together|jointly|both|combined", r"\b(?:together|jointly|both|combined)\b")


def _of_several(text: str, shas: list[str], facts: Facts) -> Iterable[tuple[str, str]]:
    """Several commits that are said to have done it together, where one was proved for each benchmark or none."""
    said = _SEVERAL.search(text) or (_JOINT.search(text) if len(set(shas)) > 1 and _CAUSE.search(text) else None)
    if said is None or HEDGE.search(text) or NOT.search(text):
        return
    proved = {sha for subject in facts.subjects.values() for sha in subject.proved}
    if len(proved) < 2:
        yield said[0], f"the findings prove {len(proved)} commit" + ("" if len(proved) == 1 else "s")


def judge_causes(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """Who did it, who is suspected, and what was proved."""
    text = QUOTED.sub(" ", statement.text)
    shas = _shas(text, facts)
    yield from _of_uncommitted(text, facts)
    yield from _of_several(text, shas, facts)
    if not shas:
        return
    subjects = subjects_in(text, facts) or section_of(statement, facts) or list(facts.subjects.values())
    if any(is_in(sha, subject.proved) for sha in shas for subject in subjects):
        alone = len(set(shas)) == 1
        if alone and (said := _ACQUITS.search(text)) and not HEDGE.search(text.replace(said[0], " ")):
            yield said[0], "the findings prove that it did it"
        return
    suspects = [subject.suspects for subject in subjects if subject.suspects]
    listed = any(is_in(sha, some) for sha in shas for some in suspects)
    if (said := _RANKED.search(text)) and suspects and not NOT.search(text):
        rank = (
            len(min(suspects, key=len)) - 1
            if (said["rank"] or "").lower() == "last"
            else _RANKS.get((said["rank"] or "").lower(), 0)
        )
        if not any(is_in(sha, some[rank : rank + 1]) for sha in shas for some in suspects):
            yield said[0], "the findings list the suspects in another order"
    elif (
        not listed
        and suspects
        and re.search(r"\bsuspects?\b|\bsuspected commit\b", text, re.I)
        and not NOT.search(text)
    ):
        yield shas[0], "the findings list no such suspect"
    said = _CAUSE.search(text) or _PROOF.search(text)
    if said and _SINCE.fullmatch(said[0]) and any(is_in(sha, subject.steps) for sha in shas for subject in subjects):
        return  # that is when, not why
    if said and not HEDGE.search(text) and not NOT.search(text):
        yield said[0], "the findings prove no such commit" + (": it is a suspect" if listed else "")
