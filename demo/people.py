"""Decisions of the demo shops' staff on the mornings after its nights; the review shows their effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.story import SHANGHAI
from shopwatch.store.decisions import Silence, acknowledge, silence
from shopwatch.store.tables import Alert, Decision


@dataclass(frozen=True)
class StaffDecision:
    """Decision on an alert at ``at``, in Asia/Shanghai: acknowledged, or silenced ``until`` a day."""

    at: datetime
    rule: str
    shop: str
    entity: str
    by: str
    reason: str
    plan: str = ""
    until: date | None = None


DECISIONS: tuple[StaffDecision, ...] = (
    StaffDecision(
        datetime(2026, 11, 14, 9, 20),
        rule="conversion_low",
        shop="mumian",
        entity="720000002014",
        by="周敏",
        reason="新主图只有面料，看不出款式",
        plan="周末换回旧主图，周一看转化率",
    ),
    StaffDecision(
        datetime(2026, 11, 14, 9, 35),
        rule="revenue_unusual",
        shop="qinghe",
        entity="qinghe",
        by="林悦",
        reason="双11 期间不比较，大促结束后再看",
        until=date(2026, 11, 22),
    ),
    StaffDecision(
        datetime(2026, 11, 15, 10, 5),
        rule="stock_low",
        shop="qinghe",
        entity="QH-TEA-016-01",
        by="陈立",
        reason="供应商周末不发货",
        plan="已下单 60 件，17 日入库",
    ),
)


def take_decisions(session: Session, night: date) -> list[StaffDecision]:
    """Record the decisions made up to a night whose alert is firing. Returns the newly recorded ones; idempotent."""
    recorded = []
    for decided in DECISIONS:
        of = select(Alert).where(
            Alert.rule == decided.rule,
            Alert.shop == decided.shop,
            Alert.entity == decided.entity,
            Alert.state == "firing",
        )
        alert = session.scalars(of).first()
        at = decided.at.replace(tzinfo=SHANGHAI).astimezone(UTC).replace(tzinfo=None)
        before = session.scalars(select(Decision).where(Decision.at == at, Decision.by == decided.by)).first()
        if decided.at.date() > night or alert is None or before:
            continue
        if decided.until is None:
            acknowledge(session, alert.key, decided.by, decided.reason, decided.plan, at)
        else:
            what = Silence(
                rule=decided.rule,
                shop=decided.shop,
                entity=decided.entity,
                until=decided.until,
                reason=decided.reason,
                by=decided.by,
            )
            silence(session, what, decided.at.date(), at)
        recorded.append(decided)
    return recorded
