"""One module for each command, named as the command, and what commands share: options, output, the console."""
