"""Whole searches on real repositories: the culprit named and proved, nobody named without one, nothing measured twice."""

import dataclasses
import os
import re
import sys
from pathlib import Path

import pytest

from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import find_culprits
from bench_agent.config import load_config
from bench_agent.errors import MeasureError
from bench_agent.records import PytestProcess, Suite
from bench_agent.results.culprits import Search
from bench_agent.system.git import open_repository
from planted import SUITE, Planted, git, plant


def search(
    planted: Planted,
    *,
    bad: str | None = "head",
    budget_s: float = 120.0,
    said: list[str] | None = None,
    hints: tuple[str, ...] = (),
) -> Search:
    repository = open_repository(planted.root)
    assert repository is not None
    request = SearchRequest(
        good=planted.good,
        bad=planted.head if bad == "head" else bad,
        benchmark=planted.benchmark,
        budget_s=budget_s,
        hints=hints,
    )
    return find_culprits(
        load_config(planted.root, environment={}),
        repository,
        request,
        suite=Suite(
            processes=(PytestProcess(executable=sys.executable, rootdir=str(planted.root), ids=(planted.benchmark,)),)
        ),
        environment=os.environ,
        say=(said if said is not None else []).append,
    )


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, Search]:
    """A commit that doubles a loop, among commits at which the package cannot be imported."""
    planted = plant(
        tmp_path_factory.mktemp("grown") / "repo", kind="loop", effects=(1.0,), commits=14, seed=4, broken=2
    )
    return planted, search(planted)


@pytest.mark.long
def test_the_commit_is_named_with_its_proof_and_its_function(grown: tuple[Planted, Search]) -> None:
    planted, found = grown
    assert (found.verdict, found.method) == ("slower", "counts")
    (culprit,) = found.culprits
    assert culprit.sha == planted.culprit
    assert culprit.interval[0] > 1.5
    assert culprit.pairs >= 3
    assert culprit.share == pytest.approx(1.0, abs=0.1)
    (function,) = culprit.functions
    assert (function.name, function.calls) == ("finder/dial.py::turn_loop", (1, 1))
    assert function.own_s is None or min(function.own_s) > 0
    assert function.lines[1] == pytest.approx(2 * function.lines[0], rel=0.01)
    assert culprit.excerpt
    assert "+ LOOP_STEPS = 20000" in culprit.excerpt
    newest = planted.head == planted.culprit
    assert newest or (culprit.restored and culprit.restored.share == pytest.approx(1.0, abs=0.15))


@pytest.mark.long
def test_the_users_tree_is_left_as_it_was(grown: tuple[Planted, Search]) -> None:
    planted, _ = grown
    assert git(planted.root, "status", "--porcelain") == ""
    assert len(git(planted.root, "worktree", "list").splitlines()) == 1


@pytest.mark.long
def test_the_same_search_again_measures_nothing(grown: tuple[Planted, Search]) -> None:
    planted, found = grown
    again = search(planted)
    assert again.measurements == found.measurements
    assert [c.sha for c in again.culprits] == [c.sha for c in found.culprits]


@pytest.mark.long
def test_a_change_that_no_count_shows_is_found_by_timing_inside_its_merge(tmp_path: Path) -> None:
    seed = next(s for s in range(100) if _inside_a_merge(tmp_path / f"look{s}", s))
    planted = plant(tmp_path / "repo", kind="builtin", effects=(1.0,), commits=12, seed=seed, merges=True)
    found = search(planted)
    (culprit,) = found.culprits
    assert (culprit.sha, found.method) == (planted.culprit, "time")
    assert culprit.merge in planted.merges
    assert "the same Python lines run as often as before" in culprit.evidence[0]
    assert any(
        "own time" in text or "by itself" in text for text in culprit.evidence
    )  # which one is for its scatter to say
    for function in culprit.functions:
        assert (function.name, function.built_in, function.calls) == ("finder/dial.py::turn_builtin", "sum", (1, 1))


def _inside_a_merge(folder: Path, seed: int) -> bool:
    planted = plant(folder, kind="builtin", effects=(1.0,), commits=12, seed=seed, merges=True)
    line = git(folder, "rev-list", "--first-parent", planted.head).split()
    return bool(planted.merges) and planted.culprit not in line


@pytest.mark.long
def test_what_did_it_to_another_benchmark_is_proved_before_any_search(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="builtin", effects=(1.0,), commits=12, seed=3)
    said: list[str] = []
    found = search(planted, hints=planted.culprits, said=said)
    assert [culprit.sha for culprit in found.culprits] == [planted.culprit]
    assert said == [text for text in said if text.startswith("proving ")]


