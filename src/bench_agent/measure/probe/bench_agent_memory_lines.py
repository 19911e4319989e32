"""Which lines of the project hold memory when a call is at its peak, and which keep some. Standard library, Python >= 3.8.

Beside bench_agent_memory.py, in the user's process, on calls of their own: every line that runs is looked at, which makes them
ten times as long or more.
"""

import gc
import linecache
import sys
import time
import tracemalloc

OTHERS_SHARE = 0.05  # of what is held: as detect/memory.LINE_SHARE, what a line explains at least to be named
DEPTH = 12  # frames kept of an allocation: to the project's own line from inside a library; each costs its time
MOST_LINES = 32  # as detect/memory.LINES_TOLD
MOST_TEXT = 200
NEARLY = 0.98  # of the peak: the tracer's own frames move it a little
KEPT_CALLS, MANY_CALLS = 4, 60  # looked at for what they leave; many where only some of them leave something
_OTHERS = ("std:", "site:", "generated")  # how `project.relative` begins what is not the project's own
LOOK = 64  # events between two looks at the clock


def lines(call, project, figures, until):
    """What `measure` adds to its figures: "lines" at the peak, "whole" (the peak was seen), "left_lines"."""
    at_peak, whole = _at_peak(call, project, figures["peak"], until)
    calls = MANY_CALLS if figures["now_and_then"] else KEPT_CALLS
    left = _left(call, project, calls) if figures["left"] > 0 else {}
    return {"lines": largest(at_peak), "whole": whole, "left_lines": largest(left)}


def _at_peak(call, project, peak, until):
    """(what is held at the peak, by line; whether the peak was seen). until: of the process's CPU time.

    Looked at with one frame an allocation first, which is several times as quick; with all where others' lines hold much, for the
    project's own line that called them.
    """
    lines, whole = _look(call, project, peak, until, 1)
    held = sum(size for size, _ in lines.values())
    others = sum(size for (path, _, _), (size, _) in lines.items() if path.startswith(_OTHERS))
    if whole and others > OTHERS_SHARE * held:
        return _look(call, project, peak, until, DEPTH)
    return lines, whole


def _look(call, project, peak, until, depth):
    """As `_at_peak`, with so many frames an allocation.

    Every line that runs is looked at, for the moment at which the peak was reached: then the picture is taken. What a single
    line made and let go of again is told of that line.
    """
    args, kwargs = call._arguments()
    picture, last, number, passing, look = None, None, 0, 0, tracemalloc.get_traced_memory
    events, in_time = 0, True

    def watch(frame, _event, _arg):
        nonlocal picture, last, number, passing, in_time, events
        events += 1
        size, high = look()
        if high >= enough:
            picture, passing = tracemalloc.take_snapshot(), high - size
        elif not events % LOOK and time.process_time() > until:
            # What has come together by now is the best that is known.
            picture, in_time = tracemalloc.take_snapshot(), False
        else:
            code = frame.f_code
            if code is not last:
                if not is_own(code.co_filename):
                    return None  # of a library its calls are looked at, not its lines
                last = code
            number = frame.f_lineno
            return watch
        sys.settrace(None)
        return None

    is_own = _own_files(project)
    gc.collect()
    before = sys.gettrace()
    tracemalloc.start(depth)
    try:
        enough = NEARLY * peak
        sys.settrace(watch)
        try:
            result = call.function(*args, **kwargs)
        finally:
            sys.settrace(before)
        size, high = look()
        if picture is None:  # reached in its last line
            picture, passing = tracemalloc.take_snapshot(), high - size
        del result
    finally:
        tracemalloc.stop()
    if call.teardown is not None:
        call.teardown(*args, **kwargs)
    lines = _by_line(picture, project)
    if last is not None and passing > 0:
        _add(lines, _named(project, [(last.co_filename, number)]), passing, 1)
    return lines, in_time and high >= NEARLY * peak


