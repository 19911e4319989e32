"""The suspects that are shown agree with what was measured."""

from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.remaining import remaining_suspects
from bench_agent.records import Commit
from bench_agent.results.report import Suspect


def commit(sha: str, *parents: str) -> Commit:
    return Commit(sha=sha, subject=f"The {sha}", parents=parents)


COMMITS = (commit("a", "0"), commit("m", "a", "y"), commit("c", "m"), commit("x", "0"), commit("y", "x"))
LINE = Line(versions=tuple(Version(sha) for sha in ("0", "a", "m", "c")), commits=COMMITS[:3])
RANKED = tuple(
    Suspect(sha=sha, subject=f"The {sha}", score=score, evidence=(f"reads {sha}",))
    for sha, score in (("a", 0.74), ("x", 0.15), ("y", 0.05), ("c", 0.05), ("m", 0.01))
)


def shown(belief: dict[int, float] | None, *cleared: str, positions: range | None = None) -> list[tuple[str, float]]:
    left = remaining_suspects(LINE, COMMITS, RANKED, belief, positions=positions, cleared=cleared)
    return [(suspect.sha, round(suspect.score, 3)) for suspect in left]


def test_before_anything_is_measured_the_ranking_stands() -> None:
    assert shown(None) == [("a", 0.74), ("x", 0.15), ("y", 0.05), ("c", 0.05), ("m", 0.01)]


def test_a_commit_that_is_being_proved_comes_first_whatever_the_ranking_said() -> None:
    assert shown({1: 0.005, 2: 0.005, 3: 0.99})[0] == ("c", 0.99)


def test_what_was_excluded_by_measurement_is_not_shown() -> None:
    assert shown({3: 1.0}) == [("c", 1.0)]
    assert [sha for sha, _ in shown(None, "a", "x")] == ["y", "c", "m"]
    assert shown({3: 1.0}, "c") == []


def test_what_lies_outside_of_what_is_not_explained_yet_is_not_shown() -> None:
    assert [sha for sha, _ in shown(None, positions=range(2, 4))] == ["x", "y", "c", "m"]
    assert shown({1: 0.9, 3: 0.1}, positions=range(3, 4)) == [("c", 1.0)]


def test_a_merge_shares_its_probability_with_what_it_brought() -> None:
    assert shown({2: 1.0}) == [("x", 0.714), ("y", 0.238), ("m", 0.048)]


def test_without_a_ranking_the_line_alone_is_shown() -> None:
    (only,) = remaining_suspects(LINE, (), (), {1: 1.0})
    assert (only.sha, only.subject, only.score) == ("a", "The a", 1.0)
