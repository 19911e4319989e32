"""What a run suspects of its memory, from figures of single sessions; and a whole run with a growth and a leak beside it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.compare.memory_sessions import MemoryLimits
from bench_agent.pipeline.confirm_memory import Grown, find_grown, find_open, with_next_command
from bench_agent.records import CallMemory, Head, Measured, Run, Sample
from bench_agent.results.memory import MemoryRow
from projects import make_project

MB = 1_000_000
OLD, NEW = "a" * 40, "b" * 40


def traced(id: str, peak: int | None, *, left: float = 0.0, seconds: float = 1e-3) -> Sample:
    return Sample(
        id=id, name=id, median_s=seconds, call_peak_bytes=peak, call_left_bytes=None if peak is None else left
    )


def run_of(*samples: Sample, sha: str | None = None, dirty: bool = False) -> Run:
    return Run(run_id="r", started_at="", head=Head(sha=sha, dirty=("a.py",) if dirty else ()), samples=samples)


def suspected(now: Run, *before: Run) -> list[tuple[str, str]]:
    past: dict[str, Sequence[Measured]] = {
        sample.id: [Measured(run=run, sample=s) for run in before for s in run.samples if s.id == sample.id]
        for sample in now.samples
    }
    return [(one.id, one.since) for one in find_grown(now, past, MemoryLimits())]


def test_what_holds_a_megabyte_more_and_what_leaks_is_suspected_and_what_holds_the_same_is_not() -> None:
    before = run_of(traced("peak", MB), traced("leak", 100), traced("same", 5 * MB), sha=OLD)
    now = run_of(traced("peak", 3 * MB), traced("leak", 100, left=900.0), traced("same", 5 * MB))
    assert suspected(now, before) == [("peak", OLD), ("leak", OLD)]


def test_a_leak_is_not_lost_when_the_last_run_had_no_time_to_trace_it() -> None:
    """Each is held against the newest run that traced it, and those may be of two commits."""
    older = run_of(traced("peak", MB), traced("leak", 100), sha=OLD)
    newer = run_of(traced("peak", MB), traced("leak", None), sha=NEW)
    now = run_of(traced("peak", 3 * MB), traced("leak", 100, left=900.0))
    assert suspected(now, older, newer) == [("peak", NEW), ("leak", OLD)]


def test_a_leak_that_no_run_has_traced_before_is_held_against_the_newest_commit() -> None:
    now = run_of(traced("leak", 100, left=900.0), traced("large", 50 * MB))
    before = run_of(traced("leak", None), traced("large", None), sha=OLD)
    assert suspected(now, before) == [("leak", OLD)]


def test_what_was_measured_with_uncommitted_changes_is_nothing_to_go_back_to() -> None:
    now = run_of(traced("peak", 3 * MB))
    clean, dirty = run_of(traced("peak", MB), sha=OLD), run_of(traced("peak", MB), sha=NEW, dirty=True)
    assert suspected(now, dirty) == []
    assert suspected(now, clean, dirty) == [("peak", OLD)]


def test_a_call_that_takes_long_does_not_come_before_the_quick_ones() -> None:
    """Traced first it takes the time of the others: a leak beside it was not reached."""
    before = run_of(traced("slow", MB), traced("leak", 100), sha=OLD)
    now = run_of(traced("slow", 90 * MB, seconds=0.1), traced("leak", 100, left=900.0, seconds=1e-6))
    assert suspected(now, before) == [("leak", OLD), ("slow", OLD)]


def test_what_was_proved_is_held_against_the_last_good_commit_until_it_is_fixed() -> None:
    """A stored run with a leak looks like any: the next of the same commit told nothing, and nobody had fixed it."""
    good, bad = run_of(traced("leak", 100), sha=OLD), run_of(traced("leak", 100, left=900.0), sha=NEW)
    past: dict[str, Sequence[Measured]] = {"leak": [Measured(run=run, sample=run.samples[0]) for run in (good, bad)]}
    again, fixed = run_of(traced("leak", 100, left=900.0)), run_of(traced("leak", 100))
    asked = {"leak": OLD}
    (grown,) = find_grown(again, past, MemoryLimits(), asked)
    assert grown.since == OLD
    assert find_grown(again, past, MemoryLimits()) == [], "against the last run alone it is the same"
    assert find_grown(fixed, past, MemoryLimits(), asked) == []
    accepted = MemoryLimits(accepted={"leak": CallMemory(peak_bytes=100, left_bytes=900.0)})
    assert find_grown(again, past, accepted, asked) == []


def test_what_was_proved_stays_open_until_a_run_shows_that_it_is_not_so() -> None:
    leaks, asked = replace(ROW, benchmark="leak", regressed=False, leaks=True), {"leak": OLD}
    now, untraced = run_of(traced("leak", 100, left=900.0)), run_of(traced("leak", None))
    grown = [Grown(id="leak", since=OLD, seconds=1.0)]
    assert find_open({}, now, grown, [leaks]) == asked
    assert find_open({}, now, grown, []) == asked, "it seems so, and was not traced again"
    assert find_open(asked, untraced, [], []) == asked
    assert find_open(asked, now, [], []) == {}, "fixed or accepted"
    assert find_open(asked, now, grown, [replace(leaks, leaks=False, verdict="same")]) == {}


ROW = MemoryRow(
    benchmark="t.py::test_a",
    verdict="more",
    base_bytes=100.0,
    head_bytes=5e6,
    exact=True,
    sessions=2,
    regressed=True,
)


def test_a_regression_comes_with_the_command_that_searches_for_its_commit() -> None:
    run = run_of(replace(traced("t.py::test_a", 1), name="a name; rm"))
    assert with_next_command(ROW, OLD, run).next_command == (
        f"bench-agent bisect 'a name; rm' --metric memory --good {OLD[:12]}"
    )
    assert with_next_command(replace(ROW, verdict="same"), OLD, run).next_command is None, "over its target, as before"
    leak = replace(ROW, verdict="same", regressed=False, leaks=True)
    assert with_next_command(leak, OLD, run).next_command
    assert with_next_command(replace(leak, leaks=False), OLD, run).next_command is None


SUITE = "".join(
    f"def test_{name}(benchmark):\n    import mod\n    benchmark(mod.{name})\n\n\n"
    for name in ("total", "look", "same")
)
BEFORE = (
    "import itertools\n_seen, _count = {}, itertools.count()\n\n\ndef total():\n"
    "    values = (n * 1000 for n in range(40_000))\n    return sum(values)\n\n\n"
    "def look():\n    _seen['last'] = [0] * 200\n\n\ndef same():\n    return sum(range(100))\n"
)
AFTER = BEFORE.replace("(n * 1000 for n in range(40_000))", "[n * 1000 for n in range(40_000)]").replace(
    "'last'", "next(_count)"
)


@pytest.mark.long
def test_a_run_proves_a_growth_and_a_leak_beside_it_and_says_how_to_find_their_commit(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write("mod.py", BEFORE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    cache = str(tmp_path / "cache")
    first = project.run("run", "--json", "--profile", "memory", XDG_CACHE_HOME=cache)
    assert "memory" not in first.json
    assert {profile["benchmark"].rpartition("_")[2] for profile in first.json["allocations"]} == {
        "total",
        "look",
        "same",
    }
    sha = project.git("rev-parse", "HEAD")
    project.write("mod.py", AFTER)
    project.commit()
    done = project.run(
        "run", "--json", "--profile", "memory", "--budget", "50", "--fail-on", "regression", XDG_CACHE_HOME=cache
    )
    rows = {row["benchmark"].rpartition("_")[2]: row for row in done.json["memory"]}
    assert set(rows) == {"total", "look"}, done.text
    assert (rows["total"]["verdict"], rows["total"]["regressed"], rows["look"]["leaks"]) == ("more", True, True)
    assert (rows["total"]["lines"][0]["line"], rows["look"]["left_lines"][0]["line"]) == (6, 11)
    assert rows["look"]["next_command"] == f"bench-agent bisect look --metric memory --good {sha[:12]}"
    assert (done.json["status"], done.json["summary"]["go"]["verdict"], done.code) == ("regressed", "hold", 1)
    again = project.run(
        "run", "--json", "--profile", "memory", "--budget", "50", "--fail-on", "regression", XDG_CACHE_HOME=cache
    )
    assert {row["benchmark"].rpartition("_")[2] for row in again.json["memory"]} == {"total", "look"}, "nobody fixed it"
    assert again.code == 1


@pytest.mark.long
def test_a_quick_run_traces_what_executes_something_else_and_nothing_when_nothing_does(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write("mod.py", BEFORE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    cache = str(tmp_path / "cache")
    quick = ("run", "--quick", "-k", "total or same", "--budget", "30", "--json", "--fail-on", "regression")
    first = project.run(*quick, XDG_CACHE_HOME=cache)
    assert ("memory" in first.json, first.code) == (False, 0)
    sha = project.git("rev-parse", "HEAD")
    kept = "[]\n    for n in range(40_000):\n        values.append(n * 1000)"
    project.write("mod.py", BEFORE.replace("(n * 1000 for n in range(40_000))", kept))
    done = project.run(*quick, XDG_CACHE_HOME=cache)
    assert "memory" in done.json, done.text
    (row,) = done.json["memory"]
    assert (row["benchmark"].rpartition("_")[2], row["regressed"], row["lines"][0]["line"]) == ("total", True, 8)
    assert (row["against"], done.json["status"], done.code) == (sha[:12], "regressed", 1)
    without = project.run(*quick, "--no-memory", XDG_CACHE_HOME=cache)
    assert "memory" not in without.json, without.text
