"""From facts to advice: each fact alone gives its finding, and what blocks comes first."""

from dataclasses import replace

import pytest

from bench_agent.doctor.rules import diagnose
from bench_agent.results.checkup import (
    FOUND,
    Checkup,
    GitFacts,
    HistoryFacts,
    MachineFacts,
    Precision,
    SlashCommand,
    SuiteFacts,
    Tools,
)

FINE = Precision(
    benchmark="parse", median_s=1e-3, rounds=50, iterations=1, runs=6, noise=0.02, round_spread=0.05, detectable=0.1, spent_s=1.0
)  # fmt: skip
WELL = Checkup(
    root="/shop",
    version="1",
    suite=SuiteFacts(command="make benchmark", origin=FOUND, measurable=True, benchmarks=3, quick=1),
    tools=Tools(executable="python", python="3.12.1", pytest="9.2.0", pytest_benchmark="5.3.1"),
    machine=MachineFacts(cores=4, usable_cores=4, load_1m=0.3, governor="performance", spread=0.01, lost=0.01),
    git=GitFacts(repository=True, sha="a" * 40, branch="main", commits=9),
    history=HistoryFacts(runs=6),
    benchmarks=(FINE, replace(FINE, benchmark="render")),
    slash_command=SlashCommand(state="unchanged"),
)


def found(checkup: Checkup) -> list[tuple[str, str, str]]:
    return [(a.severity, a.message, a.advice) for a in diagnose(checkup).findings]


def test_where_all_is_well_there_is_nothing_to_do() -> None:
    assert found(WELL) == []


@pytest.mark.parametrize(
    ("part", "changes", "severity", "message", "advice"),
    [
        ("", {"settings_problem": "unknown key `kep`"}, "blocks", "unknown key `kep`", "mend the file"),
        ("suite", {"measurable": False, "reason": "R", "hint": "H"}, "blocks", "can't be measured: R", "H"),
        ("suite", {"measurable": False, "reason": "--benchmark-disable was in force", "hint": "enable"}, "blocks", "disable", "bench-agent init"),
        ("suite", {"quick": 0}, "note", "quick expression matches no benchmark", "`quick`"),
        ("tools", {"pytest_benchmark": "5.2.3"}, "blocks", "pytest 9.2.0 with pytest-benchmark 5.2.3", ">=5.3"),
        ("tools", {"pytest": "8.0", "pytest_benchmark": "3.4.1"}, "harms", "older", "upgrade"),
        ("tools", {"coverage": True}, "harms", "coverage", "--no-cov"),
        ("machine", {"on_battery": True}, "harms", "battery", "plug it in"),
        ("machine", {"cpu_limit": 0.5}, "harms", "0.5 of 4 cores", "2 cores"),
        ("machine", {"load_1m": 2.5}, "harms", "load 2.5 on 4 cores", "close"),
        ("machine", {"spread": 0.3}, "harms", "varies by 30 %", "close"),
        ("machine", {"lost": 0.5}, "harms", "50 % of the time", "close"),
        ("machine", {"governor": "powersave"}, "harms", "powersave", "cpupower"),
        ("git", {"repository": False}, "harms", "no repository", "git init"),
        ("git", {"problem": "the repository has no commits yet"}, "harms", "no commits yet", "commit"),
        ("git", {"shallow": True}, "harms", "shallow", "--unshallow"),
        ("git", {"busy": "process 7"}, "harms", "process 7", "bench-agent status"),
        ("git", {"leftovers": ("/x",)}, "note", "1 worktree left", "removes"),
        ("history", {"unreadable": ("a.json is left out",)}, "harms", "a.json", "mend"),
        ("history", {"left_out": ("3 older runs left out: another Python",)}, "note", "another Python", "series of their own"),
        ("history", {"unmatched_targets": ("gone",)}, "harms", "gone", "`names`"),
        ("history", {"runs": 0}, "note", "nothing is stored", "bench-agent run"),
        ("slash_command", {"state": "create"}, "note", "not installed", "bench-agent init"),
        ("slash_command", {"state": "update"}, "harms", "out of date", "bench-agent init"),
        ("slash_command", {"state": "conflict"}, "note", "by hand", "--force"),
        ("slash_command", {"notes": ("not on PATH: install it",)}, "harms", "not on PATH", "install it"),
    ],
)  # fmt: skip
def test_each_fact_gives_its_finding(
    part: str, changes: dict[str, object], severity: str, message: str, advice: str
) -> None:
    changed = replace(WELL, **({part: replace(getattr(WELL, part), **changes)} if part else changes))
    ((said_severity, said, what_to_do),) = found(changed)
    assert said_severity == severity
    assert message in said
    assert advice in what_to_do


@pytest.mark.parametrize(
    ("changes", "severity", "message", "advice"),
    [
        (
            {"detectable": 0.4, "noise": 0.1},
            "harms",
            "parse: a slowdown is suspected only from +40 % up",
            "more rounds",
        ),
        ({"detectable": 0.4, "round_spread": 0.4}, "harms", "only from +40 % up", "same input"),
        ({"rounds": 1, "iterations": 100, "detectable": 0.9}, "harms", "one round", "rounds=20"),
        ({"rounds": 8}, "note", "the p95 is the maximum", "min_rounds=20"),
        ({"rounds": 8, "has_p95_target": True}, "harms", "parse has a target on it", "min_rounds=20"),
        ({"spent_s": 200.0}, "note", "parse takes 3 min 20 s", "-k"),
    ],
)
def test_what_a_benchmark_cannot_tell_is_said(
    changes: dict[str, object], severity: str, message: str, advice: str
) -> None:
    ((said_severity, said, what_to_do),) = found(
        replace(WELL, benchmarks=(replace(FINE, **changes), WELL.benchmarks[1]))
    )
    assert (said_severity, message in said, advice in what_to_do) == (severity, True, True), said


def test_few_runs_are_one_note_however_many_benchmarks() -> None:
    few = tuple(replace(FINE, benchmark=str(n), runs=2, noise=None, detectable=0.2) for n in range(50))
    ((severity, message, _),) = found(replace(WELL, benchmarks=few))
    assert severity == "note"
    assert "fewer than 4 comparable runs" in message


def test_what_blocks_comes_first_and_many_names_are_counted() -> None:
    coarse = tuple(replace(FINE, benchmark=f"b{n}", detectable=0.5) for n in range(9))
    checkup = replace(WELL, benchmarks=coarse, suite=replace(WELL.suite, measurable=False, reason="R"))
    (first, *_, last) = found(replace(checkup, slash_command=SlashCommand(state="create")))
    assert first[0] == "blocks"
    assert last[0] == "note"
    assert any("9 benchmarks (b0, b1, ...)" in message for _, message, _ in found(checkup))
