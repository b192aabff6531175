"""``python -m shopwatch``."""

from shopwatch.cli import app

app()
