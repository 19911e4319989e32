"""What stored runs can tell, held against the rule that does the telling."""

from dataclasses import replace

import pytest

from bench_agent.detect.noise import UNKNOWN_NOISE
from bench_agent.detect.precision import judge_precision
from bench_agent.detect.series import Past
from bench_agent.detect.suspicion import judge
from bench_agent.records import Measured, Sample, Target
from histories import make_run, make_sample


def grown(sample: Sample, factor: float) -> Sample:
    times = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")
    return replace(sample, **{name: getattr(sample, name) * factor for name in times})


def series_of(sample: Sample, factors: list[float]) -> list[Measured]:
    runs = [make_run(number, [grown(sample, factor)]) for number, factor in enumerate(factors)]
    return [Measured(run=run, sample=run.samples[0]) for run in runs]


NARROW = make_sample()
WIDE = replace(NARROW, q1_s=NARROW.median_s * 0.8, q3_s=NARROW.median_s * 1.2)


@pytest.mark.parametrize("sample", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("factors", [[1.0] * 5, [1.0, 1.04, 0.97, 1.02, 1.0, 0.95, 1.0], [1.0, 1.0, 1.5, 1.0, 1.0]])
def test_a_step_is_suspected_from_where_it_says(sample: Sample, factors: list[float]) -> None:
    *past, now = series_of(sample, factors)
    said = judge_precision(now, Past(runs=tuple(past))).detectable
    before = Past(runs=(*past, now))

    def suspected(growth: float) -> bool:
        (_, later) = series_of(sample, [1.0, 1 + growth])
        return "step" in judge(later, before, target=None).rules

    assert suspected(said * 1.02)
    assert not suspected(said * 0.9)


def test_too_few_runs_have_no_noise_of_their_own() -> None:
    *past, now = series_of(NARROW, [1.0, 1.0])
    said = judge_precision(now, Past(runs=tuple(past)))
    assert said.noise is None
    assert said.runs == 2
    assert said.detectable == pytest.approx(4 * UNKNOWN_NOISE)


def test_odd_samples_are_no_error() -> None:
    zero = replace(NARROW, median_s=0.0, q1_s=0.0, q3_s=0.0, rounds=1)
    (now,) = series_of(zero, [1.0])
    said = judge_precision(now, Past(), target=Target(name="x", p95_s=1.0))
    assert (said.runs, said.round_spread, said.has_p95_target) == (0, 0.0, True)
