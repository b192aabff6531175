"""Rule evaluation, alert lifecycle, freshness and explanations."""
