"""Our own timing, for benchmarks that nothing else times: rounds and iterations as pytest-benchmark finds them. Python >= 3.8.

Runs inside the user's process. The rounds are counted out by time, not by one calibrating call: that call may be a slow one.
"""

import math
import sys
import time
from array import array

import bench_agent_fixture

MIN_ROUND_S = 5e-6  # pytest-benchmark's default: what its clock tells well
MAX_TIME_S = 1.0  # its default, too: of rounds for one benchmark
MIN_ROUNDS = 5  # likewise
MAX_ROUNDS = 100_000
MAX_ITERATIONS = 10_000_000
LONGEST_S = 10.0  # the fewest rounds of a long call end here, with at least one
LONG_S = 1.0  # a call this long is a round from the first, and is not called once more to be counted


class Limits:
    """How long to measure: from the marker, else pytest-benchmark's or CodSpeed's options, else the defaults."""

    def __init__(self, item):
        options = item.config.option
        given = {}
        for name in ("benchmark", "codspeed_benchmark"):
            marker = item.get_closest_marker(name)
            given.update(marker.kwargs if marker else {})
        self.max_time_s = _first_number(
            given.get("max_time"),
            getattr(options, "benchmark_max_time", None),
            getattr(options, "codspeed_max_time", None),
            MAX_TIME_S,
        )
        self.min_round_s = _first_number(
            given.get("min_time"), getattr(options, "benchmark_min_time", None), MIN_ROUND_S
        )
        self.min_rounds = int(
            _first_number(
                given.get("min_rounds"),
                given.get("rounds"),
                getattr(options, "benchmark_min_rounds", None),
                MIN_ROUNDS,
            )
        )
        self.max_rounds = int(_first_number(given.get("max_rounds"), given.get("rounds"), MAX_ROUNDS))
        self.group = given.get("group")


def _first_number(*values):
    for value in values:
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if 0 < number < 1e9:
            return number
    raise ValueError("no number")


class OwnRecord(bench_agent_fixture.Record):
    """Of one benchmark that we time. `measure` runs it; its exceptions are the test's."""

    def __init__(self, name, limits):
        super().__init__()
        self._name, self._limits = name, limits
        self._data = array("d")
        self.result = None  # of the first call
        self._iterations = 1

    def timings(self):
        if not self._data:
            return None
        group = self._limits.group
        return {
            "data": self._data,
            "iterations": self._iterations,
            "name": self._name,
            "group": None if group is None else str(group)[:200],
            "timer": "perf_counter",
            "extra": {},
        }

    def measure(self, function, args, kwargs, setup=None, teardown=None):
        """Run the rounds. Returns whether the calls are short enough for one more."""
        fresh = setup or teardown
        runner = _fresh_runner(function, args, kwargs, setup, teardown) if fresh else _runner(function, args, kwargs)
        with Paused():
            self.result, first_s = self._first(function, args, kwargs, setup, teardown)
            if first_s >= LONG_S:
                self._data.append(first_s)
            elif not fresh:
                self._iterations = _calibrate(runner, self._limits.min_round_s)
            self._take(bench_agent_fixture.with_cpu_time(runner, self.cpu), first_s)
        return first_s < LONG_S

    def _first(self, function, args, kwargs, setup, teardown):
        given = (setup() if setup else None) or (args, kwargs)

        def call():
            began = time.perf_counter()
            result = function(*given[0], **given[1])
            return result, time.perf_counter() - began

        result, took = bench_agent_fixture.with_cpu_time(call, self.cpu)()
        if teardown:
            teardown(*given[0], **given[1])
        return result, took

    def _take(self, timed, spent_s):
        limits, iterations, data = self._limits, self._iterations, self._data
        began = time.perf_counter() - (spent_s if data else 0.0)
        while len(data) < limits.max_rounds:
            spent_s = time.perf_counter() - began
            if data and (spent_s >= LONGEST_S or (spent_s >= limits.max_time_s and len(data) >= limits.min_rounds)):
                return
            data.append(timed(iterations) / iterations)


def _runner(function, args, kwargs):
    clock = time.perf_counter

    def run(iterations):
        loop = range(iterations)
        began = clock()
        for _ in loop:
            function(*args, **kwargs)
        return clock() - began

    return run


def _fresh_runner(function, args, kwargs, setup, teardown):
    """New arguments for every call; only the call is timed."""
    clock = time.perf_counter

    def run(_):
        given = (setup() if setup else None) or (args, kwargs)
        began = clock()
        function(*given[0], **given[1])
        took = clock() - began
        if teardown:
            teardown(*given[0], **given[1])
        return took

    return run


def _calibrate(runner, min_round_s):
    """Iterations that make a round of `min_round_s`, found by calls after the first."""
    iterations, took = 1, runner(1)
    while took < min_round_s and iterations < MAX_ITERATIONS:
        wanted = math.ceil(iterations * min_round_s / max(took, 1e-9))
        iterations = min(max(wanted, iterations + 1), iterations * 10, MAX_ITERATIONS)
        took = runner(iterations)
    return iterations


class Paused:
    """Tracers and profilers (coverage) switched off: they would be measured too."""

    def __enter__(self):
        self._trace, self._profile = sys.gettrace(), sys.getprofile()
        sys.settrace(None)
        sys.setprofile(None)
        self._events = {}
        monitoring = getattr(sys, "monitoring", None)
        for tool in range(6) if monitoring else ():
            if monitoring.get_tool(tool) is not None:
                self._events[tool] = monitoring.get_events(tool)
                monitoring.set_events(tool, 0)

    def __exit__(self, *_):
        for tool, events in self._events.items():
            sys.monitoring.set_events(tool, events)
        sys.settrace(self._trace)
        sys.setprofile(self._profile)
