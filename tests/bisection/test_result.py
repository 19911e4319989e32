"""What is published of a search, by how it ended: a lack of time is never worded as a result."""

import time

import pytest

from bench_agent.bisection.checkpoint import Checkpoint
from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.measurements import Measurements
from bench_agent.bisection.result import build_search, inside_in_words
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import Proof, step_between
from bench_agent.bisection.strategy import Beside, Strategy
from bench_agent.records import Commit
from bench_agent.results.culprits import Culprit, Search
from bench_agent.results.report import Suspect
from bench_agent.suspects.same_code import MOVED

SHAS = [f"{number}" * 40 for number in range(1, 6)]
LINE = Line(
    versions=tuple(Version(sha) for sha in ("0" * 40, *SHAS)),
    commits=tuple(Commit(sha=sha, subject=f"Change {sha[0]}", parents=("0" * 40,)) for sha in SHAS),
)
STEP = step_between([0.0] * 8, [0.2 + 0.001 * number for number in range(8)])
PROOF = Proof(position=2, parent=1, step=STEP)
CULPRIT = Culprit(sha=SHAS[1], subject="Change 2", ratio=1.2, interval=(1.19, 1.21), share=0.6)
SUSPECTS = (Suspect(sha=SHAS[3], subject="Change 4", score=0.98765),)


def strategy(verdict: str = "slower") -> Strategy:
    measured = Measurements(
        versions=None, checkpoint=Checkpoint(), line=LINE, benchmark="t.py::t", deadline=time.monotonic(),  # type: ignore[arg-type]
        say=print, save=lambda: None, verdict=verdict, whole=STEP,  # type: ignore[arg-type]
    )  # fmt: skip
    return Strategy(measured=measured, weights=[1.0] * 5)


def build(how: Strategy, *culprits: Culprit, interrupted: bool = False) -> Search:
    return build_search(how, culprits, SUSPECTS, (), benchmark="t.py::t", seconds=1.0, interrupted=interrupted)


def test_a_settled_search_leaves_no_suspects() -> None:
    how = strategy()
    how.proofs.append(PROOF)
    found = build(how, CULPRIT)
    assert (found.culprits, found.suspects, found.range.left) == ((CULPRIT,), (), ())
    assert not found.out_of_time
    assert found.warnings == ()


def test_a_search_that_ended_for_lack_of_time_says_so_and_keeps_what_is_left() -> None:
    how = strategy()
    how.out_of_time = True
    how.unsearched.append(Span(low=2, high=5))
    how.narrowing.belief = {4: 0.9, 5: 0.1}
    found = build(how)
    assert found.out_of_time
    assert found.range.left == (SHAS[3], SHAS[4])
    assert [(s.sha, s.score) for s in found.suspects] == [(SHAS[3], 0.988)]
    assert found.warnings == ("what got slower between 22222222 and 55555555 was not searched to the end",)


def test_a_culprit_beside_a_part_that_was_not_searched_is_not_the_whole_answer() -> None:
    how = strategy()
    how.proofs.append(PROOF)
    how.out_of_time = True
    how.unsearched.append(Span(low=2, high=5))
    found = build(how, CULPRIT)
    assert found.out_of_time
    assert found.culprits == (CULPRIT,)
    assert found.suspects


def test_what_was_searched_in_vain_is_told_apart_from_what_was_not_searched() -> None:
    how = strategy()
    how.undecided.append(Span(low=0, high=5))
    found = build(how)
    assert not found.out_of_time
    assert found.warnings == ("what got slower between 00000000 and 55555555 could not be proved",)


def test_moved_memory_passing_and_faster_commits_are_told() -> None:
    how = strategy()
    how.moved.append(Proof(position=3, parent=2, step=step_between([0.0] * 8, [0.013] * 8)))
    how.passing.append((PROOF, 4))
    how.beside.append(
        Beside(span=Span(low=3, high=5), step=step_between([0.2] * 8, [0.0] * 8), position=5, is_sure=True)
    )
    passing, faster, moved = build(how).warnings[:3]
    assert passing == "22222222 made it slower too (+23 %), until 44444444 at the latest"
    assert faster == "between 33333333 and 55555555 555555555555 Change 5, by what is executed, made it faster (-18 %)"
    assert moved.startswith(
        "33333333 was measured +1.3 % slower than its parent and changes nothing that the benchmark executes"
    )
    assert f"{100 * MOVED:.0f} %" in moved


@pytest.mark.parametrize(("verdict", "unsearched", "words"), [
    ("slower", [Span(low=0, high=5)], "which of the 5 commits of abc's branch did it is not known: the time ended before that (--budget)"),
    ("undecided", [Span(low=0, high=5)], "which of the 5 commits of abc's branch did it is not known: the time ended before that (--budget)"),
    ("slower", [], "no commit of its branch explains it alone: the merge itself is the answer"),
    ("same", [], "no commit of its branch explains it alone: the merge itself is the answer"),
    ("undecided", [], "which of the 5 commits of its branch did it could not be told: the branch alone shows no clear change; it may be the merge itself"),
])  # fmt: skip
def test_a_merge_is_the_answer_only_when_its_branch_was_searched_to_the_end(
    verdict: str, unsearched: list[Span], words: str
) -> None:
    how = strategy(verdict)
    how.unsearched += unsearched
    how.out_of_time = bool(unsearched)
    assert inside_in_words(how, "abc") == words


def test_what_may_have_changed_it_beside_the_culprit_is_told_as_not_sure() -> None:
    how = strategy()
    for left, right, position in ((0.2, 0.0, 5), (0.0, 0.1, None)):
        step = step_between([left] * 8, [right] * 8)
        how.beside.append(Beside(span=Span(low=3, high=5), step=step, position=position, is_sure=False))
    assert build(how).warnings[:2] == (
        "between 33333333 and 55555555 555555555555 Change 5, by what is executed, may have made it faster (-18 %, not sure)",
        "between 33333333 and 55555555 something may have made it slower too (+11 %, not sure)",
    )
