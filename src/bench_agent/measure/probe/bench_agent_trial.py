"""Tells of a pytest session which tests passed, and which of some functions each of them entered.

Registered by bench_agent_start in the suite's own interpreter: Python >= 3.8, standard library only. The parent
(measure/watched_tests.py) names the functions in a file, and reads another when the session has ended. Benchmarks run once, as
tests. What the outcomes mean is decided by the parent.
"""

import json
import os
import sys
import threading

import bench_agent_counts
import pytest
from bench_agent_ring_origin import Origins, use_tree
from bench_agent_start import asked

MAX_TESTS = 20_000  # told of
_tree = os.path.realpath(asked.get("RING_TREE") or os.getcwd())
_foreign = os.path.realpath(asked["RING_FOREIGN"]) if asked.get("RING_FOREIGN") else None
_out = asked.get("OUT")
_tests = {}  # id -> [outcome, [keys entered, lines executed]]
_errors = []
_watch = _origins = None
if _out:
    use_tree(_tree, _foreign)
    _origins = Origins(_tree, _foreign)
_PID = os.getpid()


class Watch:
    """Notes which of the wanted functions are entered between `begin` and `end`, and which of their lines are executed."""

    def __init__(self, wanted):
        self._wanted = set(wanted)
        self._files = {key.rpartition("::")[0] for key in wanted}
        self._project = bench_agent_counts.Project(_tree)
        self._keys = {}  # code -> (key, path), None for what nobody asked for
        self._entered, self._lines = set(), set()
        self._tool = self._before = None
        if self._wanted and hasattr(sys, "monitoring"):
            self._tool = next((i for i in (3, 4, 5) if sys.monitoring.get_tool(i) is None), None)
        if self._tool is not None:
            events = sys.monitoring.events
            sys.monitoring.use_tool_id(self._tool, "bench-agent")
            sys.monitoring.register_callback(self._tool, events.PY_START, self._started)
            sys.monitoring.register_callback(self._tool, events.LINE, self._stepped)

    def begin(self):
        self._entered, self._lines = set(), set()
        if self._tool is not None:
            events = sys.monitoring.events
            sys.monitoring.restart_events()
            sys.monitoring.set_events(self._tool, events.PY_START | events.LINE)
        elif self._wanted:
            self._before = sys.gettrace()
            threading.settrace(self._traced)
            sys.settrace(self._traced)

    def end(self):
        if self._tool is not None:
            sys.monitoring.set_events(self._tool, 0)
        elif self._wanted:
            sys.settrace(self._before)
            threading.settrace(None)
        return [sorted(self._entered), sorted(self._lines)]

    def _started(self, code, _offset):
        self._note(code)
        return sys.monitoring.DISABLE

    def _stepped(self, code, line):
        found = self._note(code)
        if found is not None:
            self._lines.add("%s:%d" % (found[1], line))
        return sys.monitoring.DISABLE

    def _traced(self, frame, event, _arg):
        found = self._note(frame.f_code)
        return None if found is None else self._local

    def _local(self, frame, event, _arg):
        if event == "line":
            self._lines.add("%s:%d" % (self._note(frame.f_code)[1], frame.f_lineno))
        return self._local

    def _note(self, code):
        if code not in self._keys:
            path = self._project.relative(code.co_filename)
            key = "%s::%s" % (path, bench_agent_counts._qualname(code)) if path in self._files else None
            # What is inside of a function is the function's: comprehensions, helpers of its own.
            own = next(
                (name for name in self._wanted if key == name or (key or "").startswith(name + ".<locals>.")), None
            )
            self._keys[code] = None if own is None else (own, path)
        found = self._keys[code]
        if found is not None:
            self._entered.add(found[0])
        return found


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if _out:
        for option, value in (("numprocesses", 0), ("dist", "no"), ("tx", []), ("maxfail", 0)):
            if hasattr(config.option, option):
                setattr(config.option, option, value)


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    global _watch
    if not _out:
        return
    for option in ("benchmark_only", "benchmark_skip"):
        if hasattr(config.option, option):
            setattr(config.option, option, False)
    session = getattr(config, "_benchmarksession", None)
    if session is not None:
        session.skip = session.only = False
        session.disabled = True
    with open(asked["FILES"], encoding="utf-8") as file:
        _watch = Watch(json.load(file))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    if _watch is None or os.getpid() != _PID:
        yield
        return
    _watch.begin()
    try:
        yield
    finally:
        _test(item.nodeid)[1] = _watch.end()


def _test(nodeid):
    return _tests.setdefault(nodeid, ["", [[], []]])


def pytest_runtest_logreport(report):
    if _watch is None or len(_tests) >= MAX_TESTS:
        return
    test = _test(report.nodeid)
    if report.failed:
        test[0] = "failed"
    elif report.skipped and test[0] != "failed":
        test[0] = "skipped"
    elif report.when == "call" and not test[0]:
        test[0] = "passed"


def pytest_collectreport(report):
    if _watch is not None and report.failed:
        _errors.append(report.nodeid)


def pytest_unconfigure(config):
    if _watch is None or os.getpid() != _PID:
        return
    told = {"tests": _tests, "errors": _errors, "wrong": _origins.look()["wrong"]}
    with open(_out, "w", encoding="utf-8") as file:
        json.dump(told, file)
