"""Shards in the operational store: the last judged night of each, which shop's data it holds, whose alerts are its."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.store.merge import merge_rows
from shopwatch.store.tables import Alert, JudgedShard, ShopPlace, now


def of_shard(catalog: Catalog) -> ColumnElement[bool]:
    """Condition on alerts: those that the catalog's shard judges; all without a shard.

    Those of shops that were removed are the first shard's, so that they are withdrawn once.
    """
    if catalog.settings.shard is None:
        return true()
    if catalog.has_strays:
        return Alert.shop.not_in(catalog.others_shops)
    return Alert.shop.in_(catalog.titles)


def record_judged(session: Session, shard: str, night: date, newest_load: str | None, part: str) -> None:
    """Record the night that a shard was judged for, and the file that it handed over."""
    row = {"shard": shard, "night": night, "judged_at": now(), "newest_load": newest_load, "part": part}
    merge_rows(session, JudgedShard, [row], ["night", "judged_at", "newest_load", "part"])


def judged_shards(session: Session) -> dict[str, JudgedShard]:
    """Shard -> its last judged night, without those never judged."""
    return {one.shard: one for one in session.scalars(select(JudgedShard))}


def places(session: Session) -> dict[str, str]:
    """Shop -> shard that holds its data, without shops that never had any."""
    return {one.shop: one.shard for one in session.scalars(select(ShopPlace))}


def record_places(session: Session, shops: Iterable[str], shard: str) -> None:
    """Record that the shard holds the data of the shops."""
    merge_rows(session, ShopPlace, [{"shop": shop, "shard": shard} for shop in shops], ["shard"])
