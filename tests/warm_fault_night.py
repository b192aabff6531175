"""A night at import, for the process that other nights are forked from: what it imported and compiled they need not.

All its files are closed by then, and with them the threads of DuckDB, which do not survive a fork.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from fault_night import fill_inbox, small_night

with TemporaryDirectory() as folder:
    fill_inbox(Path(folder, "inbox"))
    small_night(Path(folder, "home"), Path(folder, "inbox"))
