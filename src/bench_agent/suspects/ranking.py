"""Ranks the commits of a range by how likely they made a benchmark slower. Nothing is measured here: nothing is proved.

Takes a range of commits with the paths they touch, what the benchmark executes now and executed then, and where patches
and files can be read. Returns suspects with evidence. A score is the commit's share of the suspicion among the candidates:
the weights of its clues (`evidence`, in nats) summed and turned into shares by a softmax. It presumes that one of them did it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.records import Commit, Head, Reach
from bench_agent.results.report import Suspect
from bench_agent.suspects.clues import Clue
from bench_agent.suspects.commits import MAX_COMMITS, CommitRange, collect_range
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.evidence import AS_BEFORE, collect_clues
from bench_agent.suspects.executed_code import Benchmark
from bench_agent.suspects.file_names import BY_KIND, FileNames
from bench_agent.suspects.patch_source import RepositorySource, Source
from bench_agent.suspects.patches import join_moves, parse_patch
from bench_agent.suspects.weights import TAKEN_BACK, UNEXPLAINED
from bench_agent.suspects.worth_reading import choose_patches
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

MAX_PARSED = 9_000_000  # bytes of the versions of their files; at most 1.5 s of CPU
MAX_SOURCES = 400  # files of the benchmark's reach that are read, to see what they name
NO_CLUES = (  # what is said of a commit that the ranking has nothing against
    "changes documentation, tests or tooling only",
    "changes nothing the benchmark is known to execute",
    "nothing in its diff stands out",
)
_NOTHING = tuple((text,) for text in NO_CLUES[:2])
IDLE = (
    "no commit of the range changes what the benchmark is known to execute: it may be the machine, or something outside the "
    "repository"
)
MAX_EXCERPT = 400  # characters
UNCOMMITTED = "uncommitted"

_BEYOND_FIRST = 0.25  # of the weight of each further clue: ten harmless changes are not one bad one
# The weights, as reasoned, were too timid: of planted commits with a score of 0.3 to 0.5 all were the culprit where counts
# grew, three in four where they did not (seeds 0 to 3). The likelihood still grows at 2; less, since real culprits are harder.
# On seeds 100 to 103 of scores 0.1-0.3 16 % are true (n = 155), 0.3-0.5 59 % (44), 0.5-0.7 92 % (24), 0.7-1 100 % (107).
SHARPNESS = 1.5
# Parts of the suspicion that falls on commits with something against them: documentation, tests and tooling, which slow
# nothing by themselves, however many they are; and what touches nothing the benchmark is known to execute.
MOST_IDLE, MOST_ELSEWHERE = 0.02, 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """The most suspicious commits, none of them proved, and what the reader must know about the list."""

    suspects: tuple[Suspect, ...] = ()
    note: str | None = None
    candidates: int = 0  # commits in the range
    exact: bool = False  # the range is the whole of good..now


def find_suspects(
    repository: Repository | None,
    *,
    good_sha: str | None,
    head: Head,
    reach: Reach | None,
    base_reach: Reach | None,
    limit: int = 5,
    max_commits: int = MAX_COMMITS,
) -> Suspects:
    """The `limit` most suspicious commits between the last good run and `head`, with a note. Raises nothing for git's sake.

    reach, base_reach: what the benchmark executes now, and at the last good run. Costs about ten calls of git.
    """
    found = collect_range(repository, good_sha, head, limit=max_commits)
    notes = list(found.notes)
    ranked: tuple[Suspect, ...] = ()
    if repository is not None and found.commits:
        ranked = rank_in(repository, found, reach=reach, base_reach=base_reach)
        if found.exact and all(suspect.evidence in _NOTHING for suspect in ranked):
            notes.append(IDLE)
        if reach is None or not (reach.functions or reach.files):
            notes.append("what the benchmark executes is not known: ranked by the diffs alone")
    return Suspects(
        suspects=ranked[:limit], note="; ".join(notes) or None, candidates=len(found.commits), exact=found.exact
    )


def rank_in(
    repository: Repository, commits: CommitRange, *, reach: Reach | None, base_reach: Reach | None
) -> tuple[Suspect, ...]:
    """`rank_suspects` with patches and files from the repository, the working tree's included."""
    return rank_suspects(commits, reach=reach, base_reach=base_reach, source=RepositorySource(repository))


