"""The phases of the month, one a file, each with its equation in the docstring."""
