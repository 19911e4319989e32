"""Commands killed at random moments, by every signal that ends a process, one process or the whole session; and crowds."""

import contextlib
import os
import random
import signal
import subprocess
import time

from torture.yard import ACTIONS, COMPARE, STATUS, Action, Yard, check, check_ended, check_next, snapshot

# The first four are what people, terminals, CI and the kernel send; the others end a process that does not expect them.
OFTEN = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SELDOM = (
    *(signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGXCPU),
    *(signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGSYS, signal.SIGVTALRM, signal.SIGPROF),
)
LONGEST_S = 4.0  # a kill comes before
ENDS_WITHIN_S = 60.0


def torture_by_kills(yard: Yard, number: int, rng: random.Random) -> None:
    """Kill a command at a random moment, then see what is left and whether the next one works."""
    lasted: dict[Action, float] = {}
    for turn in yard.turns(number):
        action, detached = rng.choice(ACTIONS), rng.random() < 0.15
        variables = {"CLAUDECODE": "1"} if detached and action[0] == "run" else {}
        how = _Kill(rng)
        where = f"kill {turn}: {' '.join([*variables, *action])} {how}"
        before = snapshot(yard)
        began = time.monotonic()
        process = yard.start(*action, **variables)
        try:
            said = process.communicate(timeout=rng.uniform(0.0, lasted.get(action, LONGEST_S)))
            lasted[action] = min(max(0.3, time.monotonic() - began), LONGEST_S)
            yard.counts["ended before the kill"] += 1
        except subprocess.TimeoutExpired:
            yard.counts[how.name] += 1
            how.send(process.pid)
            said = _until_end(yard, process, where)
        if process.returncode >= 0:
            check_ended(yard, process.returncode, "".join(said), where)
        # A worker outlives its caller on purpose, and ends with its run.
        check(yard, before, where, ends_within_s=60.0 if variables else 10.0)
        check_next(yard, STATUS if rng.random() < 0.85 else COMPARE, where)


class _Kill:
    """One way to end a process: a signal once, or quickly repeated, or after it was stopped for a while."""

    def __init__(self, rng: random.Random) -> None:
        self.signal = rng.choice(OFTEN if rng.random() < 0.75 else SELDOM)
        self.group = rng.random() < 0.5
        self.times = rng.choice((2, 3)) if self.signal in (signal.SIGINT, signal.SIGTERM) and rng.random() < 0.4 else 1
        self.apart_s = rng.uniform(0.01, 0.4)
        self.stopped = rng.random() < 0.1

    def __str__(self) -> str:
        who = "session" if self.group else "process"
        return f"{self.name} {who}" + (f" {self.times} times, {self.apart_s:.2f} s apart" if self.times > 1 else "")

    @property
    def name(self) -> str:
        return ("STOP, " if self.stopped else "") + self.signal.name

    def send(self, pid: int) -> None:
        if self.stopped:
            self._send(pid, signal.SIGSTOP)
            time.sleep(0.5)
            self._send(pid, signal.SIGCONT)
        for _ in range(self.times):
            self._send(pid, self.signal)
            time.sleep(self.apart_s if self.times > 1 else 0.0)

    def _send(self, pid: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if self.group else os.kill)(pid, number)


def _until_end(yard: Yard, process: "subprocess.Popen[str]", where: str) -> tuple[str, str]:
    try:
        return process.communicate(timeout=ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        yard.complain(f"it did not end within {ENDS_WITHIN_S:.0f} s", where)
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()


def torture_by_crowds(yard: Yard, number: int, rng: random.Random) -> None:
    """Two to five commands at once; of some crowds one is killed."""
    for turn in yard.turns(number):
        actions = [rng.choice(ACTIONS) for _ in range(rng.randint(2, 5))]
        where = f"crowd {turn}: {'; '.join(' '.join(action) for action in actions)}"
        before = snapshot(yard)
        processes = [yard.start(*action) for action in actions]
        victim = rng.choice(processes) if rng.random() < 0.4 else None
        if victim is not None:
            time.sleep(rng.uniform(0.0, 3.0))
            yard.counts["one killed"] += victim.poll() is None
            _Kill(rng).send(victim.pid)
        for action, process in zip(actions, processes, strict=True):
            try:
                out, err = process.communicate(timeout=300)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                yard.complain(f"{' '.join(action)} did not end in 300 s", where)
                continue
            if process is not victim:
                yard.counts[f"exit {process.returncode}"] += 1
                check_ended(yard, process.returncode, out + err, f"{where}: {' '.join(action)}")
        check(yard, before, where)
        check_next(yard, COMPARE, where)
