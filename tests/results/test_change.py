"""A change as a document: whole there and back, and nothing else taken for one."""

import json
import math
from typing import Any

import pytest

import changes
from bench_agent.results.change import Change, as_dict, from_dict, to_json


@pytest.mark.parametrize("change", [changes.slower(), changes.suspected(), changes.quiet(), changes.hostile()])
def test_a_change_comes_back_as_it_was(change: Change) -> None:
    assert from_dict(json.loads(to_json(change))) == change


def test_an_open_end_of_an_interval_comes_back_as_no_number() -> None:
    document = as_dict(changes.slower())
    document["benchmarks"][0]["interval"] = [1.2, None]
    interval = from_dict(document).benchmarks[0].interval
    assert interval is not None
    assert math.isnan(interval[1])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "other/1"),
        ("status", "wonderful"),
        ("base", 7),
        ("benchmarks", {}),
        ("benchmarks", ["x"]),
        ("benchmarks", [{"benchmark": "x"}]),
        ("benchmarks", [{"benchmark": "x", "id": "x", "mark": "pass", "ratio": "1e9"}]),
        ("benchmarks", [{"benchmark": "x", "id": "x", "mark": "pass", "interval": [1]}]),
        ("base_moved", True),
        ("warnings", "text"),
        ("commands", []),
    ],
)
def test_a_document_that_does_not_fit_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_dict({**as_dict(changes.slower()), key: value})


@pytest.mark.parametrize("document", [None, [], "x", 3, {}])
def test_what_is_no_object_of_ours_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="not a document"):
        from_dict(document)


def test_a_missing_field_is_refused() -> None:
    document = as_dict(changes.slower())
    del document["base"]
    with pytest.raises(ValueError, match="base"):
        from_dict(document)
