"""Where things stand, in numbers that fit on a screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from shopwatch.settings import Settings


@dataclass(frozen=True)
class Status:
    """What the published warehouse holds and where everything lies."""

    night: date
    files: dict[str, int]
    rows: int
    quarantined: int
    alerts: list[tuple[str, str, int]]
    first_day: date | None
    last_day: date | None
    mails: list[Path] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)


def status(settings: Settings) -> Status | None:
    """The state after the last night, or None before the first."""
    if not settings.published.exists():
        return None
    con = duckdb.connect(settings.published, read_only=True)
    try:
        night = con.execute("select night from seed.night").fetchone()
        files = con.execute("select state, count(*) from ops.loads group by state order by state").fetchall()
        sums = con.execute(
            "select coalesce(sum(rows_loaded), 0)::bigint, coalesce(sum(rows_quarantined), 0)::bigint, "
            "min(first_day), max(last_day) from ops.loads"
        ).fetchone()
        alerts = con.execute(
            "select rules.owner_zh, alerts.state, count(*) from ops.alerts as alerts "
            "inner join seed.rules as rules using (rule) group by all order by all"
        ).fetchall()
    finally:
        con.close()
    assert night is not None
    assert sums is not None
    return Status(
        night=night[0],
        files=dict(files),
        rows=sums[0],
        quarantined=sums[1],
        alerts=alerts,
        first_day=sums[2],
        last_day=sums[3],
        mails=sorted(settings.outbox.glob("*.eml")),
        pages=sorted(settings.reports.glob("*.html")),
    )
