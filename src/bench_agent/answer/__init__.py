"""The answer that a person gets from the assistant: rendered from a report, and checked against it."""
