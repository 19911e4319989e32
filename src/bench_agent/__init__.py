"""bench-agent: tells developers that their code got slower, by how much, how sure we are, and which commit did it."""

__version__ = "0.1.0"
