"""The slash command's text: what it may say, and that it says what the product understands."""

import dataclasses
import re
import typing
from pathlib import Path

import pytest
import yaml

from bench_agent.results import report
from bench_agent.scaffold.slash_command import command_text

ROOT = Path(__file__).parents[2]
PACKAGED = ROOT / "src/bench_agent/scaffold/benchmark.md"
FRONT, BODY = PACKAGED.read_text().removeprefix("---\n").split("\n---\n", 1)


def test_the_project_uses_the_text_it_ships():
    assert (ROOT / ".claude/commands/benchmark.md").read_bytes() == PACKAGED.read_bytes()


def test_the_frontmatter_is_sound_and_says_the_cost():
    front = yaml.safe_load(FRONT)
    assert set(front) == {"description", "argument-hint", "allowed-tools"}  # a misspelt key is dropped without a word
    assert "minutes" in front["description"]
    assert len(front["description"]) < 130


@pytest.mark.parametrize(("runner", "call"), [("path", "bench-agent"), ("uv", "uv run bench-agent")])
def test_it_permits_only_the_calls_it_orders(runner, call):
    front, body = command_text(runner).removeprefix("---\n").split("\n---\n", 1)
    permitted = re.findall(r"Bash\((.*?):\*\)", yaml.safe_load(front)["allowed-tools"])
    assert permitted == [f"{call} run", f"{call} wait", f"{call} status"]
    ordered = set(re.findall(r"`((?:uv run )?bench-agent \w+)", body)) - {f"{call} issue"}  # named to the user, not run
    assert ordered == set(permitted)


def test_the_only_thing_run_beforehand_is_instant_and_cannot_fail():
    assert re.findall(r"!`([^`]*)`", BODY) == ["bench-agent status --json || true"]
    assert "```" not in BODY


def test_it_is_orders_of_a_page_at_most_and_holds_nothing_the_client_would_fill_in_by_mistake():
    assert len(PACKAGED.read_text().splitlines()) <= 36
    assert len(PACKAGED.read_text()) < 4_500
    assert set(re.findall(r"\$\S?\w+", BODY)) == {"$ARGUMENTS"}  # $1 would be replaced by an argument, or by nothing
    assert "@" not in BODY  # @name would attach a file


def test_it_holds_no_measured_number_that_could_be_repeated_as_a_result():
    without_numbering = re.sub(r"(?m)^(## )?\d\. ", "", BODY)
    # The Bash tool's limit, the 95th percentile, the table's length.
    assert re.findall(r"(?<!\w)\d+(?:\.\d+)?", without_numbering) == ["600000", "95", "15"]


def test_every_key_it_names_is_in_the_findings():
    keys, words = published_names()
    other = {
        "--json", "timeout: 600000", "SHA", "RUN_ID", "BENCHMARK",
        "file:line", "command not found", "$ARGUMENTS",
    }  # fmt: skip
    for quoted in re.findall(r"`([^`]+)`", re.sub(r"!`[^`]*`", "", BODY)):
        if re.match(r"(bench-agent|git|make|uv) ", quoted) or quoted in other:
            continue
        for word in re.findall(r"[A-Za-z_]\w*", quoted):
            assert word in keys | words, f"`{quoted}`: no {word!r} in the findings"


def test_every_verdict_that_needs_care_is_explained():
    words = {w for w in typing.get_args(report.VerdictName)} - {"same"}
    assert [w for w in words if f"`{w}`" not in BODY] == []
    for status in {"failed", "no_results", "running"}:
        assert f'"status": "{status}"' in BODY


def published_names() -> tuple[set[str], set[str]]:
    """Field names of the findings' records, and the words their closed sets hold."""
    records = [r for r in vars(report).values() if isinstance(r, type) and dataclasses.is_dataclass(r)]
    keys = {f.name for r in records for f in dataclasses.fields(r)}
    kinds = (report.Status, report.VerdictName, report.Severity, report.Mark)
    return keys, {word for kind in kinds for word in typing.get_args(kind)}
