"""Whether a process that was known once still runs. Only `os`: `status` asks this, and must stay fast."""

import os

is_program = False  # set by `__main__`: this process is bench-agent's own, and all its children are what it started


def birth_of(pid: int) -> str | None:
    """What tells this process from an earlier or later one with the same id; None where the system does not say (no /proc)."""
    fields = _stat(pid)
    return fields[19] if fields else None  # starttime, in clock ticks since boot: proc(5)


def is_alive(pid: object, birth: object = None) -> bool:
    """Whether that process runs: not ended and waiting to be reaped, and not another one under the same id.

    birth: what `birth_of` said when it was known to be ours; None when that is not known.
    """
    if isinstance(pid, bool) or not isinstance(pid, int) or not 0 < pid < 2**31:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    fields = _stat(pid)
    if not fields:
        return True
    return fields[0] not in ("Z", "X") and birth in (None, fields[19])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; the name before it may hold spaces and brackets."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode("ascii", "replace").split()
    except OSError:
        return []
