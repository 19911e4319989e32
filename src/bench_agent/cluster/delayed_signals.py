"""What would stop us, kept until something that must not be left half done is done.

Dask can't close workers that are half started: it, and they, would print pages of tracebacks.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker

# Only SIGINT is blocked: what is started meanwhile would have the others blocked too, and could not be ended by them. It is noted
# as well: another thread, which does not block it, may be the one that gets it.
NOTED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@contextlib.contextmanager
def signals_later() -> Iterator[None]:
    """Ctrl-C and the like act at the end of the block, as they would have. Processes begun in it have SIGINT blocked.

    A terminal sends it to them too: they unblock it when they are ready for it. In other threads than the main one no signal acts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    resource_tracker.ensure_running()  # beginning later, it would unblock SIGINT in the thread that starts a process
    noted: list[signal.Signals] = []
    taken = [number for number in NOTED if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, lambda number, _: noted.append(signal.Signals(number))) for number in taken}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in noted:
            signal.raise_signal(each)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
