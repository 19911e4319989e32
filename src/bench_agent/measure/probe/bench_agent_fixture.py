"""Hooks pytest-benchmark's fixture class: what its rounds gave, and the CPU time beside them. Python >= 3.8.

Runs inside the user's process. CPU time is read before and after rounds (of short ones: some), outside the suite's clock.
"""

import functools
import time
from array import array

try:
    import resource
except ImportError:  # Windows
    resource = None

READ_EVERY_S = 0.0005  # of work between two readings of the CPU clock; rounds longer than this are all read
MAX_UNREAD = 31  # rounds between two readings
_NAN = float("nan")


class Record:
    """What one benchmark gave beyond its rounds: CPU time, when it ran, what it executed."""

    def __init__(self):
        self.cpu = array("d")
        self.started = self.stopped = 0.0
        self.counter = None
        self.coroutine = False  # only made, never run: an async function called like any other

    def timings(self):
        """The rounds as a dict of data, iterations, name, group, timer and extra; None when there was no round."""
        raise NotImplementedError


class FixtureRecord(Record):
    """Of one use of pytest-benchmark's fixture, which keeps the rounds itself."""

    def __init__(self, fixture):
        super().__init__()
        self.fixture = fixture

    def timings(self):
        fixture, stats = self.fixture, self.fixture.stats
        if stats is None or not stats.stats.data:
            return None  # it failed before its first round
        return {
            "data": array("d", stats.stats.data),
            "iterations": int(stats.iterations),
            "name": str(fixture.name),
            "group": None if fixture.group is None else str(fixture.group)[:200],
            "timer": getattr(fixture._timer, "__name__", None),
            "extra": fixture.extra_info,
        }


class SpareCall:
    """Stands for the user's function. Rounds get the function itself; only the untimed last call comes through here."""

    def __init__(self, function, probe, record):
        self.function = function
        self._probe = probe
        self._record = record
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args, **kwargs):
        if len(self._record.cpu) == 0:
            return self.function(*args, **kwargs)  # nothing was timed yet: not the last call
        return self._probe.trace(self._record, self.function, args, kwargs)


def loaded(config):
    """The fixture class, or None when the plugin is absent, switched off or of a shape we don't know."""
    # By its module: its name is "benchmark" when it was found by itself, "pytest_benchmark.plugin" after -p.
    plugins = [getattr(plugin, "__name__", "") for plugin in config.pluginmanager.get_plugins()]
    if "pytest_benchmark.plugin" not in plugins:
        return None
    try:
        from pytest_benchmark.fixture import BenchmarkFixture

        BenchmarkFixture._raw, BenchmarkFixture._raw_pedantic, BenchmarkFixture._make_runner  # noqa: B018
    except (ImportError, AttributeError):
        return None
    return BenchmarkFixture


def hook(fixture_class, probe):
    """Hook the class, so that every fixture instance and subclass is measured; returns what undoes it."""
    raw, pedantic, make_runner = fixture_class._raw, fixture_class._raw_pedantic, fixture_class._make_runner

    def hooked_raw(self, function_to_benchmark, *args, **kwargs):
        return probe.call(raw, self, function_to_benchmark, args, kwargs)

    def hooked_pedantic(self, target, *args, **kwargs):
        return probe.call(pedantic, self, target, args, kwargs)

    def hooked_make_runner(self, function_to_benchmark, args, kwargs):
        if isinstance(function_to_benchmark, SpareCall):
            function_to_benchmark = function_to_benchmark.function
        runner = make_runner(self, function_to_benchmark, args, kwargs)
        record = getattr(self, "_bench_agent", None)
        return with_cpu_time(runner, record.cpu) if record else runner

    fixture_class._raw, fixture_class._raw_pedantic = hooked_raw, hooked_pedantic
    fixture_class._make_runner = hooked_make_runner

    def undo():
        fixture_class._raw, fixture_class._raw_pedantic, fixture_class._make_runner = raw, pedantic, make_runner

    return undo


def with_cpu_time(runner, cpu):
    """The runner of one round; adds to `cpu` the CPU seconds it took a second of wall time, NaN where that was not read.

    Reading makes system calls, after which a short round runs slower (10 us: +8 % at the median, n = 16 pairs): of rounds
    below READ_EVERY_S only some are read.
    """
    append, process_time, wall, children = cpu.append, time.process_time, time.perf_counter, children_cpu_s
    unread = 0

    def timed(*args, **kwargs):
        nonlocal unread
        if unread:
            unread -= 1
            append(_NAN)
            return runner(*args, **kwargs)
        waited = children()
        began = wall()
        before = process_time()
        try:
            return runner(*args, **kwargs)
        finally:
            after = process_time()
            took = max(wall() - began, 1e-9)
            # As a share: of a short round, what is around the timed part would otherwise count as the benchmark's.
            append((after - before + children() - waited) / took)
            unread = min(MAX_UNREAD, int(READ_EVERY_S / took))

    return timed


def children_cpu_s():
    """CPU seconds of children already waited for: the work of a benchmark that starts processes."""
    if resource is None:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
