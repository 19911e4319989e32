"""Several versions of the project measured in turns, so that whatever disturbs the machine disturbs all alike."""
