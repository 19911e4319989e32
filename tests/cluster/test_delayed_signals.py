"""Signals that come while something must not be left half done: they act afterwards."""

import os
import signal
import subprocess
import sys

import pytest

from bench_agent.cluster.delayed_signals import signals_later

MASK = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


def test_ctrl_c_acts_at_the_end_and_what_is_started_meanwhile_does_not_see_it() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), signals_later():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        done.append(subprocess.run([sys.executable, "-c", MASK], capture_output=True, text=True, check=True).stdout)
    assert done == ["True\n"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_the_others_act_at_the_end_as_they_would_have() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    try:
        with signals_later():
            os.kill(os.getpid(), signal.SIGTERM)
            assert seen == []
        assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
