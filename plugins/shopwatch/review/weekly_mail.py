"""The mail of a closed week: each shop's key figures and what to decide, with the same numbers as page and workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import with_entity_names
from shopwatch.catalog.teams import Team
from shopwatch.core.i18n import Words, limits, number, page_words
from shopwatch.core.links import alert_address, week_address
from shopwatch.core.text import clean
from shopwatch.judge.stakes import stake_of, together
from shopwatch.notify.grouping import group_by_cause
from shopwatch.review.causes import entity_key
from shopwatch.review.sections import section, shop_key
from shopwatch.review.tables import Row, Tables
from shopwatch.review.tiles import MEASURES, Measure, Tile, tile, title_of
from shopwatch.review.wording import amount, opening

MOST_SHOPS, MOST_BRIEFS, MOST_ITEMS, MOST_TITLES = 8, 60, 5, 3
"""Shops in full, further shops in one line each, things to decide of a shop, and rules of a thing by name."""
LONGEST_NAME = 60

BY_VISITORS = (
    Measure("visitors", "count", "visitors_completeness", "no_data"),
    Measure("pay_conversion", "share", "pay_conversion_completeness", "no_visitors"),
)
BY_SESSIONS = (
    Measure("sessions", "count", "sessions_completeness", "no_data"),
    Measure("session_conversion", "share", "session_conversion_completeness", "no_data"),
)
KINDS = {"completeness": "orders", "ad_completeness": "ads"}
"""Coverage of a measure -> kind of export that it needs; the others need traffic."""


@dataclass(frozen=True)
class ItemToDecide:
    """One thing to decide: a product, campaign or shop with its open alerts, the most severe first."""

    severity: str
    severity_word: str
    name: str
    rules: str
    against: str
    action: str
    owner: str
    money: str
    link: str


@dataclass(frozen=True)
class ShopWeek:
    """A shop's week. ``more``: sentence about the things to decide that are left out or already acknowledged."""

    title: str
    currency: str
    head: str
    figures: tuple[Tile, ...]
    weakest: str
    items: tuple[ItemToDecide, ...]
    more: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class WeeklyMail:
    """Content of the mail.

    ``partial``: sentence about a week that is not over. ``shops``: in full; ``briefs``: in one line each; ``titles``:
    all shops with data, those left out as well; ``silent``: shops without any data.
    """

    week: str
    partial: str
    shops: tuple[ShopWeek, ...]
    briefs: tuple[ShopWeek, ...]
    titles: tuple[str, ...]
    silent: tuple[str, ...]
    link: str

    @property
    def hidden(self) -> int:
        """Number of shops with data that are left out."""
        return len(self.titles) - len(self.shops) - len(self.briefs)


def weekly_mail(tables: Tables, catalog: Catalog, team: Team) -> WeeklyMail:
    """The week of the team's shops, in the team's language."""
    say, week = page_words(catalog.include, team.language), tables.week
    declared = [shop for shop in tables.rows["shops"] if not team.shops or shop["shop"] in team.shops]
    shops = [_shop_week(tables, shop, catalog, say) for shop in declared if shop["any_kind"] is not None]
    partial = say("partial_note", day=say.day(week.last_day))
    return WeeklyMail(
        week=say.period(week.start, "week"),
        partial="" if week.is_closed else say("colon").join((say("partial"), partial)),
        shops=tuple(shops[:MOST_SHOPS]),
        briefs=tuple(shops[MOST_SHOPS : MOST_SHOPS + MOST_BRIEFS]),
        titles=tuple(shop.title for shop in shops),
        silent=tuple(_name(shop["title"] or shop["shop"]) for shop in declared if shop["any_kind"] is None),
        link=week_address(catalog.settings, week.start),
    )


def _shop_week(tables: Tables, shop: Row, catalog: Catalog, say: Words) -> ShopWeek:
    part = section(tables, shop, say)
    alerts = with_entity_names(tables.of("alerts", part.shop), catalog, say.language)
    opened = [row for row in alerts if row["state"] != "resolved"]
    undecided = [row for row in opened if row["decision"] is None]
    things = group_by_cause(undecided, entity_key)
    left, decided = len(things) - MOST_ITEMS, len(opened) - len(undecided)
    more = (
        say("decide_more", count=left) if left > 0 else "",
        say("decided_already", count=decided) if decided else "",
    )
    return ShopWeek(
        title=_name(part.title),
        currency=part.currency,
        head=part.head,
        figures=tuple(_figures(tables, shop, say)),
        weakest=_weakest(part.weakest, say),
        items=tuple(_item(thing, catalog, say) for thing in islice(things, MOST_ITEMS)),
        more=tuple(filter(None, more)),
        link=week_address(catalog.settings, tables.week.start, f"shop-{shop_key(part.shop)}"),
    )


