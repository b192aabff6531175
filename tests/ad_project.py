"""A project whose whole night takes seconds: ad reports alone, one KPI of them, and a rule about it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import yaml

from files import drop, plan, plans_csv
from shopwatch.core.settings import Settings
from small_project import small_include

METRICS = ("roas",)
RULES = ("roas_low",)
SUNDAYS = (date(2026, 11, 8), date(2026, 11, 15))
READ_BY_THE_NIGHT = (
    "kpi.fct_kpi", "kpi.metric_exports", "kpi.period_coverage", "marts.dim_date", "marts.dim_entity",
    "marts.dim_region_date", "marts.dim_shop", "marts.fct_ad_creative_day", "marts.fct_ad_day", "marts.fct_buyer_order",
    "marts.fct_ad_product_day", "marts.fct_campaign_week", "marts.fct_order", "marts.fct_shop_day",
    "intermediate.int_absent_ad_accounts", "intermediate.int_absent_campaigns", "intermediate.int_covered_days",
    "intermediate.int_short_days", "intermediate.int_unknown_shipping_days", "staging.stg_coverage",
    "staging.stg_loads", "staging.stg_meeting_decisions", "staging.stg_quarantine", "staging.stg_shops",
    "staging.stg_targets",
)  # fmt: skip


def ad_include(include: Path) -> Path:
    """The project's include with the models that a night needs, and no more of metrics and rules than those of ads."""
    small_include(include, READ_BY_THE_NIGHT)
    whole = Settings().include
    shutil.rmtree(include / "sources")  # the models read columns of all of them
    shutil.copytree(whole / "sources", include / "sources")
    (include / "sql" / "metrics").mkdir()
    for name in METRICS:
        shutil.copy(whole / "sql" / "metrics" / f"{name}.sql", include / "sql" / "metrics")
    rules = include / "rules"
    for path in rules.glob("[1-9]_*.yaml"):
        if path.name != "4_marketing.yaml":
            path.unlink()
    kept = [rule for rule in yaml.safe_load((rules / "4_marketing.yaml").read_text("utf-8")) if rule["rule"] in RULES]
    (rules / "4_marketing.yaml").write_text(yaml.safe_dump(kept, allow_unicode=True), "utf-8")
    (rules / "freshness.yaml").unlink()
    return include


def ad_home(home: Path, include: Path, inbox: Path, shards: Mapping[str, str]) -> Settings:
    """A home that watches the shops, each in its shard."""
    home.mkdir(parents=True)
    place_shops(home, shards)
    (home / "pseudonym.key").write_text("of no installation")
    return Settings(home=home, include=include, inbox_address=str(inbox), settle_seconds=0)


def place_shops(home: Path, shards: Mapping[str, str]) -> None:
    """Declare the shops, each with its shard."""
    lines = [f"{shop}: {{title: 店{shop}, platform: tmall, currency: CNY, shard: {shards[shop]}}}\n" for shop in shards]
    (home / "shops.yaml").write_text("".join(lines), "utf-8")


def drop_week(settings: Settings, shop: str, sunday: date, revenues: list[int]) -> None:
    """One file with a week's plans of a shop: each spends 700 in the week; ``revenues`` of their days, in yuan."""
    days = [sunday - timedelta(days=back) for back in range(6, -1, -1)]
    rows = [
        plan(number, day.isoformat(), 总成交金额=f"{revenue}.00")
        for number, revenue in enumerate(revenues, start=1)
        for day in days
    ]
    drop(settings, f"{shop}/plans_{sunday}.csv", plans_csv(rows), f"{sunday + timedelta(days=1)}T01:00:00")
