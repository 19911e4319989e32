"""What is said to differ around two runs, and what is not."""

from dataclasses import replace

from bench_agent.detect.environment import find_differences
from bench_agent.records import Machine, Run

MACHINE = Machine(
    system="Linux", arch="x86_64", cpu="AMD EPYC 7763", cores=4, python="3.12.1", implementation="CPython",
    build="main Jan 5 2024, GCC 12.2.0", kernel="6.1.0", governor="performance", load_1m=0.4,
)  # fmt: skip
RUN = Run(run_id="a", started_at="2026-11-01T12:00:00Z", machine=MACHINE, packages=("numpy==1.26.4", "six==1.16"))


def test_nothing_differs_between_a_run_and_itself() -> None:
    assert find_differences(RUN, RUN) == ()


def test_each_thing_that_differs_is_named_with_both_values_and_packages_come_early() -> None:
    machine = replace(
        MACHINE, python="3.12.2", cpu="Intel", cores=2, kernel="6.2.0", governor="powersave", cpu_limit=0.5, load_1m=3.0
    )
    now = replace(RUN, machine=machine, packages=("attrs==23.1", "numpy==2.0.0"))
    assert find_differences(RUN, now) == (
        "interpreter: CPython 3.12.1 -> CPython 3.12.2",
        "numpy 1.26.4 -> 2.0.0",
        "attrs 23.1 is new",
        "six 1.16 is gone",
        "CPU: AMD EPYC 7763 -> Intel",
        "cores: 4 -> 2",
        "CPU limit: none -> 0.5 cores",
        "frequency governor: performance -> powersave",
        "kernel: 6.1.0 -> 6.2.0",
        "load when the run began: 0.4 -> 3 on 2 cores",
    )


def test_another_build_of_the_same_version_is_a_difference() -> None:
    now = replace(RUN, machine=replace(MACHINE, build="main May 9 2026, Clang 18"))
    assert find_differences(RUN, now) == (
        "build of CPython 3.12.1: main Jan 5 2024, GCC 12.2.0 -> main May 9 2026, Clang 18",
    )


def test_what_an_older_run_did_not_record_is_no_difference() -> None:
    old = replace(RUN, machine=replace(MACHINE, build="", kernel="", governor=None, load_1m=None), packages=())
    assert find_differences(old, replace(RUN, machine=replace(MACHINE, cpu_limit=1.0))) == ()


def test_a_load_that_fell_is_no_reason() -> None:
    assert find_differences(replace(RUN, machine=replace(MACHINE, load_1m=9.0)), RUN) == ()


def test_many_packages_are_counted() -> None:
    now = replace(RUN, packages=tuple(f"p{i}==1" for i in range(9)))
    assert find_differences(RUN, now)[-1] == "6 more packages"
