"""Page of an entity (a product, a campaign and so on): all its KPIs over time, and its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import entity_name
from shopwatch.catalog.rules import MEASURED_IN
from shopwatch.core.i18n import Language, Words, limit, money, number
from shopwatch.core.links import alert_path, entity_path
from shopwatch.store.decisions import Assignment, assignments
from shopwatch.web.details import DetailTable, detail_tables
from shopwatch.web.published import PublishedWarehouse, Row
from shopwatch.web.series import Series, series

DAYS = 400


@dataclass(frozen=True)
class AlertLine:
    """One alert of the entity as text."""

    path: str
    title: str
    owner: str
    state: str
    severity: str
    since: str
    resolved_at: date | None
    value: str
    limit: str
    stake: str


@dataclass(frozen=True)
class RelatedEntity:
    """Another entity with the same item number."""

    path: str
    entity_type: str
    name: str


@dataclass(frozen=True)
class EntityPage:
    """Content of the page."""

    entity_type: str
    entity: str
    name: str
    shop_title: str
    item_number: str
    status: str
    first_day: date | None
    alerts: list[AlertLine]
    details: list[DetailTable]
    series: list[Series]
    related: list[RelatedEntity]


def entity(
    session: Session,
    night: PublishedWarehouse,
    known: Catalog,
    language: Language,
    say: Words,
    key: Mapping[str, str],
) -> EntityPage | None:
    """Page of the entity with this key (``shop``, ``entity_type``, ``entity``); None if nothing is known about it."""
    found = night.rows("web/entity", **key)
    shop, entity_type, name = key["shop"], key["entity_type"], key["entity"]
    rows = night.rows("web/entity_kpis", **key, days=DAYS, night=night.night)
    if not found or not (rows or found[0]["name"]):
        return None
    thing, alerts, assigned = found[0], night.rows("web/entity_alerts", **key), assignments(session)
    known_as = thing["name"] or (thing["shop_title"] if entity_type == "shop" else name)
    return EntityPage(
        entity_type=entity_type,
        entity=name,
        name=entity_name(known, language, entity_type, name, known_as),
        shop_title=thing["shop_title"],
        item_number=thing["item_number"] or "",
        status=thing["status"] or "",
        first_day=thing["first_day"],
        alerts=[_alert(row, assigned.get(row["key"]), known, language, say) for row in alerts],
        details=detail_tables(night, known, language, key),
        series=series(rows, alerts, list(known.rules.values()), entity_type, language, say),
        related=[_related(shop, one) for one in thing["related"]],
    )


def _related(shop: str, thing: Row) -> RelatedEntity:
    path = entity_path(shop, thing["entity_type"], thing["entity"])
    return RelatedEntity(path, thing["entity_type"], thing["name"] or thing["entity"])


def _alert(row: Row, assigned: Assignment | None, known: Catalog, language: Language, say: Words) -> AlertLine:
    department = known.departments.get(assigned.owner) if assigned else None
    rule, metric = known.rules.get(row["rule"]), known.metrics.get(row["metric"])
    unit = metric.head.unit if metric else "ratio"
    unit = MEASURED_IN.get(rule.breach.of, unit) if rule else unit
    currency, at_stake = row["currency"] or "", row["at_stake"]
    return AlertLine(
        path=alert_path(row["key"]),
        title=row[f"title_{language}"] or row["rule"],
        owner=department.of(language) if department else row[f"owner_{language}"] or "",
        state=row["state"],
        severity=row["severity"],
        since=say.period(row["since"], row["grain"]),
        resolved_at=row["resolved_at"],
        value=number(row["measured"], unit, language, near=row["threshold"], currency=currency),
        limit=limit(row["threshold"], unit, language, currency),
        stake=money(at_stake, currency) if isinstance(at_stake, Decimal) else "—",
    )
