"""Which options of the suite's own pytest call a session started for measuring again needs."""

import pytest

from bench_agent.parse.collecting import loading_options


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["-q", "tests", "-k", "x", "--benchmark-only", "-m", "slow"], ()),
        (["-o", "addopts=", "-c", "bench.ini", "tests"], ("-o", "addopts=", "-c", "bench.ini")),
        (["-p", "no:xdist", "-p", "no:cacheprovider", "-pno:cov"], ("-p", "no:xdist", "-pno:cov")),
        (["--override-ini=addopts=-v", "--import-mode", "importlib"], ("--override-ini=addopts=-v", "--import-mode", "importlib")),
        (["--cov=src", "--color=no", "--collect-only", "-oaddopts="], ("-oaddopts=",)),
        (["-o"], ()),
    ],
)  # fmt: skip
def test_only_what_decides_how_tests_are_found_and_loaded_is_kept(argv: list[str], expected: tuple[str, ...]) -> None:
    assert loading_options(argv) == expected
