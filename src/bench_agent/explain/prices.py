"""What a call costs: dollars for a million tokens, by the model's name, as published in November 2026. Pure."""

from bench_agent.results.explanation import Usage

DEFAULT_MODEL = "claude-sonnet-5-5"
_PRICES = {"claude-opus-5": (4.0, 20.0), "claude-sonnet-5": (2.0, 10.0), "claude-haiku-5": (0.1, 0.5)}  # input, output
_WRITTEN, _READ = 1.25, 0.1  # a token written into, or read from, the cache, in tokens of input
CHARACTERS = 3.5  # of English with figures and code in one token, about


def cost(model: str, usage: Usage) -> float | None:
    """Dollars; None for a model whose price is not known here."""
    price = next((price for name, price in _PRICES.items() if model.startswith(name)), None)
    if price is None:
        return None
    given = usage.given + _WRITTEN * usage.written + _READ * usage.cached
    return (given * price[0] + usage.answered * price[1]) / 1e6


def estimated(*texts: str, answered: int) -> Usage:
    """About what a call with these texts takes, the answer of so many tokens."""
    return Usage(given=round(sum(map(len, texts)) / CHARACTERS), answered=answered)


def told(dollars: float | None) -> str:
    """ "$0.013", "under $0.001", "price not known"."""
    if dollars is None:
        return "price not known"
    return f"${dollars:.3f}" if dollars >= 0.001 else "under $0.001"
