"""Ingestion: from a file in the inbox to typed rows with lineage."""
