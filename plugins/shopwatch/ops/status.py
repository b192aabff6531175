"""Status of the installation, in numbers that fit on a screen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import PROJECT, Settings

DEMO = PROJECT / "data" / "demo"
"""Home of the demo shops' nights, as ``make run`` makes them."""


CHECKS = "data_docs/local_site/index.html"


@dataclass(frozen=True)
class Status:
    """Content of the published warehouse, and the paths of its results.

    ``alerts``: (team, state) -> number. ``loaded``, ``rejected``, ``failed``: numbers of files.
    """

    night: date
    loaded: int
    rejected: int
    failed: int
    rows: int
    quarantined: int
    first_day: date | None
    last_day: date | None
    alerts: Counter[tuple[str, str]]
    mails: int
    page: Path | None
    workbook: Path | None
    checks: Path | None


def no_night_yet(settings: Settings) -> str:
    """Advice if no night has been published: the demo's nights may be in a home of their own."""
    demo = Settings(home=DEMO)
    if settings.home != demo.home and demo.published.exists():
        return f"no night of {settings.home} has been published yet; to ask the demo, run it with SHOPWATCH_HOME={DEMO}"
    return f"no night of {settings.home} has been published yet: run `make run`"


def read_status(settings: Settings) -> Status | None:
    """Status after the last night; None before the first."""
    if not settings.published.exists():
        return None
    con = duckdb.connect(settings.published, read_only=True)
    try:
        night = con.execute("select night from meta.night").fetchone()
        files = dict(con.execute("select state, count(*) from ops.loads group by state").fetchall())
        sums = con.execute(
            "select coalesce(sum(rows_loaded), 0)::bigint, coalesce(sum(rows_quarantined), 0)::bigint, "
            "min(first_day), max(last_day) from ops.loads"
        ).fetchone()
        alerts = con.execute(
            "select rules.owner_zh, alerts.shop, alerts.state from ops.alerts as alerts "
            "inner join meta.rules as rules using (rule)"
        ).fetchall()
    finally:
        con.close()
    assert night is not None
    assert sums is not None
    teams = Catalog(settings).teams
    pages, books = (sorted(settings.reports.glob(f"review-*.{kind}")) for kind in ("html", "xlsx"))
    return Status(
        night=night[0],
        loaded=files.get("settled", 0) + files.get("incoming", 0),
        rejected=files.get("rejected", 0),
        failed=files.get("failed", 0),
        rows=sums[0],
        quarantined=sums[1],
        first_day=sums[2],
        last_day=sums[3],
        alerts=Counter(
            (team.team, state) for owner, shop, state in alerts for team in teams if team.takes(owner, shop)
        ),
        mails=len(list(settings.outbox.glob("*.eml"))),
        page=pages[-1] if pages else None,
        workbook=books[-1] if books else None,
        checks=next((path for one in settings.with_shards() for path in one.quality.rglob(CHECKS)), None),
    )
