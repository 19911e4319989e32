"""Git, processes, worktrees and the machine: each outside thing is used through its module here."""
