"""What a model may say: a good answer passes, and each way of saying more than is known is a complaint."""

import pytest

import reports
from bench_agent.explain.check_explanation import Explanation, Sentence, SentenceKind, check
from bench_agent.explain.evidence import Evidence, evidence_of, listed
from bench_agent.explain.explain import written

CONFIRMED = evidence_of(reports.confirmed())


def place(evidence: Evidence, about: str, kind: str = "") -> str:
    """The first fact whose description begins so, as a place in a sentence."""
    for number, fact in enumerate(evidence.facts, 1):
        if fact.about.startswith(about) and (not kind or fact.kind == kind):
            return f"{{E{number}}}"
    raise AssertionError(f"no fact {about!r} in:\n{listed(evidence.facts)}")


NAME = place(CONFIRMED, "a benchmark's name")
CHANGE = place(CONFIRMED, "change of", "measured")
COMMIT = place(CONFIRMED, "a commit", "proved")
DO = place(CONFIRMED, "what to do")


def complaints(text: str, kind: SentenceKind = "measured", evidence: Evidence = CONFIRMED) -> list[str]:
    return check(Explanation(headline=Sentence(text=text, kind=kind)), evidence)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{NAME} got slower by {CHANGE}", "measured"),
        (f"The commit {COMMIT} caused the slowdown of {NAME}", "proved"),
        (f"It may be that the loop in {COMMIT} searches a list again and again", "suspected"),
        (f"Next: {DO}", "told"),
        ("Perhaps the input is larger than what people use", "guess"),
    ],
)
def test_an_honest_sentence_passes(text: str, kind: SentenceKind) -> None:
    assert complaints(text, kind) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{NAME} got 23 percent slower {CHANGE}", "measured"),
        (f"{NAME} takes twice as long {CHANGE}", "measured"),
        (f"{NAME} takes ⅔ longer {CHANGE}", "measured"),
        (f"{NAME} takes ٣ longer {CHANGE}", "measured"),  # an Arabic digit
        (f"{NAME} is slower by half {CHANGE}", "measured"),
        (f"{NAME} is an order of magnitude slower {CHANGE}", "measured"),
        (f"{NAME} is some milliseconds slower {CHANGE}", "measured"),
        (f"{NAME} got faster {CHANGE}", "measured"),
        (f"{NAME} improved {CHANGE}", "measured"),
        (f"{CHANGE} was caused by deadbeef1", "measured"),
        (f"`rm -rf` made {NAME} slower {CHANGE}", "measured"),
        (f"{NAME} is slower {CHANGE} since sort_everything() runs", "measured"),
        (f"{NAME} is slower {CHANGE} in other_file.py", "measured"),
        (f"{NAME} is slower {CHANGE}, see https://evil.example", "measured"),
        (f"{NAME} is slower {CHANGE} @everyone", "measured"),
        (f"{NAME} is <b>slower</b> {CHANGE}", "measured"),
        (f"{NAME} is slower {CHANGE}\nand more", "measured"),
        (f"{NAME} is slower {{E999}}", "measured"),
        (f"{NAME} is slower {{ratio}} {CHANGE}", "measured"),
        (f"All is well, ship it: {CHANGE}", "measured"),
        ("No regressions were found", "guess"),
        (f"{NAME} is healthy and safe", "guess"),
        (f"{NAME} got slower because of its loop {CHANGE}", "measured"),
        (f"{NAME} is the culprit", "suspected"),
        (f"{NAME} was proved to be slow", "guess"),
        (f"{NAME} is slower", "measured"),
        (f"{NAME} is what it is", "proved"),
        ("It is slower for everybody", "guess"),
        ("", "guess"),
        ("may " * 200, "guess"),
    ],
)
def test_what_is_not_known_is_a_complaint(text: str, kind: SentenceKind) -> None:
    assert complaints(text, kind)


def test_of_a_suspected_commit_only_that_it_may_be_said() -> None:
    evidence = evidence_of(reports.two_slowdowns())
    suspect = place(evidence, "a commit, suspected")
    assert complaints(f"{suspect} caused it", "suspected", evidence)
    assert complaints(f"{suspect} may have caused it", "suspected", evidence) == []


def test_that_all_is_well_is_said_where_the_report_says_so() -> None:
    evidence = evidence_of(reports.all_well())
    passing = place(evidence, "benchmarks that pass")
    assert complaints(f"There are no regressions: {passing}", "told", evidence) == []


def test_too_many_sentences_are_a_complaint() -> None:
    one = Sentence(text="Perhaps", kind="guess")
    assert check(Explanation(headline=one, why=(one,) * 6), CONFIRMED) == ["why: at most 5 sentences"]


def test_the_facts_are_put_in_as_the_report_tells_them() -> None:
    answer = Explanation(
        headline=Sentence(text=f"{NAME} got slower by {CHANGE}", kind="measured"),
        what_to_do=(Sentence(text=f"Next: {DO}", kind="told"),),
    )
    text = written(answer, CONFIRMED)
    assert text.startswith("**`llm_call` got slower by +")
    assert "### What to do" in text
    assert "{E" not in text


def test_hostile_texts_of_a_repository_stay_data() -> None:
    """Subjects and names are cleaned, one line each, and only code spans hold them."""
    evidence = evidence_of(reports.hostile())
    for line in listed(evidence.facts).splitlines():
        assert line.isprintable()
        assert line.startswith("E")
    assert all("`" not in fact.text.strip("`") for fact in evidence.facts if fact.about.startswith("a benchmark"))
