"""Night of a home with several shards: each is loaded, built and judged on its own, then their parts are gathered."""

from __future__ import annotations

import logging
from datetime import date

from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.ingest.inbox import Inbox
from shopwatch.ingest.load import LoadResult, load_new
from shopwatch.notify.digest import record_silently
from shopwatch.notify.notices import post_failure
from shopwatch.ops.raw_warehouse import require_raw_warehouse
from shopwatch.pipeline import (
    JudgedNight,
    NightResult,
    build_models,
    check_exports,
    judge_rules,
    newest_covered,
    newest_load,
    notify_teams,
    plan_night,
    publish_night,
    require_store,
    update_store,
    write_night,
)
from shopwatch.shards.division import divide_home
from shopwatch.store.shards import judged_shards, places, record_judged, record_places
from shopwatch.store.tables import last_night, open_store
from shopwatch.warehouse.connections import gathered_warehouse, read_shop_warehouse, shop_warehouse, transaction
from shopwatch.warehouse.gathering import gather, late_shops
from shopwatch.warehouse.parts import Part, hand_over, remove_earlier

log = logging.getLogger("shopwatch.shards")


class NotMovedError(StateError):
    """A shop's data are in another shard than the declared one."""


def begin_night(settings: Settings) -> list[str]:
    """Check the store, and divide a home that had one shard so far; returns the names of the shards.

    Raises StateError as `pipeline.load_exports` does.
    """
    require_store(settings)
    divide_home(settings)
    return Catalog(settings).shards


def load_shard(settings: Settings, inbox: Inbox | None = None) -> dict[str, LoadResult]:
    """Load the new files of the shard's shops, by export.

    Raises NotMovedError if another shard holds the data of one of the shops: all its alerts would be withdrawn.
    Raises StateError and OSError as `pipeline.load_exports` does.
    """
    shard, shops = settings.shard, Catalog(settings).shops
    with open_store(settings) as engine, Session(engine) as session:
        elsewhere = {shop: place for shop, place in places(session).items() if shop in shops and place != shard}
    if elsewhere:
        held = ", ".join(f"{shop} (in {place})" for shop, place in sorted(elsewhere.items()))
        shop = min(elsewhere)
        raise NotMovedError(
            f"other shards than {shard}, which shops.yaml names, hold the data of {held}: "
            f"run bin/shopwatch shards move {shop} {shard}, or name the former shard again"
        )
    require_raw_warehouse(settings)
    return load_new(settings, inbox)


def judge_shard(
    settings: Settings,
    night: date | None,
    *,
    backfill: bool = False,
    is_scheduled: bool = False,
    catalog: Catalog | None = None,
) -> JudgedNight:
    """Judge the shard's rules, update the alerts of its shops, and hand its warehouse over to be gathered.

    The transaction of the store that updates the alerts names the file that was handed over: killed at any moment, the
    shard is either judged, or as it was. ``night`` and errors as for `pipeline.judge_night`.
    """
    catalog, shard = catalog or Catalog(settings), str(settings.shard)
    with open_store(settings) as engine:
        to_judge = plan_night(engine, catalog, night, backfill=backfill, is_scheduled=is_scheduled)
        with shop_warehouse(settings) as con:
            verdicts = judge_rules(con, catalog, to_judge.night, to_judge.kept)
        part = hand_over(settings)
        with read_shop_warehouse(settings) as con, Session(engine) as session, session.begin():
            update_store(session, con, catalog, to_judge)
            record_judged(session, shard, to_judge.night, newest_load(con), part)
            loaded = con.execute("select distinct shop from ops.loads where state != 'rejected'").fetchall()
            record_places(session, sorted(catalog.shops.keys() & {shop for (shop,) in loaded}), shard)
    remove_earlier(settings, part)
    log.info("%s: night %s%s: %s", shard, to_judge.night, " (quiet)" if to_judge.quiet else "", verdicts)
    return JudgedNight(to_judge.night, verdicts, to_judge.quiet)


def gather_night(settings: Settings, asked: date | None, *, backfill: bool = False) -> JudgedNight:
    """Gather the shards' parts into the home's shop warehouse, of the newest night that any was judged for.

    Shards that were not judged for it keep the rows of their last night. ``asked``: the requested night. If that is
    older, or in a backfill, nobody is to be notified. Raises StateError if no shard was ever judged.
    """
    catalog = Catalog(settings)
    with open_store(settings) as engine:
        with Session(engine) as session:
            parts, night = _parts(session, catalog), last_night(session)
        if not parts or night is None:
            raise StateError("no shard was judged yet: there is nothing to gather")
        is_quiet = backfill or (asked is not None and asked < night)
        with gathered_warehouse(settings) as con:
            gather(con, catalog, parts, night)
            if late := late_shops(con):
                log.warning("the night %s lacks the shops %s: their shards are not judged", night, ", ".join(late))
            if is_quiet:
                with Session(engine) as session, session.begin():
                    record_silently(session, con, catalog, night)
            with transaction(con), Session(engine) as session:
                write_night(session, con, catalog)
    return JudgedNight(night, {}, is_quiet)


def _parts(session: Session, catalog: Catalog) -> list[Part]:
    """Parts of all shards that were ever judged, with the shops whose data each holds."""
    placed = places(session)
    found = []
    for shard, judged in sorted(judged_shards(session).items()):
        shops = tuple(name for name, shop in catalog.shops.items() if placed.get(name, shop.shard) == shard)
        shops += tuple(name for name, group in catalog.groups.items() if group.shard == shard)
        path = catalog.settings.for_shard(shard).handed_over() / judged.part
        found.append(Part(shard, path, judged.night, shops, shard == catalog.shards[0]))
    return found


def watch_shards(
    settings: Settings, night: date | None, inbox: Inbox | None = None, *, is_scheduled: bool = False
) -> NightResult:
    """Run all steps of a night in one process, one shard after the other.

    A shard that fails holds back its own shops only, and the data teams are notified. Parameters as for
    `pipeline.watch_night`. Raises the first error if every shard fails.
    """
    built, judged, errors = list[Settings](), 0, list[Exception]()
    for shard in map(settings.for_shard, begin_night(settings)):
        try:
            load_shard(shard, inbox)
            check_exports(shard)
            build_models(shard)
            built.append(shard)
        except Exception as error:
            errors.append(_report(shard, night, error))
    if night is None and (covered := [day for day in map(newest_covered, built) if day]):
        night = max(covered)
    for shard in built:
        try:
            judge_shard(shard, night, is_scheduled=is_scheduled)
            judged += 1
        except Exception as error:
            errors.append(_report(shard, night, error))
    if not judged:
        raise errors[0]
    whole = gather_night(settings, night)
    undelivered = notify_teams(settings, whole.night)
    publish_night(settings, whole.night)
    return NightResult(whole.night, undelivered, whole.quiet)


def _report(settings: Settings, night: date | None, error: Exception) -> Exception:
    """Log why a shard failed and notify the data teams, once a day; returns the error."""
    today, fault = date.today(), f"{type(error).__name__}: {error}"
    log.error("the shard %s failed: %s", settings.shard, fault, exc_info=error)
    post_failure(settings, f"shard {settings.shard}", f"{today} {fault}", fault, night or today)
    return error
