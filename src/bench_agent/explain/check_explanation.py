"""Whether an explanation says nothing but what the evidence supports: sentence by sentence, by rule. Pure.

The model writes words around numbered places, {E3}. Whatever could be a figure, a commit, a name or a command of its own is a
complaint, and so is a sentence whose words say more than the facts it rests on.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench_agent.explain.evidence import Evidence, Fact

SentenceKind = Literal["measured", "proved", "suspected", "told", "guess"]
PARTS = ("headline", "why", "what_to_do", "unsure")
MAX_SENTENCES = 5  # of each part
MAX_LENGTH = 400  # characters of a sentence, before the facts are put in


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """text: with places such as {E3}. kind: how sure the sentence is."""

    text: str
    kind: SentenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a model answers. headline: one sentence. Order is that of reading."""

    headline: Sentence
    why: tuple[Sentence, ...] = ()
    what_to_do: tuple[Sentence, ...] = ()
    unsure: tuple[Sentence, ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, tuple[Sentence, ...]], ...]:
        return (
            ("headline", (self.headline,)),
            ("why", self.why),
            ("what_to_do", self.what_to_do),
            ("unsure", self.unsure),
        )


SLOT = re.compile(r"\{E(\d{1,3})\}")
_WORDS_OF_NUMBER = re.compile(
    r"\b(zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|half|halves|"
    r"halved|thirds?|quarters?|double[sd]?|twice|triple[sd]?|quadrupled?|tenfold|\w+fold|percent|per cent|both|couple|"
    r"order of magnitude|orders of magnitude|milliseconds?|microseconds?|nanoseconds?|seconds?|minutes?)\b|%",
    re.IGNORECASE,
)
_HEX = re.compile(r"\b[0-9a-f]{6,40}\b", re.IGNORECASE)
_CODE = re.compile(r"`([^`]*)`")
_LIKE_CODE = re.compile(r"\b\w+_\w+\b|\b\w+\(\)|\b[\w/]+\.(?:py|c|pyx|rs|toml|cfg|txt)\b|\b\w+::\w+")
_MARKUP = re.compile(r"[<>\[\]@#|]|https?:|www\.|\n|\r|\*\*|\$\(|&&|;\s*\w|--\w")
_CAUSE = re.compile(
    r"\b(caus\w+|culprit|because|due to|responsible|blame\w*|led to|leads to|introduc\w+|made it|makes it|broke|behind (?:it|this)|"
    r"reason|result of|result from|comes? from|stems?|explains?)\b",
    re.IGNORECASE,
)
_SLOWER = re.compile(
    r"\b(slow\w*|regress\w*|longer|worse\w*|degrad\w*|more time|lost|cost\w*|grew|grown|increas\w*)\b", re.I
)
_FASTER = re.compile(
    r"\b(fast\w*|quick\w*|improv\w*|shorter|better|sped|speed\w*|less time|gain\w*|cheaper|decreas\w*)\b", re.I
)
_FINE = re.compile(
    r"\b(all (?:is )?(?:fine|good|well|clear)|no (?:problems?|changes?)|"
    r"safe|healthy|looks? good|unchanged|passes|ship|deploy)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\b(no|nothing|none|not)\b[^.,;]{0,30}\b(slow\w*|regress\w*|worse\w*)\b", re.IGNORECASE
)  # judged as _FINE
_SURE = re.compile(
    r"\b(prov\w+|confirm\w+|certain\w*|definit\w+|clearly|undoubtedly|shows? that|established)\b", re.IGNORECASE
)
_HEDGE = re.compile(
    r"\b(may|might|could|perhaps|possibly|suspect\w*|likely|not known|unclear|can't tell|would|if|whether)\b", re.I
)


