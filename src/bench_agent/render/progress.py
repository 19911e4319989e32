"""What is seen while the suite runs: one line that moves on a terminal, one line a benchmark anywhere else.

Takes events as they happen, writes text to the given stream. Results are shown elsewhere.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, TextIO

from bench_agent.render import wording
from bench_agent.render.terminal import LiveLine, Screen
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

# Claude Code shows the assistant 30,000 characters of a call, findings and all; above that it gets none of them.
MAX_LINES = 100


@contextlib.contextmanager
def telling(stream: TextIO, *, live: bool, screen: Screen) -> Iterator[Callable[[str], None]]:
    """A function that shows the name of each step it is called with: on the moving line with the seconds, elsewhere a line each."""
    began = time.monotonic()
    step = ""
    line = LiveLine(stream, screen, lambda: f"{step} · {quantity.elapsed(time.monotonic() - began)}") if live else None

    def tell(text: str) -> None:
        nonlocal step
        step = text
        if line:
            line.refresh()
        else:
            print(text, file=stream, flush=True)

    with line or contextlib.nullcontext():
        yield tell


class Progress:
    """Live progress of one run. A context manager: leaving it takes the moving line away, whatever happened.

    live: the stream is a terminal; otherwise nothing but whole lines is written. clock: seconds, monotonic.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        live: bool,
        screen: Screen,
        doing: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """doing: what the moving line says where no benchmarks are counted but a budget is spent, given with `expect`."""
        self._stream = stream
        self._doing = doing
        self._screen = screen
        self._estimate_s: float | None = None
        self._clock = clock
        self._began = clock()
        self._total: int | None = None
        self._done = 0
        self._current = ""
        self._line = LiveLine(stream, screen, self.line) if live else None

    def __enter__(self) -> Self:
        if self._line:
            self._line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line:
            self._line.__exit__(kind, error, trace)

    def expect(self, seconds: float) -> None:
        """How long the whole took the last time."""
        self._estimate_s = seconds

    def total(self, count: int) -> None:
        """How many benchmarks there will be, once it is known."""
        self._total = count

    def started(self, benchmark_id: str) -> None:
        """A benchmark begins."""
        self._current = wording.name(benchmark_id.rsplit("::", 1)[-1], limit=50)
        if self._line:
            self._line.refresh()

    def measured(self, name: str, seconds: float | None) -> None:
        """A benchmark is done; seconds: its median, None when it gave no timing."""
        self._done += 1
        self._current = ""
        if self._line:
            self._line.refresh()
        elif self._done % self._step() == 0 or self._done == self._total:
            figure = "no timing" if seconds is None else quantity.duration(seconds)
            self._write(f"[{self._count()}] {wording.name(name)} {figure}")

    def note(self, text: str) -> None:
        """A remark that stays on the screen."""
        self._write(clean_text(text, limit=320))

    def line(self) -> str:
        """The moving line: "[3/12] test_parse · 12 s, about 30 s left"."""
        seconds = self._clock() - self._began
        spent = quantity.elapsed(seconds)
        left = 0.0 if self._estimate_s is None else self._estimate_s - seconds
        if self._doing:
            return f"{self._doing} · {spent}" + (f", at most {quantity.elapsed(left)} more" if left >= 1 else "")
        if self._estimate_s is not None:
            spent += (
                f", about {quantity.elapsed(left)} left"
                if left >= 1
                else f", last time it took {quantity.elapsed(self._estimate_s)}"
            )
        current = self._current or ("starting" if self._done == 0 else "between benchmarks")
        return f"[{self._count()}] {current} · {spent}"

    def _step(self) -> int:
        """Every how many benchmarks one gets its line."""
        return max(1, -(-(self._total or self._done) // MAX_LINES))

    def _count(self) -> str:
        return str(self._done) if self._total is None else f"{self._done}/{self._total}"

    def _write(self, text: str) -> None:
        if self._line:
            self._line.above(text)
        else:
            self._stream.write(text + "\n")
            self._stream.flush()
