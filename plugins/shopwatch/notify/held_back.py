"""Shops that a night lacks, because the shard that they are in was not judged for it."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.core.i18n import LISTED, words
from shopwatch.core.sql_files import library_sql
from shopwatch.core.text import clean
from shopwatch.warehouse.integrity import has_table

LONGEST_TITLE = 60


def held_back(con: duckdb.DuckDBPyConnection, catalog: Catalog, team: Team) -> str:
    """Line that names the team's shops that the night lacks, with the night that their numbers are of; mostly empty."""
    if not has_table(con, "shards", schema="ops"):
        return ""
    late = con.execute(library_sql("notify/held_back"), {"shops": list(team.shops)}).fetchall()
    say = words(catalog.include, team.language)
    titles = {name: clean(shop.title or name, LONGEST_TITLE) for name, shop in catalog.shops.items()}
    parts = []
    for night, rows in groupby(late, key=itemgetter(1)):
        shops = LISTED[say.language].join(titles.get(shop, shop) for shop, _ in rows)
        parts.append(say("held_back_since", shops=shops, night=say.day(night)) if night else shops)
    return say("held_back", shops=say("semicolon").join(parts)) if parts else ""
