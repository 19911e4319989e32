"""Trends in words: a step is no slope, what can't be told is said so, a step in common is told once."""

from dataclasses import replace

import pytest

import reports
from bench_agent.render.trends import common_levels, health, level_lines, trend_kind, trend_verdict
from bench_agent.results.trends import LevelChange, Trend

STEP = LevelChange(
    run="r", sha="1a2b3c4d5e6f", ratio=1.64, before=1.0, after=1.64, runs=12, at="2026-10-02T10:00:00Z", commits=1
)
BASE = Trend(benchmark="x", id="x", metric="median", direction="stable", runs=10, values=(1.0,) * 10)


@pytest.mark.parametrize(
    ("known", "words", "kind"),
    [
        ({"interval": (-0.03, 0.05)}, "STABLE (-3 % to +5 % over 10 runs)", "─ Stable"),
        ({"direction": "unclear", "interval": (-0.3, 0.45)}, "CAN'T TELL (-30 % to +45 % over 10 runs)", "~ Unclear"),
        ({"direction": "unknown", "note": "4 runs: a trend needs 6"}, "TOO FEW RUNS (4 runs: a trend needs 6)", "? Unknown"),
        ({"direction": "degrading", "shape": "slope", "change": 0.2}, "DEGRADING (+20 % over 10 runs)", "↑ Slope"),
        (
            {"direction": "degrading", "shape": "step", "change": 0.64, "changes": (STEP,)},
            "SLOWER SINCE 2026-10-02 1a2b3c4d (+64 %, 12 runs)",
            "↑ Step",
        ),
    ],
)  # fmt: skip
def test_a_trend_is_said_as_what_it_is(known: dict[str, object], words: str, kind: str) -> None:
    trend = replace(BASE, **known)  # type: ignore[arg-type]
    assert (trend_verdict(trend), trend_kind(trend)) == (words, kind)


def test_levels_are_told_newest_first_with_what_git_knows() -> None:
    older = replace(STEP, sha="ffff0000", at="2026-09-01T00:00:00Z", subject="docs: more", touches_code=False)
    trend = replace(BASE, changes=(older, replace(STEP, commits=4, subject="Parse lazily")))
    assert level_lines(trend) == [
        "+64 % at 2026-10-02 1a2b3c4d, 12 runs, 4 commits since the run before: Parse lazily",
        "+64 % at 2026-09-01 ffff0000, 12 runs: docs: more (no cause: it touches documentation and tooling only)",
    ]


def test_a_step_in_common_is_told_once_and_not_by_each() -> None:
    shared = [replace(BASE, benchmark=n, changes=(replace(STEP, ratio=r, benchmarks=4),)) for n, r in zip("abcd", (1.5, 1.6, 1.7, 1.8), strict=True)]  # fmt: skip
    assert [level_lines(trend) for trend in shared] == [[]] * 4
    assert common_levels(shared) == [
        "2026-10-02 1a2b3c4d, 12 runs: 4 benchmarks together, +50 % to +80 % (a, b, c and 1 more)"
    ]


def test_health_is_bad_when_a_target_is_broken() -> None:
    over = reports.trend("x", (1.0, 1.0, 1.0, 1.0, 1.0), target=0.5)
    assert health([over]) == ("NEEDS WORK", ("Over target: 1/1 benchmarks", "Stable: 1/1 benchmarks"))
    assert health(reports.all_well().trends)[0] == "HEALTHY"


def test_health_is_not_claimed_of_what_cannot_be_told() -> None:
    unclear, unknown = replace(BASE, direction="unclear"), replace(BASE, direction="unknown")
    assert health([BASE, BASE, unclear])[0] == "HEALTHY, AS FAR AS CAN BE TOLD"
    assert health([BASE, unclear])[0] == "CAN'T TELL"
    assert health([unknown])[0] == "TOO FEW RUNS"
