"""What `init` writes: the slash command, settings, a Makefile target, the CI workflow. It looks first and shows its plan."""
