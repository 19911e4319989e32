"""Schemas from records: what each kind of field becomes, and that the shipped files are those of the records."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

import jsonschema
import pytest

import backfills
import changes
import memory_histories
import reports
import searches
from bench_agent.commands.status import read_status
from bench_agent.render.backfill import BackfillForms
from bench_agent.render.memory_history import MemoryHistoryForms
from bench_agent.report.gate_history import Gate
from bench_agent.results import (
    change,
    checkup,
    comparison,
    culprits,
    explanation,
    fix,
    memory_search,
    plain,
    selftest,
    site,
    verification,
)
from bench_agent.results.contracts import CONTRACTS, Contract
from bench_agent.results.culprits import SearchedRange
from bench_agent.results.memory import GrownLine
from bench_agent.results.report_json import to_json, trends_json
from bench_agent.results.schema import Rules, descriptions_of, schema_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """One part of it.

    What follows is for whoever reads the code.
    """

    sha: str | None = None  # of the commit; None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    schema: str = "test/1"
    name: str  # `path` of it
    # how often it came,
    # in all
    count: int = 0
    level: Literal["low", "high"] = "low"
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    inner: Inner | None = None
    parts: tuple[Inner, ...] = ()
    words: tuple[str, ...] = ()
    extra: dict[str, int] = field(default_factory=dict)


class More(TypedDict):
    asked: bool
    answer: NotRequired[str | None]


def made(rules: Rules | None = None, record: type = Outer, **options: Any) -> dict[str, Any]:
    return schema_of(record, rules, id="test/1", title="t", description="d", **options)


def test_each_kind_of_field_has_its_form() -> None:
    assert made()["properties"] == {
        "schema": {"const": "test/1"},
        "name": {"type": "string", "description": "`path` of it."},
        "count": {"type": "integer", "minimum": 0, "description": "How often it came, in all."},
        "level": {"enum": ["low", "high"]},
        "ratio": {"type": ["number", "null"]},
        "interval": {"type": ["array", "null"], "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "inner": {"anyOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Inner"}},
        "words": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
    }


def test_a_record_that_is_written_whole_requires_every_field() -> None:
    assert set(made()["required"]) == set(made()["properties"])


def test_fields_that_may_be_empty_are_not_required_where_empty_ones_are_left_out() -> None:
    schema = made(Rules(leaves_out_empty=True, always=frozenset({"words"}), cut=frozenset({"name"})))
    assert schema["required"] == ["schema", "count", "level", "words"]
    assert schema["properties"]["ratio"] == {"type": "number"}


def test_the_first_paragraph_of_a_docstring_describes_a_record_inside() -> None:
    inner = made()["$defs"]["Inner"]
    assert inner["description"] == "One part of it."
    assert inner["properties"]["sha"]["description"] == "Of the commit; null: not known."
    assert descriptions_of(Inner, absent="absent")["sha"] == "Of the commit; absent: not known."


def test_bounds_are_added_to_the_fields_they_name() -> None:
    rules = Rules(
        max_length={"name": 9, "words": 5}.get,
        max_items={"words": 2}.get,
        unbounded=frozenset({"interval"}),
        bounds={"Outer.count": {"minimum": None, "maximum": 3}, "sha": {"minLength": 1}},
    )
    properties = made(rules)["properties"]
    assert properties["name"]["maxLength"] == 9
    assert properties["words"] == {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 2}
    assert properties["interval"]["items"] == {"type": ["number", "null"]}
    assert {"minimum": 0}.items() & properties["count"].items() == set()
    assert properties["count"]["maximum"] == 3
    assert made(rules)["$defs"]["Inner"]["properties"]["sha"]["minLength"] == 1


def test_keys_that_a_command_adds_are_in_the_schema() -> None:
    schema = made(also=More)
    assert schema["properties"]["answer"] == {"type": ["string", "null"]}
    assert "asked" in schema["required"]
    assert "answer" not in schema["required"]


@pytest.mark.parametrize("kind", [bytes, object, "tuple[str, int]"])
def test_a_type_without_a_form_in_json_is_refused(kind: Any) -> None:
    Odd = TypedDict("Odd", {"field": kind})  # noqa: UP013
    with pytest.raises((TypeError, OSError)):
        made(record=Odd)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_shipped_schemas_are_those_of_the_records(contract: Contract) -> None:
    schema = contract.schema()
    assert json.loads(contract.path.read_text("utf-8")) == schema, "run `make schemas`"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"] == {"const": contract.version}


def test_every_shipped_schema_is_of_a_contract() -> None:
    folder = CONTRACTS[0].path.parent
    assert set(folder.glob("*.schema.json")) == {contract.path for contract in CONTRACTS}


ROW = comparison.ComparedBenchmark(
    benchmark="tests/test_a.py::test_a", base=1e-3, head=2e-3, unit="s", clock="cpu", ratio=2.0,
    interval=(float("-inf"), float("inf")), verdict="slower", detectable=None, pairs=8, seconds_to_settle=None,
    p_slower=1e-9, p_faster=1.0,
)  # fmt: skip
TRIAL = selftest.Trial(
    benchmark="a", planted=0.0, verdict="same", ratio=float("nan"), detectable=float("inf"), pairs=2, seconds=1.0
)
MEMORY = memory_search.MemorySearch(
    benchmark="tests/test_b.py::test_total",
    good="0a392580",
    bad="working tree",
    verdict="more",
    regressed=True,
    base_bytes=536,
    head_bytes=2_419_712,
    culprits=(
        memory_search.MemoryCulprit(
            sha="uncommitted",
            subject="a list for a generator",
            parent_bytes=536,
            bytes=2_419_712,
            share=1.0,
            sessions=3,
            lines=(
                GrownLine(path="mod.py", line=6, text="values = [n for n in x]", head_bytes=2_400_000, head_blocks=9),
            ),
        ),
    ),
    range=SearchedRange(commits=3),
)
DOCUMENTS = {
    "findings": lambda path: to_json(reports.confirmed()),
    "trends": lambda path: trends_json(reports.two_slowdowns().trends),
    "memory-culprits": lambda path: plain.to_json(memory_search.as_dict(MEMORY)),
    "culprits": lambda path: culprits.to_json(searches.search(searches.proved())),
    "comparison": lambda path: comparison.to_json(
        comparison.Comparison(base="a", head="b", benchmarks=(ROW,), geomean=2.0)
    ),
    "change": lambda path: change.to_json(changes.slower()),
    "explanation": lambda path: explanation.to_json(
        explanation.Explained(text="a", by_model=True, model="m", usage=explanation.Usage(given=1), cost=0.1)
    ),
    "fix": lambda path: fix.to_json(
        fix.Fix(
            benchmark="x",
            id="t.py::test_x",
            culprit="1a2b3c4d",
            good="99887766",
            asked_share=0.5,
            attempts=(fix.Attempt(outcome="refused", reasons=("it imports os",)), fix.Attempt(outcome="shown")),
            patch="diff --git a/x.py b/x.py\n",
            given_back=0.9,
        )
    ),
    "verification": lambda path: verification.to_json(
        verification.Verification(
            benchmarks=(
                verification.Verified(
                    benchmark="a",
                    id="t.py::test_a",
                    good="12345678",
                    outcome="gone",
                    text="gone",
                    left=verification.Change(ratio=1.0, interval=(float("-inf"), 1.1), pairs=5),
                ),
            ),
            others=(ROW,),
        )
    ),
    "site": lambda path: plain.to_json(
        site.WrittenSite(index="public/index.html", benchmarks=3, runs=236, files=10, changed=2)
    ),
    "selftest": lambda path: selftest.to_json(
        selftest.SelfTest(
            benchmarks=(selftest.sum_up("a", [TRIAL], time_s=1e-3),),
            whole=None,
            comparisons=1,
            seconds=1.0,
            budget_s=9.0,
            python="3",
            cpu="c",
            cores=None,
            load=None,
            left_out={"b": "too slow"},
        )
    ),
    "memory-history": lambda path: MemoryHistoryForms(
        found=memory_histories.memory_history(), names={}, command=""
    ).json(),
    "backfill": lambda path: BackfillForms(found=backfills.backfill(), names={}, command="").json(),
    "doctor": lambda path: checkup.to_json(
        checkup.Checkup(
            root="/p",
            version="1",
            benchmarks=(
                checkup.Precision(
                    benchmark="a",
                    median_s=1.23456789e-7,
                    rounds=9,
                    iterations=1,
                    runs=2,
                    noise=None,
                    round_spread=0.1,
                    detectable=0.5,
                    spent_s=None,
                ),
            ),
            findings=(checkup.Advice(severity="harms", area="machine", message="m", advice="a"),),
        )
    ),
    "gate": lambda path: plain.to_json(
        plain.document(Gate(flagged=(), benchmarks=1, too_few_runs=0, runs=2, threshold=0.2, consecutive=3).published())
    ),
    "status": lambda path: json.dumps(read_status(str(path))),
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_a_document_of_every_contract_is_valid(contract: Contract, tmp_path: Any) -> None:
    document = json.loads(DOCUMENTS[contract.name](tmp_path), parse_constant=pytest.fail)
    jsonschema.Draft202012Validator(contract.schema()).validate(document)
    assert next(iter(document)) == "schema"


def test_a_time_of_nanoseconds_is_not_rounded_to_nothing() -> None:
    assert json.loads(DOCUMENTS["doctor"](None))["benchmarks"][0]["median_s"] == 1.23457e-7
