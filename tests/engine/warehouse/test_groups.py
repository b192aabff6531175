"""A group of shops has the KPIs of them all in one currency; what one of them lacks, it lacks too, and says so."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from sqlalchemy.orm import Session

from ad_project import SUNDAYS, ad_include, drop_week
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.groups import ShopGroup, load_groups
from shopwatch.catalog.shops import Shop
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import words
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.explain import explain
from shopwatch.notify.digest import pending_digests
from shopwatch.notify.missing_exports import why_of_period
from shopwatch.pipeline import judge_night
from shopwatch.store.tables import open_store
from shopwatch.warehouse.connections import dicts, shop_warehouse
from warehouses import differences, take_in

SHOPS = {
    name: Shop(name=name, title=name, platform="tmall", currency=currency, shard=shard)
    for name, currency, shard in (("tea", "CNY", "main"), ("cup", "USD", "main"), ("pot", "CNY", "north"))
}


def groups(home: Path, text: str) -> dict[str, ShopGroup]:
    (home / "groups.yaml").write_text(text, "utf-8")
    return load_groups(Settings(home=home), SHOPS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("all: {title: All, shops: [tea, cups], currency: CNY}", "shops.1: unknown shop `cups` \\(did you mean `cup`"),
        ("tea: {title: All, shops: [cup], currency: CNY}", "a shop has this name"),
        ("all: {title: All, shops: [tea, pot], currency: CNY}", "the shops of a group need one shard"),
        ("all: {title: All, shops: [tea], currency: RMB}", "currency: `RMB` is not an ISO 4217 currency code"),
        (
            "all:\n  title: All\n  shops: [tea, cup]\n  currency: CNY\n  rates:\n    GBP: {2026-01-01: 9}",
            "line 6: rates.GBP: no shop of the group sells in GBP; other currencies than its own: USD",
        ),
        (
            "all: {title: All, shops: [tea, cup], currency: CNY, rates: {USD: {2026-01-01: 0}}}",
            "0 is not a valid rate",
        ),
        ("all: {title: All, shops: [tea], joined: {cup: 2026-01-01}, currency: CNY}", "not one of the group's shops"),
        ("all: {title: All, shop: [tea], currency: CNY}", "no such key \\(did you mean `shops`"),
    ],
)
def test_what_is_wrong_in_groups_yaml_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        groups(tmp_path, text)


def test_a_rate_holds_until_the_next_and_is_missing_before_the_first(tmp_path: Path) -> None:
    rates = "{2026-03-01: 7.1, 2026-01-01: 7.2}"
    group = groups(tmp_path, f"all: {{title: All, shops: [tea, cup], currency: CNY, rates: {{USD: {rates}}}}}")["all"]
    spans = [(span.first_day, span.last_day, str(span.rate)) for span in group.rate_spans if span.currency == "USD"]
    assert spans == [(date(2026, 1, 1), date(2026, 2, 28), "7.2"), (date(2026, 3, 1), None, "7.1")]
    assert group.unrated(SHOPS, [date(2025, 12, 31)]) == ["USD"]
    assert group.unrated(SHOPS, [date(2026, 1, 1), date(2026, 4, 1)]) == []


RULE = {
    "rule": "group_ads_weak",
    "manual": {"zh": "4 营销推广", "en": "4 Marketing"},
    "metric": "roas",
    "grain": "week",
    "by": "group",
    "breach": {"below": 3},
    "owner": "推广",
    "title": {"zh": "集团投产比偏低", "en": "ROAS of the group too low"},
    "message": {"zh": "合计投产比低于 3", "en": "ROAS of all shops below 3"},
    "action": {"zh": "看各店", "en": "look at the shops"},
}


def home_of(home: Path, rates: str) -> Settings:
    """A home with a shop in CNY and one in USD, a group of both, and a rule about it."""
    home.mkdir(parents=True)
    include = ad_include(home / "include")
    (include / "rules" / "8_group.yaml").write_text(yaml.safe_dump([RULE], allow_unicode=True), "utf-8")
    (home / "shops.yaml").write_text(
        "".join(
            f"{name}: {{title: 店{name}, platform: tmall, currency: {SHOPS[name].currency}}}\n"
            for name in ("tea", "cup")
        ),
        "utf-8",
    )
    group = f"all: {{title: 合计, shops: [tea, cup], currency: CNY, rates: {{{rates}}}}}\n"
    (home / "groups.yaml").write_text(group, "utf-8")
    return Settings(home=home, include=include, settle_seconds=0)


def of_group(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(
            "select numerator, denominator, value, currency, coverage from kpi.fct_kpi "
            "where entity_type = 'group' and grain = 'week' order by period_start"
        ).fetchall()


def verdicts(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(
            "select period_start, verdict from ops.verdict_counts where rule = 'group_ads_weak' order by all"
        ).fetchall()


def blocked(settings: Settings, night: date) -> list[str]:
    """Reasons of the group's rule in the mails that are waiting."""
    with open_store(settings) as engine, Session(engine) as session, shop_warehouse(settings) as con:
        digests = pending_digests(session, con, Catalog(settings), night)
        found = {one.reason for each in digests for one in each.digest.blocked if one.shop_title == "合计"}
    return sorted(found)


