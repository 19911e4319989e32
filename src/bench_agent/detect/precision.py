"""What the stored runs of a benchmark can tell: the least growth that would raise a suspicion. Pure.

It uses the figures that `suspicion` judges by, and asks how large a step must be to be suspected.
"""

from bench_agent.detect.noise import MIN_SERIES, least_step, noise_of
from bench_agent.detect.series import Past
from bench_agent.records import Measured, Target
from bench_agent.results.checkup import Precision


def judge_precision(now: Measured, past: Past, *, target: Target | None = None) -> Precision:
    """The newest sample as the last of its series. O(past).

    A step must exceed the noise of the series, and the fast quartile of its rounds must lie above the slow quartile of
    what was usual: with rounds that vary by 40 %, a step of less is lost among them.
    """
    sample = now.sample
    medians = [m.sample.median_s for m in (*past.runs, now) if m.sample.median_s > 0]
    among_rounds = sample.q3_s / sample.q1_s - 1 if sample.q1_s > 0 else 0.0
    return Precision(
        benchmark=sample.name,
        median_s=sample.median_s,
        rounds=sample.rounds,
        iterations=sample.iterations,
        runs=len(medians),
        noise=noise_of(medians) if len(medians) >= MIN_SERIES else None,
        round_spread=among_rounds,
        detectable=max(least_step(medians), among_rounds),
        spent_s=sample.spent_s,
        has_p95_target=target is not None and target.p95_s is not None,
    )
