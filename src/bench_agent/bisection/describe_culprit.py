"""What is told of a proved commit: its functions, files and evidence. Counts and profiles it and its parent once more."""

import time
from collections.abc import Sequence

from bench_agent.bisection.explanation import explain
from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.measurements import Measurements, OutOfTime
from bench_agent.bisection.own_time import compare_profiles
from bench_agent.bisection.request import SearchContext
from bench_agent.bisection.span import Group
from bench_agent.bisection.steps import Proof
from bench_agent.measure.paired.trees import surely_alike
from bench_agent.records import Profile
from bench_agent.results.culprits import UNCOMMITTED, Culprit, Restored
from bench_agent.results.report import Suspect
from bench_agent.suspects.commit_effect import MAX_PATCH, judge_patch
from bench_agent.suspects.patches import FilePatch, parse_patch
from bench_agent.suspects.ranking import NO_CLUES
from bench_agent.suspects.same_code import Bearing, most_bearing
from bench_agent.text.clean import clean_text

# Of the time left, at most, and seconds: half of one is enough for calls up to some 10 ms, and calls of a second would take longer
# to profile than to search.
PROFILING, PROFILING_S = 0.25, 10.0
EXPLAINING_S = 5.0  # the explanation is worth a moment beyond the budget


def describe_culprit(
    context: SearchContext,
    measured: Measurements,
    proof: Proof,
    suspects: Sequence[Suspect],
    *,
    restored: Restored | None = None,
    timed: bool = True,
) -> Culprit:
    """The culprit of a proof. suspects: the ranking's. timed: with own times per function, for which both are measured again."""
    line = measured.line
    commit = line.commit(proof.position)
    measured.deadline = max(measured.deadline, time.monotonic() + EXPLAINING_S)
    measured.count([proof.parent, proof.position])
    versions = [line.versions[position] for position in proof.among or (proof.position,)]
    patches = [patch for version in versions for patch in _patches_of(context, version)[1]]
    blobs = context.repository.blobs(_blob_names(patches))
    profile = _profile(context, measured, proof) if timed else Profile()
    reaches = [measured.reach(position) for position in (proof.parent, proof.position)]
    own = compare_profiles(profile, reaches[0], reaches[1], ratio=proof.step.ratio)
    why = explain(reaches[0], reaches[1], patches, blobs, own)
    among = tuple(line.versions[position].sha or UNCOMMITTED for position in proof.among)
    shas = among or (commit.sha or UNCOMMITTED,)
    suspect = next((s for s in suspects if s.sha in shas), None)
    return Culprit(
        sha=commit.sha or UNCOMMITTED,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        ratio=proof.step.ratio,
        interval=proof.step.interval,
        share=measured.share(proof.step.size),
        pairs=proof.step.analysis.n,
        among=among,
        functions=why.functions,
        files=tuple(dict.fromkeys(clean_text(patch.path) for patch in patches))[:10],
        evidence=(
            *_around(line, proof),
            *why.evidence,
            *((f"own time per function is not known: {profile.problem}",) if profile.problem else ()),
            *_from_ranking(suspect, of_many=bool(among)),
        ),
        excerpt=suspect.excerpt if suspect else None,
        restored=restored,
    )


def bearing_of(context: SearchContext, measured: Measurements, group: Group, *, counted: bool) -> Bearing:
    """What the commits of a group can do to the benchmark. counted: by what it executes, which is counted for that."""
    versions = [measured.version_at(position) for position in group.members]
    if any(version.is_working_tree for version in versions):
        return "executed"  # files that git does not track may have changed too
    reaches = []
    if counted:
        try:
            measured.count([group.parent, group.members[-1]])
        except OutOfTime:
            pass
        else:
            reaches = [reach for p in (group.parent, group.members[-1]) if (reach := measured.reach(p)) is not None]
    own_files = context.versions.kept.with_own_files.intersection(
        map(measured.version_at, (group.parent, *group.members))
    )
    held = () if own_files else surely_alike(context.versions.kept.overlaid)
    found: list[Bearing] = []
    for version in versions:
        if "executed" in found:
            break
        text, patches = _patches_of(context, version)
        blobs = context.repository.blobs(_blob_names(patches))
        found.append(judge_patch(text, patches, blobs, reaches=reaches, held=held))
    return most_bearing(found)


def _patches_of(context: SearchContext, version: Version) -> tuple[str, tuple[FilePatch, ...]]:
    text = context.repository.diff(version.sha or None, limit=MAX_PATCH)
    return text, parse_patch(text)


def _blob_names(patches: Sequence[FilePatch]) -> list[str]:
    return [name for patch in patches for name in (patch.old_blob, patch.new_blob) if name]


def _profile(context: SearchContext, measured: Measurements, proof: Proof) -> Profile:
    before, after = (measured.version_at(position) for position in (proof.parent, proof.position))
    budget_s = min(measured.left_s * PROFILING, PROFILING_S)
    return context.versions.profile(before, after, context.request.benchmark, budget_s=budget_s)


def _around(line: Line, proof: Proof) -> tuple[str, ...]:
    """Of a set of commits: which two versions were measured."""
    if not proof.among:
        return ()
    parent, first = line.versions[proof.parent].short, line.versions[proof.position].short
    return (f"measured: {parent}, the newest before them that can be, and {first}, the first after it that can be",)


def _from_ranking(suspect: Suspect | None, *, of_many: bool) -> tuple[str, ...]:
    """The ranking's word against a culprit; nothing where it had none."""
    if suspect is None or not suspect.evidence or suspect.evidence[0] in NO_CLUES:
        return ()
    who = f"first {suspect.sha[:8]} {clean_text(suspect.subject, limit=50)}: " if of_many else ""
    return (f"the ranking: {who}{suspect.evidence[0]}",)
