"""The web page: one file, no script, nothing loaded, everything escaped."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

import reports
from bench_agent.render.webpage import render_webpage

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Collects elements, attributes and text; `open` is empty at the end when every element was closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


@pytest.mark.parametrize(
    "name",
    [
        "all_well",
        "two_slowdowns",
        "confirmed",
        "failed_benchmarks",
        "no_results",
        "first_run",
        "undecided",
        "hostile",
        "many",
    ],
)
def test_a_page_is_well_formed_and_loads_nothing(name: str) -> None:
    page = Page(render_webpage(getattr(reports, name)()))
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "a", "object", "image", "use"} & set(page.elements)
    names = {name for name, _ in page.attributes}
    assert not any(n.startswith("on") or n in ("src", "href", "style") for n in names)


def test_the_page_has_the_facts() -> None:
    text = " ".join(Page(render_webpage(reports.two_slowdowns())).text.split())
    assert "2 suspected slowdowns, 1 over target, 10 of 12 passing" in text
    for fact in (
        "7.2x",
        "+31 %",
        "not measured again",
        "1a2b3c4d",
        "rank_documents runs 40 times",
        "bench-agent run -k test_llm_call",
    ):
        assert fact in text, fact
    assert "Degrading (+32 % over 10 runs)" in text


def test_hostile_text_is_text() -> None:
    source = render_webpage(reports.hostile())
    assert "<script" not in source
    assert "&lt;script&gt;" in source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert len(source) < 300_000


def test_each_trend_has_a_chart_with_all_its_runs() -> None:
    page = Page(render_webpage(reports.two_slowdowns()))
    assert page.elements.count("circle") == sum(len(t.values) for t in reports.two_slowdowns().trends)
    assert ("class", "target") not in page.attributes  # both targets are far above their series
    assert "target 50 µs is above the chart" in page.text


def test_a_chart_draws_every_run_with_days_and_commits_below() -> None:
    report = reports.all_well()
    trend = reports.trend("agent_response", tuple(1e-3 * (1 + n % 7 / 50) for n in range(236)))
    page = Page(render_webpage(replace(report, trends=(trend,))))
    lines = [value or "" for name, value in page.attributes if name == "points"]
    assert max(len(line.split()) for line in lines) == 236
    assert "235 runs ago" in page.text
    assert "2026-11-01" in page.text
