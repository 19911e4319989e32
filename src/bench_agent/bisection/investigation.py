"""One search from its request to its result: the prior, the search on the line and inside merges, each culprit explained.

Takes a request with everything made ready; returns a finished `Search`. What to measure next and when a commit is proved are
decided in `bisection/strategy.py`.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench_agent.bisection.caveats import describe_benchmark, describe_environment
from bench_agent.bisection.checkpoint import Checkpoint
from bench_agent.bisection.explanation import explain
from bench_agent.bisection.lineage import Line, read_branch, spread_suspicion
from bench_agent.bisection.own_time import compare_profiles
from bench_agent.bisection.strategy import Proof, Strategy
from bench_agent.bisection.versions import Versions, name_of
from bench_agent.config import Config
from bench_agent.errors import GitError, MeasureError
from bench_agent.records import Commit, Head, Profile, Reach, Say
from bench_agent.results.culprits import EXPLAINED, UNCOMMITTED, Culprit, Restored, Search, SearchedRange, Skipped
from bench_agent.results.report import Suspect
from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.patches import parse_patch
from bench_agent.suspects.ranking import NO_CLUES, rank_in
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

BUDGET_S = 300.0
MAX_SHOWN = 5  # suspects
PROFILING = 0.25  # of the time left, at most; half a second is enough for calls up to some 10 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What is asked for: the slowdown of `benchmark` between two versions. bad None: the working tree."""

    good: str
    bad: str | None
    benchmark: str  # node id
    budget_s: float = BUDGET_S
    hints: tuple[str, ...] = ()  # shas that did it to other benchmarks of the same range


