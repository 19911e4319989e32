"""The published answer of `site`: what was written where."""

from dataclasses import dataclass

SITE_SCHEMA = "bench-agent/site/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSite:
    """What `bench-agent site --json` prints."""

    schema: str = SITE_SCHEMA
    index: str  # the page to open
    benchmarks: int
    runs: int
    files: int
    changed: int  # of these files, how many are new or other than they were
