"""Entries of a digest: rows of the judged warehouse, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import entity_name
from shopwatch.catalog.metrics import MetricHead
from shopwatch.catalog.rules import Rule, measured_unit
from shopwatch.charts.history import HistoryPoint
from shopwatch.core.i18n import Language, Unit, words
from shopwatch.core.links import alert_address
from shopwatch.core.reasons import sentence
from shopwatch.judge.unjudged import Gap, unjudged_since, why_unjudged
from shopwatch.judge.usual import UsualRange, usual_text
from shopwatch.notify.message import BlockedRule, Card, DataNote, EndedAlerts, LateExport, RevenueMove
from shopwatch.notify.missing_exports import (
    missing_before,
    missing_export,
    missing_of_group,
    profit_exports,
    unknown_inputs,
    unknown_refunds,
    unknown_shipping,
)
from shopwatch.notify.reason import NotifyReason
from shopwatch.store.decisions import Acknowledgement
from shopwatch.warehouse.personal import is_allowed, mask

Row = dict[str, Any]


def card_of(row: Row, catalog: Catalog, language: Language, reason: NotifyReason) -> Card:
    """Card of an alert's row (``notify/sql/cards.sql``), in the reader's language."""
    rule = catalog.rules[row["rule"]]
    head = catalog.metrics[rule.metric].head
    measure, title = rule.breach.of, head.title.of(language)
    say = words(catalog.include, language)
    is_made_of_parts = measure == "value" and head.has_parts
    return Card(
        key=row["key"],
        rule=rule.title.of(language),
        news=reason.section,
        change="rule" if reason is NotifyReason.WITHDRAWN and _is_by_rule(row, rule) else reason.change,
        severity=row["severity"],
        shop=row["shop"],
        shop_title=row["shop_title"],
        entity_type=row["entity_type"],
        entity=row["entity"],
        name=_name(row, catalog, language),
        metric=row["metric"],
        metric_title=say(measure, metric=title) if measure != "value" else title,
        unit=measured_unit(rule, head.unit),
        breach=rule.breach.comparison,
        threshold=row["threshold"],
        threshold_high=row["threshold_high"],
        verdict=row["verdict"],
        value=row["value"],
        was=row["was"],
        numerator=row["numerator"] if is_made_of_parts else None,
        denominator=row["denominator"] if is_made_of_parts else None,
        parts_unit=_parts_unit(row, head, catalog),
        numerator_title=head.numerator.of(language),
        denominator_title=head.denominator.of(language),
        grain=row["grain"],
        since=row["since"],
        period=row["period"],
        history=tuple(HistoryPoint(p["period_start"], p["value"], p["verdict"], p["reason"]) for p in row["history"]),
        at_stake=row["at_stake"],
        at_stake_title=head.at_stake.of(language),
        currency=row["currency"],
        owner=catalog.departments[department_of(row["rule"], row.get("assigned_to"), catalog)].of(language),
        message=rule.message.of(language),
        action=rule.action.of(language),
        manual=rule.manual.of(language),
        link=alert_address(catalog.settings, row["key"]),
        belongs_to=row["belongs_to"],
        unjudged=unjudged_since(row["unjudged"], row["grain"], catalog.contracts, say),
        usual=usual_text(UsualRange.of(rule, **row["usual"]), head, row["currency"], say) if row["usual"] else "",
    )


def _parts_unit(row: Row, head: MetricHead, catalog: Catalog) -> Unit | None:
    """Unit of numerator and denominator; those of a target have the unit of its KPI."""
    target = catalog.metrics.get(row["entity"].partition("/")[0]) if row["entity_type"] == "target" else None
    return target.head.unit if target else head.parts


def department_of(rule: str, assigned_to: str | None, catalog: Catalog) -> str:
    """Department in charge of an alert: the one that it was assigned to, else its rule's owner."""
    return assigned_to if assigned_to in catalog.departments else catalog.rules[rule].owner


def _is_by_rule(row: Row, rule: Rule) -> bool:
    """True if the rule has changed since the alert fired, and its number has not."""
    return bool(row["rule_hash"] != rule.hash and row["was"] == row["value"])


def acknowledgement_text(decision: Acknowledgement | None, catalog: Catalog, language: Language) -> str:
    """Text of the acknowledgement: person, reason and plan; empty if there is none."""
    if decision is None:
        return ""
    say = words(catalog.include, language)
    if decision.is_dismissed:
        return say("dismissed_by", by=decision.by, reason=decision.reason)
    return say("acknowledged_by", by=decision.by, reason=decision.reason, plan=decision.plan or "–")


def late_export(row: Row, catalog: Catalog, language: Language) -> LateExport:
    """Entry of an overdue export, with the rules that wait for it."""
    shop: str = row["shop"]
    return LateExport(
        export=catalog.contracts[row["export"]].title.of(language),
        shop_title=row["shop_title"] or catalog.titles.get(shop, shop),
        day=row["due_day"],
        due_at=row["due_at"],
        last_day=row["last_day"],
        rules=tuple(sorted(catalog.rules[rule].title.of(language) for rule in row["rules"])),
    )


