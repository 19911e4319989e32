"""One side of the ping-pong ring: a pytest session that runs a round of a benchmark when its parent says so.

Registered by bench_agent_start in the suite's own interpreter: Python >= 3.8, standard library only. It collects as the suite
does, tells the parent which benchmarks there are and where the modules came from, then holds each benchmark's callable and
times one round for every frame it gets. What a round means, how many there are and what follows is decided by the parent
(measure/paired/interleave.py). When the parent goes away the process ends at once.

Frames: one byte of kind, four bytes of length, the payload. A frame without a kind was once read as a time.
  to the parent: H hello (JSON) . B benchmark held (JSON) . D done (JSON)
                 R round (five doubles: wall, own CPU, children's CPU, ready but without a core, CPU of other threads and
                 children) . C counts (JSON)
  from it:       P plan (JSON: core, cores, ids, plant) . n next benchmark (id) . e end of rounds . q quit
                 a all cores from now on (1), or the planned one again (0)
                 r round (iterations) . s a round of nothing but planted work (units) . c count one call (JSON: seconds)
                 f own time per function of so many calls (iterations); the answer is F (JSON)
                 m memory of one call (JSON: seconds, lines); the answer is M (JSON)
"""

import gc
import json
import os
import socket
import struct
import sys
import time

import bench_agent_counts
import bench_agent_marked
import bench_agent_memory
import bench_agent_profile
import bench_agent_silence
import bench_agent_storage
import pytest
from bench_agent_own import Paused
from bench_agent_ring_call import Callable, ChildrenDelay, core_delay, spin
from bench_agent_ring_origin import Origins, use_tree
from bench_agent_start import asked

# Of what bench_agent_start was asked:
SOCKET = "RING_SOCKET"  # path of the parent's socket
TREE = "RING_TREE"  # directory the measured code must come from
FOREIGN = "RING_FOREIGN"  # directory it must not come from: the checkout the tree was made from
MAX_MESSAGE = 500  # characters of a failure's text sent on
_HEADER = struct.Struct("!cI")
_ROUND = struct.Struct("!ddddd")
_COUNT = struct.Struct("!I")
_PID = os.getpid()


