"""The published records: what each command found, as plain values, and the JSON contract of each with its schema."""