def blocked_rule(row: Row, rule: Rule, catalog: Catalog, language: Language) -> BlockedRule:
    """Entry of a rule that could not be judged, with the exports that would unblock it."""
    metric = catalog.metrics[row["metric"]]
    return BlockedRule(
        rules=(rule.title.of(language),),
        shop_title=row["shop_title"],
        metric_title=metric.head.title.of(language),
        grain=row["grain"],
        period=row["period"],
        entities=row["entities"],
        reason=_why_blocked(row, catalog, language),
    )


def _why_blocked(row: Row, catalog: Catalog, language: Language) -> str:
    """Missing or unknown inputs, and the exports that would provide them; of a group, its shops that lack them."""
    say = words(catalog.include, language)
    if group := catalog.all_groups.get(row["shop"]):
        return missing_of_group(row, group, catalog, say)
    contracts, gap = catalog.contracts, Gap.of(row)
    if row["reason"] != "missing_days":
        return why_unjudged(row["reason"], gap, contracts, say)
    absent = [name for name in row["missing_exports"] if contracts[name].ad_account in row["absent_ad_accounts"]]
    reasons = [gap.half_lists(contracts, say)]
    names, unshipped = absent or row["missing_exports"], row["unknown_shipping_days"]
    if unshipped:
        reasons.append(unknown_shipping(names, unshipped, contracts, say))
        names = [name for name in names if contracts[name].feeds == "orders"]
    days = [day for day in gap.absent_days if day not in unshipped]
    of_profit = profit_exports(row, names, contracts) if days else {}
    if of_profit:
        reasons.append(unknown_inputs(of_profit, days, contracts, say))
        names = [name for name in names if name not in chain(*of_profit.values())]
    before = missing_before(row, days, say)
    if before and not names:
        reasons.append(before)
    elif days and (names or not of_profit):
        reasons.append(missing_export(row, names, days, contracts, say, language))
    if row["is_refund_unknown"]:
        return unknown_refunds(row, contracts, say, language)
    reason = say("semicolon").join(filter(None, reasons))
    if absent:
        ad_accounts = ", ".join(f"{ad_account}: YYYY-MM-DD" for ad_account in row["absent_ad_accounts"])
        reason += say("ad_accounts_given_up", ad_accounts=ad_accounts, shop=row["shop"])
    return reason


def ended_alerts(
    rows: Sequence[Row], reason: Any, teams: Sequence[str], catalog: Catalog, language: Language
) -> EndedAlerts:
    """Entry of alerts of one rule and shop that ended without a recovery, or that other ``teams`` have now.

    The texts of a removed rule are gone: the title of its KPI replaces them.
    """
    first = rows[0]
    rule, metric = catalog.rules.get(first["rule"]), catalog.metrics.get(first["metric"])
    title = rule.title.of(language) if rule else metric.head.title.of(language) if metric else first["metric"]
    names = tuple(_name(row, catalog, language) for row in rows)
    return EndedAlerts(reason, first["rule"], title, first["shop_title"], names, tuple(teams))


def _name(row: Row, catalog: Catalog, language: Language) -> str:
    """Name of an alert's entity.

    A mail is sent before the night is searched: what no night would publish is masked, but no id in place of a name.
    """
    name = entity_name(catalog, language, row["entity_type"], row["entity"], row["name"] or "")
    masked = name if name.isdecimal() else mask(name)
    return name if masked == name or is_allowed(catalog.include, "ops.alerts.entity_name") else masked


def data_note(row: Row, catalog: Catalog, language: Language) -> DataNote:
    """Entry of a data problem, such as a rejected file or one with quarantined rows."""
    return DataNote(
        shop=row["shop"],
        file=row["file"],
        kind=row["kind"],
        reason=_why(row, catalog, language),
        rows=row["row_count"],
        examples=tuple(_example(example, catalog, language) for example in row["examples"]),
    )


def _why(row: Row, catalog: Catalog, language: Language) -> str:
    """Reason in the reader's language; the ledger's own sentence if it has no code."""
    values = json.loads(row["reason_values"] or "{}")
    return sentence(catalog.include, language, row["reason_code"], values, row["reason"])


def _example(example: Row, catalog: Catalog, language: Language) -> str:
    """One quarantined row in words: line, column, value and fault."""
    say = words(catalog.include, language)
    why = _why(example, catalog, language)
    where = say("kept_out_line", line=example["line"] if example["line"] is not None else "?")
    if example["column_name"] is None:
        return f"{where}: {why}"
    value = "" if example["value"] is None else f" “{mask(example['value'])[:60]}”"
    return f"{where}, {example['column_name']}{value}: {why}"


def revenue_move(row: Row, catalog: Catalog, language: Language) -> RevenueMove:
    """Entry of a shop's revenue against the week before, with the drivers of its change."""
    drivers = tuple((one["dimension"], one["name"] or "", one["effect"]) for one in row["drivers"])
    missing = ""
    if row["missing_days"]:
        gap = Gap(row["missing_days"], row["missing_exports"])
        missing = why_unjudged("missing_days", gap, catalog.contracts, words(catalog.include, language))
    return RevenueMove(
        row["shop_title"],
        row["currency"],
        row["revenue"] or Decimal(0),
        row["revenue_compared"] or Decimal(0),
        drivers,
        missing,
    )
