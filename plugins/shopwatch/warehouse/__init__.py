"""The DuckDB files: connections, models, dictionary and publishing."""
