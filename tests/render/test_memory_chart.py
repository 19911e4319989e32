"""The small chart of a benchmark's memory."""

from dataclasses import replace

import courses as samples
import reports
from bench_agent.render.memory_chart import HEIGHT, WIDTH, draw_memory


def of(*sizes: int | None, call: bool = False):
    drawn = samples.course(reports.trend("a", samples.wave(len(sizes))))
    return draw_memory(replace(drawn, memory_bytes=sizes, is_of_call=call), samples.runs(len(sizes)))


def test_runs_whose_memory_is_not_known_are_left_out() -> None:
    assert of(None, 5_000_000) is None
    chart = of(None, 5_000_000, 6_000_000)
    assert chart is not None
    assert "2 runs: now 6 MB" in chart.title
    assert (chart.low, chart.high) == ("5 MB", "6 MB")


def test_it_says_whose_memory_it_is() -> None:
    process, call = of(1_000_000, 1_000_000), of(1_000, 2_000, call=True)
    assert process is not None
    assert call is not None
    assert process.title.startswith("Peak memory of the process")
    assert call.title.startswith("What one call holds")


def test_of_many_runs_no_peak_is_lost_and_all_lie_inside() -> None:
    chart = of(*[9_000_000 if n == 250 else 1_000_000 for n in range(500)])
    assert chart is not None
    points = [tuple(map(float, point.split(","))) for point in chart.line.split()]
    assert len(points) <= 66
    assert min(y for _, y in points) == 0
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