# Key figures.


def _figures(tables: Tables, shop: Row, say: Words) -> list[Tile]:
    """Revenue, visitors, conversion, value per order, refunds, spend and ROAS; a missing one with its reason."""
    traffic = {row["metric"]: row for row in tables.of("traffic", shop["shop"])}
    weeks = tables.of("shop_weeks", shop["shop"])
    now = next((row for row in weeks if row["week_start"] == tables.week.start), None)
    has_sessions = traffic.get("visitors", {}).get("value") is None and "sessions" in traffic
    definitions = tables.definitions
    figures = []
    for measure in _measures(BY_SESSIONS if has_sessions else BY_VISITORS):
        definition = definitions.get(measure.column)
        kind = KINDS.get(measure.coverage, "traffic")
        row = (now or {"currency": shop["currency"]}) | _traffic_row(traffic)
        figure = tile(say, tables.week, measure, row, definition) if measure.column in row else None
        if figure is None or (figure.why and shop[kind] is None):
            title = title_of(say, measure, definition)
            figure = Tile(measure.column, title, "—", _never(say, kind, shop), None, None, None, None, ())
        figures.append(figure)
    return figures


def _measures(traffic: Sequence[Measure]) -> list[Measure]:
    known = {measure.column: measure for measure in MEASURES}
    return [
        known["revenue"],
        *traffic,
        *(known[name] for name in ("value_per_order", "refunded", "spend", "roas")),
    ]


def _traffic_row(traffic: dict[str, Row]) -> Row:
    """The KPIs of visitors in the shape of the shop's row of the week."""
    row: dict[str, Any] = {}
    for metric, found in traffic.items():
        row |= {
            metric: found["value"],
            f"{metric}_last_week": found["value_last_week"],
            f"{metric}_change": found["value_change"],
            f"{metric}_target": found["target"],
            f"{metric}_completeness": found["completeness"],
            f"{metric}_completeness_last_week": found["completeness_last_week"],
        }
    return row


def _never(say: Words, kind: str, shop: Row) -> str:
    return say("no_data") if shop[kind] is not None else say("no_export_of", kind=say(f"input_{kind}"))


# What to decide.


def _weakest(stage: Row | None, say: Words) -> str:
    """The sentence of the page about the weakest stage; empty if there is none."""
    if stage is None:
        return ""
    key = f"stage_{stage['stage']}"
    name = say(key) if key in say else str(stage["stage"])
    if stage["at_stake"] is None:
        return say("weakest_stage_alone", stage=name)
    return say("weakest_stage", stage=name, money=amount(stage["at_stake"], stage["currency"] or ""))


def _item(alerts: Sequence[Row], catalog: Catalog, say: Words) -> ItemToDecide:
    first, language = alerts[0], say.language
    titles = list(dict.fromkeys(row[f"rule_title_{language}"] or row["rule"] for row in alerts))
    rest = [say("and_more", count=len(titles) - MOST_TITLES)] if len(titles) > MOST_TITLES else []
    currency = first["currency"] or ""
    metric = say(f"measure_{first['measure']}", metric=first[f"metric_title_{language}"])
    value = number(first["measured"], first["unit"], language, near=first["threshold"], currency=currency)
    bounds = limits(first["threshold"], first["threshold_high"], first["unit"], language, currency)
    return ItemToDecide(
        severity=first["severity"],
        severity_word=say(first["severity"]),
        name=_name(first["entity_name"] or first["entity"]),
        rules=say("comma").join(clean(title, LONGEST_NAME) for title in [*titles[:MOST_TITLES], *rest]),
        against=f"{opening(metric)} {value}{say('comma_of_words')}{say('limit', value=bounds)}",
        action=opening(clean(first[f"action_{language}"] or "")),
        owner=clean(first[f"owner_{language}"] or "", 40),
        money=_money(together(map(stake_of, alerts))),
        link=alert_address(catalog.settings, first["alert_key"]),
    )


def _money(amounts: Mapping[str, Decimal]) -> str:
    """Amounts by currency, with cents as the key figures; empty if none is known."""
    return " + ".join(amount(money, currency) for currency, money in amounts.items() if money)


def _name(text: str) -> str:
    return clean(text, LONGEST_NAME)
