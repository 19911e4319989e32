"""What one call of a benchmark holds at its peak, and what it leaves behind. Standard library, Python >= 3.8.

Runs inside the user's process, in a session in which nothing is timed. The figures are tracemalloc's: exact, and the same
from call to call where the work is. It sees what Python's allocators hand out, and numpy's arrays; memory that an extension
takes from malloc itself it does not see: that shows in the resident memory, and in what malloc says it has given away.
"""

import ctypes
import gc
import sys
import time
import tracemalloc
from array import array

import bench_agent_memory_lines as where

WARM_CALLS = 2  # and the one whose resident memory is looked at: caches are filled at first use
TRACED_CALLS = 3  # the first only lets go of what was made untraced
FEWEST_TRACED = 2  # where it is not asked whether calls agree
MORE_CALLS = 1024  # where something is left behind: a cache with a bound is full by then (re's holds 512 patterns)
MORE_S = 0.3  # of CPU time, for those
SCOUT_S, SCOUT_CALLS = 0.06, 512  # of CPU time, and calls, for finding out whether some calls leave something
LEAST_NATIVE = 1024  # bytes left in malloc by each call: a few hundred were seen of calls that leave nothing
UNSEEN = 1_000_000  # bytes that the process grew by beyond what was traced, and half as much again: malloc is looked at
_PAGE_KB = 1024


def measure(call, project, seconds, lines, left=True):
    """{"why"} where it can't be told, else the figures of one call; lines: also where it is allocated. left: also
    what further calls leave behind, and whether calls agree, which takes up to half a second; else "calls" is 0.

    call: a bench_agent_ring_call.Callable. seconds: about what this may take, of this process's CPU time; a call that is too
    long for its calls, traced ones taking three times as long, is not measured.
    """
    if tracemalloc.is_tracing():
        return {"why": "something in the suite has switched tracemalloc on"}
    until = time.process_time() + seconds
    wall, cpu = call.round(1)[:2]
    call.result = None
    # On a busy machine a call's wall time says little of its work; one that waits costs wall time all the same.
    if cpu * (WARM_CALLS + 3 * TRACED_CALLS) > seconds or wall * (WARM_CALLS + TRACED_CALLS) > 3 * seconds:
        return {"why": "one call takes %.2g s" % wall}
    for _ in range(WARM_CALLS - 1):
        call.round(1)
        call.result = None
    resident = resident_growth(call)
    peaks, kept, native, took = _trace(call, TRACED_CALLS if left else FEWEST_TRACED)
    found = {
        "peak": peaks[-1],
        "repeats": len(set(peaks[1:])) == 1,
        "differs": max(peaks[1:]) - min(peaks[1:]),
        "resident": resident,
        "native": 0,
        "left": 0.0,
        "native_left": 0.0,
        "calls": TRACED_CALLS - 1 if left else 0,
        "native_seen": _mallinfo2 is not None,
        "now_and_then": False,
    }
    found["now_and_then"] = now_and_then = left and kept[-1] <= 0 and _grows_now_and_then(call, cpu)
    if left and (kept[-1] > 0 or native[-1] > LEAST_NATIVE or now_and_then):
        left_s = min(MORE_S, max(until - time.process_time(), 0.0))
        found.update(_left(call, took, left_s, traced=kept[-1] > 0 or now_and_then))
    if lines:
        found.update(where.lines(call, project, found, until))
    if resident is not None and resident - peaks[-1] > max(UNSEEN, peaks[-1] / 2) and malloc_bytes():
        found["native"], native_lines = where.native_peak(call, project, malloc_bytes, until)
        if lines:
            found["lines"] = where.largest(native_lines, found["lines"])
    return found


# --- tracemalloc


def _run(call):
    args, kwargs = call._arguments()
    result = call.function(*args, **kwargs)
    if call.teardown is not None:
        call.teardown(*args, **kwargs)
    return result