def _left(call, project, calls):
    """What each call leaves behind, by line."""
    gc.collect()
    tracemalloc.start(DEPTH)
    try:
        _run(call)
        gc.collect()
        before = _by_line(tracemalloc.take_snapshot(), project)
        for _ in range(calls):
            _run(call)
        gc.collect()
        after = _by_line(tracemalloc.take_snapshot(), project)
    finally:
        tracemalloc.stop()
    grown = {}
    for key, (size, blocks) in after.items():
        old = before.get(key, (0, 0))
        if size > old[0]:
            grown[key] = [(size - old[0]) // calls, (blocks - old[1]) // calls]
    return grown


def _run(call):
    args, kwargs = call._arguments()
    call.function(*args, **kwargs)
    if call.teardown is not None:
        call.teardown(*args, **kwargs)


def _by_line(picture, project):
    """(path, line, file) -> [bytes, blocks]. Of a million blocks the traces are few: looked at one by one it took minutes."""
    sums = {}
    for trace in picture.traces._traces:  # (domain, size, traceback, ...); as objects they are ten times as slow
        entry = sums.setdefault(trace[2], [0, 0])
        entry[0] += trace[1]
        entry[1] += 1
    lines = {}
    for frames, (size, blocks) in sums.items():
        _add(lines, _named(project, frames), size, blocks)  # the raw order: innermost first
    return lines


def _own_files(project):
    """Whether a file is the project's own."""
    known = {}

    def is_own(filename):
        if filename not in known:
            known[filename] = not (project.relative(filename) or "std:").startswith(_OTHERS)
        return known[filename]

    return is_own


def _named(project, frames):
    """(path, line) of the innermost frame that is the project's own, else of the innermost that is not ours."""
    innermost = None
    for filename, number in frames:
        path = project.relative(filename)
        if path is None:
            continue
        if not path.startswith(_OTHERS):
            return path, number, filename
        innermost = innermost or (path, number, filename)
    return innermost


def _add(lines, place, size, blocks):
    if place is None:
        return
    entry = lines.setdefault(place, [0, 0])
    entry[0] += size
    entry[1] += blocks


def largest(lines, more=()):
    """[[path, line, text, bytes, blocks]] of the lines that hold most, and `more` of such, the largest first."""
    found = [
        [path, number, linecache.getline(filename, number).strip()[:MOST_TEXT], size, blocks]
        for (path, number, filename), (size, blocks) in lines.items()
        if size > 0
    ]
    return sorted([*found, *more], key=lambda line: (-line[3], line[0], line[1]))[:MOST_LINES]


def native_peak(call, project, malloc_bytes, until):
    """(bytes that malloc has given to others than Python at their highest, by line): looked at before each line that runs.

    Of what Python itself got from malloc only the larger blocks are malloc's: it is a lower bound.
    """
    args, kwargs = call._arguments()
    lines, grown, best, held, last, events = {}, {}, 0, 0, None, 0

    def unseen():
        return malloc_bytes() - tracemalloc.get_tracemalloc_memory() - tracemalloc.get_traced_memory()[0]

    is_own = _own_files(project)

    def watch(frame, _event, _arg):
        nonlocal best, held, last, events, lines
        if not is_own(frame.f_code.co_filename):
            return None
        now = unseen() - start
        if last is not None and abs(now - held) > 4096:  # less is malloc's own and the tracer's
            entry = grown.setdefault(last, [0, 0])
            entry[0] += now - held
            entry[1] += 1
            held = now
        if now > best:
            best, lines = now, {place: list(entry) for place, entry in grown.items()}
        events += 1
        if events % LOOK == 0 and time.process_time() > until:
            sys.settrace(None)
            return None
        last = _named(project, ((frame.f_code.co_filename, frame.f_lineno),))
        return watch

    gc.collect()
    before = sys.gettrace()
    tracemalloc.start(1)
    try:
        start = unseen()
        sys.settrace(watch)
        try:
            call.function(*args, **kwargs)
        finally:
            sys.settrace(before)
    finally:
        tracemalloc.stop()
    if call.teardown is not None:
        call.teardown(*args, **kwargs)
    return best, lines
