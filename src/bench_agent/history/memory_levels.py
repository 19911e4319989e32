"""The newest result of `backfill --metric memory`, kept beside the runs, as `history/levels` keeps that of time."""

import json

from bench_agent.history.store import Store, write_atomically
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.results.plain import document, read_as
from bench_agent.system.seal import read_sealed, seal

NAME = "newest-memory.json"  # in the folder of what `backfill` measured


def keep_memory(store: Store, found: MemoryHistory) -> None:
    """Raises OSError, StoreError."""
    store.prepare()
    store.backfill_dir.mkdir(exist_ok=True)
    write_atomically(store.backfill_dir / NAME, seal(json.dumps(document(found))))


def recall_memory(store: Store) -> MemoryHistory | None:
    """None where there is none, or none that is ours."""
    store.check()
    try:
        found: MemoryHistory = read_as(MemoryHistory, json.loads(read_sealed(str(store.backfill_dir / NAME)) or b""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found