def explained(settings: Settings) -> list[str]:
    """Reasons that the explanation of the group's alert states, in English."""
    catalog = Catalog(settings)
    with open_store(settings) as engine, Session(engine) as session, shop_warehouse(settings) as con:
        (key,) = con.execute("select key from ops.alerts where rule = 'group_ads_weak'").fetchone()
        found = explain(session, con, catalog, key)
    say = words(catalog.include, "en")
    return [why_of_period(one.model_dump(), found.shop, catalog, say) for one in found.periods if one.reason]


def shown(settings: Settings, sunday: date) -> tuple[object, ...]:
    """The group's line on the page Groups: title, value, value of the week before, shops that it lacks."""
    table = (settings.include / "sql" / "tables" / "groups.sql").read_text("utf-8")
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        found = con.execute(table, {"week": sunday - timedelta(days=6)})
        (row,) = dicts(found)
        key = {"shop": "all", "entity_type": "group", "entity": "all"}
        (page,) = dicts(con.execute(library_sql("web/entity"), key))
    assert (page["shop_title"], page["name"]) == ("合计", "合计")
    return row["group_title"], str(row["value"]), str(row["value_last_week"]), row["lacks_zh"]


@pytest.mark.slow
def test_a_group_is_judged_on_the_sums_of_its_shops_and_waits_for_what_they_lack(tmp_path: Path) -> None:
    settings = home_of(tmp_path / "home", "USD: {2026-11-02: 7, 2026-11-09: 8}")
    first, second = SUNDAYS
    drop_week(settings, "tea", first, [100])
    drop_week(settings, "cup", first, [200])
    take_in(settings)
    judge_night(settings, first)
    # 700 + 700 x 7 spent, 700 + 1,400 x 7 earned
    assert [tuple(map(str, row)) for row in of_group(settings)] == [("10500.0000", "5600.0000", "1.875", "CNY", "1.0")]
    assert verdicts(settings) == [(first - timedelta(days=6), "breach")]

    drop_week(settings, "cup", second, [200])
    take_in(settings)
    judge_night(settings, second)
    assert verdicts(settings)[1:] == [(second - timedelta(days=6), "blocked")]
    english, chinese = blocked(settings, second)
    assert english.startswith("店tea: data incomplete, no ")
    assert chinese.startswith("店tea的数据不全：11-09 至 11-15 缺 ")

    assert explained(settings) == [english]
    assert shown(settings, second) == ("合计", "None", "1.875", "店tea")

    drop_week(settings, "tea", second, [100])
    take_in(settings)
    judge_night(settings, second)
    assert [str(row[0]) for row in of_group(settings)] == ["10500.0000", "11900.0000"]  # 700 + 1,400 x 8
    fresh = home_of(tmp_path / "fresh", "USD: {2026-11-02: 7, 2026-11-09: 8}")
    for sunday in SUNDAYS:
        drop_week(fresh, "tea", sunday, [100])
        drop_week(fresh, "cup", sunday, [200])
    take_in(fresh)
    judge_night(fresh, second)
    assert differences(settings.shop_warehouse, fresh.shop_warehouse, ("kpi", "marts")) == {}


@pytest.mark.slow
def test_a_week_without_a_rate_blocks_the_group_and_names_the_currency(tmp_path: Path) -> None:
    settings = home_of(tmp_path / "home", "USD: {2026-11-05: 7}")
    sunday = SUNDAYS[0]
    drop_week(settings, "tea", sunday, [100])
    drop_week(settings, "cup", sunday, [200])
    take_in(settings)
    judge_night(settings, sunday)
    assert [(row[0], row[2]) for row in of_group(settings)] == [(None, None)]
    assert verdicts(settings) == [(sunday - timedelta(days=6), "blocked")]
    assert blocked(settings, sunday) == [
        "no rate from USD to CNY for 11-02 – 11-04: add it to groups.yaml under all",
        "缺 USD 对 CNY 的汇率：11-02 至 11-04，请在 groups.yaml 的 all 下补上",
    ]
