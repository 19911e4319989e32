"""A measured change, a comparison and the searches of `bisect`, in every form they are given out as."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench_agent.render import change_words as words
from bench_agent.render.terminal import Screen
from bench_agent.results import change as changes
from bench_agent.results import comparison as comparisons
from bench_agent.results import culprits, plain
from bench_agent.results.change import Change, is_news
from bench_agent.results.comparison import Comparison
from bench_agent.results.courses import Courses
from bench_agent.results.culprits import Search
from bench_agent.results.memory import MemoryRow
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForms:
    """What `ci` gives out. For the page: command, what was typed; courses, asks for what is stored of the benchmarks.
    For the comment: told, Markdown that explains it.
    """

    change: Change
    command: str
    courses: Callable[[], Courses] = Courses
    told: str = ""

    def text(self, screen: Screen) -> str:
        from bench_agent.render.culprits import headlines
        from bench_agent.render.layout import render_table
        from bench_agent.render.memory import render_memory

        change = self.change
        news = [row for row in change.benchmarks if is_news(row)]
        lines = [words.verdict(change), f"{words.counts(change)}. Compared: {words.versions(change)}."]
        if news:
            columns = ("Benchmark", "Base", "Head", "Change", "95 % interval", "Verdict")
            lines.append(render_table(columns, [_cells(row) for row in news[:50]], screen).rstrip("\n"))
        lines += [f"… and {len(news) - 50} more"] if len(news) > 50 else []
        names = {row.id: row.benchmark for row in change.benchmarks}
        lines += render_memory(change.memory, names, screen, untraced=len(change.untraced))
        lines += [line for search in change.searches for line in headlines(search)]
        lines += [f"warning: {clean_text(text, limit=400)}" for text in change.warnings[:20]]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        return changes.to_json(self.change)

    def markdown(self) -> str:
        from bench_agent.render.pull_request_comment import render_change

        return render_change(self.change, told=self.told)

    def html(self) -> str:
        return _page(self.change, self.command, self.courses())


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonForms:
    """What `compare` gives out: its table and its document, and for the files what the change does to each benchmark."""

    comparison: Comparison
    change: Change
    names: Mapping[str, str]
    command: str
    courses: Callable[[], Courses] = Courses

    def text(self, screen: Screen) -> str:
        from bench_agent.render.comparison import render_comparison

        return render_comparison(self.comparison, self.names, screen)

    def json(self) -> str:
        return comparisons.to_json(self.comparison)

    def markdown(self) -> str:
        from bench_agent.render.pull_request_comment import render_change

        return render_change(self.change)

    def html(self) -> str:
        return _page(self.change, self.command, self.courses())


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchForms:
    """What `bisect` gives out. change: of the ends of the range, with all searches; nothing: what to say where there is none.

    left: what the ends did not clear and was not searched. names: what people call benchmarks, by id.
    """

    searches: Sequence[Search]
    change: Change
    nothing: Search
    benchmarks: int
    command: str
    courses: Callable[[], Courses] = Courses
    left: Sequence[Search] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def text(self, screen: Screen) -> str:
        from bench_agent.render.culprits import render_left, render_searches

        left = render_left(self.left, self.names, screen, since=self.nothing.good)
        if self.searches:
            return render_searches(self.searches, screen) + (f"\n{left}\n" if left else "")
        if left:
            return f"{left}\n"
        return f"none of {self.benchmarks} benchmarks got slower since {self.nothing.good[:8]}: nobody is named\n"

    def json(self) -> str:
        documents: list[dict[str, Any]] = [culprits.as_dict(search) for search in (*self.searches, *self.left)]
        first = documents[0] if documents else None
        return plain.to_json({**first, "others": documents[1:]} if first else culprits.as_dict(self.nothing))

    def markdown(self) -> str:
        from bench_agent.render.pull_request_comment import render_change

        return render_change(self.change)

    def html(self) -> str:
        return _page(self.change, self.command, self.courses())


def _page(change: Change, command: str, courses: Courses) -> str:
    from bench_agent.render.webpage import Compared, render_webpage
    from bench_agent.report.change_report import report_of_change

    verdict, names = words.verdict(change), {row.id: row.benchmark for row in change.benchmarks}
    beside = Compared(
        verdict=verdict,
        base_s={row.id: row.base_s for row in change.benchmarks if row.base_s is not None},
        memory=_memory_lines(change.memory, names, untraced=len(change.untraced)),
    )
    return render_webpage(report_of_change(change, headline=verdict, command=command), courses, beside)


def _memory_lines(rows: Sequence[MemoryRow], names: Mapping[str, str], *, untraced: int) -> tuple[tuple[str, ...], ...]:
    """A sentence each, with what belongs to it behind it; nothing where nothing was traced."""
    from bench_agent.render import memory_wording

    told = memory_wording.grouped(memory_wording.sentences(rows, names))
    return tuple(map(tuple, [*told, [memory_wording.summary(rows, untraced=untraced)]] if rows or untraced else []))


def _cells(row: changes.ChangedBenchmark) -> tuple[str, ...]:
    from bench_agent.text import quantity

    note = row.accepted if row.accepted is not None else row.note
    return (
        row.benchmark,
        quantity.duration(row.base_s),
        quantity.duration(row.head_s),
        words.told(row),
        words.interval(row),
        words.mark_word(row) + (f": {note}" if note else ""),
    )