def _trace(call, calls):
    """Of so many calls: the peak of each above its start; the traced, and malloc's, bytes that it left in use; CPU seconds."""
    peaks, kept, native = _zeros(calls), _zeros(calls), _zeros(calls)
    gc.collect()
    tracemalloc.start(1)
    try:
        for number in range(calls):
            _forget_peak()
            before = tracemalloc.get_traced_memory()[0]
            malloced, began = _malloced(), time.process_time()
            args, kwargs = call._arguments()
            result = call.function(*args, **kwargs)
            peaks[number] = tracemalloc.get_traced_memory()[1] - before
            took = time.process_time() - began
            if call.teardown is not None:
                call.teardown(*args, **kwargs)
            del result, args, kwargs
            gc.collect()
            kept[number] = tracemalloc.get_traced_memory()[0] - before
            native[number] = _malloced() - malloced
    finally:
        tracemalloc.stop()
    return list(peaks), list(kept), list(native), took


def _malloced():
    """What malloc has given away, without the tables of tracemalloc itself."""
    return malloc_bytes() - tracemalloc.get_tracemalloc_memory()


def _zeros(count):
    """Room for figures that are noted down while memory is traced: a list of them would be part of what it shows."""
    return array("q", [0]) * count


def _forget_peak():
    if hasattr(tracemalloc, "reset_peak"):  # 3.9
        tracemalloc.reset_peak()
    else:
        tracemalloc.clear_traces()


def _left(call, took, seconds, traced):
    """What each call leaves behind, once more calls don't fill what has a bound. At least 8 calls, in about this time.

    took: CPU seconds of a traced call. traced: the last one left something that is traced; else only malloc is looked at.
    """
    part, left = int(min(max(seconds / max(took, 1e-6), 8), MORE_CALLS)) // 4, 0.0
    if traced:
        gc.collect()
        tracemalloc.start(1)
        try:
            left = _quarters(call, part, lambda: tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    # Not while it is traced: tracemalloc's own tables come from malloc, and grow with what is left.
    native = _quarters(call, part, malloc_bytes) - left
    return {"left": left, "native_left": native if native >= LEAST_NATIVE else 0.0, "calls": 4 * part}


def _grows_now_and_then(call, cpu):
    """Whether some calls leave something, though the last one did not: more blocks, or more in malloc, after every quarter of them.

    cpu: seconds of a call. Nothing is traced.
    """
    part, blocks = int(min(SCOUT_S / max(cpu, 1e-6), SCOUT_CALLS)) // 4, getattr(sys, "getallocatedblocks", int)
    if part < 2:
        return False
    seen = [_zeros(5), _zeros(5)]
    for quarter in range(5):
        for _ in range(part if quarter else 0):
            _run(call)
        gc.collect()
        seen[0][quarter], seen[1][quarter] = blocks(), malloc_bytes()
    # Less in malloc is what its own tables take; and a block or two is what a dict of the interpreter grew by.
    return _always_more(seen[0], 4) or _always_more(seen[1], LEAST_NATIVE)


def _always_more(seen, least):
    return all(seen[n] - seen[n - 1] >= least for n in (2, 3, 4))


def _quarters(call, part, look):
    """Bytes more after each call, where it grew in every quarter of the calls but the first; the least of these."""
    seen, least = _zeros(5), 0.0
    for quarter in range(5):
        for _ in range(part if quarter else 0):
            _run(call)
        gc.collect()
        seen[quarter] = look()
        if quarter > 1:
            grown = (seen[quarter] - seen[quarter - 1]) / part
            least = grown if quarter == 2 else min(least, grown)
            if least <= 0:
                return 0.0
    return least


# --- resident memory, and malloc's own account


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in [
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        ]
    ]


def _library_function(name, result):
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    function.restype = result
    return function


_mallinfo2 = _library_function("mallinfo2", _Mallinfo)  # glibc 2.33 and later
_malloc_trim = _library_function("malloc_trim", ctypes.c_int)


def malloc_bytes():
    """Bytes that malloc has given away and not got back, 0 where it does not tell. Small Python objects are not in it."""
    if _mallinfo2 is None:
        return 0
    told = _mallinfo2()
    return told.uordblks + told.hblkhd


def resident_growth(call):
    """By how much the process's resident memory rose in one call, which is not traced; None where the system can't tell."""
    gc.collect()
    if _malloc_trim is not None:
        _malloc_trim(0)  # what malloc kept would be used again, and not show
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # forgets the highest value so far
        before = _status("VmRSS")
        call.round(1)
        call.result = None
        return max(_status("VmHWM") - before, 0)
    except (OSError, ValueError, IndexError):
        return None


def _status(name):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1]) * _PAGE_KB
    raise ValueError(name)
