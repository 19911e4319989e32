"""bench-agent: tells developers that their code got slower, by how much, how sure we are, and which commit did it."""

RELEASE = "0.1.0"  # the newest release, or the first that is to come: what the plugin says, and a checkout

try:  # the build writes it, from the tag
    from bench_agent._version import __version__ as __version__  # type: ignore[import-not-found]
except ImportError:
    __version__ = RELEASE
