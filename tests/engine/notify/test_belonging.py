"""What alerts of one cause share in ``ops.alerts``: the item number, the planned campaign."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.judge.cases import SUNDAY
from shopwatch.store.export import export_alerts
from shopwatch.store.tables import Alert, open_store
from watching import Watch

LAST_YEAR, THIS_YEAR = "2025-11/双11", "2026-11/双11"
ENTITIES = [
    # type, id, name, item number, first day, last day
    ("product", "P1", "盖碗", "QH-1", None, None),
    ("sku", "S1", "盖碗 白", "QH-1", None, None),
    ("sku", "S2", "没有货号", None, None, None),
    ("plan", LAST_YEAR, "双11", None, date(2025, 11, 11), date(2025, 11, 11)),
    ("plan", THIS_YEAR, "双11", None, date(2026, 11, 11), date(2026, 11, 11)),
    ("plan", "2026-12/双12", "双12", None, date(2026, 12, 12), date(2026, 12, 12)),
    ("plan", "2026-11/茶", "茶", None, date(2026, 11, 1), date(2026, 11, 1)),
    ("campaign", "C1", "双11-关键词-茶壶", None, date(2026, 10, 20), date(2026, 11, 15)),
    ("campaign", "C2", "双11-人群", None, date(2025, 10, 20), date(2025, 11, 15)),
    ("campaign", "C3", "双12-提前太久", None, date(2026, 9, 1), date(2026, 10, 1)),
    ("campaign", "C4", "日常-茶壶", None, date(2026, 9, 1), date(2026, 11, 15)),
]


def test_what_an_alert_belongs_to(tmp_path: Path) -> None:
    with open_store(Settings(home=tmp_path / "home")) as engine, Session(engine) as session:
        watch = Watch(Settings(home=tmp_path / "home"), session)
        watch.judged("0.9 0.9", SUNDAY)
        (known,) = [watch.alert()]
        same = {column.name: getattr(known, column.name) for column in Alert.__table__.columns}
        for at, (kind, entity, *texts) in enumerate(ENTITIES):
            session.add(Alert(**same | {"key": f"k{at}", "entity_type": kind, "entity": entity}))
            watch.con.execute(
                "insert into marts.dim_entity (shop, entity_type, entity, name, item_number, first_day, last_day) "
                "values ($1, $2, $3, $4, $5, $6, $7)",
                [known.shop, kind, entity, *texts],
            )
        export_alerts(session, watch.con, watch.catalog.include)
        found = dict(watch.con.execute("select entity, belongs_to from ops.alerts where key like 'k%'").fetchall())
    plans = {entity: entity for kind, entity, *_ in ENTITIES if kind == "plan"}
    campaigns = {"C1": THIS_YEAR, "C2": LAST_YEAR, "C3": None, "C4": None}
    assert found == {"P1": "QH-1", "S1": "QH-1", "S2": None} | plans | campaigns
