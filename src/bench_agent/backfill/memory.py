"""`backfill --metric memory`: every lasting change of what one call holds, or leaves behind, in a range.

From what is asked to the result. Each pytest process of the suite is traced along the line of first parents by `memory_line`;
inside a merge that changed something the commits that it brought are searched. Memory is traced on this machine: nothing is
timed, and figures are exact.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench_agent.backfill.asked import Asked, dates_of, key_of, line_of, stretches_of
from bench_agent.backfill.journal import Journal
from bench_agent.backfill.kept_traces import KeptTraces, TracedAnswer, TracesAll
from bench_agent.backfill.memory_line import MemoryLine, OutOfTime
from bench_agent.backfill.memory_result import Found, changes_of, commits_of, skipped_of, unexplained_of, warnings_of
from bench_agent.backfill.memory_steps import ProvedStep
from bench_agent.backfill.on_this_machine import LocalExecutor
from bench_agent.backfill.stretch import Stretch
from bench_agent.bisection.lineage import Line, read_branch
from bench_agent.bisection.memory import EXPLAINS
from bench_agent.bisection.traced_versions import TracedVersions
from bench_agent.config import Config
from bench_agent.history.levels import keep_memory
from bench_agent.history.store import Store
from bench_agent.records import Commit, Say, Suite
from bench_agent.results.memory_history import MemoryHistory, UnsteadyMemory
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_id


def backfill_memory(
    config: Config,
    repository: Repository,
    suite: Suite,
    asked: Asked,
    *,
    environment: Mapping[str, str],
    say: Say,
) -> MemoryHistory:
    """Search, prove and describe; kept as the newest. Ctrl-C ends it with what is known so far.

    Raises UsageError where there is no range, MeasureError where nothing can be traced at all.
    """
    began = time.monotonic()
    line = line_of(repository, asked)
    store = Store(config.state_dir)
    store.check()
    stamps = [stamp_of(process.executable) for process in suite.processes]
    journal = Journal(store, key_of(line, suite, asked, of=f"memory {config.setup} {stamps}"), TracedAnswer)
    known = tuple(journal.read())
    if known:
        say(f"going on with {len(known)} sessions that were traced before")
    search = _Search(
        repository=repository,
        resolution=asked.resolution,
        deadline=began + asked.budget_s,
        say=say,
        journal=journal,
        known=known,
    )
    warnings: tuple[str, ...] = ()
    with LocalExecutor(config, repository, suite, environment=environment, say=say) as local:
        for stretch in stretches_of(repository, config, suite, line, asked):
            search.run(stretch, local)
        warnings = local.warnings
    found = _result(search, asked, line, dates_of(repository, line), seconds=time.monotonic() - began)
    found = replace(found, warnings=tuple(dict.fromkeys([*line.notes, *warnings, *found.warnings])))
    if found.commits:
        keep_memory(store, found)
    return found


def stamp_of(executable: str) -> str:
    """What changes with the interpreter and its installed packages: figures of another one can't stand beside these."""
    python = Path(executable)
    places = [python.resolve(), *sorted(python.parent.parent.glob("lib/python*/site-packages"))]
    with contextlib.suppress(OSError):
        return " ".join(f"{place} {place.stat().st_mtime_ns}" for place in places)
    return ""


@dataclass(slots=True, kw_only=True)
class _Search:
    """All stretches of one request, and what was found in them."""

    repository: Repository
    resolution: float
    deadline: float
    say: Say
    journal: Journal[TracedAnswer]
    known: Sequence[TracedAnswer]
    lines: list[MemoryLine] = field(default_factory=list)  # of first parents, one a process
    found: list[Found] = field(default_factory=list)
    traces: list[KeptTraces] = field(default_factory=list)
    out_of_time: bool = False
    interrupted: bool = False

    def run(self, stretch: Stretch, local: LocalExecutor) -> None:
        if self.out_of_time or self.interrupted:
            return
        versions = local.ready(stretch.conditions, stretch.anchor, stretch.benchmarks)
        traces = KeptTraces(TracedVersions(versions), self.journal, self.known)
        self.traces.append(traces)
        outer = self._line(stretch.line, traces, stretch.benchmarks, {})
        self.lines.append(outer)
        inside: dict[int, list[Found]] = {}
        try:
            outer.look(stretch.survey)
            outer.search()
            for position in sorted({step.high for step in outer.proved}):
                steps = [step for step in outer.proved if step.high == position]
                inside[position] = self._inside(outer, outer.line.commit(position), steps)
        except OutOfTime:
            self.out_of_time = True
        except KeyboardInterrupt:
            self.interrupted = True
        for step in outer.proved:
            brought = [each for each in inside.get(step.high, []) if each.step.series == step.series]
            self.found += brought or [Found(step=step, line=outer.line, position=step.high)]

    def _line(
        self, line: Line, versions: TracesAll, benchmarks: Sequence[str], noise: Mapping[str, float]
    ) -> MemoryLine:
        return MemoryLine(
            line=line,
            versions=versions,
            benchmarks=tuple(benchmarks),
            resolution=self.resolution,
            deadline=self.deadline,
            say=self.say,
            noise=noise,
        )

    def _inside(self, outer: MemoryLine, merge: Commit, steps: Sequence[ProvedStep]) -> list[Found]:
        """The commits of a proved merge's branch that did it; none of a series that they don't explain, or of another commit."""
        branch = read_branch(self.repository, merge)
        if branch is None:
            return []
        self.say(f"{merge.sha[:8]} is a merge of {branch.last} commits: searching inside")
        inner = self._line(branch, outer.versions, list({step.series.benchmark: None for step in steps}), outer.noise)
        inner.look(())
        inner.search()
        found = []
        for step in steps:
            own = [each for each in inner.proved if each.series == step.series]
            if sum(each.size for each in own) / step.size >= EXPLAINS:
                found += [Found(step=each, line=branch, position=step.high, merge=merge.sha) for each in own]
        return found


def _result(search: _Search, asked: Asked, line: Line, dates: Mapping[str, str], *, seconds: float) -> MemoryHistory:
    return MemoryHistory(
        first=line.versions[0].sha,
        anchor=line.versions[-1].sha,
        commits_in_range=line.last,
        resolution=asked.resolution,
        benchmarks=tuple(dict.fromkeys(benchmark for each in search.lines for benchmark in each.benchmarks)),
        changes=changes_of(search.found, resolution=asked.resolution),
        commits=commits_of(search.lines, asked.tags, dates),
        unexplained=unexplained_of(search.lines),
        skipped=skipped_of(search.lines),
        unsteady=tuple(
            UnsteadyMemory(benchmark=clean_id(id), hides_bytes=size)
            for each in search.lines
            for id, size in each.hidden().items()
        ),
        measurements=len(search.known) + sum(traces.sessions for traces in search.traces),
        seconds=seconds,
        interrupted=search.interrupted,
        out_of_time=search.out_of_time,
        warnings=warnings_of(search.lines),
    )
