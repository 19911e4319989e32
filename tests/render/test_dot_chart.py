"""Long series as dots: every run is one, at its place and height, within the width."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_agent.render import chart
from bench_agent.render.dot_chart import draw_dots
from goldens import assert_golden

STEP = [1.0 + (i * 7 % 11) / 200 for i in range(150)] + [1.4 + (i * 7 % 11) / 200 for i in range(86)]


def dots_in(lines: list[str] | tuple[str, ...]) -> int:
    return sum((ord(c) - 0x2800).bit_count() for line in lines for c in line if 0x2800 <= ord(c) < 0x2900)


def test_it_looks_as_reviewed() -> None:
    spiky = [*STEP[:100], 9.0, *STEP[100:]]
    parts = [
        "\n".join(draw_dots(STEP, width=80, marks=[f"day {n}" for n in range(236)])),
        "\n".join(draw_dots(spiky, width=80, target=1.6)),
        "\n".join(draw_dots(STEP, width=80, target=50.0)),
        "\n".join(chart.draw_chart(STEP, width=80, ascii_only=True)),
    ]
    assert_golden("dot_charts.txt", "\n\n".join(parts) + "\n")


def test_every_run_is_a_dot_where_each_has_a_column_of_its_own() -> None:
    values = [1.0 + i * 1e-3 for i in range(120)]
    lines = draw_dots(values, width=80)
    # The newest is a ●, which stands on what lies in its character.
    assert 120 - 4 <= dots_in(lines) + 1 <= 120
    assert sum(line.count("●") for line in lines) == 1


def test_a_step_is_seen_at_its_place() -> None:
    lines = [line for line in draw_dots(STEP, width=80) if "┤" in line]
    plot = [line.partition("┤")[2].ljust(69) for line in lines]
    at = round(150 / 236 * len(plot[0]))
    upper, lower = plot[: len(plot) // 2], plot[len(plot) // 2 :]
    assert not "".join(row[: at - 1] for row in upper).strip()
    assert not "".join(row[at + 1 :] for row in lower).strip()


def test_hiccups_are_marked_and_counted_and_the_newest_run_is_never_one() -> None:
    lines = draw_dots([*STEP, 9.0, 1.4], width=80)
    assert lines[1].strip() == "▲ 1 above, up to 9 s"
    assert sum(line.count("▲") for line in lines[2:]) == 1
    newest = draw_dots([*STEP, 9.0], width=80)
    assert "above" not in newest[1]
    assert "●" in next(line for line in newest if "┤" in line and "●" in line)


def test_in_ascii_each_dot_is_one_too() -> None:
    lines = chart.draw_chart(STEP, width=80, ascii_only=True)
    text = "\n".join(lines)
    assert text.isascii()
    assert {":", "'", "."} & set(text)
    assert "?" not in text


@settings(max_examples=60)
@given(
    st.lists(st.floats(1e-9, 1e3), min_size=2, max_size=700),
    st.integers(40, 200),
    st.one_of(st.none(), st.floats(1e-9, 1e3)),
)
def test_no_series_is_wider_than_the_screen_or_an_error(values: list[float], width: int, target: float | None) -> None:
    lines = draw_dots(values, width=width, target=target, marks=["2026-11-01 12345678"] * len(values))
    assert all(len(line) <= (width if "Target" not in line else max(width, 48)) for line in lines)
    assert len(lines) <= 18
    assert any("●" in line for line in lines)


@pytest.mark.parametrize("values", [[1.0] * 300, [0.0] * 300, [1e-9, math.pi] * 200])
def test_odd_series_are_drawn(values: list[float]) -> None:
    assert any("now" in line for line in draw_dots(values, width=60))
