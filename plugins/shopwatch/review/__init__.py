"""The weekly review: what a shop's week was, for people."""
