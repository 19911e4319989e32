"""The published result of a run: what scripts, the assistant and every renderer read.

Bump SCHEMA_VERSION when a meaning changes.
A Report is finished: it holds everything that is shown, and nothing downstream measures, judges or asks git again.
`as_dict` and `from_dict` keep all of it; `report_json.to_json` writes the contract, cut to fit. Its schema is made from these
records and the comments beside their fields (`make schemas`).
Times are seconds, sizes bytes, ratios candidate / baseline.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, get_args

from bench_agent.results import plain
from bench_agent.results.comparison import CommonVerdict
from bench_agent.results.grown_functions import GrownFunction
from bench_agent.results.memory import AllocationProfile, MemoryRow
from bench_agent.results.trends import Trend

SCHEMA_VERSION = "bench-agent/findings/3"
MAX_CHARS = 10_000  # what Claude Code still shows whole when a command fails

Status = Literal["passing", "regressed", "undecided", "not_compared", "failed", "no_results", "running"]
GoVerdict = Literal["safe", "hold", "cant_tell"]
VerdictName = Literal["suspected", "slower", "faster", "same", "undecided", "environment"]
Severity = Literal["low", "medium", "high", "critical"]
# Of one benchmark; what each stands for is in docs/reading-a-report.md. Worst first, the order of the table.
Mark = Literal[
    "failed",
    "regressed",
    "over_target",
    "slower",
    "suspected",
    "undecided",
    "environment",
    "vanished",
    "new",
    "faster",
    "untouched",
    "pass",
]
MARKS: tuple[Mark, ...] = get_args(Mark)
OPEN: frozenset[Mark] = frozenset({"suspected", "undecided"})  # a question that measuring may answer
CLEARED: frozenset[Mark] = frozenset({"pass", "faster", "untouched"})  # shown not to be slower: what a tick stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    run_id: str
    started_at: str  # ISO 8601, UTC
    seconds: float  # the whole call: the suite, measuring again, looking for causes
    suite_s: float | None = None  # the suite alone; None for a run that was imported or is under way
    command: str
    quick: bool  # part of the suite only
    sha: str | None = None
    branch: str | None = None
    dirty: bool = False  # the working tree had uncommitted changes
    python: str = ""
    machine: str = ""
    exit_code: int | None = None  # pytest's own
    compared_with: str | None = None  # run id of the last comparable run


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Whether the run speaks against deploying."""

    # hold: something failed or broke its limit or target. cant_tell: something is open, or was not compared or measured
    verdict: GoVerdict
    reason: str  # in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    headline: str  # one sentence: the verdict
    go: Go | None = None
    text: str = ""  # counts, overall change, memory and trends in words
    benchmarks: int = 0  # measured
    passing: int = 0  # compared and cleared: marks pass, faster and untouched
    suspected: int = 0  # slower than before, not measured again
    slower: int = 0  # confirmed by measuring again, however little
    regressed: int = 0  # confirmed and beyond the limit
    undecided: int = 0  # measured again, and it can't be told yet
    cleared: int = 0  # looked slower, and was not when measured again
    over_target: int = 0
    improved: int = 0  # faster, measured in turns
    environment: int = 0  # slower than in the last run, and the old code is too
    new: int = 0  # measured, with nothing to compare with
    untouched: int = 0  # nothing they execute differs from what they are compared with
    vanished: int = 0  # measured in the last comparable run, and not in this one
    failed: int = 0
    skipped: int = 0
    unmeasured: int = 0  # selected, and not come to: the run was interrupted, stopped or killed
    compared: int = 0  # had something to be compared with, and could be
    measured_in_turns: int = 0  # of those, how many by measuring both versions in turns
    geomean_ratio: float | None = None  # of those measured in turns; where there are none, of `ratio_last`
    memory_regressed: int | None = (
        None  # whose calls hold more than their limit allows, or leak, proved on both versions
    )
    peak_bytes: int | None = None  # of the process with all it started, while the suite ran
    mean_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRow:
    """One line of the summary table."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    mark: Mark
    group: str | None = None
    text: str = ""  # its figures in words, with their units: what is told
    rounds: int = 0
    iterations: int = 1
    median_s: float | None = None
    figure: str = ""  # what `median_s` is, where an imported file has no rounds: "mean", "median", or "time", not said
    mean_s: float | None = None
    stddev_s: float | None = None
    iqr_s: float | None = None  # interquartile range of the rounds: the spread that single hiccups don't make
    min_s: float | None = None
    max_s: float | None = None
    p95_s: float | None = None  # None: a single round, of which nothing but its time is known
    p99_s: float | None = None
    p95_is_max: bool = False  # fewer than 20 rounds, or only their sums known: it is the largest value seen
    p99_is_max: bool = False
    ops: float | None = None  # iterations a second
    cpu_s: float | None = None  # CPU time of one iteration
    cpu_use: float | None = None  # CPU time / wall time
    peak_bytes: int | None = None  # of the process with all it started, while the benchmark ran
    mean_bytes: int | None = None
    call_peak_bytes: int | None = None  # what one call holds at its peak, above its start; exact where the work is
    call_left_bytes: float | None = None  # what each call leaves behind
    target_p95_s: float | None = None
    # measured in turns with `against`, with its interval and the number of pairs it rests on
    ratio: float | None = None
    interval: tuple[float, float] | None = None  # None: too few pairs
    pairs: int | None = None
    against: str | None = None  # the commit it was measured in turns with
    pair_ratios: tuple[
        float, ...
    ] = ()  # of each pair of sessions, in the order they were measured; in the whole report only
    # median against the level of the last (at most 5) comparable runs; only where no better is known
    ratio_last: float | None = None
    ratio_baseline: float | None = None  # median against the accepted level
    seconds_to_settle: float | None = None  # mark undecided: about how many would tell
    next_command: str | None = None  # for a mark that is open
    message: str | None = (
        None  # why it failed or is in doubt; what a new one was before; when a vanished one was last measured
    )
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a verdict was reached."""

    pairs: int = 0  # paired measurements
    method: str = "history"  # "history": stored runs only, no second measurement
    seconds: float = 0.0
    note: str | None = None
    differs: tuple[str, ...] = ()  # what differs from the faster run beside the code
    since: str | None = None  # when that run began


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPoint:
    run: str  # "-3", "-2", "-1", "current"
    value: float
    ratio: float | None = None  # against the finding's baseline
    sha: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A commit that may have done it. sha "uncommitted" stands for the changes in the working tree."""

    sha: str  # `uncommitted` for the working tree
    subject: str
    author_date: str | None = None
    score: float = 0.0  # share of the suspicion among the candidates, 0..1; not a probability of guilt until proved
    proved: bool = False  # by measurement
    share: float | None = None  # of the slowdown, once measured
    files: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    excerpt: str | None = None  # of the diff that matters, bounded
    grown: tuple[GrownFunction, ...] = ()  # what does more or takes longer since the commit; in the whole report only


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    title: str
    labels: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One benchmark that changed, with everything known about it."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    metric: str
    severity: Severity  # never above low before it is confirmed
    ratio: float  # current / baseline
    current: float
    baseline: float
    unit: str = "s"
    text: str = ""  # change, interval, times and limit in words
    # what `baseline` is, in words: "last run", "accepted level", "target", "mean of the last 5 runs"
    baseline_kind: str = "last run"
    interval: tuple[float, float] | None = None  # of the ratio, from measuring both sides again; null is an open end
    rules: tuple[
        str, ...
    ] = ()  # what raised it: step, baseline, target, counts, seed_rule, drift, change_point, open, unclear
    verdict: VerdictName = "suspected"  # what measuring it in turns found; "suspected" where it was not measured
    mark: Mark = "suspected"  # of its row in the table
    confirmed: bool = False  # measured again, base against candidate
    evidence: Evidence = field(default_factory=Evidence)
    runs: tuple[RunPoint, ...] = ()
    counts: tuple[str, ...] = ()  # work that grew, in words: "rank() runs 40 times an iteration, was 1"
    suspects: tuple[Suspect, ...] = ()
    suspects_note: str | None = None
    target_s: float | None = None
    threshold: float = 0.2  # the benchmark's max_regression: 0.2 is 20 %
    seconds_to_settle: float | None = None  # more measuring that would probably decide it
    detectable: float | None = None  # the relative change that this many pairs tell: 0.03 is 3 %
    actions: tuple[str, ...] = ()  # what to do, in order
    next_command: str | None = None
    issue: Issue | None = None


def exceeds_limit(finding: Finding) -> bool:
    """Whether the change breaks the benchmark's limit, as the mark "regressed" has it."""
    return finding.ratio > 1 + finding.threshold


