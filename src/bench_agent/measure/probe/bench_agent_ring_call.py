"""A benchmark's callable as something that can be timed round by round or counted once, and the clocks for it.

Runs in the suite's interpreter beside bench_agent_ring.py: Python >= 3.8, standard library only.
"""

import resource
import time

import bench_agent_counts
import bench_agent_digest


class Callable:
    """A benchmark's function with its arguments, as something that can be timed for n iterations."""

    def __init__(self, function, args=(), kwargs=None, setup=None, teardown=None):
        self.function, self.args, self.kwargs = function, args, kwargs or {}
        self.setup, self.teardown = setup, teardown
        self.fresh = setup is not None or teardown is not None
        self.result, self.has_result = None, False
        self.extra = 0.0  # units of `spin` for each iteration: the work a self-test plants

    def round(self, iterations):
        if self.fresh:
            return self._fresh_round(iterations)
        function, args, kwargs = self.function, self.args, self.kwargs
        self.result, self.has_result = None, iterations == 1
        loop = range(iterations)
        children, own, start = children_cpu(), time.process_time(), time.perf_counter()
        if iterations == 1:
            self.result = function(*args, **kwargs)
        elif args or kwargs:
            for _ in loop:
                function(*args, **kwargs)
        else:
            for _ in loop:
                function()
        if self.extra:
            spin(round(self.extra * iterations))
        end, own_end = time.perf_counter(), time.process_time()
        return end - start, own_end - own, children_cpu() - children

    def _fresh_round(self, iterations):
        """New arguments for every call; only the calls are timed. The clocks cost about 1 us of CPU a call."""
        total = [0.0, 0.0, 0.0]
        for _ in range(iterations):
            args, kwargs = self._arguments()
            children, own, start = children_cpu(), time.process_time(), time.perf_counter()
            self.result = self.function(*args, **kwargs)
            if self.extra:
                spin(round(self.extra))
            end, own_end = time.perf_counter(), time.process_time()
            total[0] += end - start
            total[1] += own_end - own
            total[2] += children_cpu() - children
            self.has_result = True
            if self.teardown is not None:
                self.teardown(*args, **kwargs)
        return total

    def count(self, project, budget_s):
        """What one call executes in the project's files, after one call that warms caches; counted twice.

        `repeats` says whether both counts were the same. Calls longer than `budget_s` are not counted.
        """
        if self.round(1)[0] > budget_s:
            return {"functions": {}, "complete": False, "repeats": False}
        first = self._count_once(project, budget_s)
        again = self._count_once(project, budget_s) if first.complete else first
        return {
            "functions": first.functions,
            "complete": first.complete and again.complete,
            "repeats": first.functions == again.functions,
        }

    def first_calls(self, project, budget_s):
        """The first call in this process and the one after it: what each executes, and a fingerprint of what each gave.

        What a call leaves behind in its arguments is part of what it gave.
        """
        calls, facts = [], []
        for _ in range(2):
            args, kwargs = self._arguments()
            counter = bench_agent_counts.Counter(project, budget_s)
            result = counter.run(self.function, args, kwargs)
            digest = bench_agent_digest.Digest().of([result, args, kwargs])
            facts = facts or bench_agent_digest.facts_of(self.function, args, kwargs, result)
            call = {"functions": counter.functions, "complete": counter.complete}
            calls.append({**call, "result": digest.text, "whole": digest.whole, "says": result is not None})
            if self.teardown is not None:
                self.teardown(*args, **kwargs)
        return {"calls": calls, "facts": facts}

    def _count_once(self, project, budget_s):
        args, kwargs = self._arguments()
        counter = bench_agent_counts.Counter(project, budget_s)
        counter.run(self.function, args, kwargs)
        if self.teardown is not None:
            self.teardown(*args, **kwargs)
        return counter

    def _arguments(self):
        given = self.setup() if self.setup is not None else None
        if not given:
            return self.args, self.kwargs
        if self.args or self.kwargs:
            raise TypeError("Can't use `args` or `kwargs` if `setup` returns the arguments.")
        return given

    def value(self):
        """What the function returned last; called once more where no single call's result was kept."""
        if self.has_result:
            return self.result
        args, kwargs = self._arguments()
        value = self.function(*args, **kwargs)
        if self.teardown is not None:
            self.teardown(*args, **kwargs)
        return value


def spin(units):
    """Work for the processor alone, the same for the same number of units."""
    total = 0
    for i in range(units):
        total ^= i
    return total


def core_delay():
    """Seconds this thread was ready to run and had no core; 0.0 where the system does not tell."""
    try:
        with open("/proc/self/schedstat", "rb") as file:
            return int(file.read().split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):
        return 0.0


class ChildrenDelay:
    """How long child processes were ready to run without a core. Nobody counts that for them: it is inferred from how long
    this process had to wait while it computed for SPIN_S right after them, a few times, then taken as it was.
    """

    SPIN_S, SPINS, WORTH_S = 0.010, 2, 0.002

    def __init__(self):
        self._spins = 0
        self._wait_per_cpu = 0.0

    def of(self, children_cpu_s):
        if children_cpu_s < self.WORTH_S:
            return 0.0
        if self._spins < self.SPINS:
            before, start = core_delay(), time.process_time()
            while time.process_time() - start < self.SPIN_S:
                pass
            waited = (core_delay() - before) / self.SPIN_S
            self._wait_per_cpu = (self._wait_per_cpu * self._spins + waited) / (self._spins + 1)
            self._spins += 1
        return children_cpu_s * self._wait_per_cpu


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
