"""Chat services, one module each, and what they share: texts, requests and answers."""
