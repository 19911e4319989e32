"""From a measured run to its report: what is slower, by what evidence, what caused it and what to do next."""
