"""Running the project's suite and reading what it left. Numbers come out as records; no judgement."""
