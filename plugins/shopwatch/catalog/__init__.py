"""Declarations of a shop: contracts, shops, metrics, rules, teams and calendar."""
