"""The pages of all stored history: what is in them, that they stay the same, and that hostile text is text."""

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import courses as samples
import reports
from bench_agent.render.site import changes_of, compose_site, slug_of
from bench_agent.results.courses import Courses
from pages import check_page

ATOM = "{http://www.w3.org/2005/Atom}"


def made(found: Courses) -> dict[str, str]:
    return {file.name: file.text() for file in compose_site(found)}


def test_every_benchmark_has_a_page_and_a_table_that_the_index_leads_to() -> None:
    files = made(samples.with_everything())
    assert list(files)[-1] == "index.html", "it is written last: what it links to is there"
    index = check_page(files["index.html"])
    pages = [name for name in files if name.startswith("b/")]
    assert len(pages) == len([name for name in files if name.startswith("csv/")]) == 2
    assert set(pages) <= set(index.links)
    assert {"feed.xml", "changes.csv", "benchmarks.csv"} <= set(index.links)
    for page in pages:
        links = check_page(files[page]).links
        assert "../index.html" in links
        assert page.replace("b/", "../csv/").replace(".html", ".csv") in links


def test_the_same_history_makes_the_same_files() -> None:
    assert made(samples.with_everything()) == made(samples.with_everything())


def test_a_page_holds_the_runs_of_its_benchmark_alone() -> None:
    found = samples.with_everything()
    files = made(found)
    page = check_page(next(text for name, text in files.items() if name.startswith("b/search")))
    (chart,) = page.data["charts"]
    assert len(chart["v"]) == len(page.data["runs"]) == 20
    assert "Slower since" in page.text or "Degrading" in page.text
    assert "+20 %" in page.text
    assert f"https://example.org/shop/commit/{9:040x}" in page.links


def test_a_proved_commit_of_the_newest_report_is_marked() -> None:
    found = samples.of("llm_call", 20)
    (finding,) = reports.confirmed().regressions
    files = {file.name: file.text() for file in compose_site(found, {finding.id: finding})}
    page = check_page(next(text for name, text in files.items() if name.startswith("b/")))
    assert "proved: 1a2b3c4d Rank documents by every token" in page.text


def test_the_table_of_runs_can_be_read_by_a_machine() -> None:
    text = next(t for name, t in made(samples.with_everything()).items() if name.startswith("csv/search"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 20
    assert rows[-1]["sha"] == reports.SHA
    assert rows[-1]["subject"] == "Parse lazily, part 19"
    assert float(rows[0]["median_s"]) == 2e-3
    assert float(rows[0]["min_s"]) < float(rows[0]["median_s"]) < float(rows[0]["p95_s"])


def test_the_feed_tells_each_change_once_with_an_id_that_stays() -> None:
    found = samples.with_everything()
    feed = ET.fromstring(made(found)["feed.xml"])
    assert feed.find(f"{ATOM}updated").text == found.runs[-1].at  # type: ignore[union-attr]
    entries = feed.findall(f"{ATOM}entry")
    assert [e.find(f"{ATOM}title").text for e in entries] == ["search +20 %", "search -10 %"]  # type: ignore[union-attr]
    ids = [e.find(f"{ATOM}id").text for e in entries]  # type: ignore[union-attr]
    assert len(set(ids)) == 2
    more = replace(found, runs=(*found.runs, replace(found.runs[-1], run="later")))
    assert [change.id for change in changes_of(more)] == ids


def test_what_several_benchmarks_did_together_is_one_change() -> None:
    found = samples.with_everything()
    one = found.courses[0]
    other = replace(one, trend=replace(one.trend, id="t.py::test_other", benchmark="other"))
    first, *_ = changes_of(replace(found, courses=(one, other)))
    assert (first.who, first.size, len(first.members)) == ("2 benchmarks together", "+20 %", 2)


def test_names_of_pages_differ_where_ids_differ_and_are_plain() -> None:
    found = samples.hostile().courses[0]
    other = replace(found, trend=replace(found.trend, id="x"))
    assert slug_of(found) != slug_of(other)
    assert set(slug_of(found)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(slug_of(found)) <= 80
    assert slug_of(replace(found, trend=replace(found.trend, benchmark="..///..")))[0] not in ".-/"


def test_hostile_text_is_text_in_every_file() -> None:
    files = made(samples.hostile())
    for name, text in files.items():
        assert "\x1b" not in text
        assert "\u202e" not in text
        if name.endswith(".html"):
            check_page(text)
            assert "javascript:" not in text
    ET.fromstring(files["feed.xml"])


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    found = samples.with_everything()
    one = found.courses[0]
    named = replace(one, trend=replace(one.trend, benchmark="=HYPERLINK(1)", id="-1+1"))
    rows = list(csv.DictReader(io.StringIO(made(replace(found, courses=(named,)))["benchmarks.csv"])))
    assert (rows[0]["benchmark"], rows[0]["id"]) == ("'=HYPERLINK(1)", "'-1+1")


def test_a_benchmark_of_one_run_and_one_that_is_gone_have_pages() -> None:
    found = samples.of("llm_call", 2)
    course = found.courses[0]
    single = replace(course, trend=replace(course.trend, values=(1e-3,)), runs=(0,), low_s=(None,), high_s=(None,))
    gone = replace(course, trend=replace(course.trend, id="gone"), is_current=False)
    files = made(replace(found, courses=(replace(single, quantiles_s=()), gone)))
    texts = [check_page(text).text for name, text in files.items() if name.startswith("b/")]
    assert any("A chart needs two" in text for text in texts)
    assert any("no longer measured" in text for text in texts)
    assert "1 benchmark no longer measured" in check_page(files["index.html"]).text


def test_a_history_without_benchmarks_has_an_index() -> None:
    assert "0 benchmarks" in check_page(made(Courses(project="shop"))["index.html"]).text
