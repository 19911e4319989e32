"""The packaged workflow and what becomes of it in other projects."""

import re
from pathlib import Path

import pytest
import yaml

from bench_agent.scaffold.slash_command import text_digest
from bench_agent.scaffold.workflow import SHIPPED_WORKFLOWS, packaged_text, workflow_text

ROOT = Path(__file__).parents[2]


def test_the_packaged_workflow_is_the_repositorys_own() -> None:
    assert packaged_text().encode() == (ROOT / ".github/workflows/benchmark.yaml").read_bytes()


@pytest.mark.parametrize("runner", ["path", "uv"])
def test_in_another_project_only_installation_and_the_gates_name_differ(runner) -> None:
    ours, theirs = yaml.safe_load(packaged_text()), yaml.safe_load(workflow_text(runner))
    steps = {step.get("name", step.get("uses")): step for step in theirs["jobs"]["benchmark"]["steps"]}
    changed = [
        step.get("name", step.get("uses"))
        for step in ours["jobs"]["benchmark"]["steps"]
        if steps[step.get("name", step.get("uses"))] != step
    ]
    assert [re.sub("@.*", "", name) for name in changed] == ["actions/setup-python", "Install", "Detect regressions"]
    assert "bench-agent detect" in steps["Detect regressions"]["run"]
    assert "make setup" not in workflow_text(runner)


def test_the_current_texts_are_known_as_shipped() -> None:
    for text in (packaged_text(), workflow_text("path"), workflow_text("uv")):
        assert text_digest(text) in SHIPPED_WORKFLOWS, f'a new text: add "{text_digest(text)}" to SHIPPED_WORKFLOWS'
