"""Demo generator: ten invented weeks of two shops, as the files that such shops export.

``write_demo`` fills an inbox; docs/demo.md documents the files and the expected alerts.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

from demo.catalogue import SHOPS
from demo.exports import shop_exports
from demo.story import NIGHTS, SHANGHAI
from demo.timetable import Export

__all__ = ["NIGHTS", "write_demo"]

NIGHT_ENDS = time(6)


def write_demo(inbox: Path, until: date | None = None, wanted: Callable[[Path], bool] = lambda _: True) -> list[Path]:
    """Write each export with a moment before 06:00 of the day after ``until`` (None: all).

    ``wanted``: whether to write a file, by its path below the inbox.

    Returns the files written by this call, in order of export. The bytes are equal on every machine. Each file's
    modification time, set last, is the export moment in Asia/Shanghai; a file that has it is complete and is not
    rewritten.
    """
    exports = [export for shop in SHOPS for export in shop_exports(shop) if _is_due(export, until)]
    exports = [export for export in exports if wanted(Path(export.folder, export.name))]
    exports.sort(key=lambda export: (export.moment, export.folder, export.name))
    written = (_write(inbox, export) for export in exports)
    return [path for path in written if path is not None]


def _is_due(export: Export, until: date | None) -> bool:
    if until is None:
        return True
    return export.moment < datetime.combine(until + timedelta(days=1), NIGHT_ENDS)


def _write(inbox: Path, export: Export) -> Path | None:
    """Write one file; None if it exists already."""
    path = inbox / export.folder / export.name
    moment = export.moment.replace(tzinfo=SHANGHAI).timestamp()
    if path.is_file() and path.stat().st_mtime == moment:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(export.build())
    os.utime(path, (moment, moment))
    return path
