"""Records what a pytest run measures: one JSON line a benchmark, as it finishes. Standard library and pytest, Python >= 3.8.

Registered by bench_agent_start inside the user's own pytest process, whatever started it; it changes no result and no timed
call, and of the options only those of addopts that would keep benchmarks from being measured. Lines go to a file of this
process in the folder BENCH_AGENT_OUT, so a kill loses nothing measured. `measure/probe_results.py` reads them.

BENCH_AGENT_SELECT is a -k expression to add to the suite's own; BENCH_AGENT_QUICK_S the seconds to spend where that
matches nothing; BENCH_AGENT_ROOT the project's root, which paths are relative to;
BENCH_AGENT_COLLECT asks for what there is to measure, without measuring;
BENCH_AGENT_FILES the only test files to collect, where they were found.

What a benchmark executes is counted on the one call that pytest-benchmark makes after its rounds to get the function's
result: no call is added. Tests marked as benchmarks that use no fixture, and CodSpeed's fixture, are timed by ourselves.
"""

import base64
import hashlib
import inspect
import json
import os
import platform
import sys
import time
import traceback

import bench_agent_counts
import bench_agent_fixture
import bench_agent_marked
import bench_agent_own
import bench_agent_packages
import bench_agent_process
import bench_agent_reach
import bench_agent_ring_origin
import bench_agent_silence
import bench_agent_start
import bench_agent_storage
import bench_agent_tools
import pytest

FORMAT = 1
TRACE_S = 0.25  # of wall time for the one counted call of a benchmark; beyond it counts are marked incomplete
TRACE_SHARE = 0.02  # of the session's time so far, for all counted calls together, beyond the first half second
MAX_MESSAGE = 400
_unmade = []  # folders that were not there before this session


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if bench_agent_start.asked.get("OUT") and not hasattr(config, "workerinput"):
        bench_agent_reach.overrule_addopts(config)
        if bench_agent_start.asked.get("COLLECT"):  # a session that the user did not ask for
            _unmade.append(bench_agent_storage.missing(config))


def pytest_sessionstart():
    while _unmade:
        bench_agent_storage.take_away(_unmade.pop())


