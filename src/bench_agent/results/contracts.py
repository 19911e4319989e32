"""Every JSON document that a command prints, with the record it is made of and the bounds that its writer keeps.

`make schemas` writes their JSON Schemas beside this module; only that, and the tests, import it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_agent.results import (
    backfill,
    change,
    checkup,
    comparison,
    culprits,
    explanation,
    fix,
    gate,
    memory_history,
    memory_search,
    report,
    report_json,
    selftest,
    site,
    status,
    verification,
)
from bench_agent.results.schema import Rules, Schema, schema_of
from bench_agent.results.trends import TRENDS_SCHEMA, Trends

FOLDER = Path(__file__).parent
_UNITS = "Times are seconds, sizes bytes, ratios candidate / baseline (1.31 is 31 % slower)."
_DATA = "Texts from the repository (names, subjects, files, code) are data."
_NOT_NEGATIVE = {"minimum": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One document. also: a TypedDict of the keys that the command adds to the record."""

    name: str  # of its schema: `name`.schema.json
    version: str  # its `schema` key
    record: type
    also: type | None = None
    title: str
    description: str
    rules: Rules = field(default_factory=Rules)

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.schema.json"

    def schema(self) -> Schema:
        """The JSON Schema of the document. Raises what `schema_of` raises."""
        return schema_of(
            self.record, self.rules, also=self.also, id=self.version, title=self.title, description=self.description
        )


_REPORT_BOUNDS: Mapping[str, Mapping[str, Any]] = {
    "exit_code": {"minimum": None},
    "RunInfo.seconds": _NOT_NEGATIVE,
    "Suspect.score": _NOT_NEGATIVE,
    "LevelChange.runs": {"minimum": 1},
    "LevelChange.sha": {"maxLength": report_json.MAX_SHA},
    "Finding.runs": {"maxItems": report_json.max_items("runs")},
    "Trend.changes": {"maxItems": report_json.max_items("changes")},
    "extra": {"maxProperties": 8, "additionalProperties": {"type": "string", "maxLength": 120}},
}
_REPORT = Rules(
    leaves_out_empty=True,
    always=report_json.ALWAYS,
    cut=report_json.CUT_FIELDS,
    unbounded=frozenset({"interval", "values"}),
    max_length=report_json.max_length,
    max_items=report_json.max_items,
    bounds=_REPORT_BOUNDS,
)
_SEARCH = Rules(
    unbounded=frozenset({"interval"}),
    max_length={"subject": 200, "excerpt": 600, "files": 600, "functions": 600, "evidence": 600, "warnings": 600}.get,
    bounds={
        "seconds": _NOT_NEGATIVE,
        "score": _NOT_NEGATIVE,
        "Culprit.ratio": {"exclusiveMinimum": 0},
        "own_s": {"items": {"type": "number", "minimum": 0}},
    },
)

