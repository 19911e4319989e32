"""The limits and targets of memory that a project has set, by benchmark."""

from collections.abc import Mapping, Sequence

from bench_agent.compare.memory_sessions import MemoryLimits
from bench_agent.config import Config
from bench_agent.history.baseline import accepted_memory, find_target, load_targets
from bench_agent.text.benchmark_names import name_benchmarks


def limits_of(config: Config, ids: Sequence[str], groups: Mapping[str, str | None] | None = None) -> MemoryLimits:
    """Those of the settings and of the baseline file. groups: of those benchmarks whose group is known."""
    targets, names = load_targets(config), name_benchmarks(list(ids), config.names)
    found = {id: find_target(targets, id=id, name=names[id], group=(groups or {}).get(id)) for id in ids}
    return MemoryLimits(
        limit=config.max_memory_regression,
        limits={id: t.max_memory_regression for id, t in found.items() if t and t.max_memory_regression is not None},
        targets={id: t.peak_bytes for id, t in found.items() if t and t.peak_bytes is not None},
        accepted={id: held for id, t in found.items() if (held := accepted_memory(t)) is not None},
    )
