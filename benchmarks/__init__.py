"""How long a million payment lines take, and beside what: `make bench`."""