def rank_suspects(
    commits: CommitRange, *, reach: Reach | None, base_reach: Reach | None, source: Source
) -> tuple[Suspect, ...]:
    """Every commit of the range as a suspect, most suspicious first; their scores sum to 1.

    Equal scores keep git's order, newest first. Patches are read for the MAX_DIFFS most plausible commits only, by the paths
    they touch; 60,000 commits take 1.5 to 3 s of CPU.
    """
    benchmark = _prepare(commits, reach, base_reach, source)
    ends = commits.good and commits.bad and commits.exact and (commits.good, commits.bad)
    names = FileNames(benchmark, source.differing(*ends) if ends else None)
    floors = names.weigh(commits.commits)
    chosen, paths = choose_patches(commits.commits, names, floors, source)
    patches = {
        sha: join_moves(parse_patch(text))
        for sha, text in (source.diff_of(chosen, paths).items() if chosen and paths else ())
    }
    ordered_files = [file for sha in chosen for file in patches.get(sha, ())]
    blobs = _keep(source.blobs_of(name for file in ordered_files for name in (file.old_blob, file.new_blob) if name))
    clues = {sha: collect_clues(files, blobs, benchmark) for sha, files in patches.items()}
    # Growth in code that nobody changed for the worse points away from the functions.
    explained = benchmark.behind(
        clue.explains for found in clues.values() for clue in found if clue.explains and not clue.indirect
    )
    missing = sum(
        benchmark.share(growth)
        for growth in benchmark.change.grown.values()
        if growth.itself
        and growth.function not in explained
        and growth.function.partition("::")[0] not in benchmark.new_files
    )
    bonus = UNEXPLAINED * benchmark.strength * min(1.0, missing)
    weights = {commit.sha: _weigh(floors[commit.sha], clues.get(commit.sha, []), bonus) for commit in commits.commits}
    scores = _share_out(weights, {sha: floors[sha] for sha in floors if not clues.get(sha)} if benchmark.known else {})
    ordered = sorted(commits.commits, key=lambda commit: -scores[commit.sha])
    return tuple(_suspect(commit, scores[commit.sha], clues.get(commit.sha, []), names) for commit in ordered)


def _share_out(weights: Mapping[str, float], named: Mapping[str, float]) -> dict[str, float]:
    """Sha -> its share of the suspicion; they sum to 1.

    named: the weights of the commits known by the names of their files alone. However many of those there are, what touches
    nothing the benchmark is known to execute has no more than its part beside commits that something speaks against.
    """
    top = max(weights.values(), default=0.0)
    masses = {sha: math.exp(SHARPNESS * (weight - top)) for sha, weight in weights.items()}
    suspected = sum(masses[sha] for sha, weight in weights.items() if weight > 0)
    for most, low, high in ((MOST_IDLE, -math.inf, BY_KIND["tests"]), (MOST_ELSEWHERE, BY_KIND["tests"], TAKEN_BACK)):
        part = [sha for sha, floor in named.items() if low < floor <= high]
        total = sum(masses[sha] for sha in part)
        if suspected and total > most * suspected:
            for sha in part:
                masses[sha] *= most * suspected / total
    total = sum(masses.values())
    return {sha: mass / total for sha, mass in masses.items()}


def _keep(blobs: Mapping[str, bytes]) -> dict[str, bytes]:
    """The first MAX_PARSED bytes' worth: those of the most plausible commits."""
    kept, size = {}, 0
    for name, content in blobs.items():
        size += len(content)
        if size > MAX_PARSED:
            break
        kept[name] = content
    return kept


