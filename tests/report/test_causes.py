"""What the causes of a finding are judged by."""

import dataclasses

from bench_agent.records import CountedWork, ModuleOrigin, PytestProcess, Reach, Suite
from bench_agent.report.causes import executed
from histories import make_runs

BEFORE, NOW = Reach(functions={"pkg/core.py::work": 1}), Reach(functions={"pkg/core.py::work": 3})


def test_what_an_installed_copy_executed_is_held_against_no_commit() -> None:
    copy = ModuleOrigin(name="pkg.core", kind="source", path="/venv/lib/python3.11/site-packages/pkg/core.py")
    process = PytestProcess(executable="python", rootdir="/p", ids=("test_it",), modules=(copy,))
    (plain,) = make_runs(1, 1)
    measured = dataclasses.replace(plain.samples[0], reach=NOW)
    installed = dataclasses.replace(plain, suite=Suite(processes=(process,)))
    assert executed(plain, measured, None, BEFORE) == (BEFORE, NOW)
    assert executed(installed, measured, None, BEFORE) == (None, None)
    assert executed(installed, measured, CountedWork(base=BEFORE, head=NOW), None) == (BEFORE, NOW)
