"""The order of the steps of `run`: the only package that knows it."""
