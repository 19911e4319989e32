"""The published result of `fix`: a patch with its proof, or why none is shown. What was proposed and not proved is not in it."""

from dataclasses import dataclass, field
from typing import Literal

from bench_agent.results import plain
from bench_agent.results.explanation import Usage
from bench_agent.results.verification import Verified

FIX_SCHEMA = "bench-agent/fix/1"

# shown: it passed everything. refused: against a rule, nothing was run. other_result: the benchmark gives something else.
# not_first: only later calls are fast. untested: no test looks at what it changes. tests_failed: a test fails with it. no_help:
# gives back too little. slows: makes another benchmark slower. not_measured: the measuring failed, or time ran out
AttemptOutcome = Literal[
    "shown", "refused", "other_result", "not_first", "untested", "tests_failed", "no_help", "slows", "not_measured"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One proposal. reasons: in our words, one a fault; of one that is shown, none."""

    outcome: AttemptOutcome
    reasons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What was found for one benchmark. patch: a unified diff against the working tree, only when an attempt was shown."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    culprit: str  # sha, or `uncommitted`
    good: str  # where the benchmark was fast
    asked_share: float  # of the slowdown that a patch must give back, by logarithms
    patch: str | None = None
    path: str | None = None  # the file it was written to
    given_back: float | None = None  # of the slowdown, by logarithms; 1 is all of it
    evidence: tuple[str, ...] = ()  # what was run and measured, a sentence each
    verified: Verified | None = None  # patched against `good` and the working tree, in turns
    attempts: tuple[Attempt, ...] = ()
    stopped: str = ""  # why no more was tried, where nothing is shown
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    cost: float | None = None  # dollars; null where the model's price is not known
    seconds: float = 0.0
    schema: str = FIX_SCHEMA


def to_json(fix: Fix) -> str:
    """One JSON object, `schema` first; numbers that are not finite as null."""
    return plain.to_json(plain.document(fix, digits=4))