@pytest.mark.long
def test_what_did_it_to_another_benchmark_and_not_to_this_one_does_not_stop_the_search(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(1.0,), commits=8, seed=2)
    other = next(sha for sha in planted.commits if sha != planted.culprit)
    assert [culprit.sha for culprit in search(planted, hints=(other,), budget_s=60).culprits] == [planted.culprit]


@pytest.mark.long
def test_nobody_is_named_where_nothing_got_slower(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="builtin", effects=(0.0,), commits=8, seed=1)
    found = search(planted, budget_s=20)  # on a noisy machine no time is enough to be sure
    assert found.culprits == ()
    assert found.verdict in ("same", "undecided")


@pytest.mark.long
def test_uncommitted_changes_can_be_the_culprit(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=4, seed=1)
    dial = planted.root / "finder" / "dial.py"
    dial.write_text(dial.read_text().replace("LOOP_STEPS = 10000", "LOOP_STEPS = 30000"))
    found = search(planted, bad=None)
    assert [culprit.sha for culprit in found.culprits] == ["uncommitted"]
    assert found.bad == "working tree"
    assert "30000" in dial.read_text()


@pytest.mark.long
def test_versions_at_which_the_newest_benchmarks_cannot_be_imported_are_measured_by_their_own(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=4, seed=1)
    root = planted.root
    dial, suite = root / "finder" / "dial.py", root / SUITE
    (root / "finder" / "later.py").write_text("")
    suite.write_text(f"import finder.later\n{suite.read_text()}")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "A module of later days")
    dial.write_text(dial.read_text().replace("LOOP_STEPS = 10000", "LOOP_STEPS = 30000"))
    git(root, "commit", "-q", "-a", "-m", "Slower")
    slower = git(root, "rev-parse", "HEAD").strip()
    found = search(planted, bad=slower)
    assert [culprit.sha for culprit in found.culprits] == [slower]
    assert found.skipped == ()
    assert any("measured by its own" in warning for warning in found.warnings)


@pytest.mark.long
def test_an_answer_that_hides_among_commits_that_cannot_be_measured_is_the_set_of_them(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=3, seed=1)
    root, shas = planted.root, []
    dial, package = root / "finder" / "dial.py", root / "finder" / "__init__.py"
    whole = package.read_text()
    for steps, text in ((10000, "raise ImportError('half done')\n"), (30000, "import nothing\n"), (30000, whole)):
        dial.write_text(dial.read_text().replace("LOOP_STEPS = 10000", f"LOOP_STEPS = {steps}"))
        package.write_text(text)
        git(root, "commit", "-q", "-a", "-m", "Half a change")
        shas.append(git(root, "rev-parse", "HEAD").strip())
    (root / "README.md").write_text("done\n")
    git(root, "commit", "-q", "-a", "-m", "Docs")
    found = search(planted, bad=git(root, "rev-parse", "HEAD").strip())
    (culprit,) = found.culprits
    assert (culprit.sha, culprit.among) == (shas[-1], tuple(shas))
    assert {skipped.sha for skipped in found.skipped} == set(shas[:2])
    assert any("half done" in skipped.reason for skipped in found.skipped)
    start = git(root, "rev-parse", f"{shas[0]}~1").strip()
    assert culprit.evidence[0].startswith(
        f"measured: {start[:8]}, the newest before them that can be, and {shas[2][:8]}"
    )
    assert f"the ranking: first {shas[1][:8]} Half a change: LOOP_STEPS was 10000, is 30000" in culprit.evidence[-1]
    assert culprit.restored is None  # taking back the last of them would tell nothing
    assert len(culprit.files) == len(set(culprit.files))


@pytest.mark.long
def test_of_a_change_that_was_taken_back_and_made_again_the_one_that_lasts_is_named(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=3, seed=1)
    root, shas = planted.root, []
    dial = root / "finder" / "dial.py"
    for steps in (40000, 40001, 40002, 10000, 30000):  # the passing one is larger and longer: a search meets it first
        dial.write_text(re.sub(r"LOOP_STEPS = \d+", f"LOOP_STEPS = {steps}", dial.read_text()))
        git(root, "commit", "-q", "-a", "-m", f"{steps} steps")
        shas.append(git(root, "rev-parse", "HEAD").strip())
    found = search(planted, bad=shas[-1])
    assert [culprit.sha for culprit in found.culprits] == [shas[4]]
    assert any(shas[0][:8] in warning and shas[3][:8] in warning for warning in found.warnings)


