"""Running the program of a stranger, so that it can do no harm."""
