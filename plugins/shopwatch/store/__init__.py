"""The operational store: alerts, decisions, notifications and the outbox."""