class Investigation:
    """One request being worked on."""

    def __init__(
        self,
        config: Config,
        repository: Repository,
        request: SearchRequest,
        line: Line,
        versions: Versions,
        checkpoint: Checkpoint,
        save: Callable[[], None],
        say: Say,
        began: float,
    ) -> None:
        self.config, self.repository, self.request, self.line = config, repository, request, line
        self.versions, self.checkpoint, self.save, self.say, self.began = versions, checkpoint, save, say, began
        self.warnings: list[str] = []
        self.suspects: tuple[Suspect, ...] = ()
        self._ranged: tuple[Commit, ...] = ()
        self._without: dict[int, str | None] = {}
        self._why_not: dict[int, str] = {}

    def search(self) -> Search:
        interrupted = False
        strategy = self._strategy(self.line)
        culprits: list[Culprit] = []
        try:
            strategy.count_ends()
            strategy.weights = self._rank(strategy)
            strategy.extra = self._prepare_without
            strategy.first = self._hinted()
            strategy.run()
        except KeyboardInterrupt:
            interrupted = True
            strategy.notes.append("interrupted: the same command goes on where it stopped")
        waiting = list(strategy.proofs)
        try:
            while waiting:
                culprits += self._culprits_of(strategy, waiting[0])  # several, where a merge brought them
                waiting.pop(0)
        except KeyboardInterrupt:
            interrupted = True
            culprits += [self._culprit(strategy, proof, timed=False) for proof in waiting]
        self.save()
        return self._result(strategy, culprits, interrupted=interrupted)

    def _strategy(self, line: Line) -> Strategy:
        return Strategy(
            ground=self.versions,
            checkpoint=self.checkpoint,
            line=line,
            benchmark=self.request.benchmark,
            weights=[1.0] * line.last,
            deadline=self.began + self.request.budget_s,
            say=self.say,
            save=self.save,
        )

    def _result(self, strategy: Strategy, culprits: Sequence[Culprit], *, interrupted: bool) -> Search:
        whole = strategy.whole
        slower = strategy.verdict == "slower"
        settled = bool(culprits) and not strategy.undecided
        self.warnings += strategy.notes
        self._warn_of_passing(strategy)
        for span, step, place in strategy.made_up:
            between = (
                f"{name_of(strategy.line.versions[span.low])[:8]} and {name_of(strategy.line.versions[span.high])[:8]}"
            )
            what = "something"
            if place is not None:
                commit = strategy.line.commit(place)
                name = f"{name_of(commit.sha)[:12]} {clean_text(commit.subject, limit=60)}"
                what = f"{name}, by what is executed,"
            self.warnings.append(f"between {between} {what} made it faster ({_percent(step.size)})")
        if slower and not settled:
            for span in strategy.undecided:
                between = f"{name_of(strategy.line.versions[span.low])[:8]} and {name_of(strategy.line.versions[span.high])[:8]}"
                self.warnings.append(f"what got slower between {between} could not be proved")
        return Search(
            benchmark=clean_text(self.request.benchmark),
            good="",
            bad="",
            verdict=strategy.verdict,
            ratio=whole.ratio if whole and whole.analysis.n else None,
            interval=whole.interval if whole and whole.analysis.looks else None,
            culprits=tuple(sorted(culprits, key=lambda c: -(c.share or 0.0))) if slower else (),
            suspects=self.suspects[:MAX_SHOWN] if slower or strategy.verdict == "inconclusive" else (),
            skipped=self._skipped(),
            range=SearchedRange(
                commits=strategy.line.last,
                left=()
                if settled or not slower
                else tuple(strategy.line.versions[place] or UNCOMMITTED for place in strategy.left[:20]),
            ),
            method=_METHODS[frozenset(strategy.methods)],
            measurements=self.checkpoint.measured,
            seconds=time.monotonic() - self.began,
            interrupted=interrupted,
        )

    def _skipped(self) -> tuple[Skipped, ...]:
        """Oldest first; those inside merges last."""
        request = {version: place for place, version in enumerate(self.line.versions)}
        known = sorted(self.checkpoint.skipped.items(), key=lambda item: request.get(item[0], len(request)))
        return tuple(Skipped(sha=v, reason=clean_text(why)) for v, why in known if not v.startswith("-"))

    def _warn_of_passing(self, strategy: Strategy) -> None:
        for proof, back in strategy.passing:
            which, until = (name_of(strategy.line.versions[place])[:8] for place in (proof.place, back))
            self.warnings.append(
                f"{which} made it slower too ({_percent(proof.step.size)}), until {until} at the latest"
            )

    # --- the prior

    def _hinted(self) -> int | None:
        """The newest place that did it to another benchmark, None without one on the line that can be measured."""
        shas = {"" if hint == UNCOMMITTED else hint for hint in self.request.hints}
        places = [p for p in range(1, self.line.last + 1) if self.line.versions[p] in shas]
        known = [p for p in places if self.line.versions[p] not in self.checkpoint.skipped]
        return max(known, default=None)

    def _rank(self, strategy: Strategy) -> list[float]:
        """The ranking of the range, as weights of the line's places; even only where the range is too long to be read."""
        head = Head(sha=next(v for v in reversed(self.line.versions) if v))
        if not self.line.versions[-1]:
            head = self.repository.head()
        found = collect_range(self.repository, self.line.versions[0], head)
        self._ranged = found.commits
        self._warn_of_held(found.commits, _own(strategy.reach(self.line.last)))
        if not found.exact:
            return [1.0] * self.line.last
        ranked = rank_in(
            self.repository, found, reach=_own(strategy.reach(self.line.last)), base_reach=_own(strategy.reach(0))
        )
        shown = (replace(s, score=float(f"{s.score:.3g}")) for s in ranked[:MAX_SHOWN])
        self.suspects = (*shown, *ranked[MAX_SHOWN:])
        scores = {"" if s.sha == UNCOMMITTED else s.sha: s.score for s in ranked}
        for hint in self.request.hints:
            sha = "" if hint == UNCOMMITTED else hint
            scores[sha] = scores.get(sha, 0.0) + 1.0
        return spread_suspicion(self.line, found.commits, scores)

    def _warn_of_held(self, commits: Sequence[Commit], reach: Reach | None) -> None:
        """What commits of the range change and the search holds fixed."""
        environment = None if self.config.setup else describe_environment(self.repository, commits)
        own = describe_benchmark(
            commits, self.versions.held_files(self.request.benchmark, reach.files if reach else ())
        )
        self.warnings += [text for text in (environment, own) if text]

    # --- culprits

    def _prepare_without(self, place: int) -> str | None:
        """The newest commit without that one, as a version; None where it can't be had, which `_why_not` tells."""
        if self.line.versions[place - 1] in self.checkpoint.skipped:
            return None  # a set of commits is the answer: taking its last one back would tell nothing
        if place not in self._without:
            commit = self.line.commit(place)
            newest = next(v for v in reversed(self.line.versions) if v)
            if not commit.sha or commit.sha == newest:
                self._without[place] = None  # without the newest change is its parent, which the proof has
            else:
                try:
                    parent = 1 if len(commit.parents) > 1 else None
                    self._without[place] = self.versions.prepare_without(commit.sha, parent=parent)
                except (MeasureError, GitError) as error:
                    self._without[place] = None
                    self._why_not[place] = error.message
        return self._without[place]

    def _culprits_of(self, strategy: Strategy, proof: Proof) -> list[Culprit]:
        """The culprit of a proof; where it is a merge, the commits inside that explain it, if they can be measured."""
        commit = strategy.line.commit(proof.place)
        outer = self._culprit(strategy, proof)
        branch = read_branch(self.repository, commit) if commit.sha and not proof.among else None
        if branch is None:
            return [outer]
        self.say(f"{commit.sha[:8]} is a merge of {branch.last} commits: searching inside")
        inner = self._strategy(branch)
        inner.assumed = proof.step.size
        scores = {s.sha: s.score for s in self.suspects}
        inner.weights = spread_suspicion(branch, self._ranged, scores) if scores else [1.0] * branch.last
        try:
            inner.run()
        except MeasureError as error:
            return [replace(outer, evidence=(*outer.evidence, f"its commits can't be measured: {error.message}"))]
        self._warn_of_passing(inner)
        explained = sum(p.step.size for p in inner.proofs)
        if inner.verdict != "slower" or explained < EXPLAINED * proof.step.size:
            why = "no commit of its branch explains it alone: the merge itself is the answer"
            return [replace(outer, evidence=(*outer.evidence, why))]
        found = []
        for inside in inner.proofs:
            culprit = self._culprit(inner, inside)
            found.append(
                replace(
                    culprit,
                    share=strategy.share(inside.step.size),
                    merge=commit.sha,
                    restored=outer.restored if len(inner.proofs) == 1 else None,
                    evidence=(*culprit.evidence, f"came with the merge {commit.sha[:8]}, {clean_text(commit.subject)}"),
                )
            )
        return found

    def _culprit(self, strategy: Strategy, proof: Proof, *, timed: bool = True) -> Culprit:
        """What is said of it. timed: with own times per function, for which both are measured once more."""
        commit = strategy.line.commit(proof.place)
        strategy.deadline = max(
            strategy.deadline, time.monotonic() + 5.0
        )  # the explanation is worth a moment beyond the budget
        strategy.count([proof.parent, proof.place])
        versions = [strategy.line.versions[place] for place in proof.among] or [commit.sha]
        patches = [patch for version in versions for patch in parse_patch(self.repository.diff(version or None))]
        blobs = self.repository.blobs(name for patch in patches for name in (patch.old_blob, patch.new_blob) if name)
        profile = self._profile(strategy, proof) if timed else Profile()
        reaches = [strategy.reach(place) for place in (proof.parent, proof.place)]
        own = compare_profiles(profile, reaches[0], reaches[1], ratio=proof.step.ratio)
        why = explain(reaches[0], reaches[1], patches, blobs, own)
        among = tuple(strategy.line.versions[place] or UNCOMMITTED for place in proof.among)
        shas = among or (commit.sha or UNCOMMITTED,)
        suspect = next((s for s in self.suspects if s.sha in shas), None)
        return Culprit(
            sha=commit.sha or UNCOMMITTED,
            subject=clean_text(commit.subject),
            author_date=clean_text(commit.author_date, limit=40) or None,
            ratio=proof.step.ratio,
            interval=proof.step.interval,
            share=strategy.share(proof.step.size),
            pairs=proof.step.analysis.n,
            among=among,
            functions=why.functions,
            files=tuple(dict.fromkeys(clean_text(patch.path) for patch in patches))[:10],
            evidence=(
                *_around(strategy.line, proof),
                *why.evidence,
                *((f"own time per function is not known: {profile.problem}",) if profile.problem else ()),
                *_from_ranking(suspect, of_many=bool(among)),
            ),
            excerpt=suspect.excerpt if suspect else None,
            restored=self._restored(strategy, proof) if strategy.line is self.line and not among else None,
        )

    def _profile(self, strategy: Strategy, proof: Proof) -> Profile:
        before, after = (strategy.line.versions[place] for place in (proof.parent, proof.place))
        return self.versions.profile(before, after, self.request.benchmark, budget_s=strategy.left_s * PROFILING)

    def _restored(self, strategy: Strategy, proof: Proof) -> Restored | None:
        version = self._without.get(proof.place)
        if version is None:
            note = self._why_not.get(proof.place)
            return Restored(share=None, note=note) if note else None
        if version in self.checkpoint.skipped:
            return Restored(share=None, note=f"the newest version without it: {self.checkpoint.skipped[version]}")
        step = strategy.step_of(version, strategy.line.versions[-1], early=True)
        if step is None or not strategy.whole or not strategy.whole.size:
            return None
        whole = strategy.whole.size
        low, high = step.analysis.lower / whole, step.analysis.upper / whole
        return Restored(share=step.size / whole, interval=(low, high), pairs=step.analysis.n)


