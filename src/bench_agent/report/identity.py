"""What a benchmark was before: with another body, or in another file or by another name with the same body. Pure.

Timings of another body are those of another benchmark; they are left out of its series (`detect.series`), and told here.
"""

import statistics
from collections.abc import Mapping, Sequence

from bench_agent.records import Measured
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def describe_predecessor(history: Sequence[Measured], everything: Mapping[str, Sequence[Measured]]) -> str | None:
    """What the benchmark of this history (oldest first) was before it became what it is; None when nothing is known.

    everything: the histories of all benchmarks by id, those that are gone too.
    """
    return _other_body(history) or _other_name(history, everything)


def _other_body(history: Sequence[Measured]) -> str | None:
    body = history[-1].sample.body_hash
    others = [m for m in history if body and m.sample.body_hash and m.sample.body_hash != body]
    if not others:
        return None
    older = [m for m in others if m.sample.body_hash == others[-1].sample.body_hash]
    return f"another benchmark until {_when(older[-1])}, with another body: {_level(older)}"


def _other_name(history: Sequence[Measured], everything: Mapping[str, Sequence[Measured]]) -> str | None:
    """The benchmark with the same body that was last measured before this one was first."""
    sample, began = history[0].sample, history[0].run.started_at
    if not sample.body_hash:
        return None
    gone = [
        others
        for id, others in everything.items()
        if id != sample.id
        and others[-1].sample.body_hash == sample.body_hash
        and others[-1].run.started_at < began
        and _same_case(id, sample.id)
    ]
    if not gone:
        return None
    older = max(gone, key=lambda others: others[-1].run.started_at)
    was = clean_text(older[-1].sample.id, limit=120)
    return f"another benchmark until {_when(older[-1])}, {was}, with the same body: {_level(older)}"


def _same_case(one: str, other: str) -> bool:
    """Whether the parameters are the same: all cases of a test have one body."""
    return one.partition("[")[2] == other.partition("[")[2]


def _when(measured: Measured) -> str:
    sha = (measured.run.head.sha or "")[:8]
    return " ".join(part for part in (measured.run.started_at[:10], sha) if part)


def _level(runs: Sequence[Measured]) -> str:
    values = [m.sample.median_s for m in runs if m.sample.median_s > 0]
    if not values:
        return quantity.counted(len(runs), "run")
    return f"{quantity.duration(statistics.median(values))} over {quantity.counted(len(values), 'run')}"
