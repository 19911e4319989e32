"""`baseline` writes the project's own file only."""

import json
from dataclasses import replace
from pathlib import Path

from histories import keep, make_run, make_sample
from projects import make_project


def test_a_baseline_file_that_is_a_link_out_of_the_project_is_not_written(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    outside = tmp_path / "profile"
    outside.write_text("{}")
    link = project.root / "tests/regression/baseline_metrics.json"
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    done = project.run("baseline", "set", "x", "p95_ms=50")
    assert done.code == 2
    assert "leads out of the project" in done.err
    assert outside.read_text() == "{}"


def test_a_level_is_accepted_with_what_one_call_holds_and_then_no_longer_told(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    sizes = [2_000_000] * 4 + [5_000_000]
    samples = [replace(make_sample(0), call_peak_bytes=size, call_left_bytes=0.0) for size in sizes]
    keep(project.root, [make_run(n, [sample]) for n, sample in enumerate(samples)])
    assert "suspected to hold or leak more memory" in project.run("detect").out
    done = project.run("baseline", "accept", "work_0", "--because", "keeps an index")
    assert "and that one call holds 5 MB, accepted: keeps an index" in done.out
    file = json.loads((project.root / "tests/regression/baseline_metrics.json").read_text())
    assert file["work_0"]["accepted"]["call_peak_bytes"] == 5_000_000
    assert "and 5 MB a call on" in project.run("baseline", "show").out
    assert "memory" not in project.run("detect").out
    assert "nor holding or leaking more memory" in project.run("issue", "work_0").err
