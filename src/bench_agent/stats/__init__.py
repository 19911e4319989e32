"""Arrays in, numbers out. The only place that may import numpy, and only inside a function."""
