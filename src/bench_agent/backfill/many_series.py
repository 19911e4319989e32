"""Change points in very many series, found by the workers of a cluster: chunks of series, each judged as `detect` judges one."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bench_agent.cluster.dask_cluster import Cluster
from bench_agent.cluster.on_worker import Workplace
from bench_agent.detect.change_points import ChangePoint, find_change_points
from bench_agent.errors import MeasureError

CHUNK = 200  # series of one job: about a second of work, to some milliseconds of Dask's own


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSeries:
    """One series to look at, in time order."""

    name: str
    values: tuple[float, ...]
    better: Literal["lower", "higher"] = "lower"


def find_in_many(
    cluster: Cluster, series: Iterable[NamedSeries], *, chunk: int = CHUNK
) -> Iterator[tuple[str, list[ChangePoint]]]:
    """The change points of each series, as they come. Series are taken as workers get free: they need not fit into memory.

    Raises MeasureError where workers died of a chunk again and again.
    """
    jobs = ((f"series-{number}", some) for number, some in enumerate(_chunks(series, chunk)))
    for answer in cluster.calculate(find_in_chunk, jobs):
        if answer.given.error:
            raise MeasureError(f"{answer.key} has no answer: {answer.given.error}")
        yield from answer.given.value


def _chunks(series: Iterable[NamedSeries], size: int) -> Iterator[tuple[NamedSeries, ...]]:
    source = iter(series)
    while some := tuple(itertools.islice(source, size)):
        yield some


def find_in_chunk(place: Workplace, chunk: Sequence[NamedSeries]) -> list[tuple[str, list[ChangePoint]]]:
    """On a worker: what there is in each of these series."""
    return [(each.name, find_change_points(each.values, better=each.better)) for each in chunk]
