"""Many benchmarks at once: p-values in, p-values that hold for the whole suite out. Pure."""

from collections.abc import Mapping


def step_up(p_values: Mapping[str, float], *, beside: int = 0) -> dict[str, float]:
    """Adjusted p-values: of those called at most x, on average a part of at most x is wrong; of a suite in which nothing
    changed one is called with probability at most x, however many benchmarks there are.

    p_values: by name; NaN counts as 1. beside: so many more benchmarks, as if all of them had 1. What many show is believed
    of each sooner than what one of many shows. Holds where the p-values are independent or rise and fall together; where each
    stays valid under optional stopping and never grows, at any moment too. O(n log n). Source: Benjamini, Hochberg, J. R.
    Stat. Soc. B 57 (1995) 289-300; Simes (1986).
    """
    known = {name: p if p == p else 1.0 for name, p in p_values.items()}
    adjusted: dict[str, float] = {}
    smallest = 1.0
    worst_first = sorted(known, key=lambda n: known[n], reverse=True)
    for rank, name in zip(range(len(known), 0, -1), worst_first, strict=True):
        smallest = min(smallest, (len(known) + beside) / rank * known[name])
        adjusted[name] = smallest
    return {name: adjusted[name] for name in p_values}
