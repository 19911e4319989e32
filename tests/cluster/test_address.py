"""What `--cluster` may say."""

import pytest

from bench_agent.cluster.address import ClusterAddress, parse_address
from bench_agent.errors import UsageError


def test_workers_on_this_machine() -> None:
    assert parse_address("local:2", cores=2) == ClusterAddress(workers=2)
    assert parse_address("local:1", cores=2).is_local


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.7:8786", "tls://scheduler.lab:8786", "tcp://[::1]:8786", "wss://dask-x:443"]
)
def test_a_scheduler(text: str) -> None:
    assert parse_address(text, cores=1) == ClusterAddress(scheduler=text)


@pytest.mark.parametrize(
    "text",
    [
        "", "local", "local:", "local:0", "local:-1", "local:two", "local:٣", "tcp://", "tcp://host", "tcp://host:0",
        "tcp://host:70000", "http://host:8786", "tcp://user@host:8786", "tcp://host:8786/x", "tcp://host:8786\n", "inproc://1",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_it_may_be(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_address(text, cores=8)
    assert "tcp://HOST:8786" in (refused.value.hint or "")


@pytest.mark.parametrize(("text", "cores"), [("local:3", 2), ("local:99999999999", 64), ("local:2", 1)])
def test_no_more_workers_than_cores(text: str, cores: int) -> None:
    with pytest.raises(UsageError, match="for itself") as refused:
        parse_address(text, cores=cores)
    assert f"local:{cores}" in (refused.value.hint or "")
