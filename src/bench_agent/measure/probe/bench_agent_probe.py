"""Records what a pytest run measures: one JSON line a benchmark, as it finishes. Standard library and pytest, Python >= 3.8.

Loaded by PYTEST_PLUGINS inside the user's own pytest process, whatever started it; it changes no option, no result and
no timed call. Lines go to a file of this process in the folder BENCH_AGENT_OUT, so a kill loses nothing measured.
`parse/probe.py` reads them. Without BENCH_AGENT_OUT it does nothing.

BENCH_AGENT_SELECT is a -k expression to add to the suite's own; BENCH_AGENT_QUICK_S the seconds to spend where that
matches nothing; BENCH_AGENT_ROOT the project's root, which paths are relative to;
BENCH_AGENT_COLLECT asks for what there is to measure, without measuring.

CPU time is read before and after rounds (of short ones: some), outside the suite's clock. What a benchmark executes is
counted on the one call that pytest-benchmark makes after its rounds to get the function's result: no call is added.
"""

import base64
import functools
import hashlib
import inspect
import json
import os
import platform
import sys
import time
import traceback
from array import array

import bench_agent_counts
import bench_agent_packages
import bench_agent_tools
import pytest

FORMAT = 1
TRACE_S = 0.25  # of wall time for the one counted call of a benchmark; beyond it counts are marked incomplete
TRACE_SHARE = 0.02  # of the session's time so far, for all counted calls together, beyond the first half second
READ_EVERY_S = 0.0005  # of work between two readings of the CPU clock; rounds longer than this are all read
MAX_UNREAD = 31  # rounds between two readings
MAX_MESSAGE = 400

try:
    import resource
except ImportError:  # Windows
    resource = None


def pytest_configure(config):
    folder = os.environ.get("BENCH_AGENT_OUT")
    if not folder or hasattr(config, "workerinput"):
        return
    try:
        config.pluginmanager.register(_Probe(config, folder), "bench_agent_probe_session")
    except OSError as error:
        sys.stderr.write("bench-agent: no results are recorded: %s\n" % error)


