"""Running things and watching them: the suite, its processes, the machine. Numbers come out as bytes and records; no judgement."""
