"""The newest result of `backfill`, kept beside the runs: ratios to one commit, which stand for themselves.

They are not stored as runs: a run's times are of its own day and machine, a backfill's are all of one comparison. Put into one
series, the border between them would look like a change of the code.
"""

import json

from bench_agent.history.store import Store, write_atomically
from bench_agent.results.backfill import Backfill
from bench_agent.results.plain import document, read_as
from bench_agent.system.seal import read_sealed, seal

NAME = "newest.json"  # in the folder of what `backfill` measured


def keep_levels(store: Store, found: Backfill) -> None:
    """Raises OSError, StoreError."""
    store.prepare()
    store.backfill_dir.mkdir(exist_ok=True)
    write_atomically(store.backfill_dir / NAME, seal(json.dumps(document(found))))


def recall_levels(store: Store) -> Backfill | None:
    """None where there is none, or none that is ours."""
    store.check()
    try:
        found: Backfill = read_as(Backfill, json.loads(read_sealed(str(store.backfill_dir / NAME)) or b""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found