class _Probe:
    def __init__(self, config, folder):
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "%d-%d.jsonl" % (os.getpid(), time.monotonic_ns()))
        self._file = open(path, "a", encoding="ascii")
        self._broken = False
        self._config = config
        rootdir = str(getattr(config, "rootpath", None) or config.rootdir)
        self._project = bench_agent_counts.Project(os.environ.get("BENCH_AGENT_ROOT") or rootdir)
        self._started = time.monotonic()
        self._traced_s = 0.0
        self._records = {}
        self._files = set()
        self._hashes = {}
        self._all_items = []
        self._deadline = None
        self._deselected = 0
        self._collect_errors = []
        self._fixture_ids = []
        self._marker_only = 0
        self._items = 0
        self._measured = 0
        fixture_class, version = _pytest_benchmark(config)
        self._write(
            "session",
            format=FORMAT,
            pid=os.getpid(),
            at=time.monotonic(),
            argv=[str(a)[:1000] for a in config.invocation_params.args][:50],
            cwd=str(config.invocation_params.dir),
            rootdir=rootdir,
            executable=sys.executable,
            python=platform.python_version(),
            implementation=platform.python_implementation(),
            build="%s, %s" % (" ".join(platform.python_build()), platform.python_compiler()),
            pytest=_version("pytest"),
            pytest_benchmark=version,
            autoload=not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"),
            **(bench_agent_tools.describe(config) if os.environ.get("BENCH_AGENT_COLLECT") else {}),
        )
        self._undo = _patch(fixture_class, self) if fixture_class else None
        if os.environ.get("BENCH_AGENT_COLLECT"):
            config.option.collectonly = True
        wanted, given = os.environ.get("BENCH_AGENT_SELECT"), getattr(config.option, "keyword", "")
        if wanted:
            config.option.keyword = "(%s) and (%s)" % (given, wanted) if given else wanted

    def _write(self, kind, **values):
        # One write a line, flushed: whoever reads, or kills us, finds whole lines only.
        try:
            self._file.write(json.dumps(dict(values, kind=kind)) + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:  # a full disk, a file closed by somebody else: never the user's test
            if not self._broken:
                self._broken = True
                sys.stderr.write("bench-agent: results could not be recorded: %s\n" % error)

    def _guard(self, error, where):
        """A fault of ours is recorded; it never fails the user's test."""
        self._write("probe_error", where=where, error=repr(error)[:300], trace=traceback.format_exc()[-1500:])

    # --- what pytest tells

    def pytest_collectreport(self, report):
        if report.failed and len(self._collect_errors) < 5:
            self._collect_errors.append({"id": report.nodeid, "message": _message(report)})

    def pytest_deselected(self, items):
        self._deselected += len(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item):
        if _uses_benchmark(item):
            self._all_items.append(item)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        """Where the quick selection matches nothing here, run what fits the time instead of nothing."""
        limit = os.environ.get("BENCH_AGENT_QUICK_S")
        if limit and self._all_items and not any(_uses_benchmark(item) for item in items):
            items[:] = self._all_items
            self._deadline = time.monotonic() + float(limit)

    def pytest_collection_finish(self, session):
        self._items = len(session.items)
        for item in session.items:
            if _uses_benchmark(item):
                self._fixture_ids.append(item.nodeid)
                self._hashes[item.nodeid] = _body_hash(item)
            elif item.get_closest_marker("benchmark"):
                self._marker_only += 1
        self._write(
            "collected",
            items=self._items,
            benchmarks=self._fixture_ids,
            marker_only=self._marker_only,
            packages=bench_agent_packages.installed(sys.path),
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if item.nodeid in self._hashes:
            if self._deadline is not None and time.monotonic() > self._deadline:
                pytest.skip("bench-agent: the time of a quick run is used up")
            self._write("start", id=item.nodeid, at=time.monotonic())

    def pytest_runtest_logreport(self, report):
        if report.nodeid not in self._hashes:
            return
        wasxfail = hasattr(report, "wasxfail")
        if report.when == "call":
            outcome = {"passed": "xpassed", "skipped": "xfailed"}.get(report.outcome) if wasxfail else report.outcome
            record = self._records.pop(report.nodeid, None)
            if record is not None:
                self._emit(report.nodeid, outcome or report.outcome, record)
            self._outcome(report, outcome or report.outcome)
        elif report.failed:
            self._outcome(report, "error")
        elif report.skipped:
            self._outcome(report, "xfailed" if wasxfail else "skipped")

    def _outcome(self, report, outcome):
        message = _message(report) if outcome not in ("passed", "xpassed") else ""
        self._write("outcome", id=report.nodeid, when=report.when, outcome=outcome, message=message)

    def pytest_sessionfinish(self, session, exitstatus):
        option = self._config.option
        benchmarks = getattr(self._config, "_benchmarksession", None)
        self._write(
            "end",
            at=time.monotonic(),
            exit=int(exitstatus),
            items=self._items,
            benchmarks=len(self._fixture_ids),
            measured=self._measured,
            marker_only=self._marker_only,
            deselected=self._deselected,
            disabled=bool(getattr(benchmarks, "disabled", False)),
            skip=bool(getattr(benchmarks, "skip", False)),
            xdist=bool(getattr(option, "numprocesses", None)) or getattr(option, "dist", "no") != "no",
            codspeed=self._config.pluginmanager.hasplugin("codspeed")
            or self._config.pluginmanager.hasplugin("pytest_codspeed"),
            collect_errors=self._collect_errors,
        )

    def pytest_unconfigure(self):
        if self._undo:
            self._undo()
        try:
            self._file.close()
        except OSError:  # what was left to write; `_write` has said so
            pass

    # --- what pytest-benchmark does

    def call(self, original, fixture, function, args, kwargs):
        """Run the fixture's own measuring method, reading the CPU clock around its rounds."""
        if not getattr(fixture, "enabled", True):
            return original(fixture, function, *args, **kwargs)
        record = _Record(fixture)
        fixture._bench_agent = record
        record.started = time.monotonic()
        spare = _SpareCall(function, self, record) if not getattr(fixture, "cprofile", None) else function
        try:
            return original(fixture, spare, *args, **kwargs)
        finally:
            record.stopped = time.monotonic()
            fixture._bench_agent = None
            self._records[fixture.fullname] = record

    def trace(self, record, function, args, kwargs):
        """The result of the one untimed call, counted if there is time for it."""
        left = 0.5 + TRACE_SHARE * (time.monotonic() - self._started) - self._traced_s
        if left <= 0:
            return function(*args, **kwargs)
        record.counter = bench_agent_counts.Counter(self._project, min(TRACE_S, left))
        began = time.perf_counter()
        try:
            return record.counter.run(function, args, kwargs)
        finally:
            self._traced_s += time.perf_counter() - began

    def _emit(self, nodeid, outcome, record):
        try:
            stats = record.fixture.stats
            if stats is None or not stats.stats.data:
                return  # it failed before its first round
            data = array("d", stats.stats.data)
            rounds = len(data)
            cpu = record.cpu[-rounds:]  # calibration and warm-up come first, the rounds last
            self._measured += 1
            new_files = self._new_files()
            counter = record.counter
            self._write(
                "benchmark",
                id=nodeid,
                name=str(record.fixture.name),
                group=None if record.fixture.group is None else str(record.fixture.group)[:200],
                outcome=outcome,
                iterations=int(stats.iterations),
                rounds=rounds,
                started=record.started,
                stopped=record.stopped,
                timer=getattr(record.fixture._timer, "__name__", None),
                body=self._hashes.get(nodeid),
                extra=_short(record.fixture.extra_info),
                data=base64.b64encode(data.tobytes()).decode("ascii"),
                cpu=base64.b64encode(cpu.tobytes()).decode("ascii") if len(cpu) == rounds else None,
                files=new_files,
                functions=counter.functions if counter else None,
                complete=bool(counter and counter.complete),
            )
        except (AttributeError, TypeError, ValueError, OSError) as error:
            self._guard(error, "record of " + nodeid)

    def _new_files(self):
        """Project files imported since the last benchmark: cheaper than the whole list each time, and it adds up."""
        found = []
        for module in list(sys.modules.values()):
            path = self._project.relative(getattr(module, "__file__", None) or "")
            if path and path not in self._files:
                self._files.add(path)
                found.append(path)
        return sorted(found)


class _Record:
    """What one use of the benchmark fixture gave, beyond what pytest-benchmark keeps itself."""

    def __init__(self, fixture):
        self.fixture = fixture
        self.cpu = array("d")
        self.started = self.stopped = 0.0
        self.counter = None


class _SpareCall:
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


def _patch(fixture_class, probe):
    """Hook the class, so that every fixture instance and subclass is measured; returns what undoes it."""
    raw, pedantic, make_runner = fixture_class._raw, fixture_class._raw_pedantic, fixture_class._make_runner

    def hooked_raw(self, function_to_benchmark, *args, **kwargs):
        return probe.call(raw, self, function_to_benchmark, args, kwargs)

    def hooked_pedantic(self, target, *args, **kwargs):
        return probe.call(pedantic, self, target, args, kwargs)

    def hooked_make_runner(self, function_to_benchmark, args, kwargs):
        if isinstance(function_to_benchmark, _SpareCall):
            function_to_benchmark = function_to_benchmark.function
        runner = make_runner(self, function_to_benchmark, args, kwargs)
        record = getattr(self, "_bench_agent", None)
        return _with_cpu_time(runner, record.cpu) if record else runner

    fixture_class._raw, fixture_class._raw_pedantic = hooked_raw, hooked_pedantic
    fixture_class._make_runner = hooked_make_runner

    def undo():
        fixture_class._raw, fixture_class._raw_pedantic, fixture_class._make_runner = raw, pedantic, make_runner

    return undo


def _with_cpu_time(runner, cpu):
    """The runner of one round; adds to `cpu` the CPU seconds it took a second of wall time, NaN where that was not read.

    Reading makes system calls, after which a short round runs slower (10 us: +8 % at the median, n = 16 pairs): of rounds
    below READ_EVERY_S only some are read.
    """
    append, process_time, wall, children = cpu.append, time.process_time, time.perf_counter, _children_cpu_s
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


_NAN = float("nan")


def _children_cpu_s():
    """CPU seconds of children already waited for: the work of a benchmark that starts processes."""
    if resource is None:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _pytest_benchmark(config):
    """(fixture class, version), or (None, None) when the plugin is absent, switched off or of a shape we don't know."""
    # By its module: its name is "benchmark" when it was found by itself, "pytest_benchmark.plugin" after -p.
    plugins = [getattr(plugin, "__name__", "") for plugin in config.pluginmanager.get_plugins()]
    if "pytest_benchmark.plugin" not in plugins:
        return None, None
    try:
        from pytest_benchmark.fixture import BenchmarkFixture

        BenchmarkFixture._raw, BenchmarkFixture._raw_pedantic, BenchmarkFixture._make_runner  # noqa: B018
    except (ImportError, AttributeError):
        return None, None
    return BenchmarkFixture, _version("pytest_benchmark")


def _version(module):
    try:
        return str(__import__(module).__version__)
    except (ImportError, AttributeError):
        return None


def _uses_benchmark(item):
    return "benchmark" in getattr(item, "fixturenames", ())


def _body_hash(item):
    try:
        source = inspect.getsource(item.function)
    except (AttributeError, OSError, TypeError, SyntaxError, IndexError):
        return None
    return hashlib.sha1(source.encode("utf-8", "replace")).hexdigest()[:12]


def _message(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)[:MAX_MESSAGE]
    if isinstance(report.longrepr, tuple) and len(report.longrepr) == 3:
        return str(report.longrepr[2])[:MAX_MESSAGE]
    text = str(report.longrepr or "")
    # Of a traceback in pytest's form, the line that says what happened: "E   ModuleNotFoundError: No module named 'x'".
    told = [line[1:].strip() for line in text.splitlines() if line.startswith("E  ")]
    return (told[-1] if told else text)[-MAX_MESSAGE:]


def _short(extra):
    try:
        return {str(k)[:60]: str(v)[:100] for k, v in list(extra.items())[:12]}
    except Exception:  # somebody else's __str__: anything can happen, none of it is worth a failed test
        return {}
