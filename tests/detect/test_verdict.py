import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import replace

import jsonschema
import pytest

from bench_agent.detect.verdict import Policy, compare_suite, decide, decided
from bench_agent.records import PairSample, Problem
from bench_agent.results.comparison import as_dict, to_json


def samples(
    log_ratios: Sequence[float], *, wall: Sequence[float] | None = None, cpu_use: float = 1.0, base_s: float = 0.001
) -> list[PairSample]:
    return [
        PairSample(
            cpu_log_ratio=cpu,
            wall_log_ratio=cpu if wall is None else wall[i],
            base_s=base_s / cpu_use,
            head_s=base_s / cpu_use,
            base_cpu_s=base_s,
            head_cpu_s=base_s * math.exp(cpu),
            cpu_use=cpu_use,
            rounds=40,
            iterations=2,
            seconds=0.2,
        )
        for i, cpu in enumerate(log_ratios)
    ]


def around(centre: float, n: int, *, width: float = 0.01, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [math.log1p(centre) + rng.gauss(0, width) for _ in range(n)]


@pytest.mark.parametrize(
    ("change", "verdict"), [(0.10, "slower"), (0.05, "slower"), (-0.05, "faster"), (0.0, "same"), (0.005, "same")]
)
def test_the_verdict_follows_the_change(change: float, verdict: str) -> None:
    assert decide({"a": samples(around(change, 20))})["a"].verdict == verdict


@pytest.mark.parametrize(
    ("use", "clock", "verdict"), [(-0.3, "wall", "slower"), (-0.01, "cpu", "same"), (0.3, "wall", "slower")]
)
def test_where_one_version_waits_for_more_of_its_time_wall_time_tells(use: float, clock: str, verdict: str) -> None:
    noisy = samples(around(0.0, 20), wall=around(0.35, 20, width=0.05), cpu_use=0.85)
    decision = decide({"a": [replace(sample, use_log_ratio=use) for sample in noisy]})["a"]
    assert (decision.clock, decision.verdict) == (clock, verdict)


def test_too_few_pairs_are_never_a_verdict() -> None:
    assert decide({"a": samples([0.5] * 3)})["a"].verdict == "undecided"
    assert decide({"a": samples([0.5] * 3)}, final=True)["a"].verdict == "undecided"
    assert decide({"a": []}) == {}


def test_a_sure_change_below_one_percent_is_not_called_slower() -> None:
    assert decide({"a": samples(around(0.006, 64, width=0.002))})["a"].verdict == "same"


def test_a_change_that_may_be_small_waits_for_its_ranks_before_it_is_cleared() -> None:
    two_percent = [0.02 + 0.0003 * i for i in (1, -1, 2, -2, 0, 1, -1, 2)]
    assert all(decide({"a": samples(two_percent[:n])})["a"].verdict != "same" for n in range(4, 8))
    assert decide({"a": samples(two_percent)})["a"].verdict == "slower"


def test_what_is_slower_in_some_sessions_only_is_said_beside_the_middle() -> None:
    """A hash seed in three: the middle of all pairs hides it, and wild ones in both directions are the machine's."""
    quiet = around(0.02, 9)
    some = [value + (0.5 if n in (1, 4, 7) else 0.0) for n, value in enumerate(quiet)]
    both = [value + (0.5 if n in (1, 4) else -0.5 if n in (3, 7) else 0.0) for n, value in enumerate(quiet)]
    notes = [compare_suite("a", "b", {"x": samples(logs)}).benchmarks[0].note for logs in (quiet, some, both)]
    assert notes[0] is notes[2] is None
    assert notes[1] is not None
    assert notes[1].startswith("+66 % in 3 of 9 pairs of sessions, not in the others: the hash seed, or")


def test_one_wild_session_does_not_make_an_alarm() -> None:
    quiet = around(0.0, 15, width=0.008)
    assert decide({"a": samples([*quiet[:14], 0.36])})["a"].verdict != "slower"
    assert decide({"a": samples([*quiet, *quiet[:11], 0.36])})["a"].verdict == "same"


def test_twenty_benchmarks_need_more_evidence_than_one() -> None:
    uneven = [0.01, 0.9, 0.1, 0.02, 0.5, 0.03, 0.3, 0.2, 0.15, 0.6, 0.7, 0.05, 0.4, 0.25, 0.35]
    assert decide({"a": samples(uneven[:8])})["a"].verdict == "slower"
    others = {str(i): samples(around(0.0, 8, seed=i)) for i in range(19)}
    assert decide({"a": samples(uneven[:8]), **others})["a"].verdict == "undecided"
    assert decide({"a": samples(uneven), **others})["a"].verdict == "slower"
    assert decide({"a": samples(uneven[:8])}, beside=len(others))["a"].verdict == "undecided", "they wait, and count"
    assert decide({"a": samples(uneven)}, beside=len(others))["a"].verdict == "slower"


def test_when_everything_got_slower_everything_is_called_so() -> None:
    """Each that is called leaves more of the error for the rest."""
    suite = {str(i): samples(around(0.08, 8, seed=i)) for i in range(20)}
    assert decided(suite) == frozenset(suite)


@pytest.mark.parametrize("benchmarks", [1, 27, 300])
def test_half_as_slow_again_is_decided_in_six_pairs_whatever_the_suite(benchmarks: int) -> None:
    suite = {str(i): samples(around(0.5, 6, width=0.03, seed=i)) for i in range(benchmarks)}
    assert len(decided(suite)) >= 0.95 * benchmarks


def test_one_of_three_hundred_that_is_many_times_slower_is_called_so_in_five_pairs() -> None:
    others = {str(i): samples(around(0.0, 5, seed=i)) for i in range(299)}
    found = decide({"a": samples(around(33, 5, width=0.05)), **others})
    assert [name for name, decision in found.items() if decision.verdict == "slower"] == ["a"]


def test_unchanged_suites_of_twenty_alarm_rarely() -> None:
    """Noise with wild sessions, looked at after every pair up to 20: at most 5 % of suites, 1 % of benchmarks."""
    rng = random.Random(9)
    suites = wrong = 0
    for _ in range(30):
        suite = {
            str(i): samples([rng.gauss(0, 0.09 if rng.random() < 0.05 else 0.015) for _ in range(15)])
            for i in range(20)
        }
        called = {
            name
            for n in (5, 8, 11, 15)
            for name, j in decide({k: v[:n] for k, v in suite.items()}).items()
            if j.verdict == "slower"
        }
        suites += bool(called)
        wrong += len(called)
    assert suites <= 4  # 5 % of 30 is 1.5; the 98 % quantile of that is 4
    assert wrong <= 8


def test_work_that_waits_is_judged_by_the_wall_clock() -> None:
    waiting = samples([0.0] * 11, wall=around(0.2, 11), cpu_use=0.1)
    judgement = decide({"a": waiting})["a"]
    assert (judgement.verdict, judgement.clock) == ("slower", "wall")


def test_work_that_is_disturbed_most_of_the_time_is_still_judged_by_cpu_time() -> None:
    values = samples(around(0.0, 11), wall=around(0.5, 11), cpu_use=0.4)
    alone = samples(around(0.0, 2))
    assert decide({"a": [*values, *alone]})["a"].clock == "cpu"


def test_the_row_says_what_it_rests_on() -> None:
    comparison = compare_suite("v1", "v2", {"a": samples(around(0.10, 11))}, seconds=9.0)
    (row,) = comparison.benchmarks
    assert row.interval is not None
    assert row.interval[0] < 1.10 < row.interval[1]
    assert row.ratio == pytest.approx(row.head / row.base)
    assert row.pairs == 11
    assert row.detectable is not None
    assert 0.01 < row.detectable < 0.06
    assert row.seconds_to_settle is None
    assert row.p_slower < 0.01 < row.p_faster
    assert comparison.geomean == pytest.approx(row.ratio)


def test_an_open_question_says_what_settling_it_costs() -> None:
    few, noisy = samples(around(0.0, 3)), samples(around(0.02, 8, width=0.03))
    rows = {r.benchmark: r for r in compare_suite("a", "b", {"few": few, "noisy": noisy}, pair_s=0.5).benchmarks}
    assert rows["few"].verdict == rows["noisy"].verdict == "undecided"
    assert rows["few"].seconds_to_settle is not None
    assert 0 < rows["few"].seconds_to_settle < 60
    assert rows["few"].interval is None
    assert rows["noisy"].seconds_to_settle is not None
    assert rows["noisy"].seconds_to_settle > rows["few"].seconds_to_settle


def test_the_worst_comes_first_and_problems_are_warnings() -> None:
    suite = {
        "same": samples(around(0.0, 20)),
        "worse": samples(around(0.5, 20)),
        "bad": samples(around(0.1, 20)),
        "better": samples(around(-0.1, 20)),
    }
    problems = [
        Problem(benchmark="gone", kind="missing", side="head", message="no such benchmark there"),
        Problem(benchmark="bad", kind="in_turns", side=None, message="one after the other"),
        Problem(benchmark="x\x1b[31m", kind="failed", side="base", message="Oops\nsecond"),
    ]
    comparison = compare_suite("a", "b", suite, problems=problems)
    assert [row.benchmark for row in comparison.benchmarks] == ["worse", "bad", "same", "better"]
    assert comparison.warnings == (
        "gone is missing on head: no such benchmark there",
        "x failed on base: Oops second",
    )
    assert comparison.benchmarks[1].note == "one after the other"


def test_one_cause_is_one_warning_however_many_benchmarks_it_keeps_out() -> None:
    message = "ModuleNotFoundError: No module named 'numpy'"
    problems = [
        Problem(benchmark=f"t{n % 2}.py::b{n}", kind="missing", side="base", message=f"t{n % 2}.py: {message}")
        for n in range(22)
    ]
    problems.append(Problem(benchmark="t0.py::b0", kind="failed", side="head", message=message))
    assert compare_suite("a", "b", {}, problems=problems).warnings == (
        f"t0.py::b0 and 21 others are missing on base: {message}",
        f"t0.py::b0 failed on head: {message}",
    )


def test_a_call_as_short_as_the_loop_around_it_is_marked() -> None:
    (row,) = compare_suite("a", "b", {"a": samples(around(0.0, 11), base_s=3e-8)}).benchmarks
    assert row.note is not None
    assert "loop" in row.note


def test_the_json_is_the_contract() -> None:
    suite = {"a": samples(around(0.10, 11)), "few": samples([0.1])}
    text = to_json(compare_suite("v1", "v2", suite))
    document = json.loads(text)
    number_or_null = {"type": ["number", "null"]}
    jsonschema.validate(
        document,
        {
            "required": ["schema", "base", "head", "benchmarks", "geomean", "warnings"],
            "properties": {
                "schema": {"const": "bench-agent/comparison/2"},
                "benchmarks": {
                    "items": {
                        "required": ["benchmark", "base", "head", "unit", "ratio", "interval", "verdict", "detectable",
                                     "pairs", "seconds_to_settle"],
                        "properties": {
                            "unit": {"const": "s"},
                            "interval": {"type": ["array", "null"], "minItems": 2, "maxItems": 2},
                            "verdict": {"enum": ["slower", "faster", "same", "undecided"]},
                            "detectable": number_or_null,
                            "seconds_to_settle": number_or_null,
                        },
                    }
                },
            },
        },
    )  # fmt: skip


def test_a_comparison_without_benchmarks_is_empty_and_not_an_error() -> None:
    comparison = compare_suite("a", "b", {})
    assert as_dict(comparison)["benchmarks"] == []
    assert comparison.geomean is None


def test_a_stricter_policy_calls_less() -> None:
    values = {"a": samples([0.05 + i / 1000 for i in range(5)])}
    assert decide(values)["a"].verdict == "slower"
    assert decide(values, Policy(alarm=0.00001))["a"].verdict == "undecided"


def test_judging_loads_no_numpy() -> None:
    import subprocess

    code = "import sys, bench_agent.detect.verdict; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
