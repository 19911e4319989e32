"""How a held benchmark is timed: iterations of a round, number of rounds, and one observation from them.

Takes sessions that hold the same benchmark's callable, returns their rounds side by side and the summary as a PairSample. Knows
nothing of how sessions are started, of files or verdicts.

All sides run as many iterations a round, so that they have seen the same calls: work that leaves something behind would differ
otherwise. Only a side that is much faster runs more, or its few calls would be cold after each turn of the other: a change
of x20 was told as x16. Its times are given for as many iterations as the others ran.

Short work takes turns. Work of more than LONG_S can't: its rounds outlast the stretches over which a machine keeps its speed, so
that neighbours in time no longer cancel. Where it computes, its rounds run at once on the one core all sides are pinned to: the
kernel then takes turns with them every few milliseconds, and CPU time tells them apart.
"""

import math
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench_agent.measure.paired.session import Session
from bench_agent.measure.paired.side import Round
from bench_agent.records import PairSample
from bench_agent.results.comparison import MIN_CPU_USE, UNLIKE_USE

# `python tests/calibration/ring.py` shows what these give: errors, what is found, and the time it takes, by kind of work.
ROUND_S = 0.0015  # a round: long against clocks and switches, short against the machine's changes of speed
LONG_S = 0.010  # work from here on is one iteration a round
MIN_ROUND_S = 0.0005  # calibration trusts a round from here on
MIN_ROUNDS, MAX_ROUNDS = 20, 80  # of short work; best is about 10 * sqrt(start / cost of a pair of rounds)
FEWEST_ROUNDS = 6  # of short work when the budget is too small for the suite
LARGE = 0.15  # natural log of a ratio: where the sessions before showed so much, fewer rounds tell it as well, or one of seconds
# Of short work that alone is measured: six rounds are few enough for a single disturbance to move their median.
LARGE_ROUNDS = 12
DROPPED = 2  # first rounds of short work: caches and copy-on-write make them 3-12 % slower
LONG_SHARE_S = 0.5  # of one session for one benchmark with long rounds, or
LONG_ROUNDS = 6  # so many of them, where the budget has the time: single rounds of 100 ms differ by 5-10 %
LONG_MOST_S = 3.0  # but no more of one session: fresh sessions tell more than further rounds of calls of seconds
PAIRS_WANTED = 10  # the budget is split so that at least so many pairs fit
FEWEST_PAIRS = 5  # below that hardly anything can be called slower: what can't have so many is not begun
MAX_ITERATIONS = 10_000_000
UNLIKE = 1.5  # a round this many times as long as another side's: that one runs more iterations
MANY_ROUNDS = 8  # of a session, whose quarters on either side may be disturbed
UNLIKE_ROUND_S = 0.003  # about the length of the faster side's round then, or the slower side's where that is shorter
HELPERS = 0.1  # of the CPU time, that of other threads and child processes: from here on they may use several cores
TRIMMED = 0.2  # of the rounds' log ratios on either side: spread of a session 15-30 % below that of the median

Turn = tuple[Round, ...]  # one round of each side, in the order of the sides


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsTaken:
    """The rounds of one benchmark in one session. No turns: a side raised, or `seconds_needed` says it is too slow."""

    turns: tuple[Turn, ...]
    iterations: int
    seconds_needed: float | None = None
    at_once: bool = False  # the turns' rounds ran at the same time: only their CPU times can be compared
    on_all_cores: bool = False  # only their wall times can be compared
    cpu_use: float | None = None  # of rounds that had the core to themselves, where those kept did not