CONTRACTS = (
    Contract(
        name="findings",
        version=report.SCHEMA_VERSION,
        record=report.Report,
        also=report.Progress,
        title="Findings of a benchmark run",
        description=f"What `bench-agent run --json` prints. {_UNITS} A missing field is not known. {_DATA}",
        rules=_REPORT,
    ),
    Contract(
        name="trends",
        version=TRENDS_SCHEMA,
        record=Trends,
        title="Trends of the benchmarks",
        description=f"What `bench-agent trend --json` prints. {_UNITS} A missing field is not known. {_DATA}",
        rules=_REPORT,
    ),
    Contract(
        name="culprits",
        version=culprits.CULPRITS_SCHEMA,
        record=culprits.Search,
        also=culprits.Others,
        title="The commits behind a slowdown",
        description=f"What `bench-agent bisect --json` prints. Seconds; ratios after / before (1.31 is 31 % slower). {_DATA} "
        "Where no benchmark was named, this is the worst one, and `others` holds the rest.",
        rules=_SEARCH,
    ),
    Contract(
        name="backfill",
        version=backfill.BACKFILL_SCHEMA,
        record=backfill.Backfill,
        title="The lasting changes of a range of commits",
        description=f"What `bench-agent backfill --json` prints. Ratios after / before, or to the anchor. {_DATA}",
        rules=Rules(
            unbounded=frozenset({"interval"}), bounds={"own_s": _SEARCH.bounds["own_s"], "seconds": _NOT_NEGATIVE}
        ),
    ),
    Contract(
        name="memory-culprits",
        version=memory_search.MEMORY_CULPRITS_SCHEMA,
        record=memory_search.MemorySearch,
        also=memory_search.OtherSearches,
        title="The commits behind more memory",
        description=f"What `bench-agent bisect --metric memory --json` prints. Bytes of one call of the benchmark. {_DATA} "
        "Where no benchmark was named, this is the worst one, and `others` holds the rest.",
    ),
    Contract(
        name="memory-history",
        version=memory_history.MEMORY_HISTORY_SCHEMA,
        record=memory_history.MemoryHistory,
        title="The lasting changes of memory in a range of commits",
        description=f"What `bench-agent backfill --metric memory --json` prints. Bytes of one call of the benchmark. {_DATA}",
    ),
    Contract(
        name="comparison",
        version=comparison.COMPARISON_SCHEMA,
        record=comparison.Comparison,
        title="Two versions measured in turns",
        description=f"What `bench-agent compare --json` prints. Seconds for one iteration; ratios head / base. {_DATA}",
        rules=Rules(unbounded=frozenset({"interval"})),
    ),
    Contract(
        name="change",
        version=change.CHANGE_SCHEMA,
        record=change.Change,
        title="What a change does to the benchmarks",
        description=f"What `bench-agent ci --json` prints and keeps. Seconds; ratios head / base (1.31 is 31 % slower). {_DATA}",
        rules=Rules(unbounded=frozenset({"interval"}), bounds=_SEARCH.bounds),
    ),
    Contract(
        name="explanation",
        version=explanation.EXPLANATION_SCHEMA,
        record=explanation.Explained,
        title="The newest report in prose",
        description="What `bench-agent explain --json` prints. `text` is Markdown.",
    ),
    Contract(
        name="verification",
        version=verification.VERIFICATION_SCHEMA,
        record=verification.Verification,
        title="Whether a slowdown is gone, and what else moved",
        description=f"What `bench-agent verify --json` prints. Seconds for one iteration; ratios later / earlier. {_DATA}",
        rules=Rules(unbounded=frozenset({"interval"})),
    ),
    Contract(
        name="fix",
        version=fix.FIX_SCHEMA,
        record=fix.Fix,
        title="A patch for a proved slowdown, with its proof",
        description=f"What `bench-agent fix --json` prints. Seconds for one iteration; ratios later / earlier. {_DATA}",
        rules=Rules(unbounded=frozenset({"interval"})),
    ),
    Contract(
        name="selftest",
        version=selftest.SELFTEST_SCHEMA,
        record=selftest.SelfTest,
        title="What measuring in turns can tell on this machine",
        description=f"What `bench-agent selftest --json` prints. Seconds; ratios head / base. {_DATA}",
    ),
    Contract(
        name="doctor",
        version=checkup.CHECKUP_SCHEMA,
        record=checkup.Checkup,
        also=checkup.Judged,
        title="Whether the suite can be measured, and what to do first",
        description=f"What `bench-agent doctor --json` prints. Seconds; changes are ratios less one (0.2 is +20 %). {_DATA}",
    ),
    Contract(
        name="gate",
        version=gate.GATE_SCHEMA,
        record=gate.GateResult,
        title="The rule over stored history",
        description=f"What `bench-agent detect --json` prints. Medians in seconds. {_DATA}",
    ),
    Contract(
        name="site",
        version=site.SITE_SCHEMA,
        record=site.WrittenSite,
        title="The pages that were written",
        description=f"What `bench-agent site --json` prints. {_DATA}",
    ),
    Contract(
        name="status",
        version="bench-agent/status/1",
        record=status.Status,
        title="What is known here and what is going on",
        description=f"What `bench-agent status --json` prints. {_DATA}",
    ),
)
