"""One shop's section of the page: its numbers and their wording. Missing data is stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from shopwatch.charts.weekly import NARROW, WIDE, RevenueWeek, revenue_chart
from shopwatch.core.i18n import Words, days_label
from shopwatch.judge.stakes import stake_of, together
from shopwatch.review.causes import in_groups
from shopwatch.review.tables import WEEKS, Row, Tables, Week
from shopwatch.review.tiles import MEASURES, Tile, covered_days, is_comparable, tiles
from shopwatch.review.wording import amount, change, needs_cents

MOST_ALERTS = 20
KINDS = ("orders", "traffic", "ads", "stock")


@dataclass(frozen=True)
class RevenueChart:
    """Weekly revenue. ``wide`` and ``narrow`` draw it on demand, for a desktop and for a phone.

    ``label`` is for screen readers.
    """

    title: str
    unit: str
    label: str
    columns: list[RevenueWeek]
    scale: int
    target: float | None
    shop: str
    weeks: list[Row]

    @property
    def wide(self) -> str:
        return self._drawn(WIDE)

    @property
    def narrow(self) -> str:
        return self._drawn(NARROW)

    @property
    def has_gap(self) -> bool:
        return any(column.value is None for column in self.columns)

    @property
    def is_uneven(self) -> bool:
        return any(not column.is_complete for column in self.columns if column.value is not None)

    def _drawn(self, size: tuple[int, int]) -> str:
        return revenue_chart(self.columns, self.scale, self.target, size, self.label)


@dataclass(frozen=True)
class Section:
    """Content of the page about one shop."""

    shop: str
    title: str
    currency: str
    say: Words
    head: str
    todo: tuple[str, ...]
    tiles: tuple[Tile, ...]
    chart: RevenueChart | None
    stages: list[Row]
    week_kpis: list[Row]
    effects: list[Row]
    alerts: list[Row]
    alerts_hidden: int
    resolved: list[Row]
    resolved_hidden: int
    decisions: list[Row]
    products: list[Row]
    campaigns: list[Row]
    stock: list[Row]
    coverage: list[Row]
    absent: tuple[str, ...]
    set_aside: int
    definitions: list[Row]

    @property
    def drivers(self) -> tuple[Tile, ...]:
        """Revenue and its factors, if the shop has orders; shown beside the chart."""
        return self.tiles[:3] if self.tiles and self.tiles[0].key == "revenue" else ()

    @property
    def weakest(self) -> Row | None:
        """The stage that costs the shop most."""
        return next((row for row in self.stages if row["is_weakest"]), None)

    @property
    def notable_kpis(self) -> list[Row]:
        """KPIs that have a target or are worse than usual."""
        return [row for row in self.week_kpis if row["target"] is not None or row["is_worse_than_usual"]]

    @property
    def other_kpis(self) -> list[Row]:
        """KPIs that have no target and are not worse than usual."""
        return [row for row in self.week_kpis if row["target"] is None and not row["is_worse_than_usual"]]

    @property
    def effects_by(self) -> list[tuple[str, list[Row]]]:
        """Drivers of revenue by dimension, in the order of the statement."""
        return [(name, list(rows)) for name, rows in groupby(self.effects, itemgetter("dimension"))]

    @property
    def has_traffic(self) -> bool:
        """True if any product of the page was in a traffic report."""
        return any(row["visitors"] is not None for row in self.products)

    @property
    def id(self) -> str:
        """HTML id of the section."""
        return section_id(self.shop)


def section_id(shop: str) -> str:
    """HTML id of a shop's section."""
    return f"shop-{shop_key(shop)}"


def section(tables: Tables, shop: Row, say: Words) -> Section:
    """Build the shop's section, with the texts of ``say``."""
    name, week = shop["shop"], tables.week
    weeks = tables.of("shop_weeks", name)
    now = next((row for row in weeks if row["week_start"] == week.start), None)
    alerts = tables.of("alerts", name)
    opened = in_groups(row for row in alerts if row["state"] != "resolved")
    resolved = [row for row in alerts if row["state"] == "resolved"]
    products = tables.of("products", name)
    set_aside = tables.of("set_aside", name)
    return Section(
        shop=name,
        title=shop["title"] or name,
        currency=shop["currency"],
        say=say,
        head=headline(say, week, shop, now),
        todo=todo_lines(say, shop["currency"], opened, products),
        tiles=tuple(tiles(say, week, shop, now, tables.definitions)) if now else (),
        chart=_chart(say, week, shop["currency"], weeks, name),
        stages=tables.of("stages", name),
        week_kpis=tables.of("week_kpis", name),
        effects=tables.of("drivers", name),
        alerts=opened[:MOST_ALERTS],
        alerts_hidden=max(len(opened) - MOST_ALERTS, 0),
        resolved=resolved[:MOST_ALERTS],
        resolved_hidden=max(len(resolved) - MOST_ALERTS, 0),
        decisions=tables.of("decisions", name),
        products=products,
        campaigns=tables.of("campaigns", name),
        stock=tables.of("stock", name),
        coverage=tables.of("coverage", name),
        absent=tuple(_absent(say, week, shop)),
        set_aside=int(set_aside[0]["row_count"]) if set_aside else 0,
        definitions=tables.rows["definitions"],
    )


