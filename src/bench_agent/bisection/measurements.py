"""What a search has measured of one benchmark on one line of commits, and what follows from it; and measuring more of it.

Comes in: versions to count or time. Goes out: changes between versions that ran beside each other, counts, the verdict on
the whole line. Everything measured is written down in `Checkpoint` before it is used. What to measure is `bisection/strategy.py`'s.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench_agent.bisection import decisions
from bench_agent.bisection.checkpoint import Checkpoint, StoredSession
from bench_agent.bisection.decisions import Step
from bench_agent.bisection.lineage import Line
from bench_agent.bisection.versions import Versions, name_of
from bench_agent.detect.verdict import decide, log_ratios
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.session import SideError
from bench_agent.records import PairSample, Reach
from bench_agent.results.comparison import ComparisonVerdict
from bench_agent.text.clean import clean_text

MOST_SESSIONS = 48  # for one question: more would hardly decide it


class OutOfTime(Exception):  # noqa: N818  what is known is reported
    """The budget is used up."""


@dataclass(slots=True, kw_only=True)
class Measurements:
    """Places are positions on the line, versions what `Versions` measures: see bisection/decisions.py and bisection/versions.py."""

    ground: Versions
    checkpoint: Checkpoint
    line: Line
    benchmark: str
    deadline: float  # time.monotonic()
    say: Callable[[str], None]
    save: Callable[[], None]
    verdict: ComparisonVerdict = "inconclusive"  # on the whole line
    clock: str = "cpu"
    whole: Step | None = None
    notes: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(init=False, repr=False)  # of all versions of the line
    uncountable: set[str] = field(default_factory=set)  # ends that could not be counted

    def __post_init__(self) -> None:
        self._places = {version: place for place, version in enumerate(self.line.versions)}

    # --- what is known

    def version_at(self, place: int) -> str:
        return self.line.versions[place]

    @property
    def skipped(self) -> frozenset[int]:
        """Places that can't be measured; never the ends."""
        places = (self._places.get(version, 0) for version in self.checkpoint.skipped)
        return frozenset(place for place in places if 0 < place < self.line.last)

    @property
    def timed(self) -> frozenset[int]:
        """Places that were timed, whatever beside."""
        versions = {v for s in self.checkpoint.sessions if s.benchmark == self.benchmark for v in (s.base, *s.samples)}
        return frozenset(self._places[v] for v in versions if v in self._places)

    @property
    def counted(self) -> frozenset[int]:
        """Places whose work was counted, whatever of it."""
        return frozenset(self._places[v] for v in self.checkpoint.reaches if v in self._places)

    def values(self, one: str, other: str) -> list[tuple[float, float]]:
        """(one, other) as log ratios to the base of each set of sessions that held both, in time order."""
        found = []
        for session in self.checkpoint.sessions:
            if session.benchmark == self.benchmark:
                pair = [self._log(session, version) for version in (one, other)]
                if pair[0] is not None and pair[1] is not None:
                    found.append((pair[0], pair[1]))
        return found

    def _log(self, session: StoredSession, version: str) -> float | None:
        if version == session.base:
            return 0.0
        sample = session.samples.get(version)
        return None if sample is None else log_ratios([sample], self.clock)[0]

    def step_of(self, one: str, other: str, *, early: bool = False) -> Step | None:
        """The change from one version to another; None when they never ran beside each other.

        early: sessions too few for a claim may bound it, as where counts agree with the clock.
        """
        pairs = self.values(one, other)
        if not pairs:
            return None
        early = early or self._counts_agree(one, other, median(b - a for a, b in pairs))
        return decisions.step_between([a for a, _ in pairs], [b for _, b in pairs], final=True, early=early)

    def _counts_agree(self, one: str, other: str, size: float) -> bool:
        return decisions.counts_agree(self._reach_of(one), self._reach_of(other), size)

    def _reach_of(self, version: str) -> Reach | None:
        return self.checkpoint.reaches.get(version, {}).get(self.benchmark)

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
        base, end = self.version_at(0), self.version_at(self.line.last)
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
        early = bool(pairs) and self._counts_agree(*ends, median(b - a for a, b in pairs))
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
        """The whole line is known not to be slower: nobody is looked for."""
        return self.verdict in ("same", "faster")

    # --- counts

    def reach(self, place: int) -> Reach | None:
        return self._reach_of(self.version_at(place))

    def count(self, places: Sequence[int]) -> None:
        """Count what is not counted yet; what can't be is skipped from now on."""
        known = self.checkpoint.skipped.keys() | self.uncountable
        wanted = [p for p in places if self.reach(p) is None and self.version_at(p) not in known]
        if not wanted:
            return
        self.check_time()
        problems = self._count(wanted)
        if len(wanted) > 1:  # perhaps they were in each other's way (a port, a lock): each alone will tell
            problems = {place: why for failed in problems for place, why in self._count([failed]).items()}
        for place, why in problems.items():
            version = self.version_at(place)
            if place not in (0, self.line.last):
                self._fail(version, place, why)
            else:  # an end without counts can still be timed
                self.uncountable.add(version)  # where it hangs, asking again would cost as much again
                self.notes.append(f"{name_of(version)} could not be counted: {clean_text(why, limit=160)}")
        self.save()

    def _count(self, places: Sequence[int]) -> dict[int, str]:
        """Count these, all at once; why some could not be."""
        versions = [self.version_at(p) for p in places]
        counted, problems = self.ground.count(versions, [self.benchmark])
        self.checkpoint.measured += len(versions)
        found = {}
        for place, version in zip(places, versions, strict=True):
            label = name_of(version)
            self.checkpoint.reaches.setdefault(version, {}).update(counted.reaches.get(label, {}))
            told = counted.problems.get(label, {})
            if why := problems.get(version) or told.get(self.benchmark) or told.get(""):
                found[place] = why
        return found

    def _fail(self, version: str, place: int, why: str, *, hint: str | None = None) -> None:
        if place in (0, self.line.last):
            others = "choose another --good or --bad at which the benchmark passes"
            if "ModuleNotFoundError" in why or "ImportError" in why:
                others += (
                    "; all versions are measured with the benchmark files of the newest, and must have what they import"
                )
            raise MeasureError(
                f"{clean_text(self.benchmark)} can't be measured at {name_of(version)}, an end of the range: {why}",
                hint=f"{hint}; or {others}" if hint else others,
            )
        self.checkpoint.skipped[version] = clean_text(why, limit=160)
        self.say(f"{name_of(version)} can't be measured: {clean_text(why, limit=120)}")

    # --- measuring

    @property
    def left_s(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)

    def check_time(self) -> None:
        if self.left_s <= 0:
            raise OutOfTime

    def measure(
        self, versions: Sequence[str], enough: Callable[[], bool] | None, *, expected: int | None = None
    ) -> None:
        """Sets of sessions of these versions, the base first, until it is enough; one when that is None.

        expected: sets after which it will probably be enough: the next is not started before that is known. A version that
        fails is skipped from now on, and ends it.
        """
        self.check_time()
        number = 0
        try:
            with self.ground.ring(versions, self.benchmark, budget_s=max(self.left_s, 10.0)) as sessions:
                while True:
                    number += 1
                    if enough is None:
                        self.ground.expect()
                    taken = sessions.take(last=enough is None or number == expected)
                    self.checkpoint.measured += taken.sessions
                    if taken.samples:
                        self.checkpoint.sessions.append(
                            StoredSession(benchmark=self.benchmark, base=versions[0], samples=taken.samples)
                        )
                    self.notes += [note for note in taken.notes if note not in self.notes]
                    for version, why in taken.failed.items():
                        self._fail(version, self._place(version), why)
                    self.save()
                    if taken.failed or enough is None or enough():
                        return
                    self.check_time()
        except SideError as error:
            version = next(v for v in versions if name_of(v) == error.side.label)
            self._fail(version, self._place(version), error.message, hint=error.hint)

    def _place(self, version: str) -> int:
        return self._places.get(version, -1)
