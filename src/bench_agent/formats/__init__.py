"""Foreign results files to runs, one module a format. Pure: bytes in, records out."""
