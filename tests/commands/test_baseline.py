"""`baseline` writes the project's own file only."""

from pathlib import Path

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
