"""Telling people: what a digest says, how it looks, and the channels it goes out by."""
