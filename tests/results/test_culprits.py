"""The contract of `bisect --json`."""

import dataclasses
import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

import searches
from bench_agent.results.culprits import Search, as_dict, to_json

SCHEMA: dict[str, Any] = json.loads(
    resources.files("bench_agent.results").joinpath("culprits.schema.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    "found",
    [
        searches.search(searches.proved()),
        searches.search(searches.proved(share=0.7), searches.proved(share=0.3)),
        searches.search(
            searches.proved(grown=dataclasses.replace(searches.PARSED, built_in="sorted", own_s=(0.0, 1e-3)))
        ),
        searches.search(verdict="same", ratio=None, interval=None, method="none"),
        searches.search(verdict="undecided", interval=(float("-inf"), float("inf")), interrupted=True),
    ],
)
def test_every_search_is_valid_against_the_schema(found: Search) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(to_json(found)))


def test_others_are_searches_too_and_unknown_keys_are_not_in_the_contract() -> None:
    document = as_dict(searches.search(searches.proved()))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.validate(json.loads(json.dumps({**document, "others": [document]})))
    assert not validator.is_valid(json.loads(json.dumps({**document, "other": []})))


def test_the_contract_has_the_keys_it_was_given() -> None:
    document = as_dict(searches.search(searches.proved()))
    assert next(iter(document)) == "schema"
    assert {
        "benchmark", "good", "bad", "verdict", "ratio", "interval", "culprits", "suspects", "skipped", "range",
        "measurements", "seconds", "warnings",
    } <= document.keys()  # fmt: skip
    assert {
        "sha", "subject", "author_date", "proved", "ratio", "interval", "share", "functions", "files", "evidence",
    } <= document["culprits"][0].keys()  # fmt: skip