def is_accepted(finding: Finding) -> bool:
    """Whether it breaks the limit, and the change itself accepts that: it is slower, and no regression."""
    return finding.confirmed and finding.mark == "slower" and exceeds_limit(finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonMove:
    """How far all benchmarks together stand from their levels before, and whose doing it is."""

    ratio: float  # this run / the levels before, median over all benchmarks
    benchmarks: int = 0  # that got slower with the others, so far that each alone would be suspected
    # machine: of a sample measured in turns, base and head take the same. code: one of it is slower. unknown: not measured
    verdict: CommonVerdict = "unknown"
    measured: int = 0  # benchmarks of the sample that were measured in turns
    interval: tuple[float, float] | None = None  # that holds the intervals of all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    celebrate: tuple[str, ...] = ()
    monitor: tuple[str, ...] = ()
    optimize_now: tuple[str, ...] = ()
    maintain: tuple[str, ...] = ()
    next_targets: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """Why nothing could be measured, and what to do about it."""

    kind: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    schema: str = SCHEMA_VERSION
    # passing: something was compared and nothing is open. regressed: a benchmark is slower beyond its limit, or over its
    # target. undecided: something is suspected, undecided or was not come to. not_compared: there was nothing to compare with
    status: Status
    run: RunInfo
    summary: Summary
    benchmarks: tuple[BenchmarkRow, ...] = ()  # worst first
    regressions: tuple[Finding, ...] = ()  # suspected and confirmed alike: `verdict` and `confirmed` tell
    improvements: tuple[Finding, ...] = ()
    undecided: tuple[Finding, ...] = ()  # measured in turns, and it can't be told yet
    environment: tuple[Finding, ...] = ()  # slower than in stored runs, and so is the old code: no commit did it
    trends: tuple[Trend, ...] = ()
    # benchmark id -> the commit at which it was last as fast as before, of those whose question is open and those that got slower:
    # the next run asks again, until that is settled, fixed or accepted
    open_since: dict[str, str] = field(default_factory=dict)
    memory_open: dict[str, str] = field(
        default_factory=dict
    )  # the same of memory that grew, until it is fixed or accepted
    common: CommonMove | None = None  # absent where there was none worth telling
    memory: tuple[
        MemoryRow, ...
    ] = ()  # whose calls hold or leave more, or less, than at an earlier commit; proved by tracing both
    allocations: tuple[AllocationProfile, ...] = ()  # with --profile memory: the lines that allocate
    recommendations: Recommendations = field(default_factory=Recommendations)
    warnings: tuple[str, ...] = ()
    error: ErrorInfo | None = None  # only when nothing was measured: why, and what to do
    report_path: str | None = None  # the file that holds everything, uncut
    omitted: dict[str, int] = field(default_factory=dict)  # how many items were cut to fit, by key

    @property
    def told(self) -> tuple[Finding, ...]:
        """The findings that have a section of their own: what is slower, suspected, undecided or due to the environment."""
        return (*self.regressions, *self.undecided, *self.environment)


class Progress(TypedDict, total=False):
    """What the findings of a run that is still under way hold besides."""

    run_id: str  # only while running: what `bench-agent wait` takes
    done: int | None  # only while running: benchmarks measured so far
    of: int | None  # only while running: benchmarks in all, once known
    current: str | None  # only while running: the benchmark being measured
    estimate_s: float | None  # only while running: seconds left, from the last run
    next_command: str | None  # only while running: the command to type next


# --- to and from JSON -------------------------------------------------------------------------------------------------


def as_dict(report: Report) -> dict[str, Any]:
    """The whole report as plain JSON values, nothing cut, figures unrounded."""
    return plain.document(report)


def from_dict(document: dict[str, Any]) -> Report:
    """The report `as_dict` wrote. Raises ValueError when it is of another schema or a field does not fit."""
    if document.get("schema") != SCHEMA_VERSION:
        raise ValueError(f"schema is {document.get('schema')!r}, this version reads {SCHEMA_VERSION!r}")
    try:
        report = plain.read_as(Report, document)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a report: {error}") from error
    assert isinstance(report, Report)
    return report
