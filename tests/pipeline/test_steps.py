"""A run that is interrupted in a moment between two of its steps."""

import io
import os
import signal
from pathlib import Path

import pytest

from bench_agent.config import load_config
from bench_agent.pipeline import steps
from bench_agent.pipeline.context import RunOptions
from bench_agent.render.progress import Progress
from bench_agent.render.terminal import Screen
from projects import make_project


def test_an_interrupt_after_the_run_was_kept_still_tells_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes as the step between judging and measuring again begins; only the moment is chosen here."""
    project = make_project(tmp_path / "toy")
    go_on = steps.suspect_memory

    def interrupted(*args: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return go_on(*args)

    monkeypatch.setattr(steps, "suspect_memory", interrupted)
    with Progress(io.StringIO(), live=False, screen=Screen(width=80, color=False, plain=True, box=False)) as progress:
        outcome = steps.run_benchmarks(
            load_config(project.root, environment={}), RunOptions(), environment=os.environ, progress=progress
        )
    assert outcome.interrupted
    assert outcome.report.summary.benchmarks > 0
    assert (project.root / ".benchmark" / "report.json").exists()
