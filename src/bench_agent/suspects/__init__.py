"""Which commits may be behind a slowdown, judged from their patches and from what the benchmark executes. Nothing is measured."""
