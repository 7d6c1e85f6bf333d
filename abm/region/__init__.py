"""Region data package: official, derived and assumed tables, and their loader."""
