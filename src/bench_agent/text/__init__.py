"""Words for readers: durations and ratios as text, names of benchmarks, text from the repository made safe to show."""
