"""How long work tells whoever waits for it what it does."""

from collections.abc import Callable

Say = Callable[[str], None]  # what long work calls with one line for whoever waits
