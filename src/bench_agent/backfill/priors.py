"""How suspicious the commits of a stretch are for a benchmark, by their patches and what it executes. Searches look there first."""

from dataclasses import dataclass, field

from bench_agent.backfill.known import Known
from bench_agent.backfill.stretch import Stretch
from bench_agent.bisection.lineage import spread_suspicion
from bench_agent.records import Head
from bench_agent.suspects.commits import CommitRange, collect_range
from bench_agent.suspects.ranking import rank_in
from bench_agent.suspects.reached_code import own_part
from bench_agent.system.git import Repository

MOST_RANKED = 5000  # commits of a range whose patches are weighed; a second or two a benchmark


@dataclass(slots=True)
class Priors:
    """Ranks when asked, once a benchmark and stretch."""

    repository: Repository
    known: Known
    _ranges: dict[tuple[str, str], CommitRange] = field(default_factory=dict)
    _weights: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)

    def of(self, stretch: Stretch) -> dict[str, list[float]]:
        """By benchmark; what can't be ranked is left out: there all are alike."""
        found = {}
        for benchmark in stretch.benchmarks:
            weights = self._of(stretch, benchmark)
            if weights:
                found[benchmark] = weights
        return found

    def _of(self, stretch: Stretch, benchmark: str) -> list[float]:
        low, high = stretch.sha(0), stretch.sha(stretch.line.last)
        at = (low, high, benchmark)
        if at not in self._weights:
            self._weights[at] = self._rank(stretch, benchmark, low, high)
        return self._weights[at]

    def _rank(self, stretch: Stretch, benchmark: str, low: str, high: str) -> list[float]:
        if stretch.line.last > MOST_RANKED:
            return []
        if (low, high) not in self._ranges:
            self._ranges[low, high] = collect_range(self.repository, low, Head(sha=high))
        found = self._ranges[low, high]
        if not found.exact:
            return []
        reaches = [own_part(self.known.under(stretch.files).reach(sha, benchmark)) for sha in (high, low)]
        ranked = rank_in(self.repository, found, reach=reaches[0], base_reach=reaches[1])
        return spread_suspicion(stretch.line, found.commits, {suspect.sha: suspect.score for suspect in ranked})
