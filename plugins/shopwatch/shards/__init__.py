"""Homes with several shards: their nights, the division of a home, and moves of shops."""
