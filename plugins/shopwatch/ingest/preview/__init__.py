"""Previews of a file without loading it: inspect and learn."""