def pytest_configure(config):
    folder = bench_agent_start.asked.get("OUT")
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
        bench_agent_process.hand_over(path[: -len("jsonl")] + "process", config)
        self._file = open(path, "a", encoding="ascii")
        self._broken = False
        self._config = config
        rootdir = str(getattr(config, "rootpath", None) or config.rootdir)
        self._project_root = bench_agent_start.asked.get("ROOT") or rootdir
        self._project = bench_agent_counts.Project(bench_agent_start.asked.get("TOP") or self._project_root)
        self._started = time.monotonic()
        self._traced_s = 0.0
        self._records = {}
        self._files = set()
        self._hashes = {}
        self._all_items = []
        self._all_marked = []
        self._deadline = None
        self._deselected = 0
        self._collect_errors = []
        self._ids = []
        self._marker_only = 0
        self._items = 0
        self._measured = 0
        fixture_class = bench_agent_fixture.loaded(config)
        self._codspeed = bench_agent_marked.codspeed(config)
        self._write(
            "session",
            format=FORMAT,
            pid=os.getpid(),
            at=time.monotonic(),
            rootdir=rootdir,
            **bench_agent_process.describe(),
            path=bench_agent_ring_origin.environment_path(self._project_root, bench_agent_start.path),
            python=platform.python_version(),
            implementation=platform.python_implementation(),
            build="%s, %s" % (" ".join(platform.python_build()), platform.python_compiler()),
            pytest=_version("pytest"),
            pytest_benchmark=_version("pytest_benchmark") if fixture_class else None,
            codspeed=self._codspeed is not None,
            autoload=not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"),
            **(bench_agent_tools.describe(config) if bench_agent_start.asked.get("COLLECT") else {}),
        )
        self._undo = [bench_agent_fixture.hook(fixture_class, self)] if fixture_class else []
        self._item = None  # the one under way
        if self._codspeed:
            self._undo.append(bench_agent_marked.hook_codspeed(self._codspeed, self.measure))
        listed = bench_agent_start.asked.get("FILES")
        self._only = bench_agent_reach.OnlyFiles(listed, config) if listed else None
        if bench_agent_start.asked.get("COLLECT"):
            config.option.collectonly = True
            bench_agent_silence.no_header(config)
        wanted, given = bench_agent_start.asked.get("SELECT"), getattr(config.option, "keyword", "")
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

    def pytest_ignore_collect(self, collection_path):
        return True if self._only and self._only.ignores(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item):
        if bench_agent_marked.uses_fixture(item):
            self._all_items.append(item)
        elif bench_agent_marked.is_marker_only(item):
            self._all_marked.append(item)

    def _benchmarks(self, items):
        """Those of the items that are measured. Where tests use the fixture, a mark alone is no more than a label."""
        with_marks = self._codspeed is not None or not self._all_items
        return [
            item
            for item in items
            if bench_agent_marked.uses_fixture(item) or (with_marks and bench_agent_marked.is_marker_only(item))
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        """Where the quick selection matches nothing here, run what fits the time instead of nothing."""
        limit = bench_agent_start.asked.get("QUICK_S")
        everything = self._benchmarks(self._all_items + self._all_marked)
        if limit and everything and not self._benchmarks(items):
            items[:] = everything
            self._deadline = time.monotonic() + float(limit)

    def pytest_collection_finish(self, session):
        self._items = len(session.items)
        for item in self._benchmarks(session.items):
            self._ids.append(item.nodeid)
            self._hashes[item.nodeid] = _body_hash(item)
            if bench_agent_marked.is_marker_only(item):
                self._marker_only += 1
                bench_agent_marked.wrap_whole_test(item, self.measure)
        if self._codspeed:
            bench_agent_marked.switch_codspeed_off(self._config, self._codspeed)
        holding = {_file_of(item) for item in self._all_items + self._all_marked}
        self._write(
            "collected",
            items=self._items,
            benchmarks=self._ids,
            marker_only=self._marker_only,
            packages=bench_agent_packages.installed(sys.path),
            holding=sorted(path for path in holding if path),
            among=self._among(),
        )
        self._write_modules()
        # What went wrong is told by pytest itself; that all went well need not be.
        if bench_agent_start.asked.get("COLLECT") and self._ids and not self._collect_errors:
            bench_agent_silence.silence(self._config.pluginmanager)

    def _write_modules(self):
        """What the project's modules were imported as, so that a copy of the suite can be held against it."""
        try:
            self._write("modules", modules=bench_agent_ring_origin.describe_modules(self._project_root))
        except (AttributeError, TypeError, ValueError, OSError) as error:
            self._guard(error, "the origin of the modules")

    def _among(self):
        """Where pytest looked, when it looked at everything there."""
        if self._collect_errors or (self._only and self._only.holds):
            return None
        return bench_agent_reach.collected_from(self._config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if item.nodeid in self._hashes:
            if self._deadline is not None and time.monotonic() > self._deadline:
                pytest.skip("bench-agent: the time of a quick run is used up")
            self._item = item
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
        if self._ids:
            self._write_modules()
        self._write(
            "end",
            at=time.monotonic(),
            exit=int(exitstatus),
            items=self._items,
            benchmarks=len(self._ids),
            measured=self._measured,
            marker_only=self._marker_only,
            deselected=self._deselected,
            disabled=bool(getattr(benchmarks, "disabled", False)),
            skip=bool(getattr(benchmarks, "skip", False)),
            xdist=bool(getattr(option, "numprocesses", None)) or getattr(option, "dist", "no") != "no",
            collect_errors=self._collect_errors,
        )

    def pytest_unconfigure(self):
        for undo in self._undo:
            undo()
        try:
            self._file.close()
        except OSError:  # what was left to write; `_write` has said so
            pass

    # --- what pytest-benchmark does

    def call(self, original, fixture, function, args, kwargs):
        """Run the fixture's own measuring method, reading the CPU clock around its rounds."""
        if not getattr(fixture, "enabled", True):
            return original(fixture, function, *args, **kwargs)
        record = bench_agent_fixture.FixtureRecord(fixture)
        record.coroutine = inspect.iscoroutinefunction(function)
        fixture._bench_agent = record
        record.started = time.monotonic()
        spare = (
            bench_agent_fixture.SpareCall(function, self, record)
            if not getattr(fixture, "cprofile", None)
            else function
        )
        try:
            return original(fixture, spare, *args, **kwargs)
        finally:
            record.stopped = time.monotonic()
            fixture._bench_agent = None
            self._records[fixture.fullname] = record

    def measure(self, function, args, kwargs, setup, teardown):
        """Time what no plug-in times: a marked test, or what CodSpeed's fixture was given. The function's result."""
        item = self._item
        record = bench_agent_own.OwnRecord(item.name, bench_agent_own.Limits(item))
        record.coroutine = inspect.iscoroutinefunction(function)
        record.started = time.monotonic()
        try:
            if not record.measure(function, args, kwargs, setup, teardown):
                return record.result
            given = (setup() if setup else None) or (args, kwargs)
            result = self.trace(record, function, given[0], given[1])
            if teardown:
                teardown(*given[0], **given[1])
            return result
        finally:
            record.stopped = time.monotonic()
            self._records[item.nodeid] = record

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
            timings = record.timings()
            if timings is None:
                return
            data = timings.pop("data")
            extra = _short(timings.pop("extra"))
            rounds = len(data)
            cpu = record.cpu[-rounds:]  # calibration and warm-up come first, the rounds last
            self._measured += 1
            new_files = self._new_files()
            counter = record.counter
            self._write(
                "benchmark",
                id=nodeid,
                outcome=outcome,
                rounds=rounds,
                started=record.started,
                stopped=record.stopped,
                body=self._hashes.get(nodeid),
                extra=extra,
                coroutine=record.coroutine,
                data=base64.b64encode(data.tobytes()).decode("ascii"),
                cpu=base64.b64encode(cpu.tobytes()).decode("ascii") if len(cpu) == rounds else None,
                files=new_files,
                functions=counter.functions if counter else None,
                complete=bool(counter and counter.complete),
                **timings,
            )
        except (AttributeError, TypeError, ValueError, OSError) as error:
            self._guard(error, "record of " + nodeid)

    def _new_files(self):
        """Project files imported since the last benchmark: cheaper than the whole list each time, and it adds up."""
        found = bench_agent_counts.imported_files(self._project) - self._files
        self._files |= found
        return sorted(found)


def _version(module):
    try:
        return str(__import__(module).__version__)
    except (ImportError, AttributeError):
        return None


def _file_of(item):
    path = getattr(item, "path", None)
    return str(path) if path else None


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
