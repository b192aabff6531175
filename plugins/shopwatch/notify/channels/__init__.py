"""Channels that deliver notifications, one module each."""
