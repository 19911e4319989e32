"""From a slowdown to the commits and functions behind it: suspects until a measurement proves one."""
