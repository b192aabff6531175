"""The action list: open alerts with cells for the meeting's decisions, read back by contract ``shopwatch_meeting``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.tables import Look
from shopwatch.core.i18n import NOTHING, in_language, limits, period_label
from shopwatch.judge.unjudged import unjudged_of
from shopwatch.review.cells import DARK, GREY, INPUT, Pen, lines_of, neutral
from shopwatch.review.sheets import HEAD, ROW, begin, mark_words
from shopwatch.review.tables import Row

CONTRACT = "shopwatch_meeting"
BAR = {"type": "data_bar", "bar_color": "#F3D9A4", "bar_solid": True, "bar_border_color": "#E0A100"}
DAYS = {"minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31)}


class FilledColumn(NamedTuple):
    """A column that the list fills in."""

    name: str
    head: str
    look: Look
    width: int


FILLED = (
    FilledColumn("severity", "severity", "word", 8),
    FilledColumn("shop", "shop", "shop", 11),
    FilledColumn("entity_name", "what", "name", 25),
    FilledColumn("rule_title", "problem", "prose", 14),
    FilledColumn("measured", "value", "metric", 11),
    FilledColumn("limit", "limit", "metric", 11),
    FilledColumn("judged", "judged", "prose", 17),
    FilledColumn("at_stake", "at_stake", "money", 12),
    FilledColumn("since", "since", "day", 11),
    FilledColumn("action", "action", "prose", 31),
    FilledColumn("before", "before", "prose", 19),
)
WRITTEN = {"decision": 13, "responsible": 10, "until": 12, "note": 25}
KEYS = {"week": 11, "alert_key": 12}  # the contract identifies a returned line by them


def write_actions(pen: Pen, sheet: Worksheet, rows: Sequence[Row], catalog: Catalog, title: str) -> None:
    """Write the sheet. Its heads and choices come from the contract, so that a returned workbook is recognised."""
    contract = catalog.contracts[CONTRACT]
    begin(pen, sheet, title, "")
    sheet.set_zoom(85)
    sheet.set_tab_color("#E0A100")
    across = [*(column.width for column in FILLED), *WRITTEN.values(), *KEYS.values()]
    hint = pen.say("actions_hint")
    sheet.set_row(1, 15 * lines_of(hint, sum(across[:-2])) + 6)
    sheet.merge_range(1, 0, 1, len(across) - 3, hint, pen.style(font_color="#4A5960", text_wrap=True))
    heads = [pen.say(column.head) for column in FILLED]
    for at, (head, width) in enumerate(zip(heads, across, strict=False)):
        sheet.set_column(at, at, width)
        sheet.write_string(HEAD, at, head, pen.head())
    for at, (name, width) in enumerate((WRITTEN | KEYS).items(), start=len(FILLED)):
        sheet.set_column(at, at, width)
        looks = {"bg_color": "#E0A100", "font_color": "#1B2430"} if name in WRITTEN else {"font_size": 8}
        sheet.write_string(HEAD, at, in_language(contract.columns[name].headers, pen.language)[0], pen.head(**looks))
    sheet.freeze_panes(HEAD + 1, 3)
    for place, row in enumerate(rows, start=HEAD + 1):
        _line(pen, sheet, place, row, catalog)
    if not rows:
        sheet.write_string(HEAD + 1, 0, pen.say("empty"), pen.style(font_color=GREY))
        return
    last = HEAD + len(rows)
    sheet.autofilter(HEAD, 0, last, len(across) - 1)
    _validate(pen, sheet, last, contract)
    mark_words(pen, sheet, (HEAD + 1, 0, last, 0))
    stake = [column.name for column in FILLED].index("at_stake")
    sheet.conditional_format(HEAD + 1, stake, last, stake, BAR)


def _line(pen: Pen, sheet: Worksheet, place: int, row: Row, catalog: Catalog) -> None:
    contract = catalog.contracts[CONTRACT]
    values = row | {
        "before": _before(pen, row),
        "entity_name": row["entity_name"] or row["entity"],
        "limit": _limit(pen, row),
        "judged": _judged(pen, row, catalog),
    }
    height = 1
    for at, column in enumerate(FILLED):
        value = pen.localized(values, column.name)
        pen.put(sheet, (place, at), value, column.look, row, text_wrap=column.look in ("prose", "name"))
        if column.look in ("prose", "name") and value:
            height = max(height, lines_of(str(value), column.width))
    sheet.set_row(place, ROW + 14 * (min(height, 6) - 1))
    for at, name in enumerate(WRITTEN, start=len(FILLED)):
        value = row[f"decided_{name}"] or (_owner(row) if name == "responsible" else None)
        choices = contract.columns[name].values
        word = next((w for w in in_language(choices, pen.language) if choices[w] == value), value) if choices else value
        looks = {"bg_color": INPUT, "locked": False, "text_wrap": True, "font_color": DARK}
        pen.put(sheet, (place, at), word, "day" if name == "until" else "text", row, **looks)
    for at, name in enumerate(KEYS, start=len(FILLED) + len(WRITTEN)):
        value = row["week_start"] if name == "week" else row["alert_key"]
        pen.put(sheet, (place, at), value, "day" if name == "week" else "id", row, font_color=GREY, font_size=7)


def _limit(pen: Pen, row: Row) -> Any:
    """The limit as a number, or a range as text."""
    low, high = row["threshold"], row["threshold_high"]
    if high is None or low == high:
        return low
    return limits(low, high, row["unit"], pen.language, row["currency"] or "")


def _judged(pen: Pen, row: Row, catalog: Catalog) -> str:
    """Period that the numbers belong to, and text about later periods that were not judged."""
    period = period_label(row["judged_period"], row["grain"]) if row["judged_period"] else NOTHING
    return "\n".join(filter(None, (period, unjudged_of(catalog, row, pen.language))))


def _owner(row: Row) -> Any:
    """The department in charge, as contracts name it."""
    return row["owner_zh"]


def _before(pen: Pen, row: Row) -> str | None:
    """Text of the previous decision and its outcome; None if there is none."""
    if row["before_decision"] is None:
        return None
    who = row["before_responsible"]
    note = f" {row['before_note']}" if row["before_note"] else ""
    return neutral(
        pen.say(
            "before_text",
            who=pen.departments.get(who, who) if who else "—",
            decision=pen.say(row["before_decision"]),
            outcome=pen.say(row["before_outcome"]).lstrip("!✓ "),
            note=note,
        )
    )


def _validate(pen: Pen, sheet: Worksheet, last: int, contract: Contract) -> None:
    """Validate the meeting's cells exactly as the contract reads them."""
    for at, name in enumerate(WRITTEN, start=len(FILLED)):
        choices = contract.columns[name].values
        rule: dict[str, Any] = {}
        if choices:
            source = list(in_language(choices, pen.language))
            rule = {"validate": "list", "source": source, "error_message": pen.say("error_choice")}
        elif name == "until":
            rule = {"validate": "date", "criteria": "between", **DAYS, "error_message": pen.say("error_day")}
        if rule:
            sheet.data_validation(HEAD + 1, at, last, at, {**rule, "error_title": pen.say("error")})
