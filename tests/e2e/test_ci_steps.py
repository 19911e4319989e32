"""The shell steps of the CI workflow, run as they stand in a small real project."""

import shutil
import subprocess
from pathlib import Path

import yaml

from e2e.shop import SOURCE, Shop, search_path

ROOT = SOURCE.parent
STEPS = yaml.safe_load((ROOT / ".github/workflows/benchmark.yaml").read_text())["jobs"]["benchmark"]["steps"]
GH = """#!/bin/sh
# Stands in for GitHub: the artifact of an earlier run, where there is one.
case "$1" in
  api) [ -d "$ARTIFACT" ] && echo 42 || true;;
  run) [ "$2 $3" = "download 42" ] && mkdir -p .benchmark/history && cp "$ARTIFACT"/*.json .benchmark/history/;;
esac
"""


def run_steps(shop: Shop, folder: Path) -> dict[str, str]:
    """All `run:` steps but the installation, in order; what each printed, by name. Each must succeed."""
    shutil.copytree(ROOT / "scripts", shop.folder / "scripts", dirs_exist_ok=True)
    path = search_path(folder / "bin")
    (folder / "bin/gh").write_text(GH)
    (folder / "bin/gh").chmod(0o755)
    environment = {
        "PATH": path,
        "HOME": str(folder),
        "PYTHONPATH": str(SOURCE),
        "GITHUB_REPOSITORY": "ada/shop",
        "GITHUB_REF_NAME": "main",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "ARTIFACT": str(folder / "artifact"),
    }
    said = {}
    for step in STEPS:
        if "run" in step and step["name"] != "Install":
            # As GitHub runs a step.
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(
                command, cwd=shop.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            assert done.returncode == 0, f"{step['name']}: {done.stdout}"
            said[step["name"]] = done.stdout
    return said


def test_the_steps_measure_summarise_judge_and_build_on_the_run_before(tmp_path):
    shop = Shop(tmp_path / "shop")
    first = run_steps(shop, tmp_path)
    assert "starts the history" in first["Fetch the history of earlier runs"]
    assert "agent_response" in (tmp_path / "summary.md").read_text()
    shutil.move(shop.folder / STEPS[-1]["with"]["path"], tmp_path / "artifact")  # what "Upload results" keeps
    shutil.rmtree(shop.folder / ".benchmark")

    run_steps(shop, tmp_path)
    assert len(list((shop.folder / ".benchmark/history").glob("*.json"))) == 2
