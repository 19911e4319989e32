"""What `--cluster` says: workers on this machine (`local:2`), or the address of a Dask scheduler (`tcp://HOST:8786`)."""

import re
from dataclasses import dataclass

from bench_agent.errors import UsageError
from bench_agent.text.clean import clean_text

PROTOCOLS = ("tcp", "tls", "ws", "wss")  # those of distributed.comm that reach other machines
HINT = "--cluster local:2 starts two workers on this machine, --cluster tcp://HOST:8786 uses those of a Dask scheduler"
_REMOTE = re.compile(rf"(?:{'|'.join(PROTOCOLS)})://(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(\d{{1,5}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAddress:
    """Either so many workers of ours on this machine, or a scheduler that somebody else started."""

    workers: int = 0
    scheduler: str = ""

    @property
    def is_local(self) -> bool:
        return not self.scheduler


def parse_address(text: str, *, cores: int) -> ClusterAddress:
    """The address that `text` means. cores: of this machine, of which each worker takes one.

    Raises UsageError for anything else, and for more workers than cores: two on one core would disturb each other.
    """
    kind, _, count = text.partition(":")
    if kind == "local" and count.isascii() and count.isdigit() and int(count[:6]) > 0:
        if int(count[:6]) > cores:
            which = "the only core" if cores == 1 else f"one of the {cores} cores"
            raise UsageError(
                f"--cluster {clean_text(text, limit=40)}: every worker needs {which} of this machine for itself",
                hint=f"--cluster local:{cores}, or a scheduler with workers on other machines",
            )
        return ClusterAddress(workers=int(count))
    found = _REMOTE.fullmatch(text)
    if found is None or not 0 < int(found[1]) < 65536:
        raise UsageError(f"--cluster {clean_text(text, limit=80)!r} is no cluster", hint=HINT)
    return ClusterAddress(scheduler=text)