# The head line.


def headline(say: Words, week: Week, shop: Row, now: Row | None) -> str:
    """One sentence about the week: revenue, its change, and the sale or holiday in it."""
    moved = _moved(say, week, shop, now)
    return moved + say("head_event", event=now[f"event_{say.language}"]) if now and now["event"] else moved


def _moved(say: Words, week: Week, shop: Row, now: Row | None) -> str:
    if now is None or now["revenue"] is None:
        if shop["any_kind"] is not None and shop["any_kind"] < week.start:
            return say("no_rows_week", period=say.period(shop["any_kind"], "week"))
        return say("head_no_orders")
    money = amount(now["revenue"], shop["currency"])
    if not week.is_closed:
        return say("head_partial", day=say.day(week.last_day), money=money)
    if now["revenue_change"] is None:
        return say("head_alone", money=money)
    if not is_comparable(week, MEASURES[0], now):
        return say("head_uneven", money=money)
    moved = change(now["revenue_change"])
    if moved is None or moved.arrow == "＝":
        return say("head_change_none", money=money)
    way = "up" if moved.arrow == "▲" else "down"
    return say(f"head_change_{way}", money=money, share=moved.text[1:])


def todo_lines(say: Words, currency: str, opened: Sequence[Row], products: Sequence[Row]) -> tuple[str, ...]:
    """Lines on the open decisions of one shop, which has one currency."""
    if not opened:
        first = say("todo_none")
    else:
        stake = together(map(stake_of, opened)).get(currency)
        first = say("todo_some", count=len(opened))
        first += say("todo_end") if stake is None else say("todo_stake", money=amount(stake, currency))
    below = products[0]["below_target_all"] if products else 0
    return (first, say("todo_products", count=below)) if below else (first,)


# The chart.


def _chart(say: Words, week: Week, currency: str, weeks: list[Row], shop: str) -> RevenueChart | None:
    by_start = {row["week_start"]: row for row in weeks if row["revenue"] is not None}
    if not by_start:
        return None
    starts = [week.start - timedelta(days=7 * back) for back in range(WEEKS - 1, -1, -1)]
    starts = starts[starts.index(min(by_start)) :]
    columns = [_column(by_start.get(start), start) for start in starts]
    target = by_start[week.start]["revenue_target"] if week.start in by_start else None
    many = 10_000 if say.language == "zh" else 1_000
    scale = many if max(column.value or 0 for column in columns) >= many else 1
    unit = say("unit_one" if scale == 1 else "unit_many", currency=currency)
    title = say("chart", count=len(columns))
    label = f"{title}{say('colon')}" + say("comma").join(_point(say, column, currency) for column in columns)
    return RevenueChart(
        title=title,
        unit=say("chart_unit", unit=unit),
        label=label,
        columns=columns,
        scale=scale,
        target=target,
        shop=shop,
        weeks=[by_start[start] for start in reversed(starts) if start in by_start],
    )


def shop_key(shop: str) -> str:
    """A shop's name as part of an id: readable if it is plain, and unique."""
    return shop if shop.isascii() and shop.isidentifier() else f"0{shop.encode().hex()}"


def _column(row: Row | None, start: date) -> RevenueWeek:
    if row is None:
        return RevenueWeek(start, None, False)
    return RevenueWeek(start, row["revenue"], bool(row["is_closed"]) and covered_days(row["completeness"]) is None)


def _point(say: Words, column: RevenueWeek, currency: str) -> str:
    label = days_label(column.start, "week", say.language)
    if column.value is None:
        return say("chart_missing", week=label)
    key = "chart_point" if column.is_complete else "chart_incomplete"
    return say(key, week=label, value=amount(column.value, currency))


# Missing data.


def _absent(say: Words, week: Week, shop: Row) -> list[str]:
    never = [say(f"input_{kind}") for kind in KINDS if shop[kind] is None]
    sentences = [say("never", kinds=_listed(say, never))] if never else []
    for kind in KINDS:
        if shop[kind] is not None and shop[kind] < week.start:
            period = say.period(shop[kind], "week")
            sentences.append(say("not_this_week", kind=say(f"input_{kind}"), period=period))
    return sentences


def _listed(say: Words, names: Sequence[str]) -> str:
    """Join names as ``a, b or c``."""
    return say("and").join([*([say("comma").join(names[:-1])] if names[:-1] else []), names[-1]])


def column_cents(rows: Sequence[Row], *columns: str) -> bool:
    """True if the money of these columns is shown with cents."""
    return needs_cents(row[column] for row in rows for column in columns)


def bars(row: Row, week: Week) -> list[tuple[float, float, bool]]:
    """A product's last weeks as small columns: position, height as a share of the highest, and whether reviewed."""
    past = {entry["week_start"]: entry["revenue"] for entry in row["past"] if entry["revenue"] is not None}
    highest = max([Decimal(1), *past.values()])
    starts = [week.start - timedelta(days=7 * back) for back in range(WEEKS - 1, -1, -1)]
    return [
        (place, float(max(past[start], Decimal(0)) / highest), start == week.start)
        for place, start in enumerate(starts)
        if start in past
    ]
