"""The way in: a file is looked at, prepared, and sent whole or not at all."""
