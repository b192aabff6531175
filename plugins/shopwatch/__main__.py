"""``python -m shopwatch``."""

from shopwatch.cli.main import app

app(prog_name="bin/shopwatch")