class RoundTaker:
    """Takes rounds from sessions in step. Remembers each benchmark's iterations, so that all sessions do the same work."""

    def __init__(
        self,
        *,
        budget_s: float,
        patience_s: float,
        rng: random.Random,
        iterations: dict[str, int] | None = None,
        uses: dict[str, float] | None = None,
    ) -> None:
        """budget_s: wall time of the whole comparison; patience_s: longest wait for one round.

        iterations, uses (CPU use of long work): by benchmark, as far as known; what is learnt is added.
        """
        self.iterations: dict[str, int] = {} if iterations is None else iterations
        self._size: dict[
            str, float
        ] = {}  # of what the session before showed, natural log of the largest ratio of two sides
        self._more: dict[tuple[str, str], int] = {}  # (benchmark, side) -> times the iterations, of much faster sides
        self.apart: set[str] = set()  # benchmarks that failed when their rounds ran at once: a port, a lock
        self.on_all_cores: set[str] = set()  # work with threads or processes of its own
        # Of long work: the best CPU use of a round that had the core to itself.
        self._use: dict[str, float] = {} if uses is None else uses
        self._turn_s: dict[str, float] = {}  # what a turn took in the session before, waiting for the core included
        self._budget_s, self._patience_s, self._rng = budget_s, patience_s, rng

    def take(self, sessions: Sequence[Session], benchmark: str, *, active: int, start_s: float) -> RoundsTaken:
        """Rounds of the benchmark that all sessions hold. active: benchmarks in this session, start_s: what starting it cost."""
        if benchmark not in self.on_all_cores:
            taken = self._take(sessions, benchmark, active, start_s)
            if not has_helpers(taken.turns):
                return taken
            self.on_all_cores.add(benchmark)
        return self._take_on_all_cores(sessions, benchmark, active, start_s)

    def _take_on_all_cores(
        self, sessions: Sequence[Session], benchmark: str, active: int, start_s: float
    ) -> RoundsTaken:
        """As `take`, each side with all cores in its turn: on one, the work of two threads takes as long as that of one."""
        for session in sessions:
            session.use_all_cores(True)
        taken = self._take(sessions, benchmark, active, start_s)
        if taken.turns or taken.seconds_needed is not None:  # else a side raised, and is not held any more
            for session in sessions:
                session.use_all_cores(False)
        return replace(taken, on_all_cores=True)

    def _take(self, sessions: Sequence[Session], benchmark: str, active: int, start_s: float) -> RoundsTaken:
        iterations = self.iterations.get(benchmark, 1)
        at_once = self._at_once(sessions, benchmark)
        if benchmark in self.iterations:
            first = self._turn(sessions, iterations, benchmark, at_once=at_once)
        else:
            iterations, first = self._calibrate(sessions, benchmark)
        if first is None:
            return RoundsTaken(turns=(), iterations=iterations, at_once=at_once)
        self.iterations[benchmark] = iterations
        cost_s = _slowest(first) if at_once else sum(r.wall_s for r in first)
        if cost_s * FEWEST_PAIRS > self._budget_s:
            return RoundsTaken(turns=(), iterations=iterations, seconds_needed=cost_s * PAIRS_WANTED)
        is_long = cost_s >= len(sessions) * LONG_S
        turn_s = max(cost_s, self._turn_s.get(benchmark, 0.0))
        is_large = self._size.get(benchmark, 0.0) >= LARGE
        keep, drop = self._count(turn_s, is_long, active, start_s * 2 / max(len(sessions), 2), is_large=is_large)
        if is_large and not is_long:
            keep = min(keep, max(LARGE_ROUNDS // active, FEWEST_ROUNDS))
        if is_long and not at_once:
            uses = [cpu_use([taken]) for taken in first]
            if max(uses) * math.exp(-UNLIKE_USE) <= min(uses):
                self._use[benchmark] = max(self._use.get(benchmark, 0.0), min(uses))
            at_once = keep > 1 and self._at_once(sessions, benchmark)
        turns, began = [first], time.monotonic()
        while len(turns) < keep + drop:
            turn = self._turn(sessions, iterations, benchmark, at_once=at_once)
            if turn is None:
                return RoundsTaken(turns=(), iterations=iterations, at_once=at_once)
            turns.append(turn)
        if len(turns) > 1:
            self._turn_s[benchmark] = (time.monotonic() - began) / (len(turns) - 1)
        self._size[benchmark] = _size_of(turns)
        if not at_once:
            self._match(sessions, benchmark, turns[drop:])
        use = self._use[benchmark] if at_once else None
        return RoundsTaken(turns=tuple(turns[drop:]), iterations=iterations, at_once=at_once, cpu_use=use)

    def _at_once(self, sessions: Sequence[Session], benchmark: str) -> bool:
        computes = self._use.get(benchmark, 0.0) >= MIN_CPU_USE
        alone = benchmark in self.apart or benchmark in self.on_all_cores
        return len(sessions) > 1 and computes and not alone

    def _count(self, turn_s: float, is_long: bool, active: int, start_s: float, *, is_large: bool) -> tuple[int, int]:
        """(rounds to keep, first rounds to drop) when one round of all sides takes `turn_s`. start_s: of two sides; is_large:
        the session before showed a large difference.

        The next sessions start meanwhile on another core, so measuring for as long as that costs little. More sides take
        longer to start, but once measuring is over they start on this core too.
        """
        fair_s = self._budget_s / PAIRS_WANTED / active
        if is_long:
            least_s = max(LONG_SHARE_S, start_s / active)
            wanted_s = LONG_SHARE_S if is_large else min(max(least_s, LONG_ROUNDS * turn_s), LONG_MOST_S)
            keep = max(int(min(wanted_s, fair_s) / turn_s), 1)
            return keep, 1 if keep > 1 else 0
        fewest = min(MIN_ROUNDS, max(FEWEST_ROUNDS, int(fair_s / turn_s)))
        return max(min(int(min(start_s / active, fair_s) / turn_s), MAX_ROUNDS), fewest), DROPPED

    def _match(self, sessions: Sequence[Session], benchmark: str, turns: Sequence[Turn]) -> None:
        """Let sides that are much faster than the slowest run more iterations in the sessions to come; once for each benchmark.

        By all rounds of a session: after a single one, a disturbance or a call of random size would give the sides different
        work for the whole comparison, and work that leaves something behind then differs by that.
        """
        if all((benchmark, session.side.label) in self._more for session in sessions):
            return
        sides = [sorted(r.wall_s for r in rounds) for rounds in zip(*turns, strict=True)]
        slowest = max(sides, key=statistics.median)
        for session, own in zip(sessions, sides, strict=True):
            self._more[benchmark, session.side.label] = times_as_many(own, slowest)

    def _calibrate(self, sessions: Sequence[Session], benchmark: str) -> tuple[int, Turn | None]:
        """Iterations of a round, found in step: all sides see the same calls. The turn is None when a side raised."""
        turn = self._turn(sessions, 1, benchmark)
        if turn is None or _slowest(turn) > 2 * LONG_S:
            return 1, turn
        iterations, turn = 1, self._turn(sessions, 1, benchmark)
        while turn is not None and _slowest(turn) < MIN_ROUND_S and iterations < MAX_ITERATIONS:
            wanted = math.ceil(iterations * ROUND_S / max(_slowest(turn), 1e-7))
            iterations = min(iterations * 10, wanted, MAX_ITERATIONS)
            turn = self._turn(sessions, iterations, benchmark)
        if turn is None or _slowest(turn) >= LONG_S:
            return iterations, turn
        return max(1, min(round(iterations * ROUND_S / max(_slowest(turn), 1e-7)), MAX_ITERATIONS)), turn

    def _turn(
        self, sessions: Sequence[Session], iterations: int, benchmark: str, *, at_once: bool = False
    ) -> Turn | None:
        """One round of every side, in random order; None when one of them raised."""
        more = [self._more.get((benchmark, session.side.label), 1) for session in sessions]
        order = list(range(len(sessions)))
        self._rng.shuffle(order)
        rounds: dict[int, Round | None] = {}
        for position in order if at_once else ():
            sessions[position].begin_round(iterations * more[position])
        for position in order:
            if not at_once:
                sessions[position].begin_round(iterations * more[position])
            rounds[position] = sessions[position].end_round(self._patience_s)
            if rounds[position] is None and not at_once:
                return None
        turn = tuple(
            _for_fewer(taken, more[position])
            for position in range(len(sessions))
            if (taken := rounds[position]) is not None
        )
        return turn if len(turn) == len(sessions) else None


def times_as_many(own_s: Sequence[float], slowest_s: Sequence[float]) -> int:
    """How many times the iterations a side runs whose rounds take `own_s` seconds, while the slowest side's take `slowest_s`.

    Both ascending. 1 unless the middle halves of both lie apart: all rounds, where they are fewer than MANY_ROUNDS.
    """
    cut = len(own_s) // 4 if len(own_s) >= MANY_ROUNDS else 0
    high, low = own_s[len(own_s) - 1 - cut], slowest_s[cut]
    if own_s[0] <= 0 or low < UNLIKE * high:
        return 1
    return max(round(min(statistics.median(slowest_s), UNLIKE_ROUND_S) / statistics.median(own_s)), 1)


def _for_fewer(taken: Round, times: int) -> Round:
    """The round as if it had run that many times fewer iterations."""
    if times == 1:
        return taken
    return replace(taken, wall_s=taken.wall_s / times, cpu_s=taken.cpu_s / times, delay_s=taken.delay_s / times)


def _size_of(turns: Sequence[Turn]) -> float:
    """Natural log of the ratio between the slowest and the fastest side, medians of their wall times; 0.0 of one side."""
    middles = [statistics.median(r.wall_s for r in rounds) for rounds in zip(*turns, strict=True)]
    return math.log(max(middles) / min(middles)) if min(middles) > 0 else 0.0


def _slowest(turn: Turn) -> float:
    return max(r.wall_s for r in turn)


def cpu_use(rounds: Sequence[Round]) -> float:
    """CPU time as a share of the wall time, 90th percentile of the rounds; at most 1.

    Time in which others had the core does not count as waiting. The wait may be counted a little beyond the round.
    """
    use = sorted(r.cpu_s / max(r.wall_s - r.delay_s, r.cpu_s, 1e-9) for r in rounds)
    return use[min(int(0.9 * len(use)), len(use) - 1)]


def _middle_use(rounds: Sequence[Round]) -> float:
    """CPU time as a share of the wall time without waiting for a core, the median round's."""
    return statistics.median(r.cpu_s / max(r.wall_s - r.delay_s, r.cpu_s, 1e-9) for r in rounds)


def has_helpers(turns: Sequence[Turn]) -> bool:
    """Whether a good part of the CPU time of some side's rounds was that of other threads or of child processes."""
    parts = [[r.beside_s / r.cpu_s for r in rounds if r.cpu_s > 0] for rounds in zip(*turns, strict=True)]
    return any(part and statistics.median(part) > HELPERS for part in parts)


def summarise(
    base: Sequence[Round], other: Sequence[Round], taken: RoundsTaken, *, seconds: float, in_step: bool = True
) -> PairSample | None:
    """One observation from the rounds of two sides, or None when the clock saw no time pass.

    in_step: the i-th rounds of both were neighbours in time, and are compared with each other; else only the medians are.
    """
    both = [*base, *other]
    if not base or not other or any(r.wall_s <= 0 for r in both):
        return None
    median, iterations = statistics.median, taken.iterations
    has_cpu = all(r.cpu_s > 0 for r in both)
    if taken.at_once and not has_cpu:
        return None
    cpu = wall = None
    if in_step:
        if not taken.at_once:
            wall = _centre([math.log(b.wall_s / a.wall_s) for a, b in zip(base, other, strict=True)])
        if has_cpu and not taken.on_all_cores:
            cpu = _centre([math.log(b.cpu_s / a.cpu_s) for a, b in zip(base, other, strict=True)])
    else:
        wall = math.log(median(r.wall_s for r in other) / median(r.wall_s for r in base))
        if has_cpu and not taken.on_all_cores:
            cpu = math.log(median(r.cpu_s for r in other) / median(r.cpu_s for r in base))
    base_cpu_s, head_cpu_s = (median(r.cpu_s for r in rounds) / iterations for rounds in (base, other))
    base_s, head_s = (median(r.wall_s for r in rounds) / iterations for rounds in (base, other))
    return PairSample(
        cpu_log_ratio=cpu,
        wall_log_ratio=wall,
        base_s=base_cpu_s if taken.at_once else base_s,
        head_s=head_cpu_s if taken.at_once else head_s,
        base_cpu_s=base_cpu_s,
        head_cpu_s=head_cpu_s,
        cpu_use=min(cpu_use(base), cpu_use(other)) if taken.cpu_use is None else taken.cpu_use,
        use_log_ratio=0.0 if taken.at_once or not has_cpu else math.log(_middle_use(other) / _middle_use(base)),
        rounds=min(len(base), len(other)),
        iterations=iterations,
        seconds=seconds,
    )


def _centre(values: list[float]) -> float:
    """Trimmed mean: nearly as precise as the mean of undisturbed rounds, and hardly moved by interrupted ones."""
    values = sorted(values)
    cut = int(len(values) * TRIMMED)
    return statistics.fmean(values[cut : len(values) - cut])
