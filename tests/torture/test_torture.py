"""A short part of the torture: `make torture` runs hundreds."""

import random

import pytest

from torture.torture import make_yard, torture_by_crowds, torture_by_inputs, torture_by_kills

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("torture", "number"),
    [(torture_by_kills, 6), (torture_by_inputs, 30), (torture_by_crowds, 1)],
    ids=["kills", "inputs", "crowds"],
)
def test_nothing_of_the_users_is_harmed(tmp_path, torture, number):
    yard = make_yard(tmp_path)
    torture(yard, number, random.Random(7))
    assert yard.violations == []
