"""What differs between the surroundings of two runs: interpreter, packages, machine, limits, load. Pure.

For benchmarks whose old code is as slow now as the new: then one of these is the cause, or something that was not recorded.
"""

from bench_agent.records import Machine, Run

MAX_PACKAGES = 5  # named one by one
BUSIER = 0.5  # load average per core above the earlier run's, from which it is named


def find_differences(then: Run, now: Run) -> tuple[str, ...]:
    """Each difference in a few words, "numpy 1.26.4 -> 2.0.0", what matters most often first. Empty: nothing recorded differs.

    What was not recorded in one of the runs is left out.
    """
    old, new = then.machine, now.machine
    found = [_change(what, one, other) for what, one, other in _pairs(old, new)]
    found[1:1] = _packages(then.packages, now.packages)
    found.append(_load(old, new))
    return tuple(text for text in found if text)


def _pairs(old: Machine, new: Machine) -> tuple[tuple[str, str, str], ...]:
    """(what, then, now); the interpreter first."""
    same_python = (old.implementation, old.python) == (new.implementation, new.python)
    interpreters = (
        (f"build of {new.implementation} {new.python}:", old.build, new.build)
        if same_python
        else (
            "interpreter:",
            f"{old.implementation} {old.python}".strip(),
            f"{new.implementation} {new.python}".strip(),
        )
    )
    known = bool(old.build and new.build)  # limits are recorded since builds are
    return (
        interpreters,
        ("CPU:", old.cpu, new.cpu),
        ("cores:", str(old.cores or ""), str(new.cores or "")),
        ("CPU limit:", _limit(old) if known else "", _limit(new) if known else ""),
        ("frequency governor:", old.governor or "", new.governor or ""),
        ("kernel:", old.kernel, new.kernel),
        ("system:", f"{old.system} {old.arch}".strip(), f"{new.system} {new.arch}".strip()),
    )


def _limit(machine: Machine) -> str:
    return "none" if machine.cpu_limit is None else f"{machine.cpu_limit:g} cores"


def _change(what: str, then: str, now: str) -> str:
    return f"{what} {then} -> {now}" if then and now and then != now else ""


def _packages(then: tuple[str, ...], now: tuple[str, ...]) -> list[str]:
    if not then or not now:
        return []
    old, new = (dict(text.split("==", 1) for text in side if "==" in text) for side in (then, now))
    changed = [
        f"{name} {old[name]} -> {new[name]}" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]
    ]
    changed += [f"{name} {new[name]} is new" for name in sorted(new.keys() - old.keys())]
    changed += [f"{name} {old[name]} is gone" for name in sorted(old.keys() - new.keys())]
    more = len(changed) - MAX_PACKAGES
    return changed[:MAX_PACKAGES] + ([f"{more} more packages"] if more > 0 else [])


def _load(old: Machine, new: Machine) -> str:
    if old.load_1m is None or new.load_1m is None or not new.cores:
        return ""
    busier = new.load_1m - old.load_1m > BUSIER * new.cores
    return f"load when the run began: {old.load_1m:g} -> {new.load_1m:g} on {new.cores} cores" if busier else ""
