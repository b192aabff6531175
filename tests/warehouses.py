"""Whole warehouses for tests: how to run a night's steps, and how to tell two warehouses apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import yaml

from demo import write_demo
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.teams import load_teams
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.load import load_new
from shopwatch.notify.delivery import deliver_waiting
from shopwatch.notify.posting import post_digests
from shopwatch.pipeline import build_models, judge_night, publish_night
from shopwatch.warehouse.connections import raw_warehouse
from shopwatch.warehouse.workings import leave_out_workings

OF_BUILDS = {"meta.unjudged", "meta.unreviewed", "meta.unsearched"}
"""Tables that tell of the builds themselves, not of what they made."""
WALL_CLOCK = {"ops.loads": ("loaded_at",), "staging.stg_loads": ("loaded_at",), "meta.built": ("replayed_at",)}


EMPTY_NIGHT = date(2026, 11, 15)


def take_in(settings: Settings, inbox: Path | None = None) -> None:
    """Load, check and model what is new."""
    load_new(settings, inbox)
    check_and_settle(settings, quietly=True)
    build_models(settings)


def publish_history(warehouse: Path) -> None:
    """Give a file with the judge's tables alone the shape of a published one."""
    with duckdb.connect(warehouse) as con:
        con.execute("create table meta.metrics (metric varchar, sql varchar)")
        con.execute("create table meta.columns (table_schema varchar, table_name varchar)")
        con.execute("create table kpi.metric_rows (period_start date)")
    leave_out_workings(warehouse)


def declare_only(home: Path, *shops: str) -> None:
    """Of the demo's shops declare these only: one that gives nothing is told of."""
    declared = yaml.safe_load((PROJECT / "include" / "shops.yaml").read_text("utf-8"))
    home.mkdir(parents=True, exist_ok=True)
    (home / "shops.yaml").write_text(yaml.safe_dump({shop: declared[shop] for shop in shops}), "utf-8")


def judged_stock(home: Path, night: date) -> Path:
    """The home after a night of mumian's demo stock alone: judged, nobody told yet."""
    declare_only(home, "mumian")
    settings = Settings(home=home, settle_seconds=0)
    write_demo(home / "inbox", night, lambda path: path.match("mumian/库存_2026111*.xls"))
    take_in(settings)
    judge_night(settings, night)
    return home


def empty_night(home: Path) -> None:
    """Build and judge a home without any file."""
    settings = Settings(home=home, settle_seconds=0)
    with raw_warehouse(settings, load_contracts(settings.include)):
        pass
    build_models(settings)
    judge_night(settings, EMPTY_NIGHT)


@dataclass(frozen=True)
class Notified:
    """Number of mails sent to a team, and the subjects of those written tonight."""

    mails: int
    subjects: tuple[str, ...]


def notify_team(
    settings: Settings, team: str, night: date, smtp_url: str | None = None, at: datetime | None = None
) -> Notified:
    """Notify one team of its news, and deliver what is due to it."""
    subjects = post_digests(settings, night, at, team=team)[team]
    return Notified(deliver_waiting(settings, team, smtp_url, at), tuple(subjects))


def judge_and_tell(settings: Settings, night: date | None, *, backfill: bool = False) -> list[str]:
    """Judge, tell every team and publish; returns the subjects of the new mails with news."""
    judged, subjects = _judge_and_post(settings, night, backfill=backfill)
    publish_night(settings, judged)
    return subjects


def judge_unpublished(settings: Settings, night: date) -> list[str]:
    """Like `judge_and_tell`, for a test that reads nothing of what is published."""
    return _judge_and_post(settings, night)[1]


def _judge_and_post(settings: Settings, night: date | None, *, backfill: bool = False) -> tuple[date, list[str]]:
    judged = judge_night(settings, night, backfill=backfill)
    subjects = [subject for written in post_digests(settings, judged.night).values() for subject in written]
    for team in load_teams(settings.include):
        deliver_waiting(settings, team.team)
    news = [
        subject
        for subject in subjects
        if not subject.endswith(("watch running · nothing new", "巡检正常 · 无新增预警"))
    ]
    return judged.night, news


def tables_of(con: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = $1", [catalog]
    ).fetchall()
    return {name for (name,) in found}


def differences(
    one: Path, other: Path, schemas: tuple[str, ...] = (), without: frozenset[str] = frozenset()
) -> dict[str, int]:
    """Table -> rows that only one of two warehouses has, wall-clock columns left out; empty where they agree.

    ``without``: columns that may differ in any table.
    """
    con = duckdb.connect()
    con.execute(f"attach '{one}' as one (read_only)")
    con.execute(f"attach '{other}' as other (read_only)")
    names, others = (tables_of(con, catalog) - OF_BUILDS for catalog in ("one", "other"))
    differ = dict.fromkeys(names ^ others, -1)
    for name in sorted(names & others):
        if schemas and name.split(".")[0] not in schemas:
            continue
        columns = {column for column, *_ in con.execute(f"describe one.{name}").fetchall()}
        may_differ = sorted({*WALL_CLOCK.get(name, ())} | (columns & without))
        left = f"exclude ({', '.join(may_differ)})" if may_differ else ""
        row = con.execute(
            f"select count(*) from ((select * {left} from one.{name} except all select * {left} from other.{name}) "
            f"union all (select * {left} from other.{name} except all select * {left} from one.{name}))"
        ).fetchone()
        if row and row[0]:
            differ[name] = row[0]
    con.close()
    return differ
