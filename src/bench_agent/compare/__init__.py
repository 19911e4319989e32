"""Two versions of the project measured in turns: which revisions, which benchmarks, and what came out."""
