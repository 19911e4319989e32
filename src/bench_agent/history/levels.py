"""The newest results of `backfill`, of time and of memory, kept beside the runs: they stand for themselves.

Ratios to one commit are not stored as runs: a run's times are of its own day and machine, a backfill's are all of one
comparison. Put into one series, the border between them would look like a change of the code.
"""

import json
from typing import TypeVar

from bench_agent.history.store import Store, write_atomically
from bench_agent.results.backfill import Backfill
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.results.plain import document, read_as
from bench_agent.system.seal import read_sealed, seal

T = TypeVar("T")
NAME, NAME_OF_MEMORY = "newest.json", "newest-memory.json"  # in the folder of what `backfill` measured


def keep_levels(store: Store, found: Backfill) -> None:
    """Raises OSError, StoreError."""
    _keep(store, NAME, found)


def recall_levels(store: Store) -> Backfill | None:
    """None where there is none, or none that is ours."""
    return _recall(store, NAME, Backfill)


def keep_memory(store: Store, found: MemoryHistory) -> None:
    """Raises OSError, StoreError."""
    _keep(store, NAME_OF_MEMORY, found)


def recall_memory(store: Store) -> MemoryHistory | None:
    """None where there is none, or none that is ours."""
    return _recall(store, NAME_OF_MEMORY, MemoryHistory)


def _keep(store: Store, name: str, found: Backfill | MemoryHistory) -> None:
    store.prepare()
    store.backfill_dir.mkdir(exist_ok=True)
    write_atomically(store.backfill_dir / name, seal(json.dumps(document(found))))


def _recall(store: Store, name: str, kind: type[T]) -> T | None:
    store.check()
    try:
        found: T = read_as(kind, json.loads(read_sealed(str(store.backfill_dir / name)) or b""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found
