"""Plain values: one rule for numbers that JSON can't hold."""

import json
import math
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from bench_agent.results import plain
from bench_agent.results.report import as_dict, from_dict


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    values: tuple[float, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    ratio: float
    parts: dict[str, Part]
    schema: str = "test/1"
    done: bool = True
    count: int = 3


WHOLE = Whole(ratio=math.nan, parts={"a": Part(values=(1.23456789, math.inf, -math.inf), names=("ä",))})


def test_a_record_becomes_one_object_with_its_schema_first() -> None:
    assert list(plain.document(WHOLE)) == ["schema", "ratio", "parts", "done", "count"]
    with pytest.raises(TypeError, match="Part"):
        plain.document(Part())


def test_a_number_that_is_not_finite_is_null_wherever_it_stands() -> None:
    assert plain.plain(WHOLE)["parts"]["a"]["values"] == [1.23456789, None, None]
    assert plain.plain({"deep": [{"x": (math.nan, {"y": math.inf})}]}) == {"deep": [{"x": [None, {"y": None}]}]}
    assert (plain.plain(True), plain.plain(3), plain.plain("NaN"), plain.plain(None)) == (True, 3, "NaN", None)


def test_text_outside_ascii_stays_as_it_is() -> None:
    assert '"ä"' in plain.to_json(WHOLE)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(1.23456, 4, 1.235), (12.0, 4, 12), (1e20, 4, 1e20), (1.23e-9, 2, 1.2e-9), (0.0, 4, 0), (12.0, None, 12.0)],
)
def test_numbers_keep_significant_digits(value: float, digits: int | None, expected: float) -> None:
    found = plain.number(value, digits=digits)
    assert (found, type(found)) == (expected, type(expected))


@given(st.floats())
def test_every_number_can_be_written(value: float) -> None:
    assert json.loads(plain.to_json([value]), parse_constant=pytest.fail) is not None


def test_what_is_not_known_comes_back_as_no_number() -> None:
    """A report is kept as valid JSON, also where a figure in it is none."""
    report = reports.two_slowdowns()
    (first, *rest) = report.trends
    odd = replace(report, trends=(replace(first, values=(1.0, math.nan)), *rest))
    text = json.dumps(as_dict(odd), allow_nan=False)
    value = from_dict(json.loads(text)).trends[0].values[1]
    assert math.isnan(value)
