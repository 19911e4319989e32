"""What a change accepts itself that is slower, and whether it holds for the change as it is now.

Takes the baseline file's targets and a finished comparison. Since a level is accepted at one commit of a change, what the change
does after that is measured against that commit; it is none of what was accepted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench_agent.compare.revisions import compare_revisions
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.history.baseline import find_target, parse_targets
from bench_agent.records import Say, Suite, Target
from bench_agent.results.comparison import Comparison
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

LEAST_S = 10.0  # for measuring what came after, whatever is left of the budget: the start of a few pairs of sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A level that the change accepts. sha: the first commit of it with that entry; None: the working tree alone has it."""

    because: str
    sha: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Of what the change accepts: accepted, id -> the reason; exceeded, id -> by how much it got slower after that, in words;
    open, id -> why that is not known.
    """

    accepted: dict[str, str] = field(default_factory=dict)
    exceeded: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


def accepted_here(
    config: Config,
    repository: Repository,
    base: str,
    head: str,
    targets: Mapping[str, Target],
    names: Mapping[str, str],
) -> dict[str, Acceptance]:
    """By id, the levels that the change itself accepts: in its baseline file, and not in the base's. base, head: shas.

    What was accepted before is no news: the base has it, and a slowdown since is another one.
    """
    top, path = repository.root.resolve(), (config.root / config.baseline).resolve()
    if not path.is_relative_to(top):
        return {}
    file = path.relative_to(top).as_posix()
    before = _targets_at(repository, base, file)
    found: dict[str, Acceptance] = {}
    then: dict[str, Mapping[str, Target]] | None = None  # by sha, of the commits that changed the file, newest first
    for id, name in names.items():
        now = find_target(targets, id=id, name=name, group=None)
        old = find_target(before, id=id, name=name, group=None)
        if now is None or now.accepted is None or _level(old) == _level(now):
            continue
        if then is None:
            shas = repository.git("log", "--format=%H", f"{base}..{head}", "--", file).split()
            then = {sha: _targets_at(repository, sha, file) for sha in shas}
        sha = None
        for commit, known in then.items():
            target = find_target(known, id=id, name=name, group=None)
            if _level(target) != _level(now):
                break
            sha = commit
        found[id] = Acceptance(because=now.accepted.because, sha=sha)
    return found


def _level(target: Target | None) -> tuple[float, str | None] | None:
    """What was accepted. Another reason for it accepts nothing new."""
    accepted = target.accepted if target is not None else None
    return None if accepted is None else (accepted.median_s, accepted.commit)


def _targets_at(repository: Repository, sha: str, file: str) -> Mapping[str, Target]:
    content = repository.show_file(sha, file)
    try:
        return parse_targets(file, content) if content is not None else {}
    except BenchAgentError:  # a file that was broken then accepts nothing
        return {}


def what_holds(
    config: Config,
    repository: Repository,
    comparison: Comparison,
    accepted: Mapping[str, Acceptance],
    *,
    head: str | None,
    tip: str,
    suite: Suite,
    limits: Mapping[str, float],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Holding:
    """Whether what got slower beyond its limit did so by what was accepted. limits: by id, of all.

    head: as it was measured, None for the working tree; tip: the newest commit of the change itself. Measures, where commits
    came after an acceptance.
    """
    holding = Holding(accepted={id: each.because for id, each in accepted.items()})
    beyond = [row.benchmark for row in comparison.benchmarks if row.verdict == "slower" and row.benchmark in accepted
              and row.ratio > 1 + limits[row.benchmark]]  # fmt: skip
    later: dict[str, list[str]] = {}
    for id in beyond:
        sha = accepted[id].sha
        if sha is not None and (sha != tip or head is None):
            later.setdefault(sha, []).append(id)
    for sha, ids in later.items():
        few = quantity.counted(len(ids), "benchmark")
        say(f"measuring {few} against {sha[:8]}, which accepts that they are slower")
        share_s = max(budget_s, LEAST_S) * len(ids) / sum(map(len, later.values()))
        _since(
            config,
            repository,
            holding,
            sha,
            ids,
            tip if head is not None else None,
            suite,
            limits,
            share_s,
            environment,
            say,
        )
    return holding


def _since(
    config: Config,
    repository: Repository,
    holding: Holding,
    sha: str,
    ids: Sequence[str],
    head: str | None,
    suite: Suite,
    limits: Mapping[str, float],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> None:
    """What these did since that commit; written into `holding`."""
    try:
        since = compare_revisions(
            config,
            repository,
            base=sha,
            head=head,
            suite=suite,
            ids=ids,
            budget_s=budget_s,
            environment=environment,
            say=say,
        )
    except BenchAgentError as error:
        rows, untouched, why = {}, frozenset[str](), clean_text(error.message, limit=160)
    else:
        rows = {row.benchmark: row for row in since.benchmarks}
        untouched, why = frozenset(since.untouched), "too little time"
    for id in ids:
        row = rows.get(id)
        if id in untouched or (row is not None and row.verdict in ("same", "faster")):
            continue
        if row is not None and row.verdict == "slower" and row.ratio <= 1 + limits[id]:
            continue
        del holding.accepted[id]
        if row is not None and row.verdict == "slower":
            holding.exceeded[id] = f"{quantity.change(row.ratio)} since {sha[:8]}, which accepts what it was before"
        else:
            so_far = f", {quantity.change(row.ratio)} so far" if row is not None else f": {why}"
            holding.open[id] = f"whether it got slower since {sha[:8]}, which accepts what it was, is not known{so_far}"
