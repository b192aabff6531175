"""Notifications: content and rendering of digests, and the channels that deliver them."""
