"""From a file that somebody dropped to typed rows with lineage."""
