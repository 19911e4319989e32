"""The finished result, from what is known and proved: one row a commit, levels, what is left open. Measures nothing."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.next_tasks import Plan
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.stretch import Stretch
from bench_agent.bisection import decisions
from bench_agent.bisection.explanation import explain
from bench_agent.bisection.span import Group
from bench_agent.bisection.steps import TAKEN_BACK, Step
from bench_agent.detect.unlike_machines import across_machines, say_across
from bench_agent.results.backfill import ChangedBenchmark, LastingChange, Level, MeasuredCommit, Unexplained
from bench_agent.results.culprits import GrownFunction
from bench_agent.suspects.commit_effect import MAX_PATCH
from bench_agent.suspects.patches import FilePatch, parse_patch
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_id, clean_text

MOST_FILES = 10  # named of one commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A proved step where it belongs: on the main line, or inside a merge of it."""

    stretch: Stretch
    proof: Proved
    position: int  # on the main line

    @property
    def sha(self) -> str:
        return self.stretch.sha(self.proof.position)


def find_steps(stretches: Sequence[Stretch], plans: Mapping[int, Plan]) -> list[Found]:
    """All proved steps, oldest first; for a merge whose commits explain it, these instead of it."""
    main = stretches[0]
    places = {version.sha: p for p, version in enumerate(main.line.versions)}
    inner: dict[tuple[str, str], list[Found]] = defaultdict(list)  # (merge, benchmark)
    for number, stretch in enumerate(stretches):
        for proof in plans[number].proved if stretch.merge else ():
            at = places.get(stretch.merge, 0)
            inner[stretch.merge, proof.benchmark].append(Found(stretch=stretch, proof=proof, position=at))
    found: list[Found] = []
    for number, stretch in enumerate(stretches):
        for proof in () if stretch.merge else plans[number].proved:
            inside = inner.get((stretch.sha(proof.position), proof.benchmark), [])
            explains = bool(inside) and do_explain([each.proof.step for each in inside], proof.step)
            at = places.get(stretch.sha(proof.position), proof.position)
            found += inside if explains else [Found(stretch=stretch, proof=proof, position=at)]
    return sorted(found, key=lambda each: each.position)


def do_explain(inside: Sequence[Step], whole: Step) -> bool:
    """Whether steps inside a merge are most of its step, or can't be told from all of it."""
    sign = math.copysign(1.0, whole.size)
    most = math.fsum(max(sign * step.analysis.lower, sign * step.analysis.upper) for step in inside)
    return decisions.explains([sign * step.size for step in inside], abs(whole.size)) or (
        all(sign * step.size > 0 for step in inside) and most >= abs(whole.size)
    )


def rows_of(
    repository: Repository, known: Known, stretches: Sequence[Stretch], found: Sequence[Found]
) -> tuple[LastingChange, ...]:
    """One row a commit, in the order of history."""
    brought: dict[str, int] = defaultdict(int)
    for stretch in stretches:
        if stretch.merge:
            brought[stretch.merge] += stretch.line.last
    by_sha: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        by_sha[each.sha].append(each)
    rows = [replace(_row(repository, known, some, found), brought=brought.get(sha, 0)) for sha, some in by_sha.items()]
    return tuple(sorted(rows, key=lambda row: row.position))


def _row(repository: Repository, known: Known, some: Sequence[Found], every: Sequence[Found]) -> LastingChange:
    ordered = sorted(some, key=lambda each: -abs(each.proof.step.size))
    first = ordered[0]
    stretch, proof = first.stretch, first.proof
    commit = stretch.line.commit(proof.position)
    text = repository.diff(commit.sha, limit=MAX_PATCH)
    patches = parse_patch(text)
    functions, evidence = _explain(repository, known, first, patches)
    group = Group(parent=proof.parent, members=tuple(range(proof.parent + 1, proof.position + 1)))
    return LastingChange(
        sha=commit.sha,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        position=first.position,
        merge=stretch.merge or None,
        among=stretch.shas(group.members) if len(group.members) > 1 else (),
        benchmarks=tuple(_changed(each, every) for each in ordered),
        functions=functions,
        files=tuple(dict.fromkeys(clean_text(patch.path) for patch in patches))[:MOST_FILES],
        evidence=(*evidence, *_disagreements(known, ordered)),
    )


