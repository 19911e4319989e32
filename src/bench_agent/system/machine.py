"""Where a run takes place: the machine class that decides what may be compared, and what makes its timings noisy."""

import os
import platform
from pathlib import Path

from bench_agent.records import Machine

BUSY = 0.5  # load per core when a run begins, from which other work visibly disturbs timings


def describe_machine(*, python: str = "", implementation: str = "") -> Machine:
    """This machine. python and implementation are those of the interpreter that ran the benchmarks. Costs under 1 ms."""
    return Machine(
        system=platform.system(),
        arch=platform.machine(),
        cpu=_cpu_model(),
        cores=os.cpu_count(),
        python=python,
        implementation=implementation,
        load_1m=load_average(),
        virtual=_virtual(),
        kernel=platform.release(),
        governor=cpu_governor(),
        cpu_limit=_allowed_cores(),
    )


def load_average() -> float | None:
    """The load of the last minute, or None where the system doesn't tell."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def noise_warnings(machine: Machine, governor: str | None = None) -> list[str]:
    """What about this machine makes timings less trustworthy, one sentence each."""
    found = []
    if machine.load_1m is not None and machine.cores and machine.load_1m > BUSY * machine.cores:
        found.append(
            f"the machine was busy when the run began (load {machine.load_1m:g} on {machine.cores} cores): "
            "timings are noisier than usual"
        )
    governor = cpu_governor() if governor is None else governor
    if governor not in (None, "performance", "schedutil"):
        found.append(f"the CPU's frequency governor is {governor!r}: its clock rate may change while benchmarks run")
    return found


def cpu_governor() -> str | None:
    """The first core's frequency governor (Linux), or None where there is none to read."""
    return _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def usable_cores() -> int | None:
    """The cores this process may run on, or None where the system doesn't tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def cpu_limit(groups: str = "/sys/fs/cgroup") -> float | None:
    """How many cores' worth of time a container may use (Linux control groups), or None where there is no limit."""
    quota, period = "", ""
    if text := _read(f"{groups}/cpu.max"):  # version 2
        quota, _, period = text.partition(" ")
    elif text := _read(f"{groups}/cpu/cpu.cfs_quota_us"):
        quota, period = text, _read(f"{groups}/cpu/cpu.cfs_period_us") or ""
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None  # "max", or -1
    return int(quota) / int(period)


def _allowed_cores() -> float | None:
    """How many cores this process may use, by its affinity and its container, where that is fewer than there are."""
    limit = min((limit for limit in (usable_cores(), cpu_limit()) if limit is not None), default=None)
    return float(limit) if limit is not None and limit < (os.cpu_count() or 1) else None


def on_battery() -> bool | None:
    """Whether the machine runs from its battery now; None without one."""
    import psutil

    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def _cpu_model() -> str:
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        if line.lower().startswith(("model name", "hardware", "cpu model")):
            return " ".join(line.partition(":")[2].split("@")[0].split())  # without "@ 2.40GHz"
    return platform.processor() or platform.machine()


def _virtual() -> bool | None:
    info = _read("/proc/cpuinfo")
    if info is None:
        return None
    return any(line.startswith("flags") and " hypervisor" in line for line in info.splitlines())


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