_METHODS: dict[frozenset[str], Literal["counts", "time", "both", "none"]] = {
    frozenset(): "none",
    frozenset({"counts"}): "counts",
    frozenset({"time"}): "time",
    frozenset({"counts", "time"}): "both",
}


def _around(line: Line, proof: Proof) -> tuple[str, ...]:
    """Of a set of commits: which two versions were measured."""
    if not proof.among:
        return ()
    parent, first = name_of(line.versions[proof.parent])[:8], name_of(line.versions[proof.place])[:8]
    return (f"measured: {parent}, the newest before them that can be, and {first}, the first after it that can be",)


def _from_ranking(suspect: Suspect | None, *, of_many: bool) -> tuple[str, ...]:
    """The ranking's word against a culprit; nothing where it had none."""
    if suspect is None or not suspect.evidence or suspect.evidence[0] in NO_CLUES:
        return ()
    who = f"first {suspect.sha[:8]} {clean_text(suspect.subject, limit=50)}: " if of_many else ""
    return (f"the ranking: {who}{suspect.evidence[0]}",)


def _percent(size: float) -> str:
    return f"{100 * math.expm1(size):+.0f} %"


def _own(reach: Reach | None) -> Reach | None:
    """Of the counts, those of the project's own files: what the ranking knows how to read."""
    if reach is None:
        return None

    def ours(key: str) -> bool:
        return not key.startswith(("std:", "site:", "generated::"))

    return Reach(
        functions={key: n for key, n in reach.functions.items() if ours(key)},
        lines={key: n for key, n in reach.lines.items() if ours(key)},
        files=tuple(path for path in reach.files if ours(path) and path != "generated"),
        complete=reach.complete,
    )
