"""What was measured before, and what was accepted: `.benchmark/` and the baseline file."""
