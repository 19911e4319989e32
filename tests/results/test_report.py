"""The contract of `--json`: valid against its schema, bounded, clean, and saying what it left out."""

import dataclasses
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema
import pytest

import reports
from bench_agent.results.report import Report, as_dict, from_dict
from bench_agent.results.report_json import SMALLEST_LIMIT, schema, to_json

REPORTS: dict[str, Callable[[], Report]] = {
    "all_well": reports.all_well,
    "two_slowdowns": reports.two_slowdowns,
    "confirmed": reports.confirmed,
    "failed": reports.failed_benchmarks,
    "no_results": reports.no_results,
    "first_run": reports.first_run,
    "undecided": reports.undecided,
    "many": reports.many,
    "hostile": reports.hostile,
    "many_hostile": lambda: reports.many(1_000, slow=100, text=reports.LONG),
}
VALIDATOR = jsonschema.Draft202012Validator(schema())
TOP_LEVEL = set(schema()["required"])


@cache
def made(name: str) -> Report:
    """That report. A large one takes a second to make and another to cut: each is made and written once."""
    return REPORTS[name]()


@cache
def text_of(name: str) -> str:
    return to_json(made(name))


def written(report: Report, **options: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(to_json(report, **options))
    return document


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_valid_and_fits(name: str) -> None:
    text = text_of(name)
    assert len(text) < 10_000
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert set(document) == TOP_LEVEL


@pytest.mark.parametrize("limit", [SMALLEST_LIMIT, 7_000, 30_000])
@pytest.mark.parametrize("name", ["many", "hostile"])
def test_any_limit_that_is_accepted_is_kept(name: str, limit: int) -> None:
    report = made(name)
    text = to_json(report, limit=limit)
    assert len(text) < limit
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert document["regressions"][0]["id"].startswith("tests/test_many.py::test_bench_0")
    assert document["summary"]["benchmarks"] == report.summary.benchmarks


def test_a_limit_too_small_for_one_regression_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        to_json(reports.all_well(), limit=SMALLEST_LIMIT - 1)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_an_unknown_key_does_not_pass_the_schema() -> None:
    document = written(reports.two_slowdowns(), limit=100_000)
    document["regressions"][0]["certainty"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


@pytest.mark.parametrize("name", sorted(REPORTS.keys() - {"many_hostile"}))
def test_what_was_not_cut_reads_back_as_the_same_report(name: str) -> None:
    report = made(name)
    assert from_dict(json.loads(json.dumps(as_dict(report)))) == report


def test_an_uncut_report_reads_back_with_rounded_figures() -> None:
    report = reports.two_slowdowns()
    read = from_dict(written(report, limit=100_000))
    assert read.omitted == {}
    assert [f.benchmark for f in read.regressions] == ["database_query", "llm_call"]
    assert read.regressions[1].suspects[0].excerpt == report.regressions[1].suspects[0].excerpt
    assert read.regressions[1].issue == report.regressions[1].issue
    assert read.benchmarks[0].mean_s == pytest.approx(report.benchmarks[0].mean_s, rel=5e-4)


def test_omitted_and_kept_add_up() -> None:
    document = json.loads(text_of("many"))
    omitted = document["omitted"]
    assert len(document["benchmarks"]) + omitted["benchmarks"] == 1000
    assert len(document["trends"]) + omitted["trends"] == 1000
    assert len(document["regressions"]) + omitted["regressions"] == 100
    assert len(document["warnings"]) + omitted.get("warnings", 0) == 20
    assert omitted["issue_bodies"] == 100


def test_the_mildest_regressions_go_first() -> None:
    kept = json.loads(text_of("many"))["regressions"]
    assert len(kept) >= 2
    assert {f["severity"] for f in kept[1:]} == {"high"}


def test_issue_bodies_go_before_rows() -> None:
    report = reports.two_slowdowns()
    whole = len(to_json(report, limit=100_000))
    document = written(report, limit=whole)
    assert document["omitted"] == {"issue_bodies": 2}
    assert len(document["benchmarks"]) == 12


def test_an_ordinary_suite_keeps_all_its_rows_and_the_trends_that_go_somewhere() -> None:
    for report in (reports.all_well(), reports.confirmed()):
        document = written(report)
        assert len(document["benchmarks"]) == 12
        assert len(document["trends"]) >= sum(t.change is not None for t in report.trends)


@pytest.mark.parametrize("slow", [0, 3, 12])
def test_every_benchmark_of_a_suite_of_forty_is_there_with_its_figures_in_words(slow: int) -> None:
    report = reports.many(40, slow=slow)
    document = written(report)
    assert [row["benchmark"] for row in document["benchmarks"]] == [row.benchmark for row in report.benchmarks]
    assert all(" mean " in row["text"] and "P95" in row["text"] and row["mark"] for row in document["benchmarks"])


def test_each_fact_has_its_text_beside_its_numbers() -> None:
    document = written(reports.confirmed())
    assert document["benchmarks"][0]["text"] == (
        "2.38 ms, mean 2.46 ms, P95 2.9 ms (target 10 s), +31 % (+28 % to +34 %) against 99887766 in turns"
    )
    assert document["regressions"][0]["text"] == (
        "+31 % (+28 % to +34 %), CPU time 1.82 ms -> 2.38 ms, 560 µs slower, limit 20 %"
    )
    assert document["summary"]["text"].startswith(
        "11 of 12 passing; 19 % slower over the 1 measured in turns; memory peak"
    )


def test_figures_have_four_significant_digits() -> None:
    row = written(reports.all_well())["benchmarks"][0]
    assert row["mean_s"] == 0.002382
    assert row["rounds"] == 120


def test_unknown_fields_are_left_out_and_a_doubt_is_not() -> None:
    finding = written(reports.two_slowdowns())["regressions"][0]
    assert "interval" not in finding
    assert "seconds_to_settle" not in finding
    assert finding["confirmed"] is False
    assert finding["suspects"][0]["proved"] is False


def test_no_control_character_and_no_escape_reaches_the_text() -> None:
    text = to_json(reports.hostile(), limit=1_000_000)
    for value in _strings(json.loads(text)):
        assert all(c.isprintable() or c == "\n" for c in value), value
        assert "\u202e" not in value
        assert len(value) <= 4_000


def test_no_number_is_not_a_number() -> None:
    report = reports.two_slowdowns()
    finding = dataclasses.replace(report.regressions[0], interval=(1.1, float("inf")), detectable=float("nan"))
    document = written(dataclasses.replace(report, regressions=(finding,)))
    jsonschema.validate(document, schema())
    assert document["regressions"][0]["interval"] == [1.1, None]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in [k, *_strings(v)]]
    return [s for v in value for s in _strings(v)] if isinstance(value, list) else []
