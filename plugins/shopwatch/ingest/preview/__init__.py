"""Previews without loading: inspect and learn."""