def check(explanation: Explanation, evidence: Evidence) -> list[str]:
    """Complaints, one a fault, each with the part it is in; none means that it may be printed."""
    found = []
    for part, sentences in explanation.parts:
        if len(sentences) > MAX_SENTENCES:
            found.append(f"{part}: at most {MAX_SENTENCES} sentences")
        for sentence in sentences:
            found += [f"{part}: {complaint}: {sentence.text[:120]!r}" for complaint in _complaints(sentence, evidence)]
    return found


def _complaints(sentence: Sentence, evidence: Evidence) -> Iterable[str]:
    facts = [evidence.fact(int(number)) for number in SLOT.findall(sentence.text)]
    cited = [fact for fact in facts if fact is not None]
    if len(cited) < len(facts):
        yield "it names a fact that there is not"
    bare = SLOT.sub(" ", sentence.text)
    yield from _of_form(sentence.text, bare, evidence)
    yield from _of_kind(sentence, cited)
    yield from _of_words(sentence, bare, cited, evidence)


def _of_form(text: str, bare: str, evidence: Evidence) -> Iterable[str]:
    """What the model may not write of its own."""
    if not text.strip() or len(text) > MAX_LENGTH:
        yield f"a sentence has 1 to {MAX_LENGTH} characters"
    words = _CODE.sub(" ", bare)
    if "{" in bare or "}" in bare:
        yield "braces are for facts only, as in {E1}"
    if any(unicodedata.numeric(character, None) is not None for character in bare):
        yield "figures are facts: put {E…} in their place"
    if _WORDS_OF_NUMBER.search(bare):
        yield "words for numbers, units and shares are facts: put {E…} in their place"
    if _HEX.search(words) and any(c.isdigit() for c in "".join(_HEX.findall(words))):
        yield "commits are facts: put {E…} in their place"
    if _MARKUP.search(bare):
        yield "plain words only: no links, mentions, markup, options or commands"
    if any(not character.isprintable() for character in text):
        yield "plain words only: no control characters"
    unknown = [
        name for name in (*_CODE.findall(bare), *_LIKE_CODE.findall(words)) if name.strip("()") not in evidence.names
    ]
    if unknown:
        yield f"`{unknown[0][:40]}` is no name of the evidence"


def _of_kind(sentence: Sentence, cited: Sequence[Fact]) -> Iterable[str]:
    """Each sentence rests on facts that are as sure as it says to be."""
    kinds = {fact.kind for fact in cited}
    needed = {
        "measured": {"measured", "proved"},
        "proved": {"proved"},
        "suspected": {"suspected", "measured", "proved"},
    }
    if sentence.kind in needed and not kinds & needed[sentence.kind]:
        yield f"a sentence of kind {sentence.kind} needs a fact of that kind"
    if sentence.kind == "guess" and not _HEDGE.search(sentence.text):
        yield "a guess says that it is one (may, might, perhaps)"


def _of_words(sentence: Sentence, bare: str, cited: Sequence[Fact], evidence: Evidence) -> Iterable[str]:
    """What the words claim, against what the facts say."""
    kinds, directions = {fact.kind for fact in cited}, {fact.direction for fact in cited}
    hedged = sentence.kind in ("suspected", "guess") and _HEDGE.search(bare)
    if _CAUSE.search(bare) and "proved" not in kinds and not hedged:
        yield "a cause needs a proved commit; of a suspected one say that it may be"
    if _SURE.search(bare) and not kinds & {"measured", "proved"}:
        yield "only what was measured is sure"
    speed = _NOTHING.sub(" ", bare)
    slower, faster = _SLOWER.search(speed), _FASTER.search(speed)
    if faster and not slower and "faster" not in directions and directions & {"slower", "same"}:
        yield "the facts it rests on do not say faster"
    if slower and not faster and "slower" not in directions and directions & {"faster", "same"}:
        yield "the facts it rests on do not say slower"
    if (slower or faster) and not directions & {"slower", "faster"} and sentence.kind in ("measured", "proved"):
        yield "a change needs the fact of that change"
    if (_FINE.search(bare) or _NOTHING.search(bare)) and not evidence.cleared and not hedged:
        yield "the report does not say that all is well"
