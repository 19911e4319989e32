"""The lasting changes of a range of commits: which commits to measure against an anchor, and what that proves."""
