"""Change points in very many series, on real workers."""

import itertools
from pathlib import Path

import pytest

from bench_agent.backfill.many_series import NamedSeries, find_in_chunk, find_in_many
from bench_agent.cluster.address import ClusterAddress
from bench_agent.cluster.dask_cluster import Cluster
from bench_agent.cluster.on_worker import Workplace

STEP = (*(1.0, 1.01, 0.99, 1.0) * 5, *(1.4, 1.41, 1.39, 1.4) * 5)


def test_a_chunk_is_judged_series_by_series(tmp_path: Path) -> None:
    chunk = [
        NamedSeries(name="a", values=STEP),
        NamedSeries(name="b", values=STEP, better="higher"),
        NamedSeries(name="c", values=()),
    ]
    found = dict(find_in_chunk(Workplace(tmp_path), chunk))
    assert [(point.index, point.worse) for point in found["a"]] == [(20, True)]
    assert [(point.index, point.worse) for point in found["b"]] == [(20, False)]
    assert found["c"] == []


@pytest.mark.long
def test_series_are_taken_as_workers_get_free_and_all_answered() -> None:
    pytest.importorskip("distributed")
    numbers = itertools.count()

    def series():
        for _ in range(50):
            yield NamedSeries(name=str(next(numbers)), values=STEP)

    with Cluster(ClusterAddress(workers=1), name="series", files={}, say=print) as cluster:
        answers = find_in_many(cluster, series(), chunk=5)
        next(answers)
        assert next(numbers) < 30  # not all were made before the first answer
        found = dict(answers)
    assert len(found) == 49
    assert {tuple(point.index for point in points) for points in found.values()} == {(20,)}
