"""The pages in a real browser: what people do with them, what they cost, and that nothing in them acts."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import backfills
import browser
import courses as samples
import reports
from bench_agent.render.backfill import BackfillForms
from bench_agent.render.site import compose_site
from bench_agent.render.webpage import render_trend_page, render_webpage

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not browser.IS_HERE, reason="needs chromium and chromedriver"),
]
AXE = Path(__file__).resolve().parents[2] / ".cache" / "axe-core"
MOST_BYTES = 2_000_000  # of a page of 100 benchmarks of 236 runs
FIRST_PAINT_MS = 1_000
PAINTED = """return new Promise((done) => new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') done(entry.startTime);
}).observe({ type: 'paint', buffered: true }))"""
DRAWN = """document.querySelector('.plot').scrollIntoView();
return new Promise((done) => { const look = () => document.querySelector('.plot .range') ? done() : setTimeout(look, 20); look(); })"""
RUN = "return document.querySelector('.readout strong').textContent"


@pytest.fixture(scope="module")
def window() -> Iterator[browser.Browser]:
    with browser.open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core, from the registry into the cache; never committed."""
    script = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        AXE.mkdir(parents=True, exist_ok=True)
        (AXE / "package.json").write_text("{}")
        try:
            command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"]
            subprocess.run(command, cwd=AXE, check=True, capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"axe-core could not be installed: {error}")
    return script.read_text("utf-8")


def show(window: browser.Browser, tmp_path: Path, source: str, *, width: int = 1400, script: bool = True) -> Path:
    path = tmp_path / "page.html"
    path.write_text(source, encoding="utf-8")
    window.size(width)
    window.media()
    window.script(on=script)
    window.open(path)
    return path


def large() -> str:
    return render_webpage(replace(reports.many(100, slow=5), trends=()), samples.many(100, runs=236))


def test_a_page_of_100_benchmarks_of_236_runs_is_small_and_painted_at_once(
    window: browser.Browser, tmp_path: Path
) -> None:
    source = large()
    assert len(source.encode()) <= MOST_BYTES
    assert source.count('<polyline class="series"') == 200  # times and memory
    window.console()
    show(window, tmp_path, source)
    paint = window.run(PAINTED)
    assert window.console() == []
    asked = [address for address in window.requests() if not address.startswith(("chrome", "data:"))]
    # What another test's page asked for may be told late: that is a page too.
    assert [address for address in asked if not address.endswith("/page.html")] == []
    assert paint < FIRST_PAINT_MS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.parametrize("width", [390, 800, 1400])
@pytest.mark.parametrize("what", ["report", "hostile", "trends", "index", "benchmark"])
def test_nothing_lies_off_the_screen(window: browser.Browser, tmp_path: Path, what: str, width: int) -> None:
    show(window, tmp_path, pages()[what], width=width)
    assert window.run("return document.documentElement.scrollWidth") <= width
    first = window.run("return document.querySelector('h1').getBoundingClientRect().top")
    assert first < 120, "the verdict comes first"
    overlap = """const boxes = [...document.querySelectorAll('.tools input, .tools output')].map((e) => e.getBoundingClientRect());
        return boxes.some((a, i) => boxes.slice(i + 1).some((b) =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))"""
    assert not window.run(overlap)
    hidden = "return [...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1).length"
    assert window.run(hidden) == 0, "no table has to be scrolled"
    if width == 390:
        off = """return [...document.querySelectorAll('td, h3, .card > div')].filter((e) => {
            const box = e.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < 0)
                && !e.closest('.scroll table.work')}).length"""
        assert window.run(off) == 0


