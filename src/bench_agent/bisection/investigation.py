"""One search from its request to its result: the prior, the search on the line and inside merges, each culprit described.

Takes a request with everything made ready; returns a finished `Search`. What to measure next and when a commit is proved are
decided in `bisection/decisions.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bench_agent.bisection import decisions
from bench_agent.bisection.caveats import describe_benchmark, describe_start
from bench_agent.bisection.describe_culprit import bearing_of, describe_culprit
from bench_agent.bisection.lineage import Line, read_branches, spread_suspicion
from bench_agent.bisection.measurements import Measurements, OutOfTime
from bench_agent.bisection.next_commit import COUNTED_ABREAST
from bench_agent.bisection.remaining import remaining_suspects
from bench_agent.bisection.request import SearchContext
from bench_agent.bisection.result import (
    build_search,
    ending_of,
    inside_in_words,
    passing_in_words,
    whole_moved_in_words,
)
from bench_agent.bisection.reverting import Reverting
from bench_agent.bisection.span import Group
from bench_agent.bisection.steps import Proof
from bench_agent.bisection.strategy import Strategy
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.trees import starting_files
from bench_agent.records import Commit, Head, Reach
from bench_agent.results.culprits import UNCOMMITTED, Culprit, Restored, Search
from bench_agent.results.report import Suspect
from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.held_environment import describe_environment
from bench_agent.suspects.ranking import rank_in
from bench_agent.suspects.reached_code import own_part
from bench_agent.suspects.same_code import MOVED, Bearing, is_moved_code
from bench_agent.text.clean import clean_text

MOST_JUDGED = 200  # commits whose patches are read to tell whether they change anything that is executed; some ms each


@dataclass(slots=True)
class Investigation:
    """One request being worked on. `warnings` tell what the reader must know of how it was measured."""

    context: SearchContext
    warnings: list[str] = field(default_factory=list)
    _ranked: tuple[Suspect, ...] = ()  # all commits of the range; none where it could not be read whole
    _commits: tuple[Commit, ...] = ()  # of the range, those of merged branches among them
    _start: str | None = None  # which commits change how the suite is started
    _reverting: Reverting = field(init=False)

    def __post_init__(self) -> None:
        c = self.context
        self._reverting = Reverting(versions=c.versions, line=c.line, skipped=c.checkpoint.skipped)

    def search(self) -> Search:
        """Search, prove and describe. Ctrl-C ends the search; the result then has what is known so far."""
        measured = self.context.measurements(self.context.line)
        strategy = self._strategy(measured, [1.0] * measured.line.last)  # where Ctrl-C comes before the ranking
        interrupted = False
        try:
            _count_ends(measured)
            if measured.line.last > 1:
                self.context.versions.kept.make_ready(COUNTED_ABREAST)  # while the range is ranked, on the other core
            strategy = self._strategy(measured, self._rank(measured))
            strategy.run()
            self._look_at_whole(strategy)
        except KeyboardInterrupt:
            interrupted = True
            measured.notes.append("interrupted: the same command goes on where it stopped")
        culprits, was_interrupted = self._describe_all(strategy)
        self.context.save()
        found = build_search(
            strategy,
            culprits,
            self._remaining(strategy, culprits),
            self.warnings,
            benchmark=self.context.request.benchmark,
            seconds=self.context.seconds,
            interrupted=interrupted or was_interrupted,
        )
        # The same with today's start clears no commit that changed how the suite is started.
        cleared = found.verdict == "same" and self._start is not None
        return replace(found, verdict="undecided", open_because=self._start) if cleared else found

    def _strategy(self, measured: Measurements, weights: Sequence[float]) -> Strategy:
        return Strategy(
            measured=measured,
            weights=weights,
            extra=self._reverting.prepare,
            bearing=partial(self._bearing, measured),
            first=self._hinted(),
        )

    def _bearing(self, measured: Measurements, group: Group, size: float) -> Bearing:
        return bearing_of(self.context, measured, group, counted=size < MOVED)

    def _look_at_whole(self, strategy: Strategy) -> None:
        """Where all commits together change nothing that is executed, a small difference of the ends is no slowdown."""
        measured, last = strategy.measured, strategy.measured.line.last
        if measured.verdict != "slower" or strategy.proofs or last > MOST_JUDGED:
            return
        bearing = self._bearing(measured, Group(parent=0, members=tuple(range(1, last + 1))), measured.whole_size)
        if is_moved_code(bearing, measured.whole_size):
            measured.verdict = "same"
            measured.notes.append(whole_moved_in_words(measured.whole_size))

    # --- the prior

    def _hinted(self) -> int | None:
        """The newest position that did it to another benchmark, None without one on the line that can be measured."""
        line, shas = self.context.line, {"" if hint == UNCOMMITTED else hint for hint in self.context.request.hints}
        known = [p for p in range(1, line.last + 1) if line.versions[p].sha in shas]
        return max((p for p in known if line.versions[p].key not in self.context.checkpoint.skipped), default=None)

    def _rank(self, measured: Measurements) -> list[float]:
        """The ranking of the range, as weights of the line's positions; even where the range is too long to be read."""
        line, repository = self.context.line, self.context.repository
        head = Head(sha=line.newest_commit.sha)
        if line.versions[-1].is_working_tree:
            head = repository.head()
        found = collect_range(repository, line.versions[0].sha, head)
        self._commits = found.commits
        self._warn_of_held(found.commits, own_part(measured.reach(line.last)))
        if not found.exact:
            return [1.0] * line.last
        base, reach = (own_part(measured.reach(position)) for position in (0, line.last))
        self._ranked = rank_in(repository, found, reach=reach, base_reach=base)
        scores = {"" if s.sha == UNCOMMITTED else s.sha: s.score for s in self._ranked}
        for hint in self.context.request.hints:
            sha = "" if hint == UNCOMMITTED else hint
            scores[sha] = scores.get(sha, 0.0) + 1.0
        return spread_suspicion(line, found.commits, scores)

    def _warn_of_held(self, commits: Sequence[Commit], reach: Reach | None) -> None:
        """What commits of the range change and the search holds fixed."""
        c = self.context
        environment = None if c.config.setup else describe_environment(c.repository, commits)
        files = c.versions.kept.held_files(c.request.benchmark, reach.files if reach else ())
        own = describe_benchmark(commits, files)
        paths = {change.path for commit in commits for change in commit.files}
        self._start = start = describe_start(
            commits, starting_files(paths, own=c.start_files, top=c.repository.root.resolve())
        )
        self.warnings += [text for text in (environment, own, start) if text]

    def _remaining(self, strategy: Strategy, culprits: Sequence[Culprit]) -> tuple[Suspect, ...]:
        """The suspects that the measurements leave."""
        line = strategy.measured.line
        refuted = [line.versions[proof.position].sha for proof in (*strategy.moved, *(p for p, _ in strategy.passing))]
        proved = [sha for culprit in culprits for sha in (culprit.sha, *culprit.among)]
        cleared = ["" if sha == UNCOMMITTED else sha for sha in (*proved, *refuted)]
        open_ = [position for span in (*strategy.unsearched, *strategy.undecided) for position in span.positions]
        # Where it is not known that anything got slower, what single sets said of a commit is no belief to show.
        belief = strategy.narrowing.belief if strategy.measured.verdict == "slower" else None
        return remaining_suspects(line, self._commits, self._ranked, belief, positions=open_ or None, cleared=cleared)

    # --- culprits

    def _describe_all(self, strategy: Strategy) -> tuple[list[Culprit], bool]:
        """The culprits of all proofs, and whether Ctrl-C cut their description short."""
        culprits: list[Culprit] = []
        waiting = list(strategy.proofs)
        try:
            while waiting:
                culprits += self._culprits_of(strategy, waiting[0])  # several, where a merge brought them
                waiting.pop(0)
        except KeyboardInterrupt:
            return [*culprits, *(self._describe(strategy, proof, timed=False) for proof in waiting)], True
        return culprits, False

    def _describe(self, strategy: Strategy, proof: Proof, *, timed: bool = True) -> Culprit:
        restored = self._reverting.restored(strategy, proof)
        return describe_culprit(self.context, strategy.measured, proof, self._ranked, restored=restored, timed=timed)

    def _culprits_of(self, strategy: Strategy, proof: Proof) -> list[Culprit]:
        """The culprit of a proof; where it is a merge, the commits inside that explain it, if they can be measured."""
        commit = strategy.measured.line.commit(proof.position)
        branches = read_branches(self.context.repository, commit) if commit.sha and not proof.among else []
        if not branches:
            return [self._describe(strategy, proof)]
        searched: list[Strategy] = []
        for branch in branches:
            self.context.say(f"{commit.sha[:8]} is a merge of {branch.last} commits: searching inside")
            inner = self._inner(branch, proof)
            try:
                inner.run()
            except MeasureError as error:
                outer = self._describe(strategy, proof)
                return [_with_evidence(outer, f"its commits can't be measured: {error.message}")]
            self.warnings += passing_in_words(inner)
            searched.append(inner)
        slower = [inner for inner in searched if inner.measured.verdict == "slower"]
        inside = [(inner, each) for inner in slower for each in inner.proofs]
        if not decisions.explains([each.step.size for _, each in inside], proof.step.size):
            told = dict.fromkeys(inside_in_words(inner, commit.sha[:8]) for inner in slower or searched)
            return [_with_evidence(self._describe(strategy, proof), *told)]
        if any(ending_of(inner) == "no_time" for inner in searched):
            self.warnings.append(f"the branch of {commit.sha[:8]} was not searched to the end (--budget)")
        came = f"came with the merge {commit.sha[:8]}, {clean_text(commit.subject)}"
        return [
            replace(
                _with_evidence(self._describe(inner, each), came),
                share=strategy.measured.share(each.step.size),
                merge=commit.sha,
                restored=_of_merge(self._reverting.restored(strategy, proof), commit) if len(inside) == 1 else None,
            )
            for inner, each in inside
        ]

    def _inner(self, branch: Line, proof: Proof) -> Strategy:
        """The search inside a proved merge."""
        measured = self.context.measurements(branch)
        scores = {suspect.sha: suspect.score for suspect in self._ranked}
        weights = spread_suspicion(branch, self._commits, scores) if scores else [1.0] * branch.last
        bearing = partial(self._bearing, measured)
        return Strategy(measured=measured, weights=weights, bearing=bearing, assumed=proof.step.size)


def _count_ends(measured: Measurements) -> None:
    """What both ends execute, for the ranking; nothing when there is no time."""
    try:
        measured.count([0, measured.line.last])
    except OutOfTime:
        return


def _of_merge(restored: Restored | None, merge: Commit) -> Restored | None:
    """What taking the merge back gave, where the culprit is a commit inside: a note must not read as if that had been tried."""
    if restored is None or restored.note is None:
        return restored
    return replace(restored, note=f"of the merge {merge.sha[:8]} that it came with: {restored.note}")


def _with_evidence(culprit: Culprit, *texts: str) -> Culprit:
    return replace(culprit, evidence=(*culprit.evidence, *texts))