def _prepare(commits: CommitRange, reach: Reach | None, base: Reach | None, source: Source) -> Benchmark:
    """The benchmark with the files it imports, and the range's data files, as they are at both ends of the range."""
    keys = reach.functions if reach else ()
    imported = dict.fromkeys([*(key.rpartition("::")[0] for key in keys), *(reach.files if reach else ())])
    touched = dict.fromkeys(change.path for commit in commits.commits for change in commit.files)
    inputs = [path for path in touched if kind_of(path) in ("data", "other", "dependency")]
    paths = [*list(imported)[:MAX_SOURCES], *inputs[:MAX_SOURCES]]
    former = [path for path in (base.files if base else ()) if path not in imported][:MAX_SOURCES]
    now = source.blobs_of(f"{commits.bad}:{path}" for path in paths) if commits.bad else {}
    exact = commits.good and commits.exact
    before = source.blobs_of(f"{commits.good}:{path}" for path in (*paths, *former)) if exact else {}
    # What the working tree holds is not what HEAD holds: nothing is said to be as it was.
    changed = {change.path for commit in commits.commits if not commit.sha for change in commit.files}
    return Benchmark(
        reach,
        base,
        {name.partition(":")[2]: text for name, text in now.items()},
        {path: text for name, text in before.items() if (path := name.partition(":")[2]) not in changed},
    )


def _weigh(floor: float, clues: Sequence[Clue], bonus: float) -> float:
    """The commit's log odds, up to a constant. The strongest clue counts whole, three more a quarter each."""
    if not clues:
        return floor
    found = sorted((clue.weight + (bonus if clue.indirect else 0.0) for clue in clues), reverse=True)
    return found[0] + _BEYOND_FIRST * sum(max(weight, 0.0) for weight in found[1:4])


def _suspect(commit: Commit, score: float, clues: Sequence[Clue], names: FileNames) -> Suspect:
    functions = list(dict.fromkeys(clue.function for clue in clues if clue.function and clue.weight > 0))
    told = [clue.text for clue in clues if clue.weight > 0.2] or [clue.text for clue in clues[:1]]
    return Suspect(
        sha=commit.sha or UNCOMMITTED,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        score=score,
        proved=False,  # only a measurement of the commit against its parent proves anything
        files=tuple(names.shown(change.path) for change in commit.files[:10]),
        functions=tuple(clean_text(function) for function in functions[:5]),
        evidence=tuple(told[:4]) or (_say_floor(commit, names),),
        excerpt=_excerpt(clues[0]) if clues else None,
    )


def _say_floor(commit: Commit, names: FileNames) -> str:
    if len(commit.parents) > 1:
        return "a merge: what it brought is judged commit by commit"
    if commit.files and all(names.is_as_before(change.path) for change in commit.files):
        return AS_BEFORE
    if all(names.kind(change.path) in ("docs", "tests", "tooling") for change in commit.files):
        return NO_CLUES[0]
    return NO_CLUES[1] if names.known and names.is_whole else NO_CLUES[2]


def _excerpt(clue: Clue) -> str | None:
    """The changed lines behind a clue, each cleaned, at most MAX_EXCERPT characters in all."""
    lines: list[str] = []
    room = MAX_EXCERPT
    for hunk in clue.hunks:
        for sign, texts in (("-", hunk.removed), ("+", hunk.added)):
            for text in texts:
                indent = " " * min(len(text) - len(text.lstrip()), 12)
                line = f"{sign} {indent}{clean_text(text, limit=120)}"
                if not text.strip():
                    continue
                if len(line) + 1 > room - 2:  # 2: the ellipsis and its line break
                    return "\n".join([*lines, "…"]) if lines else line[: room - 1] + "…"
                lines.append(line)
                room -= len(line) + 1
    return "\n".join(lines) or None
