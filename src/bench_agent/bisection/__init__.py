"""The search for the commits behind a slowdown: how the next one is chosen, and when one counts as proved."""
