"""What a search has measured of one benchmark on one line of commits, and what follows from it; and measuring more of it.

Returns changes between versions that ran beside each other, counts, and the verdict on the whole line. Everything measured
is written down in `Checkpoint` before it is used. What to measure is for `bisection/strategy.py` to decide.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench_agent.bisection import counts
from bench_agent.bisection.checkpoint import Checkpoint, StoredSession
from bench_agent.bisection.decisions import CLEARED, MOST_SESSIONS
from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.steps import Step, step_between
from bench_agent.bisection.versions import Versions
from bench_agent.detect.verdict import decide, log_ratios
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.side import SideError
from bench_agent.records import PairSample, Reach
from bench_agent.results.comparison import ComparisonVerdict
from bench_agent.stats.sequential import EARLY_LOOK, EARLY_LOOKS
from bench_agent.text.clean import clean_text

# Log units: sessions that place a step of that size with 99 % say of it what counts say, so that five of its own will do. Less
# could be memory layout, which five sessions may share (one in sixteen, where it falls either way).
LARGE = 0.15


class OutOfTime(Exception):  # noqa: N818  what is known is reported
    """The budget is used up."""


@dataclass(slots=True, kw_only=True)
class Measurements:
    """Positions are those of `line`, from 0; `versions` measures any version, also such that are not on the line."""

    versions: Versions
    checkpoint: Checkpoint
    line: Line
    benchmark: str
    deadline: float  # time.monotonic()
    say: Callable[[str], None]
    save: Callable[[], None]
    verdict: ComparisonVerdict = "undecided"  # on the whole line
    clock: str = "cpu"
    whole: Step | None = None
    notes: list[str] = field(default_factory=list)
    _positions: dict[str, int] = field(init=False, repr=False)  # of all versions of the line, by key
    located: set[tuple[str, str]] = field(
        default_factory=set
    )  # (parent, commit), by key, that a search by time ended with
    uncountable: set[Version] = field(default_factory=set)  # ends that could not be counted

    def __post_init__(self) -> None:
        self._positions = {version.key: position for position, version in enumerate(self.line.versions)}

    # --- what is known

    def version_at(self, position: int) -> Version:
        return self.line.versions[position]

    def is_skipped(self, version: Version) -> bool:
        """Whether it is known that it can't be measured."""
        return version.key in self.checkpoint.skipped

    @property
    def skipped(self) -> frozenset[int]:
        """Positions that can't be measured; never the ends."""
        known = (self._positions.get(key, 0) for key in self.checkpoint.skipped)
        return frozenset(position for position in known if 0 < position < self.line.last)

    @property
    def timed(self) -> frozenset[int]:
        """Positions that were timed, whatever beside."""
        keys = {key for s in self.checkpoint.sessions if s.benchmark == self.benchmark for key in (s.base, *s.samples)}
        return frozenset(self._positions[key] for key in keys if key in self._positions)

    @property
    def counted(self) -> frozenset[int]:
        """Positions whose work was counted, whatever of it."""
        return frozenset(self._positions[key] for key in self.checkpoint.reaches if key in self._positions)

    def values(self, one: Version, other: Version) -> list[tuple[float, float]]:
        """(one, other) as log ratios to the base of each set of sessions that held both, in time order."""
        found = []
        for session in self.checkpoint.sessions:
            if session.benchmark == self.benchmark:
                pair = [self._log(session, version.key) for version in (one, other)]
                if pair[0] is not None and pair[1] is not None:
                    found.append((pair[0], pair[1]))
        return found

    def _log(self, session: StoredSession, key: str) -> float | None:
        if key == session.base:
            return 0.0
        sample = session.samples.get(key)
        return None if sample is None else log_ratios([sample], self.clock)[0]

    def differences(self, one: Version, other: Version) -> list[float]:
        """other - one in log units, of each set of sessions that held both, in time order."""
        return [b - a for a, b in self.values(one, other)]

    def step_of(self, one: Version, other: Version, *, early: bool = False) -> Step | None:
        """The change from one version to another; None when they never ran beside each other.

        early: sessions too few for a claim may bound it, as where counts agree with the clock.
        """
        pairs = self.values(one, other)
        if not pairs:
            return None
        size = median(b - a for a, b in pairs)
        early = early or self.counts_agree(one, other, size)
        located = size >= LARGE and (one.key, other.key) in self.located
        sets = self._sets(one, other) if early or located else None
        earliest = min(EARLY_LOOKS) if early else EARLY_LOOK
        return step_between([a for a, _ in pairs], [b for _, b in pairs], final=True, early=sets, earliest=earliest)

    def _sets(self, one: Version, other: Version, *, base: str | None = None) -> list[dict[str, float]]:
        """All that ran in the sets of sessions that held both; of those with that base, where it is given."""
        sessions = (s for s in self.checkpoint.sessions if s.benchmark == self.benchmark and base in (None, s.base))
        return [found for found in map(self._levels, sessions) if one.key in found and other.key in found]

    def _levels(self, session: StoredSession) -> dict[str, float]:
        keys = (session.base, *session.samples)
        return {key: level for key in keys if (level := self._log(session, key)) is not None}

    def counts_agree(self, one: Version, other: Version, size: float) -> bool:
        """Whether both were counted, and the counts say the same as the clock of a change of `size` (log units)."""
        return counts.counts_agree(self.reach_of(one), self.reach_of(other), size)

    def reach_of(self, version: Version) -> Reach | None:
        """What one iteration executes there; None where it was not counted."""
        return self.checkpoint.reaches.get(version.key, {}).get(self.benchmark)

    def step(self, low: int, high: int) -> Step | None:
        return self.step_of(self.version_at(low), self.version_at(high))

    # --- is it real

    @property
    def whole_size(self) -> float:
        return self.whole.size if self.whole else 0.0

    def share(self, size: float) -> float | None:
        """Of the whole change's logarithm."""
        return size / self.whole_size if self.whole_size > 0 else None

    def _end_samples(self) -> list[PairSample]:
        base, end = self.version_at(0).key, self.version_at(self.line.last).key
        return [
            s.samples[end]
            for s in self.checkpoint.sessions
            if s.benchmark == self.benchmark and s.base == base and end in s.samples
        ]

    def judge_whole(self, *, final: bool = False) -> None:
        """The verdict on the whole line so far."""
        samples = self._end_samples()
        ends = self.version_at(0), self.version_at(self.line.last)
        pairs = self.values(*ends)
        agreed = bool(pairs) and self.counts_agree(*ends, median(b - a for a, b in pairs))
        early = self._sets(*ends, base=ends[0].key) if agreed else None
        found = decide({self.benchmark: samples}, final=final, early=early).get(self.benchmark)
        if found is None:
            return
        self.clock = found.clock
        self.verdict = found.verdict
        self.whole = Step(analysis=found.analysis)

    @property
    def is_hopeless(self) -> bool:
        """So many sessions of both ends that more would hardly decide it."""
        return self.whole is not None and self.whole.analysis.n >= MOST_SESSIONS

    @property
    def is_cleared(self) -> bool:
        """The whole line is known not to be slower: no culprit is looked for."""
        return self.verdict in CLEARED

    # --- counts

    def reach(self, position: int) -> Reach | None:
        return self.reach_of(self.version_at(position))

    def count(self, positions: Sequence[int]) -> None:
        """Count what is not counted yet; what can't be is skipped from now on."""
        wanted = [p for p in positions if self.reach(p) is None and not self._is_uncountable(self.version_at(p))]
        if not wanted:
            return
        self.check_time()
        problems = self._count(wanted)
        if len(wanted) > 1:  # a session that was lost beside others: each alone will tell
            problems = {at: why for failed in problems for at, why in self._count([failed]).items()}
        for position, why in problems.items():
            version = self.version_at(position)
            if position not in (0, self.line.last):
                self._fail(version, why)
            else:  # an end without counts can still be timed
                self.uncountable.add(version)  # where it hangs, asking again would cost as much again
                self.notes.append(f"{version.label} could not be counted: {clean_text(why, limit=160)}")
        self.save()

    def _is_uncountable(self, version: Version) -> bool:
        return self.is_skipped(version) or version in self.uncountable

    def _count(self, positions: Sequence[int]) -> dict[int, str]:
        """Count these, all at once; why some could not be."""
        versions = [self.version_at(p) for p in positions]
        counted, problems = self.versions.count(versions, [self.benchmark])
        self.checkpoint.measured += len(versions)
        found = {}
        for position, version in zip(positions, versions, strict=True):
            label = version.label
            self.checkpoint.reaches.setdefault(version.key, {}).update(counted.reaches.get(label, {}))
            told = counted.problems.get(label, {})
            if why := problems.get(version) or told.get(self.benchmark) or told.get(""):
                found[position] = why
        return found

    def _fail(self, version: Version, why: str, *, hint: str | None = None) -> None:
        """Skip the version from now on. Raises MeasureError where it is an end of the line."""
        if version in (self.version_at(0), self.version_at(self.line.last)):
            others = "choose another --good or --bad at which the benchmark passes"
            if "ModuleNotFoundError" in why or "ImportError" in why:
                others += "; neither the benchmark files of the newest nor its own can be imported there"
            raise MeasureError(
                f"{clean_text(self.benchmark)} can't be measured at {version.label}, an end of the range: {why}",
                hint=f"{hint}; or {others}" if hint else others,
            )
        self.checkpoint.skipped[version.key] = clean_text(why, limit=160)
        self.say(f"{version.label} can't be measured: {clean_text(why, limit=120)}")

    # --- measuring

    @property
    def left_s(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)

    def check_time(self) -> None:
        if self.left_s <= 0:
            raise OutOfTime

    def measure(
        self, versions: Sequence[Version], enough: Callable[[], bool] | None, *, expected: int | None = None
    ) -> None:
        """Sets of sessions of these versions, the base first, until it is enough; one when that is None.

        expected: sets after which it will probably be enough: the next is not started before that is known. A version that
        fails is skipped from now on, and ends it.
        """
        while self._measure_beside(versions, enough, expected):
            pass

    def _measure_beside(
        self, versions: Sequence[Version], enough: Callable[[], bool] | None, expected: int | None
    ) -> bool:
        """Whether it must be done again, since a version was given its own benchmark files."""
        self.check_time()
        number = 0
        try:
            with self.versions.ring(versions, self.benchmark, budget_s=max(self.left_s, 10.0)) as sessions:
                while True:
                    number += 1
                    if enough is None:
                        self.versions.expect()
                    taken = sessions.take(last=enough is None or number == expected)
                    self.checkpoint.measured += taken.sessions
                    if taken.fell_back:
                        return True
                    if taken.samples:
                        self.checkpoint.sessions.append(
                            StoredSession(
                                benchmark=self.benchmark,
                                base=versions[0].key,
                                samples={version.key: sample for version, sample in taken.samples.items()},
                            )
                        )
                    self.notes += [note for note in taken.notes if note not in self.notes]
                    for version, why in taken.failed.items():
                        self._fail(version, why)
                    self.save()
                    if taken.failed or enough is None or enough():
                        return False
                    self.check_time()
        except SideError as error:
            version = next(v for v in versions if v.label == error.side.label)
            if self.versions.kept.fall_back(version, self.benchmark, error.message):
                return True
            self._fail(version, error.message, hint=error.hint)
            return False
