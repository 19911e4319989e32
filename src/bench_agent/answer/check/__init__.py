"""Whether what was said of a report is supported by it: statements of a text, held against the findings."""
