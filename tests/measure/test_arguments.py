"""Which of a suite's arguments another call of its pytest needs."""

import pytest

from bench_agent.measure.collected_suite import kept_arguments


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["-c", "ci/pytest.ini", "bench"], ["-c", "/home/p/ci/pytest.ini"]),
        (["--config-file=/dev/null", "-q"], ["-c", "/dev/null"]),
        (["-oaddopts=", "-o", "python_files=bench_*.py"], ["-o", "addopts=", "-o", "python_files=bench_*.py"]),
        (["-p", "no:randomly", "-Wignore", "--import-mode=importlib"],
         ["-p", "no:randomly", "-W", "ignore", "--import-mode", "importlib"]),
        (["-k", "fast", "-x", "--benchmark-json=out.json", "-n", "2", "--rootdir", ".", "bench"], []),
        (["bench", "--", "-c", "no-option"], []),
        (["-c"], []),
    ],
)  # fmt: skip
def test_what_decides_how_benchmarks_are_found_is_kept_and_the_rest_left_out(given, kept):
    assert kept_arguments(given, "/home/p") == tuple(kept)