@pytest.mark.long
@pytest.mark.parametrize(("steps", "lasting"), [((300000, 10001, 30000, 30001), 2), ((30000, 300000, 30001), 0)])
def test_a_far_slower_commit_that_was_mended_does_not_hide_the_one_that_lasts(
    tmp_path: Path, steps: tuple[int, ...], lasting: int
) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=3, seed=1)
    root, shas = planted.root, []
    dial = root / "finder" / "dial.py"
    for number in steps:
        dial.write_text(re.sub(r"LOOP_STEPS = \d+", f"LOOP_STEPS = {number}", dial.read_text()))
        git(root, "commit", "-q", "-a", "-m", f"{number} steps")
        shas.append(git(root, "rev-parse", "HEAD").strip())
    found = search(planted, bad=shas[-1])
    assert [culprit.sha for culprit in found.culprits] == [shas[lasting]]
    passing = steps.index(300000)
    assert any(shas[passing][:8] in warning and shas[passing + 1][:8] in warning for warning in found.warnings)
    assert not any("could not be proved" in warning for warning in found.warnings)


@pytest.mark.long
def test_a_commit_whose_counts_differ_from_call_to_call_does_not_hold_up_the_search(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=3, seed=1)
    root, shas = planted.root, []
    dial = root / "finder" / "dial.py"
    whole = dial.read_text()
    unsteady = whole.replace(
        "    total = 0\n", "    CALLS.append(1)\n    total = sum(1 for _ in range(len(CALLS) % 3))\n"
    )
    unsteady = unsteady.replace("LOOP_STEPS = 10000", "CALLS = []\nLOOP_STEPS = 10000")
    assert unsteady.count("CALLS") == 3
    for text in (unsteady, whole.replace("LOOP_STEPS = 10000", "LOOP_STEPS = 30000")):
        dial.write_text(text)
        git(root, "commit", "-q", "-a", "-m", "Change the dial")
        shas.append(git(root, "rev-parse", "HEAD").strip())
    found = search(planted, bad=shas[-1])
    assert [culprit.sha for culprit in found.culprits] == [shas[-1]]


@pytest.mark.long
def test_a_commit_that_made_up_for_some_of_it_is_said(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.8, -0.4), commits=10, seed=3)
    slow, fast = planted.culprits
    found = search(planted)
    assert [culprit.sha for culprit in found.culprits] == [slow]
    (said,) = [text for text in found.warnings if "made it faster" in text]  # or "may have": on a busy machine
    assert f"{fast[:12]} Round the edges, by what is executed, m" in said
    assert "made it faster (-" in said


def test_a_search_without_time_names_nobody_and_shows_the_suspects(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="builtin", effects=(1.0,), commits=8, seed=1)
    found = search(planted, budget_s=0.001)
    assert found.culprits == ()
    assert found.verdict == "undecided"
    assert len(found.suspects) == 5
    assert not any(suspect.proved for suspect in found.suspects)
    assert any("--budget" in warning for warning in found.warnings)


@pytest.mark.long
def test_an_end_that_cannot_be_measured_is_an_error_that_says_which(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", commits=4, seed=1)
    with pytest.raises(MeasureError, match="end of the range") as caught:
        search(dataclasses.replace(planted, benchmark=f"{SUITE}::test_nothing"))
    assert caught.value.hint


@pytest.mark.long
def test_a_merge_of_three_is_searched_inside(tmp_path: Path) -> None:
    planted = plant(tmp_path / "repo", kind="loop", effects=(0.0,), commits=3, seed=1)
    root, dial = planted.root, planted.root / "finder" / "dial.py"
    main = git(root, "branch", "--show-current").strip()
    shas = {}
    for name in ("docs", "work"):
        git(root, "checkout", "-q", "-b", name, planted.head)
        git(root, "commit", "-q", "--allow-empty", "-m", f"{name}: begin")
        if name == "work":
            dial.write_text(re.sub(r"LOOP_STEPS = \d+", "LOOP_STEPS = 30000", dial.read_text()))
        git(root, "commit", "-q", "-a", "--allow-empty", "-m", f"{name}: go on")
        shas[name] = git(root, "rev-parse", "HEAD").strip()
    git(root, "checkout", "-q", main)
    git(root, "commit", "-q", "--allow-empty", "-m", "Own")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge both", "docs", "work")
    merge = git(root, "rev-parse", "HEAD").strip()
    found = search(planted, bad=merge)
    assert [(culprit.sha, culprit.merge) for culprit in found.culprits] == [(shas["work"], merge)]
