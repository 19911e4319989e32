"""Many benchmarks at once: p-values in, p-values that hold for the whole suite out. Pure."""

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values: calling those at most x wrong at least once in the whole suite has probability at most x.

    p_values: by name; NaN counts as 1. Holds under any dependence between them, and, where each p-value stays valid under
    optional stopping and never grows, at any moment too. O(n log n). Source: Holm, Scand. J. Statist. 6 (1979) 65-70.
    """
    known = {name: p if p == p else 1.0 for name, p in p_values.items()}
    adjusted: dict[str, float] = {}
    largest = 0.0
    for position, name in enumerate(sorted(known, key=lambda n: known[n])):
        largest = max(largest, min(1.0, (len(known) - position) * known[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}
