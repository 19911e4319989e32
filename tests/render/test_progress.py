"""Progress: whole lines in a log, one moving line on a terminal."""

import io

import pytest

from bench_agent.render.progress import Progress, telling
from bench_agent.render.terminal import Screen
from reports import LONG


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_one_line_a_benchmark() -> None:
    stream = io.StringIO()
    with Progress(stream, live=False, screen=Screen(plain=True)) as progress:
        progress.measured("test_early", 25e-9)
        progress.total(3)
        progress.started("tests/x.py::test_parse[a]")
        progress.measured("test_parse[a]", 0.00131)
        progress.note("the suite prints \x1b[31mred")
        progress.measured("test_broken", None)
    assert stream.getvalue().splitlines() == [
        "[1] test_early 25 ns",
        "[2/3] test_parse[a] 1.31 ms",
        "the suite prints red",
        "[3/3] test_broken no timing",
    ]


def test_the_moving_line_says_what_runs_and_what_is_left() -> None:
    clock = Clock()
    progress = Progress(io.StringIO(), live=False, screen=Screen(), clock=clock)
    progress.expect(42.0)
    progress.total(12)
    assert progress.line() == "[0/12] starting · 0 s, about 42 s left"
    progress.started("tests/x.py::test_parse")
    clock.now += 12
    assert progress.line() == "[0/12] test_parse · 12 s, about 30 s left"
    progress.measured("test_parse", 1.0)
    clock.now += 40
    assert progress.line() == "[1/12] between benchmarks · 52 s, last time it took 42 s"


@pytest.mark.parametrize("color", [False, True])
def test_a_terminal_gets_a_line_that_vanishes(color: bool) -> None:
    stream = io.StringIO()
    with Progress(stream, live=True, screen=Screen(color=color), clock=Clock()) as progress:
        progress.total(2)
        progress.started("tests/x.py::test_parse")
        progress.note("a note that stays")
        progress.measured("test_parse", 1.0)
    text = stream.getvalue()
    assert "[0/2] test_parse" in text
    assert "a note that stays" in text
    assert text.rstrip().endswith(("\x1b[2K", "\x1b[?25h"))  # the line is erased, the cursor is back


def test_the_moving_line_goes_away_when_the_run_is_interrupted() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Progress(stream, live=True, screen=Screen(), clock=Clock()):
        raise KeyboardInterrupt
    assert "\x1b[?25h" in stream.getvalue()


def test_hostile_names_stay_on_one_line() -> None:
    stream = io.StringIO()
    progress = Progress(stream, live=False, screen=Screen())
    progress.measured(LONG, 1.0)
    progress.note(LONG)
    assert len(stream.getvalue().splitlines()) == 2
    assert "\x1b" not in stream.getvalue()


def test_the_steps_of_a_look_are_a_line_each_where_nobody_looks_at_a_terminal() -> None:
    stream = io.StringIO()
    with telling(stream, live=False, screen=Screen()) as tell:
        tell("looking at the suite")
        tell("looking at this machine")
    assert stream.getvalue() == "looking at the suite\nlooking at this machine\n"


def test_on_a_terminal_the_steps_leave_nothing_behind() -> None:
    stream = io.StringIO()
    with telling(stream, live=True, screen=Screen()) as tell:
        tell("looking at the suite")
    assert "looking at the suite · 0 s" in stream.getvalue()
    assert stream.getvalue().endswith(("\x1b[2K", "\x1b[?25h", "\r"))


def test_where_a_budget_is_spent_the_moving_line_says_for_what_and_how_much_is_left() -> None:
    now = [0.0]
    progress = Progress(io.StringIO(), live=False, screen=Screen(width=80), doing="searching", clock=lambda: now[0])
    progress.expect(60.0)
    now[0] = 12.0
    assert progress.line() == "searching · 12 s, at most 48 s more"
    now[0] = 60.0
    assert progress.line() == "searching · 1 min"
