"""Looking at a suite: what pytest-benchmark makes when it is started is not left in the user's tree."""

from pathlib import Path

import pytest

from bench_agent.config import load_config
from bench_agent.measure.collect import look_at_suite
from projects import environment, make_project


@pytest.mark.parametrize("folder", [".benchmarks", "kept here"])
def test_no_storage_is_left_that_was_not_there(tmp_path: Path, folder: str) -> None:
    recipe = "{pytest} --benchmark-storage='file://./FOLDER' tests/benchmark".replace("FOLDER", folder)
    project = make_project(tmp_path / "a", recipe=recipe)
    config = load_config(project.root, environment={})
    assert look_at_suite(config, keyword=None, environment=environment()).ids
    assert not (project.root / folder).exists()


def test_a_storage_that_was_there_stays_empty_as_it_is(tmp_path: Path) -> None:
    project = make_project(tmp_path / "a")
    (project.root / ".benchmarks").mkdir()
    assert look_at_suite(load_config(project.root, environment={}), keyword=None, environment=environment()).ids
    assert (project.root / ".benchmarks").is_dir()
