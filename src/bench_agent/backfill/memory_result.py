"""From traced lines to the published result: one row a commit, what each traced commit holds, what is unexplained. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench_agent.backfill.memory_line import MemoryLine
from bench_agent.backfill.memory_steps import ProvedStep
from bench_agent.bisection.lineage import Line
from bench_agent.compare.memory import in_words
from bench_agent.detect.memory import TOLD_BYTES
from bench_agent.results.culprits import Skipped
from bench_agent.results.memory_history import (
    ChangedMemory,
    HeldMemory,
    MemoryChangingCommit,
    TracedCommit,
    UnexplainedMemory,
)
from bench_agent.text.clean import clean_id, clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A proved step, and the line that its positions are of. position: on the line of first parents."""

    step: ProvedStep
    line: Line
    position: int
    merge: str | None = None

    @property
    def sha(self) -> str:
        return self.line.commit(self.step.high).sha


def changes_of(found: Sequence[Found], *, resolution: float) -> tuple[MemoryChangingCommit, ...]:
    """One row a commit, in the order of history; in it the largest change first."""
    ordered = sorted(found, key=lambda each: (each.position, each.step.high))
    rows: dict[str, list[Found]] = {}
    for each in ordered:
        rows.setdefault(each.sha, []).append(each)
    return tuple(_row(own, ordered, resolution) for own in rows.values())


def _row(own: Sequence[Found], ordered: Sequence[Found], resolution: float) -> MemoryChangingCommit:
    first = own[0]
    commit = first.line.commit(first.step.high)
    between = range(first.step.low + 1, first.step.high + 1)
    return MemoryChangingCommit(
        sha=commit.sha,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        position=first.position,
        merge=first.merge,
        among=tuple(first.line.versions[p].sha for p in between) if len(between) > 1 else (),
        benchmarks=tuple(
            ChangedMemory(
                benchmark=clean_id(each.step.series.benchmark),
                metric=each.step.series.metric,
                before_bytes=each.step.before_bytes,
                after_bytes=each.step.after_bytes,
                sessions=each.step.sessions,
                taken_back_by=_taken_back_by(each, ordered, resolution),
                lines=each.step.lines,
            )
            for each in sorted(own, key=lambda each: -abs(each.step.size))
        ),
    )


def _taken_back_by(one: Found, ordered: Sequence[Found], resolution: float) -> str | None:
    """The first later commit after which this holds again what it held before."""
    near = max(resolution * one.step.before_bytes, TOLD_BYTES)
    later = [each for each in ordered[ordered.index(one) + 1 :] if each.step.series == one.step.series]
    return next((each.sha for each in later if abs(each.step.after_bytes - one.step.before_bytes) < near), None)


def commits_of(
    lines: Iterable[MemoryLine], names: Mapping[str, str], dates: Mapping[str, str]
) -> tuple[TracedCommit, ...]:
    """What each traced commit of the line of first parents holds. names, dates: by sha."""
    levels: dict[tuple[int, str], list[HeldMemory]] = {}
    for line in lines:
        for position, told in line.figures.items():
            at = position, line.line.versions[position].sha
            levels.setdefault(at, []).extend(
                HeldMemory(
                    benchmark=clean_id(id),
                    bytes=float(memory.held_bytes),
                    left_bytes=memory.left_bytes if memory.calls else None,
                )
                for id, memory in told.items()
            )
    return tuple(
        TracedCommit(
            sha=sha,
            name=clean_text(names[sha], limit=60) if sha in names else None,
            author_date=clean_text(dates.get(sha, ""), limit=40) or None,
            position=position,
            levels=tuple(held),
        )
        for (position, sha), held in sorted(levels.items())
        if held
    )


def unexplained_of(lines: Iterable[MemoryLine]) -> tuple[UnexplainedMemory, ...]:
    """What changed on the line of first parents without a proved commit."""
    found = []
    for line in lines:
        for series in line.all_series():
            for gap, is_refuted in line.open_gaps(series):
                before, after = (line.figures[p][series.benchmark] for p in (gap.low, gap.high))
                found.append(
                    UnexplainedMemory(
                        benchmark=clean_text(series.benchmark),
                        metric=series.metric,
                        after=line.line.versions[gap.low].sha,
                        until=line.line.versions[gap.high].sha,
                        before_bytes=series.value(before),
                        after_bytes=series.value(after),
                        reason="not_proved" if is_refuted else "no_time",
                    )
                )
    return tuple(found)


def skipped_of(lines: Iterable[MemoryLine]) -> tuple[Skipped, ...]:
    """The commits of which nothing could be traced, oldest first, each with one reason."""
    found: dict[int, Skipped] = {}
    told: set[int] = set()
    for line in lines:
        told |= {p for p, figures in line.figures.items() if figures}
        for position, reasons in line.skipped.items():
            if reasons:
                why = clean_text(next(iter(reasons.values())), limit=160)
                found.setdefault(position, Skipped(sha=line.line.versions[position].sha, reason=why))
    return tuple(skipped for position, skipped in sorted(found.items()) if position not in told)


def warnings_of(lines: Iterable[MemoryLine]) -> tuple[str, ...]:
    """The benchmarks that no commit tells of, where it tells of others, in a sentence for each reason."""
    untold: dict[str, str] = {}
    for line in lines:
        known = {id for figures in line.figures.values() for id in figures}
        for reasons in line.skipped.values() if known else ():
            untold |= {id: why for id, why in reasons.items() if id not in known}
    return in_words(untold)
