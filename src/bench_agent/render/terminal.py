"""Draws with rich, the only module that imports it: a page of text, and the line that moves while a suite runs.

Takes cleaned texts and the screen they are for, returns a string as wide as the screen. Texts reach rich as Text, never as
markup. What a report consists of is decided in `layout`.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from bench_agent.render import chart, wording
from bench_agent.text.benchmark_names import tell_apart
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

MAX_SENTENCE = 320  # characters of one paragraph of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the output goes to. plain: no tty, so no lines around tables. box: the encoding has box characters."""

    width: int = 80
    color: bool = False
    plain: bool = False
    box: bool = True


# --- the page ---------------------------------------------------------------------------------------------------------


class Page:
    """A console that writes into a string, with the few shapes that reports are made of."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._stream = io.StringIO()
        self.console = console_for(self._stream, screen)

    def text(self) -> str:
        lines = [line.rstrip() for line in self._stream.getvalue().split("\n")]
        text = "\n".join(lines).strip("\n").replace(_GLUE, " ") + "\n"
        return text if self.screen.box else chart.to_ascii(text)

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """A paragraph, wrapped at the width with its indentation."""
        from rich.padding import Padding

        self.console.print(Padding(_wrappable(text, style, room=self.screen.width - indent), (0, 0, 0, indent)))

    def labelled(self, label: str, text: str, style: str = "", *, indent: int = 0, column: int = 0) -> None:
        """A label and its text; the text's further lines hang under its first."""
        from rich.table import Table

        first = max(column, cells(label)) + indent
        room = max(20, self.screen.width - first - 1)
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=first, no_wrap=True)
        grid.add_column(max_width=room, overflow="fold")
        heading = _styled(" " * indent + label, "bold" if label.endswith(":") else "dim")
        grid.add_row(heading, _wrappable(text, style, room=room))
        self.console.print(grid)

    def verbatim(self, lines: Sequence[str], style: str = "") -> None:
        self.console.print(_styled("\n".join(lines), style), soft_wrap=True)

    def gap(self) -> None:
        self.console.print()

    def rule(self, title: str, style: str = "bold") -> None:
        """A heading over the width; in plain output only as long as its text."""
        self.gap()
        title = clean_text(title, limit=MAX_SENTENCE)
        if self.screen.plain:
            self.verbatim([f"=== {title} ==="])
            return
        # A title too long for the line goes on in the next: cut, two benchmarks could have the same one.
        self.verbatim([f"━━━ {title} {'━' * (self.screen.width - 6 - cells(title))}━"], style)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[Sequence[str]] = ()
    ) -> None:
        """A table whose first column gives way when the others need the width: its texts are cut, and stay different.

        Laid out here, not by rich.table: every version of rich draws the same, and a thousand rows take half the time.
        """
        widths = [max(map(cells, (title, *(row[i] for row in rows)))) for i, title in enumerate(columns)]
        plain = self.screen.plain
        between = 2 * len(columns) - 2 if plain else 3 * len(columns) + 1  # two spaces, or a line and two spaces
        room = min(widths[0], max(12, self.screen.width - sum(widths[1:]) - between))
        firsts = tell_apart([row[0] for row in rows], room, width=cells)
        widths[0] = max(map(cells, firsts), default=room)
        widths[0] = max(widths[0], cells(fit(columns[0], room)))
        if not plain:
            self.verbatim([_border(widths, "┌┬┐")], "dim")
        self._row(columns, ["bold"] * len(columns), columns, widths)
        self.verbatim(["  ".join("-" * width for width in widths) if plain else _border(widths, "├┼┤")], "dim")
        for i, row in enumerate([first, *row[1:]] for first, row in zip(firsts, rows, strict=True)):
            self._row(row, styles[i] if styles else [""] * len(row), columns, widths)
        if not plain:
            self.verbatim([_border(widths, "└┴┘")], "dim")

    def _row(self, texts: Sequence[str], styles: Sequence[str], columns: Sequence[str], widths: Sequence[int]) -> None:
        from rich.text import Text

        start, between, end = ("", "  ", "") if self.screen.plain else ("│ ", " │ ", " │")
        line = Text()
        line.append(start, "dim")
        for i, (text, style, title, width) in enumerate(zip(texts, styles, columns, widths, strict=True)):
            if i:
                line.append(between, "dim")
            shown = fit(text, width)
            space = " " * (width - cells(shown))
            line.append(shown + space if i == 0 or title in _LEFT else space + shown, style)
        line.append(end, "dim")
        self.console.print(line, soft_wrap=True)


def _border(widths: Sequence[int], corners: str) -> str:
    left, middle, right = tuple(corners)
    return left + middle.join("─" * (width + 2) for width in widths) + right


_LEFT = frozenset({"Status", "Concern", "Trend", "Why", "File", "Commit"})


def console_for(stream: TextIO, screen: Screen, *, live: bool = False) -> "Console":
    """A rich console that takes nothing from the environment: width and colour are decided by the caller.

    live: the stream is a terminal, and the cursor may be moved.
    """
    from rich.console import Console

    return Console(
        file=stream,
        width=screen.width,
        force_terminal=live or screen.color,
        color_system="standard" if screen.color else None,
        no_color=not screen.color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )


def _styled(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(text, style=style)


def _wrappable(text: str, style: str, *, room: int) -> "Text":
    """A paragraph in which "-22 %" stays in one piece, and so does a command at its end if a line has the room."""
    sentence, command = wording.split_command(text)
    if cells(command) <= room:
        command = command.replace(" ", _GLUE)
    return _styled(_FIGURE.sub(_GLUE, sentence) + command, style)


_GLUE = "\ue000"  # a space that no line breaks at, while rich lays out; private use, so cleaned text never holds one
_FIGURE = re.compile(r"(?<=\d) (?=(?:%|[nµm]?s|min|h|[kMGT]?B)(?![\w%]))")


def cells(text: str) -> int:
    """The columns a text takes: a wide character takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, room: int) -> str:
    """The text in at most `room` columns, cut in the middle: the end of a name tells one parameter from another."""
    return tell_apart([text], room, width=cells)[0]


# --- while the suite runs ---------------------------------------------------------------------------------------------


class LiveLine:
    """One line at the bottom of a terminal that is rewritten in place once a second and vanishes at the end.

    line: gives the text to show; it is asked each second, from a thread of rich's. Once a second, not more: whatever is
    drawn runs beside the benchmarks that are being measured.
    """

    def __init__(self, stream: TextIO, screen: Screen, line: Callable[[], str]) -> None:
        from rich.live import Live

        self._screen = screen
        self._line = line
        self._live = Live(
            console=console_for(stream, screen, live=True),
            refresh_per_second=1,
            transient=True,
            get_renderable=self._renderable,
        )

    def _renderable(self) -> "RenderableType":
        return _styled(fit(clean_text(self._line(), limit=MAX_SENTENCE), self._screen.width - 1), "dim")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def above(self, text: str) -> None:
        """Print a line that stays, above the live one."""
        self._live.console.print(_styled(text))

    def refresh(self) -> None:
        self._live.refresh()
