"""The proof for a change of a single commit: what was measured against the base was measured against its parent.

Takes the commit and the measured row; returns a finished `Search`. Nothing is measured here.
"""

from bench_agent.records import Commit, Head
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.culprits import Culprit, Search, SearchedRange
from bench_agent.suspects.ranking import find_suspects
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text


def prove_single_commit(
    repository: Repository, commit: Commit, row: ComparedBenchmark, *, base: str, head: str
) -> Search:
    """The search that one commit needs: none. Its functions, files and lines are those that ranking its diff tells."""
    ranked = find_suspects(repository, good_sha=base, head=Head(sha=head), reach=None, base_reach=None, limit=1)
    known = next((suspect for suspect in ranked.suspects if suspect.sha == commit.sha), None)
    culprit = Culprit(
        sha=commit.sha,
        subject=clean_text(commit.subject),
        author_date=commit.author_date or None,
        ratio=row.ratio,
        interval=row.interval or (float("-inf"), float("inf")),
        share=1.0,
        pairs=row.pairs,
        files=known.files if known else (),
        evidence=("the change is this one commit: what was measured is the proof",),
        excerpt=known.excerpt if known else None,
    )
    return Search(
        benchmark=row.benchmark,
        good=base[:12],
        bad=head[:12],
        verdict="slower",
        ratio=row.ratio,
        interval=row.interval,
        culprits=(culprit,),
        range=SearchedRange(commits=1),
        method="time",
    )
