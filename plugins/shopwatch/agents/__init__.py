"""Answers for agents, from the published warehouse, over the Model Context Protocol."""
