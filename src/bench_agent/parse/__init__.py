"""Bytes to records. Pure: nothing here reads a file, asks a clock or knows what a number means."""
