"""What searches for a commit measured, kept in `.benchmark/bisect/` so that a search goes on where it was stopped.

One file a range and interpreter, written whole after every step. A file that can't be read counts as none: the search begins anew.
"""

import dataclasses
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_agent.history.store import write_atomically
from bench_agent.records import PairSample, Reach
from bench_agent.system.seal import read_sealed, seal

FORMAT = 2  # of 1, counts had other names for modules that the interpreter holds frozen
KEPT = 20  # files; the newest stay
_NAME = re.compile(r"[0-9a-f]{20}\.json")  # other files in the folder are not ours to remove


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """One set of fresh sessions: what each version gave for one benchmark against the base, which ran beside them."""

    benchmark: str
    base: str
    samples: dict[str, PairSample]  # by version


@dataclass(slots=True)
class Checkpoint:
    """All that was measured in one range. Versions are shas; "" is the working tree, "-SHA" the end without that commit."""

    sessions: list[StoredSession] = field(default_factory=list)
    reaches: dict[str, dict[str, Reach]] = field(default_factory=dict)  # version -> benchmark -> counts
    skipped: dict[str, str] = field(default_factory=dict)  # version -> why it can't be measured
    iterations: dict[str, int] = field(default_factory=dict)  # of a round, by benchmark
    measured: int = 0  # sessions of one version, all searches of the range together

    def start_with(self, benchmark: str, base: str, end: str, samples: Sequence[PairSample]) -> None:
        """Take over observations of a range's end against its base, unless some are known."""
        if not any(s.benchmark == benchmark and s.base == base and end in s.samples for s in self.sessions):
            self.sessions += [StoredSession(benchmark=benchmark, base=base, samples={end: each}) for each in samples]


def load_checkpoint(path: Path) -> Checkpoint:
    """What the file holds; nothing when there is none, or none that can be read."""
    try:
        document = json.loads(read_sealed(str(path)) or b"")
        if document["format"] != FORMAT:
            return Checkpoint()
        return Checkpoint(
            sessions=[
                StoredSession(
                    benchmark=s["benchmark"],
                    base=s["base"],
                    samples={version: PairSample(**sample) for version, sample in s["samples"].items()},
                )
                for s in document["sessions"]
            ],
            reaches={
                version: {benchmark: _reach(reach) for benchmark, reach in found.items()}
                for version, found in document["reaches"].items()
            },
            skipped=dict(document["skipped"]),
            iterations=dict(document["iterations"]),
            measured=int(document["measured"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Checkpoint()


def _reach(document: dict[str, Any]) -> Reach:
    return Reach(
        functions=dict(document["functions"]),
        lines=dict(document["lines"]),
        files=tuple(document["files"]),
        complete=bool(document["complete"]),
    )


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it whole, and drop the oldest files beyond KEPT. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, seal(json.dumps({"format": FORMAT, **dataclasses.asdict(checkpoint)})))
    files = [file for file in path.parent.glob("*.json") if _NAME.fullmatch(file.name) and not file.is_symlink()]
    files.sort(key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT]:
        old.unlink(missing_ok=True)
