"""A short part of the torture: `make torture` runs hundreds."""

import pytest

from torture.torture import run_group

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("group", "number"), [("kills", 4), ("inputs", 15), ("crowds", 1), ("disks", 1), ("names", 1), ("clocks", 1)]
)
def test_nothing_of_the_users_is_harmed(group, number):
    assert run_group(group, number, 7).violations == []
