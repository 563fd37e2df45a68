"""Where it is kept: one DuckDB file, appended to and never changed."""
