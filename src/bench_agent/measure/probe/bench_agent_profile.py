"""Own time per function of a benchmark's call, built-ins by their callers, from cProfile. Standard library, Python >= 3.8.

Runs inside the user's process, on calls that are timed for nothing else. The clock is the profiler's own, of wall time: a
clock of CPU time is a system call at every event, which makes calls 25 to 60 times as long (the wall clock: 2.5 to 7).
What an event itself costs is measured on empty calls, so that it can be taken off.
"""

import re
import sys
import time

from bench_agent_counts import _qualname
from bench_agent_ring_call import core_delay

_LOOPS = 1000  # empty calls of one calibration
_TRIES = 5
_CLOCKS_S = 2e-4  # the two CPU clocks are not read at one moment
_PROFILER_ID = 2  # of sys.monitoring, reserved for profilers
_NAMES = (  # how the profiler writes what has no Python code -> what people call it; addresses differ between sessions
    (re.compile(r"^<built-in method (?:builtins\.)?(.+)>$", re.S), r"\1"),
    (re.compile(r"^<method '(.+)' of '(.+)' objects>$", re.S), r"\2.\1"),
    (re.compile(r" at 0x[0-9A-Fa-f]+"), ""),
)
_OUR_OWN = ("<built-in method sys.getprofile>", "<method 'disable' of '_lsprof.Profiler' objects>")


class UnfitError(Exception):
    """This benchmark can't be profiled; the text says why."""


def take_turn(call, project, calls):
    """So many calls under the profiler: seconds in all, and by function. {"why"} where that can't be.

    functions: "path::qualname" -> [calls, calls of Python functions, calls of built-ins, own seconds]; own: without what it
    calls. builtins: [caller ("" is the benchmark itself), name, calls, own seconds].
    """
    delay, cpu, thread_cpu = core_delay(), time.process_time(), time.thread_time()
    try:
        entries, profiled = _profile(call, calls)
        thread_cpu, cpu, delay = time.thread_time() - thread_cpu, time.process_time() - cpu, core_delay() - delay
        if cpu - thread_cpu > 0.1 * profiled + _CLOCKS_S:
            raise UnfitError("it works in several threads, and a profiler follows one")
        costs = _event_costs()
    except UnfitError as unfit:
        return {"why": str(unfit)}
    functions, builtins = _by_name(entries, project)
    return {
        "calls": calls,
        "profiled": profiled,
        "delay": delay,
        "functions": functions,
        "builtins": builtins,
        "costs": costs,
    }


def _profile(call, calls):
    """The profiler's entries, and the seconds all calls took under it."""
    profiler = _profiler()
    getprofile = None if hasattr(sys, "monitoring") else sys.getprofile
    total = 0.0
    for _ in range(calls):
        args, kwargs = call._arguments()
        function = call.function
        start = time.perf_counter()
        try:
            profiler.enable(subcalls=True, builtins=True)
        except ValueError:  # 3.12 and later: another tool has its place
            raise UnfitError("another profiler is at work") from None
        try:
            function(*args, **kwargs)
        except Exception as error:
            raise UnfitError("it raised %s under a profiler" % type(error).__name__) from error
        finally:
            # Before 3.12 another profiler silently takes the place of this one; to switch that off would not be ours.
            ours = getprofile is None or getprofile() is profiler
            if ours:
                profiler.disable()
        total += time.perf_counter() - start
        if not ours:
            raise UnfitError("it uses a profiler itself")
        if call.teardown is not None:
            call.teardown(*args, **kwargs)
    return profiler.getstats(), total


def _profiler():
    try:
        import _lsprof
    except ImportError:
        raise UnfitError("this interpreter has no C profiler") from None
    # What a benchmark left switched on; before 3.12 it would be replaced without a word.
    if sys.monitoring.get_tool(_PROFILER_ID) if hasattr(sys, "monitoring") else sys.getprofile():
        raise UnfitError("another profiler is at work")
    return _lsprof.Profiler()


def _by_name(entries, project):
    functions, builtins, direct = {}, {}, {}
    for entry in entries:
        if isinstance(entry.code, str):
            if entry.code not in _OUR_OWN:
                _add(direct, _builtin_name(entry.code), (entry.callcount, entry.inlinetime))
            continue
        path = project.relative(entry.code.co_filename)
        key = None if path is None else "%s::%s" % (path, _qualname(entry.code))
        python = builtin = 0
        for callee in entry.calls or ():
            if isinstance(callee.code, str):
                builtin += callee.callcount
                if key is not None:
                    _add(builtins, (key, _builtin_name(callee.code)), (callee.callcount, callee.inlinetime))
            else:
                python += callee.callcount
        if key is not None:
            _add(functions, key, (entry.callcount, python, builtin, entry.inlinetime))
    for (_, name), (calls, own) in builtins.items():
        _add(direct, name, (-calls, -own))
    rows = [[caller, name, calls, own] for (caller, name), (calls, own) in builtins.items()]
    rows += [["", name, calls, own] for name, (calls, own) in direct.items() if calls > 0]
    return functions, rows


def _add(table, key, values):
    old = table.get(key)
    table[key] = list(values) if old is None else [old[place] + value for place, value in enumerate(values)]


def _builtin_name(text):
    for pattern, name in _NAMES:
        text = pattern.sub(name, text)
    return text


# --- what an event costs

_costs = None


def _event_costs():
    """Seconds the profiler adds: [to a function for being called, to its caller, to a built-in, to its caller]."""
    global _costs
    if _costs is None:
        _costs = _cost_of(_call_function) + _cost_of(_call_builtin)
    return _costs


def _cost_of(loop):
    """What one call in the loop adds to the one that is called and to the caller, in proportion to the times shown.

    The middle of several tries: one that was interrupted shows too much, or nothing.
    """
    tries = []
    for _ in range(_TRIES):
        start = time.perf_counter()
        loop()
        plain = time.perf_counter() - start
        profiler = _profiler()
        profiler.enable(subcalls=True, builtins=True)
        loop()
        profiler.disable()
        caller = called = 0.0
        for entry in profiler.getstats():
            if entry.code is loop.__code__:
                caller = entry.inlinetime
            elif entry.callcount == _LOOPS:
                called = entry.inlinetime
        added = max(caller + called - plain, 0.0) / _LOOPS / (caller + called)
        tries.append([added * called, added * caller])
    return sorted(tries, key=sum)[_TRIES // 2]


def _call_function():
    for _ in range(_LOOPS):
        _nothing()


def _nothing():
    pass


def _call_builtin(function=abs):
    for number in range(_LOOPS):
        function(number)
