"""Which of a suite's options another session of its pytest needs."""

import pytest

from bench_agent.measure.collected_suite import kept_options


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["-c", "ci/pytest.ini"], ["-c", "/home/p/ci/pytest.ini"]),
        (["--config-file=/dev/null", "-q"], ["-c", "/dev/null", "-q"]),
        (["-oaddopts=", "-o", "python_files=bench_*.py"], ["-o", "addopts=", "-o", "python_files=bench_*.py"]),
        (["-p", "no:randomly", "-Wignore", "--import-mode=importlib"],
         ["-p", "no:randomly", "-Wignore", "--import-mode=importlib"]),
        (["--size=3000", "--backend", "fast", "-k", "quick", "-m", "not slow", "--no-cov", "-xvs"],
         ["--size=3000", "--backend", "fast", "-k", "quick", "-m", "not slow", "--no-cov", "-xvs"]),
        (["--benchmark-min-rounds=9", "--benchmark-disable-gc"], ["--benchmark-min-rounds=9", "--benchmark-disable-gc"]),
        (["--benchmark-json=out.json", "-n", "2", "--rootdir", ".", "-n4", "--lf", "--junitxml", "x.xml"], []),
        (["--benchmark-compare", "0001", "--benchmark-compare-fail", "mean:5%", "--benchmark-compare", "-s"], ["-s"]),
        (["-p", "no:cacheprovider", "-pno:cacheprovider", "-o", "cache_dir=/tmp/c"], []),
        (["-c"], ["-c", "/home/p"]),
    ],
)  # fmt: skip
def test_what_decides_what_benchmarks_do_is_kept_and_what_reports_or_spreads_is_left_out(given, kept):
    assert kept_options(given, "/home/p") == tuple(kept)
