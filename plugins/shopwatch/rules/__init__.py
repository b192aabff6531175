"""The manual as rules: what they say, who is right, and what becomes of an alert."""