class Channel:
    """Typed frames to and from the parent. A closed connection ends the process: nobody is left to measure for."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)

    def send(self, kind, payload=b""):
        if os.getpid() != _PID:
            os._exit(0)  # the benchmark forked and its child came back here: only one may speak
        try:
            self._socket.sendall(_HEADER.pack(kind, len(payload)) + payload)
        except OSError:
            os._exit(3)

    def send_json(self, kind, value):
        self.send(kind, json.dumps(value).encode("utf-8", "replace"))

    def receive(self):
        kind, length = _HEADER.unpack(self._exactly(_HEADER.size))
        return kind, self._exactly(length)

    def _exactly(self, length):
        if os.getpid() != _PID:
            os._exit(0)
        data = b""
        while len(data) < length:
            try:
                chunk = self._socket.recv(length - len(data))
            except OSError:
                chunk = b""
            if not chunk:
                os._exit(3)
            data += chunk
        return data


class Ring:
    """What this session knows: its channel, the items it may run, and the one it is running."""

    def __init__(self, channel):
        self.channel = channel
        self.item = None  # the item under way; None once it was served
        self.served = False
        self.outcome = "passed"
        self.message = ""
        self.collect_errors = []
        self.plant = {}  # id -> units of extra work an iteration
        self.cores = self.core = None  # all that it may use, and the planned one, as sets

    def serve(self, call):
        """Run rounds of the Callable for the parent until it has enough. Returns [(iterations, wall seconds)]."""
        if self.item is None or self.served:
            return []
        self.served = True
        rounds = []
        children = ChildrenDelay()
        call.extra = self.plant.get(self.item.nodeid, 0.0)
        gc.collect()  # not before every round: in phase with the collector, 5 % more work showed as anything from 0 to 70 %
        self.channel.send_json(b"B", {"id": self.item.nodeid, "fresh": call.fresh})
        with Paused():
            while True:
                kind, payload = self.channel.receive()
                if kind == b"c":
                    asked = json.loads(payload.decode("utf-8"))
                    project = _everything if asked.get("everywhere") else bench_agent_counts.Project(_tree)
                    if asked.get("first"):
                        self.channel.send_json(b"C", call.first_calls(project, asked["seconds"]))
                        continue
                    self.channel.send_json(b"C", call.count(project, asked["seconds"]))
                    continue
                if kind == b"f":
                    turn = bench_agent_profile.take_turn(call, _everything, _COUNT.unpack(payload)[0])
                    self.channel.send_json(b"F", turn)
                    continue
                if kind == b"m":
                    asked = json.loads(payload.decode("utf-8"))
                    told = bench_agent_memory.measure(call, _everything, **asked)
                    self.channel.send_json(b"M", told)
                    continue
                if kind == b"a":
                    keep_to(self.cores if payload == b"\1" else self.core)
                    continue
                if kind not in (b"r", b"s"):
                    return rounds
                number = _COUNT.unpack(payload)[0]
                delay, own = core_delay(), time.thread_time()
                times = call.round(number) if kind == b"r" else Callable(spin, (number,)).round(1)
                own = time.thread_time() - own
                delay = core_delay() - delay + children.of(times[2])
                self.channel.send(b"R", _ROUND.pack(*times, delay, max(times[1] + times[2] - own, 0.0)))
                if kind == b"r":
                    rounds.append((number, times[0]))


def keep_to(cores):
    """Let all threads of this process run on these cores alone; None: where they may already."""
    if cores is None:
        return
    for thread in os.listdir("/proc/self/task"):
        try:
            os.sched_setaffinity(int(thread), cores)
        except OSError:  # it ended
            pass


# --- pytest -----------------------------------------------------------------------------------------------------------

_ring = _origins = _everything = None
_tree = os.path.realpath(asked.get(TREE) or os.getcwd())
_unmade = []  # folders that were not there before this session
_foreign = os.path.realpath(asked[FOREIGN]) if asked.get(FOREIGN) else None
if SOCKET in asked:
    _ring = Ring(Channel(asked[SOCKET]))
    use_tree(_tree, _foreign)
    _origins = Origins(_tree, _foreign)
    _everything = bench_agent_counts.Everything(_tree)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """With xdist this process would collect nothing; `-p no:xdist` would break addopts that name its options."""
    if _ring is not None:
        _unmade.append(bench_agent_storage.missing(config))
        for option, value in (("numprocesses", 0), ("dist", "no"), ("tx", []), ("maxfail", 0)):
            if hasattr(config.option, option):
                setattr(config.option, option, value)
        bench_agent_silence.no_header(config)


def pytest_sessionstart():
    while _unmade:
        bench_agent_storage.take_away(_unmade.pop())


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    if _ring is None:
        return
    manager = config.pluginmanager
    # A held benchmark waits for the other side: pytest-timeout would end it for that.
    timeout = manager.get_plugin("timeout")
    if timeout is not None:
        manager.unregister(timeout)
    for option in ("benchmark_only", "benchmark_skip", "benchmark_disable"):
        if hasattr(config.option, option):
            setattr(config.option, option, False)
    session = getattr(config, "_benchmarksession", None)
    if session is not None:
        session.disabled = session.skip = session.only = False
    live = False
    if manager.hasplugin("benchmark"):
        live = _hook_pytest_benchmark()
    plugin = bench_agent_marked.codspeed(config)
    if plugin is not None:
        bench_agent_marked.switch_codspeed_off(config, plugin)
        bench_agent_marked.hook_codspeed(plugin, serve_call)
        live = True
    if not live:
        manager.register(OwnFixture(), "bench-agent-fixture")


def _hook_pytest_benchmark():
    try:
        from pytest_benchmark.fixture import BenchmarkFixture
    except ImportError:
        return False

    def finish(fixture, call, rounds):
        if rounds:
            stats = fixture._make_stats(rounds[-1][0])
            for _, wall in rounds[-1000:]:
                stats.update(wall)
        return call.value()

    def _raw(self, function_to_benchmark, *args, **kwargs):
        call = Callable(function_to_benchmark, args, kwargs)
        return finish(self, call, _ring.serve(call))

    def _raw_pedantic(
        self, target, args=(), kwargs=None, setup=None, teardown=None, rounds=1, warmup_rounds=0, iterations=1
    ):
        call = Callable(target, args, kwargs, setup, teardown)
        return finish(self, call, _ring.serve(call))

    BenchmarkFixture._raw = _raw
    BenchmarkFixture._raw_pedantic = _raw_pedantic
    return True


def serve_call(function, args=(), kwargs=None, setup=None, teardown=None):
    """Serve a callable for which no plug-in keeps results. What it returned."""
    call = Callable(function, args, kwargs, setup, teardown)
    _ring.serve(call)
    return call.value()


class OwnBenchmark:
    """A benchmark fixture for suites whose plugin is not installed or switched off."""

    def __init__(self):
        self.extra_info = {}

    def __call__(self, function, *args, **kwargs):
        return serve_call(function, args, kwargs)

    def pedantic(self, target, args=(), kwargs=None, setup=None, teardown=None, **_):
        return serve_call(target, args, kwargs, setup, teardown)


class OwnFixture:
    @pytest.fixture
    def benchmark(self):
        return OwnBenchmark()


def pytest_collectreport(report):
    if _ring is not None and report.failed:
        _ring.collect_errors.append([report.nodeid, str(report.longrepr)[-MAX_MESSAGE:]])


def pytest_runtest_logreport(report):
    if _ring is None or _ring.outcome == "failed":
        return
    if report.failed:
        _ring.outcome = "failed"
        crash = getattr(report.longrepr, "reprcrash", None)
        text = getattr(crash, "message", None) or str(report.longrepr)
        _ring.message = (report.when + ": " if report.when != "call" else "") + text[:MAX_MESSAGE]
    elif report.skipped:
        _ring.outcome = "skipped"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
        _ring.message = str(reason)[:MAX_MESSAGE]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    if _ring is None:
        return None
    channel = _ring.channel
    items = {}
    for item in session.items:
        if bench_agent_marked.is_marker_only(item):
            bench_agent_marked.wrap_whole_test(item, serve_call)
        elif not bench_agent_marked.uses_fixture(item):
            continue
        items[item.nodeid] = item
    channel.send_json(
        b"H",
        {
            "ids": list(items),
            "python": sys.version.split()[0],
            "executable": sys.executable,
            "errors": _ring.collect_errors,
            "at": time.monotonic(),  # one clock for all processes of a machine
            **_origins.look(),
        },
    )
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()  # pytest's heap and the imported modules: walking them is 10 ms of every full collection
    kind, payload = channel.receive()
    if kind != b"P":
        return True
    plan = json.loads(payload.decode("utf-8"))
    _ring.plant = plan.get("plant") or {}
    if plan.get("core") is not None:
        cores = os.sched_getaffinity(0)
        _ring.cores, _ring.core = set(plan.get("cores") or cores), {plan["core"]}
        os.sched_setaffinity(0, _ring.core)
    run_plan(session, items, [i for i in plan["ids"] if i in items])
    if plan.get("core") is not None:
        os.sched_setaffinity(0, cores)  # teardown is out of the next sessions' way
    bench_agent_silence.silence(session.config.pluginmanager)
    return True


def run_plan(session, items, ids):
    """Run the items in that order, each when the parent says so. Returns early when it says something else."""
    channel = _ring.channel
    while True:
        kind, payload = channel.receive()
        if kind != b"n":
            return
        nodeid = payload.decode("utf-8", "surrogateescape")
        if nodeid not in items:
            done = {"id": nodeid, "outcome": "failed", "message": "it was not collected again", "served": False}
            channel.send_json(b"D", {**done, **_origins.look()})
            continue
        _ring.item, _ring.served, _ring.outcome, _ring.message = items[nodeid], False, "passed", ""
        following = next((items[i] for i in ids[ids.index(nodeid) + 1 :]), None)
        session.config.hook.pytest_runtest_protocol(item=items[nodeid], nextitem=following)
        _ring.item = None
        done = {"id": nodeid, "outcome": _ring.outcome, "message": _ring.message, "served": _ring.served}
        done.update(_origins.look())
        channel.send_json(b"D", done)
