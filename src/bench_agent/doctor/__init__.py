"""Whether the suite can be measured, what disturbs timings here, and what to do about each."""
