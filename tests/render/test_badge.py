"""The badge says what the report says, and is green only for a proof."""

import json

import pytest

import reports
from bench_agent.render.badge import render_badge


@pytest.mark.parametrize(
    ("name", "color"),
    [
        ("all_well", "brightgreen"),
        ("confirmed", "red"),
        ("undecided", "yellow"),
        ("first_run", "lightgrey"),
        ("no_results", "lightgrey"),
        ("failed_benchmarks", "red"),
    ],
)
def test_each_status_has_its_colour(name: str, color: str) -> None:
    badge = json.loads(render_badge(getattr(reports, name)()))
    assert (badge["schemaVersion"], badge["label"], badge["color"]) == (1, "benchmarks", color)
    assert badge["message"]


def test_no_text_of_the_repository_is_in_it() -> None:
    assert len(render_badge(reports.hostile())) < 200
