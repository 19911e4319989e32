"""How suspicious each position of a line is by its patch alone, for searches that don't know what the benchmark executes."""

from collections.abc import Sequence

from bench_agent.bisection.lineage import Line, spread_suspicion
from bench_agent.bisection.span import Span, measurable, prior_of
from bench_agent.records import Head
from bench_agent.results.culprits import UNCOMMITTED
from bench_agent.stats.noisy_search import choose
from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.ranking import rank_in
from bench_agent.system.git import Repository

# Times the average that the most suspicious position must be: where it was 5 times, looking there first took two sessions more
# than parting evenly (18 and 16 in 256 commits, of which half change what nobody executes); where it was 44 times, six less.
STANDS_OUT = 8.0
WORTH = 8  # commits from which on it saves more sessions than it takes: about a tenth of a second


def patch_weights(repository: Repository, line: Line) -> list[float]:
    """Of positions 1 to the last, any scale; none where nobody stands out, or the range can't be read whole. Raises GitError."""
    if line.last < WORTH:
        return []
    head = repository.head() if line.versions[-1].is_working_tree else Head(sha=line.newest_commit.sha)
    found = collect_range(repository, line.versions[0].sha, head)
    if not found.exact:
        return []
    ranked = rank_in(repository, found, reach=None, base_reach=None)
    scores = {"" if suspect.sha == UNCOMMITTED else suspect.sha: suspect.score for suspect in ranked}
    weights = spread_suspicion(line, found.commits, scores)
    return weights if stands_out(weights) else []


def stands_out(weights: Sequence[float]) -> bool:
    """Whether it is worth looking at some positions first."""
    return max(weights) * len(weights) >= STANDS_OUT * sum(weights) > 0


def likely_inside(low: int, high: int, weights: Sequence[float], skipped: frozenset[int], count: int) -> list[int]:
    """At most `count` positions between these that together tell most of which commit it is; none where nothing does."""
    inside = Span(low=low, high=high)
    ordered = measurable(inside, skipped)
    chosen = choose(prior_of(weights, inside, skipped), count)
    return [ordered[number - 1] for number in chosen if ordered[number - 1] < high]
