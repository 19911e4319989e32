"""What all tests share, wherever and however they are started: the same examples, the same signals.

The benchmarks of the sample agent start with this too: what is imported here stands alone.
"""

import os
import signal

import pytest
from hypothesis import settings

# The plugins of our own tests that a suite they start has no use for: half of what starting pytest costs.
# What the tests show must not rest on an installed bench-agent: its own plug-in is left out too.
UNUSED = ("hypothesispytest", "anyio", "pytest_cov", "xdist", "xdist.looponfail", "bench-agent")

# The same examples on every machine; no example fails for being slow on a busy one.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

# A shell that starts the tests in the background has them ignore SIGINT, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The same with SIGHUP under nohup. A handler that does nothing keeps us alive, and is not inherited.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

# Set by pytest-xdist in its workers; the suites that the tests start are not part of that.
for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
    del os.environ[name]


def pytest_configure(config: pytest.Config) -> None:
    """What the tests start leaves out our own plugins. Not where pytest-xdist's workers are yet to start: they need them."""
    if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no":
        os.environ["PYTEST_ADDOPTS"] = " ".join(f"-p no:{name}" for name in UNUSED)