@pytest.mark.parametrize("width", [390, 1400])
def test_of_the_page_of_lasting_changes_only_a_table_scrolls_sideways(
    window: browser.Browser, tmp_path: Path, width: int
) -> None:
    names = {backfills.PARSE: "parse_" + "x" * 80, backfills.RENDER: "render"}
    source = BackfillForms(found=backfills.backfill(), names=names, command="bench-agent backfill " + "v" * 90).html()
    show(window, tmp_path, source, width=width)
    assert window.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("what", ["report", "hostile", "trends", "index", "benchmark"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(window: browser.Browser, tmp_path: Path, axe: str, what: str, scheme: str) -> None:
    show(window, tmp_path, pages()[what])
    window.media(scheme=scheme)
    found = window.run(axe + ";return axe.run(document).then((r) => r.violations)")
    serious = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []


def test_pointing_at_a_run_tells_it_and_its_commit_can_be_followed(window: browser.Browser, tmp_path: Path) -> None:
    show(window, tmp_path, render_trend_page(samples.with_everything()))
    x, y, width = middle(window, ".plot svg")
    window.pointer(("move", x + width / 2 - 18, y))
    said = window.run("return document.querySelector('.readout').textContent")
    assert "run 20 of 20" in said
    assert "rounds " in said
    assert "2026-11-03" in said
    assert f"{reports.SHA[:8]} Parse lazily, part 19" in said
    window.pointer(("down", x + width / 2 - 18, y), ("up", x + width / 2 - 18, y), ("move", x, y + 300))
    link = window.run("return document.querySelector('.readout a').href")
    assert link == f"https://example.org/shop/commit/{reports.SHA}"


def test_dragging_zooms_and_escape_shows_all_again(window: browser.Browser, tmp_path: Path) -> None:
    show(window, tmp_path, render_trend_page(samples.of("llm_call", 200)))
    x, y, width = middle(window, ".plot svg")
    assert window.run("return document.querySelector('.plot button').hidden")
    window.pointer(("move", x, y), ("down", x, y), ("move", x + width / 8, y), ("up", x + width / 4, y))
    window.pointer(("move", x, y + 400))
    assert "of 200 runs" in readout(window)
    shown = int(readout(window).split()[0])
    assert 40 <= shown <= 60
    assert not window.run("return document.querySelector('.plot button').hidden")
    window.run(DRAWN)
    window.run("document.querySelector('.plot').focus()")
    window.press("escape")
    assert readout(window).startswith("200 of 200 runs")


def test_a_chart_is_worked_by_keys_alone(window: browser.Browser, tmp_path: Path) -> None:
    show(window, tmp_path, render_trend_page(samples.of("llm_call", 50)))
    window.run(DRAWN)
    window.run("document.querySelector('.plot').focus()")
    window.press("left")
    assert "run 50 of 50" in readout(window)
    window.press("left", "left")
    assert "run 48 of 50" in readout(window)
    window.press("home")
    assert "run 1 of 50" in readout(window)
    window.press("right", "+", "+")
    assert not window.run("return document.querySelector('.plot button').hidden")
    window.press("escape")
    assert readout(window).startswith("50 of 50 runs")


def test_the_figures_read_as_the_rest_of_the_page(window: browser.Browser, tmp_path: Path) -> None:
    from bench_agent.text import quantity

    values = [2.3e-9, 1.5e-7, 999.6e-6, 12.34e-3, 0.1, 1.0, 45.67]
    for value in values:
        one = samples.of("llm_call", 2)
        course = one.courses[0]
        trend = replace(course.trend, values=(value, value))
        show(window, tmp_path, render_trend_page(replace(one, courses=(replace(course, trend=trend),))))
        window.run(DRAWN)
        window.run("document.querySelector('.plot').focus()")
        window.press("end")
        assert window.run(RUN) == quantity.duration(value)


def test_the_table_is_filtered_and_sorted(window: browser.Browser, tmp_path: Path) -> None:
    show(window, tmp_path, render_webpage(reports.two_slowdowns()))
    names = "return [...document.querySelectorAll('#benchmarks tbody tr')].filter((r) => !r.hidden).map((r) => r.cells[1].textContent)"
    assert len(window.run(names)) == 12
    window.type("#filter", "AUTH")
    assert window.run(names) == ["authorization", "authorization_cached"]
    cards = "return [...document.querySelectorAll('.cards .card')].filter((c) => !c.hidden).length"
    assert window.run(cards) == 1
    show(window, tmp_path, render_webpage(reports.two_slowdowns()))
    window.click("#news")
    assert sorted(window.run(names)) == ["database_query", "llm_call"]
    window.click("#news")
    window.run("[...document.querySelectorAll('#benchmarks th button')].find((b) => b.textContent == 'Median').click()")
    assert window.run(names)[0] == "authorization_cached"
    window.run("[...document.querySelectorAll('#benchmarks th button')].find((b) => b.textContent == 'Median').click()")
    assert window.run(names)[0] == "parse_results"
    assert window.run("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "descending"


def test_without_the_script_the_charts_are_there_and_the_tools_are_not(window: browser.Browser, tmp_path: Path) -> None:
    show(window, tmp_path, render_webpage(reports.confirmed(), samples.of("llm_call", 236)), script=False)
    drawn = window.cdp("DOMSnapshot.captureSnapshot", {"computedStyles": ["display"], "includeDOMRects": True})
    texts = drawn["strings"]
    assert any(text.count(",") == 236 for text in texts), "a line of 236 points"
    shot = tmp_path / "shot.png"
    window.screenshot(shot)
    assert shot.stat().st_size > 20_000
    window.script(on=True)


def test_hostile_text_does_nothing(window: browser.Browser, tmp_path: Path) -> None:
    window.console()
    for source in (pages()["hostile"], render_trend_page(samples.hostile())):
        show(window, tmp_path, source)
        window.run("for (const box of document.querySelectorAll('.plot')) box.focus()")
        window.press("left")
        with pytest.raises(RuntimeError, match="no such alert"):
            window._do("alert/text", method="GET")
        assert window.console() == []
        links = window.run("return [...document.querySelectorAll('a')].map((a) => a.protocol)")
        assert set(links) <= {"file:"}


def test_a_script_that_is_not_ours_is_refused(window: browser.Browser, tmp_path: Path) -> None:
    """What the policy is for: were something of a repository to get into the page as a script, it would not run."""
    source = render_webpage(reports.all_well()).replace("</main>", "<script>document.title='hit'</script></main>")
    window.console()
    show(window, tmp_path, source)
    assert window.run("return document.title") != "hit"
    assert any("Content Security Policy" in line for line in window.console())


def test_it_prints(window: browser.Browser, tmp_path: Path) -> None:
    show(window, tmp_path, large())
    window.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    window.media(kind="print", scheme="dark")
    assert window.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def middle(window: browser.Browser, selector: str) -> tuple[float, float, float]:
    """Where it is, and how wide, once its chart is drawn."""
    window.run(DRAWN)
    box: dict[str, Any] = json.loads(
        window.run("return JSON.stringify(document.querySelector(arguments[0]).getBoundingClientRect())", selector)
    )
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]


def readout(window: browser.Browser) -> str:
    text: str = window.run("return document.querySelector('.readout').textContent")
    return text


def pages() -> dict[str, str]:
    files = {file.name: file.text for file in compose_site(samples.with_everything())}
    benchmark = next(name for name in files if name.startswith("b/search"))
    return {
        "report": render_webpage(reports.confirmed(), samples.of("llm_call", 60)),
        "hostile": render_webpage(reports.hostile(), samples.hostile()),
        "trends": render_trend_page(samples.with_everything()),
        "index": files["index.html"](),
        "benchmark": files[benchmark](),
    }
