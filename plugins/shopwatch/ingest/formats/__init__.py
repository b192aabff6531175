"""File formats to rows of text."""
