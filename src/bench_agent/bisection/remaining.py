"""The suspects that measurements leave: the ranking's, with what was measured of their positions on the line. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bench_agent.bisection.lineage import Line, commits_at
from bench_agent.records import Commit
from bench_agent.results.culprits import UNCOMMITTED
from bench_agent.results.report import Suspect
from bench_agent.text.clean import clean_text

SHOWN = 0.0005  # of the suspicion: what has less is left out


def remaining_suspects(
    line: Line,
    commits: Sequence[Commit],
    ranked: Sequence[Suspect],
    belief: Mapping[int, float] | None,
    *,
    positions: Collection[int] | None = None,
    cleared: Collection[str] = (),
) -> tuple[Suspect, ...]:
    """Most suspicious first, their scores summing to 1; empty where nobody is left.

    commits: of the whole range, those of merged branches among them. ranked: by the patches alone. belief: position -> how
    likely the culprit is there, by what was measured; None: nothing tells yet. positions: where something is still not
    explained; None: everywhere. cleared: shas that were measured and are no suspects any more, the proved ones too. A
    position's probability goes to its commits in proportion to the ranking.
    """
    known = {_sha(suspect): suspect for suspect in ranked}
    if belief is None:
        scores = {sha: suspect.score for sha, suspect in known.items()}
    else:
        scores = {}
        for position, shas in enumerate(commits_at(line, commits), start=1):
            scores |= _share_out(belief.get(position, 0.0), shas, known)
    if positions is not None:
        placed = {sha: position for position, shas in enumerate(commits_at(line, commits), start=1) for sha in shas}
        scores = {sha: score for sha, score in scores.items() if placed.get(sha) in positions}
    scores = {sha: score for sha, score in scores.items() if sha not in cleared}
    total = sum(scores.values())
    order = sorted((sha for sha in scores if total and scores[sha] > SHOWN * total), key=lambda sha: -scores[sha])
    named = {commit.sha: commit for commit in (*commits, *line.commits)}
    return tuple(replace(known.get(sha) or _unranked(named[sha]), score=scores[sha] / total) for sha in order)


def _share_out(probability: float, shas: Sequence[str], known: Mapping[str, Suspect]) -> dict[str, float]:
    weights = {sha: known[sha].score if sha in known else 0.0 for sha in shas}
    total = sum(weights.values())
    return {sha: probability * (weight / total if total else 1 / len(shas)) for sha, weight in weights.items()}


def _sha(suspect: Suspect) -> str:
    return "" if suspect.sha == UNCOMMITTED else suspect.sha


def _unranked(commit: Commit) -> Suspect:
    return Suspect(
        sha=commit.sha or UNCOMMITTED,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        score=0.0,
        files=tuple(clean_text(change.path) for change in commit.files[:10]),
    )
