"""What is said of the machine, and what makes its timings noisy."""

import os
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.records import Machine
from bench_agent.system.machine import cpu_limit, describe_machine, noise_warnings


def test_this_machine_is_described() -> None:
    machine = describe_machine(python="3.12.1", implementation="CPython")
    assert machine.system == platform.system()
    assert machine.cores == os.cpu_count()
    assert machine.cpu
    assert "GHz" not in machine.cpu  # the clock rate varies: it would split one machine into many


def test_the_key_tells_machines_and_interpreters_apart_but_not_patch_releases() -> None:
    machine = Machine(system="Linux", arch="x86_64", cpu="X", cores=4, python="3.12.1", implementation="CPython")
    assert machine.key == replace(machine, python="3.12.9", load_1m=3.0).key
    assert machine.key != replace(machine, python="3.13.0").key
    assert machine.key != replace(machine, cores=8).key


def test_a_busy_machine_is_said() -> None:
    busy = Machine(cores=4, load_1m=3.0)
    assert "load 3 on 4 cores" in noise_warnings(busy, governor="performance")[0]
    assert noise_warnings(replace(busy, load_1m=1.0), governor="performance") == []
    assert noise_warnings(replace(busy, load_1m=None), governor="schedutil") == []


def test_a_changing_clock_rate_is_said() -> None:
    assert "'powersave'" in noise_warnings(Machine(cores=4, load_1m=0.0), governor="powersave")[0]


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.max": "odd"}, None),
        ({}, None),
    ],
)
def test_a_containers_limit_is_read_from_either_version_of_control_groups(
    tmp_path: Path, files: dict[str, str], limit: float | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cpu_limit(str(tmp_path)) == limit


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or os.cpu_count() == 1, reason="no affinity to set")
def test_an_affinity_limits_the_cores_of_a_machine() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert describe_machine().cpu_limit == 1.0
    finally:
        os.sched_setaffinity(0, before)
