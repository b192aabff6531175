"""Published weekly tables for tests: rows with defaults, and a warehouse made of them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from shopwatch.judge.unjudged import Gap

WEEK = date(2026, 11, 9)
SUNDAY = WEEK + timedelta(days=6)

COLUMNS = {
    "review.weekly_shop": (
        "shop varchar, shop_title varchar, week_start date, week_end date, currency varchar, revenue "
        "decimal(18, 2), revenue_last_week decimal(18, 2), revenue_change double, revenue_last_year "
        "decimal(18, 2), revenue_change_last_year double, revenue_target double, orders_placed bigint, "
        "orders_paid bigint, orders_paid_last_week bigint, orders_paid_change double, value_per_order double, "
        "value_per_order_last_week double, value_per_order_change double, refunded decimal(18, 2), "
        "net_revenue decimal(18, 2), spend decimal(18, 2), spend_last_week decimal(18, 2), spend_change "
        "double, ad_revenue decimal(18, 2), roas double, roas_last_week double, roas_change double, "
        "roas_target double, completeness double, is_partial boolean, event varchar, event_zh varchar, "
        "event_en varchar, is_sale boolean, is_holiday boolean, is_closed boolean, as_of date"
    ),
    "review.weekly_product": (
        "shop varchar, product_id varchar, product_name varchar, item_number varchar, week_start date, "
        "week_end date, currency varchar, visitors bigint, visitors_last_week bigint, visitors_change "
        "double, cart_buyers bigint, pay_buyers bigint, pieces bigint, revenue decimal(18, 2), "
        "revenue_last_week decimal(18, 2), revenue_change double, refunded decimal(18, 2), pay_conversion "
        "double, pay_conversion_last_week double, pay_conversion_change double, pay_conversion_target "
        "double, completeness double, is_closed boolean, as_of date"
    ),
    "review.weekly_ad_campaign": (
        "shop varchar, campaign_id varchar, campaign_name varchar, tool varchar, week_start date, "
        "week_end date, currency varchar, impressions bigint, clicks bigint, spend decimal(18, 2), "
        "spend_last_week decimal(18, 2), spend_change double, ad_revenue decimal(18, 2), "
        "ad_revenue_last_week decimal(18, 2), ad_revenue_change double, roas double, roas_last_week "
        "double, roas_change double, roas_target double, break_even_roas double, profit decimal(18, 2), "
        "profit_last_week decimal(18, 2), completeness double, is_closed boolean, as_of date"
    ),
    "review.weekly_profit": (
        "shop varchar, week_start date, week_end date, part varchar, entity varchar, entity_name varchar, currency "
        "varchar, revenue decimal(18, 2), refunded decimal(18, 2), goods decimal(18, 2), fees decimal(18, 2), freight "
        "decimal(18, 2), other_costs decimal(18, 2), margin_before_ads decimal(18, 2), ad_spend decimal(18, 2), profit "
        "decimal(18, 2), profit_rate double, break_even_roas double, lacks_zh varchar, lacks_en varchar, "
        "completeness double, is_closed boolean, as_of date"
    ),
    "review.weekly_stock": (
        "shop varchar, sku varchar, product_name varchar, item_number varchar, week_start date, week_end "
        "date, counted_on date, on_hand bigint, available bigint, available_last_week bigint, "
        "available_change double, on_order bigint, pieces_to_order bigint, pieces_7_days double, "
        "sales_7_days decimal(18, 2), "
        "currency varchar, completeness double, is_closed boolean, as_of date"
    ),
    "review.weekly_alerts": (
        "alert_key varchar, shop varchar, week_start date, week_end date, rule varchar, rule_title_zh "
        "varchar, rule_title_en varchar, entity_type varchar, entity varchar, entity_name varchar, metric "
        "varchar, grain varchar, since date, resolved_at date, is_new boolean, state varchar, severity "
        "varchar, value double, measure varchar, measured double, measured_in varchar, "
        "threshold double, threshold_high double, judged_period date, judged_verdict varchar, unjudged struct("
        "period_start date,verdict varchar,reason varchar,missing_days date[],missing_exports varchar[],"
        "short_days date[],short_exports varchar[])[], "
        "numerator decimal(18, 4), denominator decimal(18, 4), "
        "at_stake decimal(18, 2), currency varchar, owner_zh varchar, owner_en varchar, action_zh varchar, "
        "action_en varchar, manual_zh varchar, manual_en varchar, rule_hash varchar, model_hash varchar, "
        "decision varchar, decided_by varchar, decided_on date, decision_reason varchar, plan varchar, "
        "outcome varchar, outcome_days bigint, is_closed boolean, as_of date"
    ),
    "review.weekly_decision": (
        "alert_key varchar, shop varchar, week_start date, week_end date, kind varchar, rule varchar, rule_title_zh "
        "varchar, rule_title_en varchar, entity_type varchar, entity varchar, entity_name varchar, decided_on date, "
        "decision varchar, responsible varchar, until date, note varchar, outcome varchar, resolved_at date, "
        "is_closed boolean, as_of date"
    ),
    "review.weekly_stage": (
        "shop varchar, shop_title varchar, week_start date, week_end date, stage tinyint, state varchar, score double, "
        "kpis bigint, kpis_off bigint, kpis_with_target bigint, kpis_on_target bigint, worst_kpi varchar, worst_kpi_zh "
        "varchar, worst_kpi_en varchar, alerts bigint, alerts_critical bigint, alerts_new bigint, at_stake "
        "decimal(18, 2), is_weakest boolean, worst_alert varchar, worst_rule varchar, rule_title_zh varchar, "
        "rule_title_en varchar, worst_entity_type varchar, worst_entity varchar, worst_entity_name varchar, owner_zh "
        "varchar, owner_en varchar, action_zh varchar, action_en varchar, currency varchar, is_closed boolean, "
        "as_of date"
    ),
    "review.weekly_kpi": (
        "shop varchar, metric varchar, title_zh varchar, title_en varchar, stage tinyint, week_start date, week_end "
        "date, grain varchar, period_start date, unit varchar, direction varchar, value double, numerator "
        "decimal(18, 4), denominator decimal(18, 4), target double, is_on_target boolean, value_last_week double, "
        "value_change double, value_last_year double, value_change_last_year double, band_mean double, band_low "
        "double, band_high double, is_worse_than_usual boolean, at_stake decimal(18, 2), currency varchar, "
        "completeness double, is_partial boolean, event varchar, event_zh varchar, event_en varchar, is_sale boolean, "
        "is_holiday boolean, is_closed boolean, as_of date"
    ),
    "review.weekly_entity": (
        "shop varchar, metric varchar, week_start date, week_end date, entity_type varchar, entity varchar, "
        "entity_name varchar, grain varchar, period_start date, period_end date, value double, value_last_week double, "
        "numerator decimal(18, 4), denominator decimal(18, 4), at_stake decimal(18, 2), currency varchar, completeness "
        "double, is_closed boolean, as_of date"
    ),
    "review.weekly_promotion": (
        "shop varchar, week_start date, week_end date, plan varchar, campaign varchar, campaign_kind varchar, "
        "starts_on date, ends_on date, state varchar, owner varchar, gaps bigint, days_to_start bigint, "
        "is_warmup_price_set boolean, budget decimal(18, 2), spend_so_far decimal(18, 2), budget_used double, "
        "revenue_goal decimal(18, 2), revenue_so_far decimal(18, 2), goal_reached double, currency varchar, "
        "is_closed boolean, as_of date"
    ),
    "review.weekly_target": (
        "shop varchar, week_start date, week_end date, entity varchar, entity_name varchar, target_metric varchar, "
        "target_grain varchar, period_start date, owner varchar, action varchar, actual double, target double, "
        "attainment double, attainment_last_week double, forecast decimal(18, 4), forecast_share double, "
        "days_left bigint, pace_needed double, is_reached boolean, is_within_reach boolean, currency varchar, "
        "completeness double, is_closed boolean, as_of date"
    ),
    "review.weekly_driver": (
        "shop varchar, week_start date, week_end date, versus varchar, compared_week date, dimension varchar, "
        "driver_kind varchar, driver varchar, driver_name varchar, rank bigint, value double, value_compared double, "
        "effect decimal(18, 2), share_of_change double, revenue_moved decimal(18, 2), currency varchar, is_closed "
        "boolean, as_of date"
    ),
    "ops.meeting_decisions": (
        "alert_key varchar, week_start date, decision varchar, responsible varchar, until date, note varchar, "
        "decided_on date"
    ),
    "ops.alerts": "key varchar, moved_to varchar, belongs_to varchar",
    "marts.dim_shop": (
        "shop varchar, title varchar, platform varchar, currency varchar, timezone varchar, language varchar"
    ),
    "meta.metrics": (
        "metric varchar, title_zh varchar, title_en varchar, stage tinyint, unit varchar, direction varchar, "
        "inputs varchar[], numerator_zh varchar, numerator_en varchar, denominator_zh varchar, denominator_en "
        "varchar, definition_zh varchar, definition_en varchar, caveat_zh varchar, caveat_en varchar, "
        "at_stake_zh varchar, at_stake_en varchar, source varchar"
    ),
    "kpi.fct_kpi": (
        "shop varchar, metric varchar, entity_type varchar, entity varchar, grain varchar, period_start date, "
        "value double"
    ),
    "kpi.period_coverage": (
        "shop varchar, metric varchar, grain varchar, period_start date, days_expected bigint, "
        "days_covered bigint, missing_days date[]"
    ),
    "ops.loads": "shop varchar, rows_quarantined bigint, first_day date, last_day date",
}

Rows = list[dict[str, Any]]


def metric(name: str, zh: str, unit: str, source: str) -> dict[str, Any]:
    words = {f"{part}_{tongue}": f"{part} of {name}" for part in PARTS for tongue in ("zh", "en")}
    return {
        "metric": name,
        "stage": 7,
        "unit": unit,
        "inputs": [source],
        **words,
        "title_zh": zh,
        "title_en": name.replace("_", " "),
    }


PARTS = ("title", "numerator", "denominator", "definition", "caveat", "at_stake")
METRICS = [
    metric("revenue", "成交额", "money", "orders"),
    metric("value_per_order", "笔单价", "money", "orders"),
    metric("roas", "投入产出比", "ratio", "ad_day"),
    metric("pay_conversion", "支付转化率", "share", "product_day"),
    metric("available_stock", "可用库存", "pieces", "stock"),
]
TEA = {"shop": "tea", "title": "青禾茶具", "currency": "CNY", "language": "zh"}
UCI = {"shop": "uci", "title": "Gift shop", "currency": "GBP", "language": "en"}


def of_week(start: date = WEEK, closed: bool = True, **values: Any) -> dict[str, Any]:
    as_of = SUNDAY if closed else WEEK + timedelta(days=4)
    base = {"shop": "tea", "currency": "CNY", "week_start": start, "week_end": start + timedelta(days=6)}
    return base | {"is_closed": closed, "as_of": as_of, "completeness": 1.0} | values


def shop_week(start: date = WEEK, **values: Any) -> dict[str, Any]:
    sums = {"revenue": Decimal("70610.70"), "orders_placed": 638, "orders_paid": 608, "value_per_order": 116.1360197}
    paid = {"refunded": Decimal("1892.20"), "net_revenue": Decimal("68718.50")}
    last = {"revenue_last_week": Decimal("73549.00"), "revenue_change": -0.03995, "orders_paid_last_week": 590}
    ads = {"spend": Decimal("3768.54"), "ad_revenue": Decimal("14219.22"), "roas": 3.7731, "roas_target": 3.0}
    return of_week(start) | sums | paid | last | ads | {"orders_paid_change": 0.0305} | values


def item(number: int = 1, **values: Any) -> dict[str, Any]:
    names = {"product_id": f"7100{number:05}", "product_name": f"茶壶 {number}", "item_number": f"QH-{number:05}"}
    sold = {"visitors": 700, "pay_buyers": 4, "pieces": 4, "revenue": Decimal("600.40"), "pay_conversion": 0.0057142857}
    last = {"revenue_last_week": Decimal("790.00"), "revenue_change": -0.24, "pay_conversion_target": 0.02}
    return of_week() | names | sold | last | values


def campaign(**values: Any) -> dict[str, Any]:
    names = {"campaign_id": "6001", "campaign_name": "关键词-紫砂壶", "tool": "关键词推广"}
    numbers = {"spend": Decimal("840.00"), "ad_revenue": Decimal("1764.00"), "roas": 2.1, "roas_target": 3.0}
    return of_week() | names | numbers | values


def alert(**values: Any) -> dict[str, Any]:
    rule = {"rule": "roas_low", "rule_title_zh": "投产比过低", "rule_title_en": "ROI too low", "metric": "roas"}
    thing = {
        "alert_key": "k",
        "entity_type": "campaign",
        "entity": "6001",
        "entity_name": "关键词-紫砂壶",
        "grain": "week",
    }
    life = {"since": WEEK, "is_new": True, "state": "firing", "severity": "warning", "at_stake": Decimal("756.00")}
    numbers = {
        "value": 2.1,
        "measure": "value",
        "measured": 2.1,
        "threshold": 3.0,
        "threshold_high": 3.0,
        "judged_period": WEEK,
        "judged_verdict": "breach",
        "unjudged": [],
        "numerator": 1764,
        "denominator": 840,
    }
    does = {
        "owner_zh": "推广",
        "owner_en": "Marketing",
        "action_zh": "降低出价",
        "action_en": "lower the bid",
        "manual_zh": "4 营销推广",
        "manual_en": "4 Marketing",
    }
    return of_week() | rule | thing | life | numbers | does | values


def unjudged(start: date, reason: str) -> dict[str, Any]:
    """A period of an alert that was not judged."""
    return {"period_start": start, "reason": reason, **{name: [] for name in Gap._fields}}


def decision(**values: Any) -> dict[str, Any]:
    rule = {"rule": "roas_low", "rule_title_zh": "投产比过低", "rule_title_en": "ROI too low"}
    thing = {"alert_key": "k", "entity_type": "campaign", "entity": "6001", "entity_name": "关键词-紫砂壶"}
    said = {"kind": "meeting", "decided_on": WEEK, "decision": "otherwise", "responsible": "推广", "until": SUNDAY}
    return of_week() | rule | thing | said | {"note": "换关键词", "outcome": "overdue"} | values


def stage(number: int, **values: Any) -> dict[str, Any]:
    """A stage that is good, with three KPIs."""
    calm = {"state": "good", "kpis": 3, "kpis_off": 0, "alerts": 0, "alerts_critical": 0, "is_weakest": False}
    return of_week() | {"stage": number} | calm | values


def kpi(**values: Any) -> dict[str, Any]:
    named = {"metric": "roas", "title_zh": "投入产出比", "title_en": "ROI", "stage": 4, "unit": "ratio"}
    return of_week() | named | {"value": 3.7731, "is_partial": False} | values


def driver(dimension: str, name: str | None, effect: str, **values: Any) -> dict[str, Any]:
    what = {"dimension": dimension, "driver_kind": "driver", "driver": name, "driver_name": name, "rank": 1}
    moved = {"versus": "last_week", "effect": Decimal(effect), "revenue_moved": Decimal("-2938.30")}
    return of_week() | what | moved | {"share_of_change": float(effect) / -2938.30} | values


def full() -> dict[str, Rows]:
    """A shop that has everything, and one that has orders only."""
    sku = {"sku": "QH-1-01", "product_name": "急须壶", "counted_on": SUNDAY, "available": 10, "on_order": 0}
    covered = {"metric": "revenue", "grain": "week", "period_start": WEEK, "days_expected": 7, "missing_days": []}
    return {
        "marts.dim_shop": [TEA, UCI],
        "meta.metrics": METRICS,
        "review.weekly_shop": [
            shop_week(WEEK - timedelta(days=7), revenue=Decimal("73549.00"), refunded=Decimal("1108.00")),
            shop_week(),
            shop_week(shop="uci", currency="GBP", revenue=Decimal("1234.50"), spend=None, roas=None, roas_target=None),
        ],
        "review.weekly_product": [item()],
        "review.weekly_ad_campaign": [campaign()],
        "review.weekly_stock": [of_week() | sku | {"pieces_7_days": 17.0, "sales_7_days": Decimal("1958.80")}],
        "review.weekly_alerts": [alert()],
        "kpi.period_coverage": [covered | {"shop": "tea", "days_covered": 7}],
    }


def write_tables(path: Path, tables: dict[str, Rows]) -> Path:
    """A published warehouse of these rows; columns that a row does not name are missing in it."""
    with duckdb.connect(path) as con:
        for schema in ("review", "marts", "meta", "kpi", "ops", "staging"):
            con.execute(f"create schema {schema}")
        for name, columns in COLUMNS.items():
            con.execute(f"create table {name} ({columns})")
        for name, rows in tables.items():
            for row in rows:
                known = {key: value for key, value in row.items() if key in columns_of(name)}
                marks = ", ".join("?" * len(known))
                con.execute(f"insert into {name} ({', '.join(known)}) values ({marks})", list(known.values()))
    path.chmod(0o444)
    return path


def columns_of(name: str) -> list[str]:
    """The columns of one of the tables, in order."""
    return [column.split()[0] for column in re.sub(r"\(\d+, \d+\)", "", COLUMNS[name]).split(", ")]