def _disagreements(known: Known, some: Sequence[Found]) -> list[str]:
    """What machines of several kinds say, where they don't agree on a change: the row's ratio is then true of none of them."""
    told = []
    for each in some:
        proof, stretch = each.proof, each.stretch
        logs = known.under(stretch.files).by_machine(
            proof.benchmark, stretch.sha(proof.parent), stretch.sha(proof.position)
        )
        if said := say_across(across_machines(logs)):
            told.append(f"{clean_text(proof.benchmark.rpartition('::')[2])}: {said}")
    return told


def _changed(each: Found, every: Sequence[Found]) -> ChangedBenchmark:
    back = taken_back_by(each, every)
    step = each.proof.step
    return ChangedBenchmark(
        benchmark=clean_text(each.proof.benchmark),
        ratio=step.ratio,
        interval=step.interval,
        pairs=step.analysis.n,
        taken_back_by=back.sha if back else None,
    )


def taken_back_by(each: Found, every: Sequence[Found]) -> Found | None:
    """The first later step of the same benchmark that undoes this one: after it little of the change is left. None: it lasts.

    Where other steps lie between, all of them together must come to nothing: else it is only a change of about the same size.
    every: oldest first.
    """
    size = each.proof.step.size
    total = size
    for later in every:
        if later.position > each.position and later.proof.benchmark == each.proof.benchmark:
            total += later.proof.step.size
            if -later.proof.step.size / size >= TAKEN_BACK and abs(total) <= (1 - TAKEN_BACK) * abs(size):
                return later
    return None


def with_doubts(
    changes: Sequence[LastingChange], unexplained: Sequence[Unexplained], places: Mapping[str, int]
) -> tuple[LastingChange, ...]:
    """With what made up for most of a change later and is not explained: such a change is not said to last to the end.

    places: the position of each sha of the line.
    """

    def doubted(each: ChangedBenchmark, position: int) -> ChangedBenchmark:
        if each.taken_back_by is not None:
            return each
        size = math.log(each.ratio)
        for gap in unexplained:
            later = places.get(gap.until, 0) > position and gap.benchmark == each.benchmark
            if later and gap.ratio > 0 and -math.log(gap.ratio) / size >= TAKEN_BACK:
                return replace(each, perhaps_until=gap.until)
        return each

    return tuple(
        replace(row, benchmarks=tuple(doubted(each, row.position) for each in row.benchmarks)) for row in changes
    )


def _explain(
    repository: Repository, known: Known, found: Found, patches: Sequence[FilePatch]
) -> tuple[tuple[GrownFunction, ...], tuple[str, ...]]:
    """What does more in one call after the commit, or less where it made the benchmark faster."""
    blobs = repository.blobs([name for patch in patches for name in (patch.old_blob, patch.new_blob) if name])
    shas = found.stretch.sha(found.proof.parent), found.sha
    before, after = (known.under(found.stretch.files).reach(sha, found.proof.benchmark) for sha in shas)
    if found.proof.step.size > 0:
        why = explain(before, after, patches, blobs)
        return why.functions, why.evidence
    why = explain(after, before, patches, blobs)
    turned = tuple(replace(f, calls=f.calls[::-1], lines=f.lines[::-1]) for f in why.functions)
    return turned, () if turned else why.evidence


# --- levels


def levels_of(
    stretch: Stretch, known: Known, names: Mapping[str, str], dates: Mapping[str, str]
) -> tuple[MeasuredCommit, ...]:
    """The commits of a first look, against the anchor. names, dates: by sha."""
    found, own = [], known.under(stretch.files)
    for position in stretch.survey:
        sha = stretch.sha(position)
        levels = tuple(
            level for benchmark in stretch.benchmarks if (level := _level(stretch, own, benchmark, sha)) is not None
        )
        if levels:
            found.append(
                MeasuredCommit(
                    sha=sha,
                    name=clean_text(names[sha], limit=60) if sha in names else None,
                    author_date=clean_text(dates.get(sha, ""), limit=40) or None,
                    position=position,
                    anchor=stretch.anchor,
                    levels=levels,
                )
            )
    return tuple(found)


def _level(stretch: Stretch, known: Known, benchmark: str, sha: str) -> Level | None:
    if sha == stretch.anchor:
        if not known.is_timed(sha, benchmark):
            return None  # nothing was measured against it
        return Level(benchmark=clean_id(benchmark), ratio=1.0, interval=(1.0, 1.0), pairs=0)
    step = known.step(benchmark, stretch.anchor, sha)
    if step is None:
        return None
    return Level(benchmark=clean_id(benchmark), ratio=step.ratio, interval=step.interval, pairs=step.analysis.n)
