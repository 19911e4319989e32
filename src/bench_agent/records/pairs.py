"""What measuring two versions in turns gives of one benchmark: an observation, or a problem."""

from dataclasses import dataclass
from typing import Literal

ProblemKind = Literal["missing", "failed", "skipped", "unused", "died", "timeout", "slow", "in_turns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSample:
    """One benchmark in one pair of fresh sessions: a single independent observation of its log ratio.

    cpu_log_ratio is None where a round used no CPU time that the clock could see, or ran on several cores; wall_log_ratio
    where the rounds of both sides ran at once and so lengthened each other's; base_s and head_s are then the CPU seconds.
    """

    cpu_log_ratio: float | None  # median over rounds of log(candidate / base), CPU time with the children's
    wall_log_ratio: float | None  # the same for wall time
    base_s: float  # wall seconds of one iteration, median of the rounds
    head_s: float
    base_cpu_s: float
    head_cpu_s: float
    # CPU / wall without waiting for a core, 90th percentile of the rounds, at most 1, of the side that uses less: low means that
    # the work waits.
    cpu_use: float
    rounds: int
    iterations: int
    seconds: float  # what taking this observation cost, without the start of the sessions
    use_log_ratio: float = (
        0.0  # the same use, candidate / base, medians of the rounds: one side waits and the other doesn't
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a benchmark was not measured, or not as usual ("in_turns": measured, but not side by side)."""

    benchmark: str  # the test's node id
    kind: ProblemKind
    side: str | None  # None: both, or neither in particular
    message: str
    seconds_needed: float | None = None  # kind "slow": what deciding it would have cost
