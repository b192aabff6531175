"""The action list: open alerts with cells for the meeting's decisions, read back by contract ``shopwatch_meeting``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.tables import Look
from shopwatch.core.i18n import NOTHING, days_label, in_language, limits
from shopwatch.judge.unjudged import unjudged_of
from shopwatch.review.causes import in_groups
from shopwatch.review.cells import DARK, GREY, INPUT, WRAPPED, Pen, lines_of, neutral
from shopwatch.review.sheets import HEAD, ROW, begin, mark_words, shop_width
from shopwatch.review.tables import Row
from shopwatch.review.wording import opening

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
    FilledColumn("shop", "shop", "shop", 14),
    FilledColumn("entity_name", "what", "name", 20),
    FilledColumn("rule_title", "problem", "prose", 13),
    FilledColumn("measured", "value", "metric", 10),
    FilledColumn("limit", "limit", "metric", 10),
    FilledColumn("judged", "judged", "prose", 13),
    FilledColumn("at_stake", "at_stake", "money", 13),
    FilledColumn("since", "since", "day", 11),
    FilledColumn("action", "action", "prose", 32),
)
BEFORE = FilledColumn("before", "before", "prose", 17)
WRITTEN = {"decision": 12, "responsible": 11, "until": 11, "note": 20}
KEYS = {"week": 11, "alert_key": 12}  # the contract identifies a returned line by them; they are not printed
BEFOREHAND = ("before_decision", "before_responsible", "before_note", "before_outcome")
UNDECIDED = dict.fromkeys((*BEFOREHAND, *(f"decided_{name}" for name in WRITTEN)))
LEAST_LINES = 2  # room for what the meeting writes


def action_rows(alerts: Sequence[Row], decisions: Sequence[Row]) -> list[Row]:
    """Open alerts, those of one cause together, each with its earlier decisions (``review/sql/meeting.sql``)."""
    known = {row["alert_key"]: row for row in decisions}
    opened = in_groups(row for row in alerts if row["state"] != "resolved")
    return [row | known.get(row["alert_key"], UNDECIDED) for row in opened]


def write_actions(pen: Pen, sheet: Worksheet, rows: Sequence[Row], catalog: Catalog, title: str) -> None:
    """Write the sheet. Its heads and choices come from the contract, so that a returned workbook is recognised."""
    contract = catalog.contracts[CONTRACT]
    for_shop = shop_width(pen, (row["shop"] for row in rows), 14)
    filled = [column._replace(width=for_shop) if column.look == "shop" else column for column in FILLED]
    filled += [BEFORE] if any(row["before_decision"] for row in rows) else []
    begin(pen, sheet, title, "")
    sheet.set_zoom(85)
    sheet.set_tab_color("#E0A100")
    across = [*(column.width for column in filled), *WRITTEN.values(), *KEYS.values()]
    _heads(pen, sheet, filled, across, contract)
    sheet.freeze_panes(HEAD + 1, 3)
    for place, row in enumerate(rows, start=HEAD + 1):
        _line(pen, sheet, place, row, filled, catalog)
    if not rows:
        sheet.write_string(HEAD + 1, 0, pen.say("empty"), pen.style(font_color=GREY))
        return
    last = HEAD + len(rows)
    sheet.print_area(0, 0, last, len(across) - len(KEYS) - 1)
    sheet.autofilter(HEAD, 0, last, len(across) - 1)
    _validate(pen, sheet, (last, len(filled)), contract)
    mark_words(pen, sheet, (HEAD + 1, 0, last, 0))
    stake = [column.name for column in filled].index("at_stake")
    sheet.conditional_format(HEAD + 1, stake, last, stake, BAR)


def _heads(
    pen: Pen, sheet: Worksheet, filled: Sequence[FilledColumn], across: Sequence[int], contract: Contract
) -> None:
    hint = pen.say("actions_hint")
    sheet.set_row(1, 15 * lines_of(hint, sum(across[: -len(KEYS)])) + 6)
    style = pen.style(font_color="#4A5960", text_wrap=True)
    sheet.merge_range(1, 0, 1, len(across) - len(KEYS) - 1, hint, style)
    for at, (column, width) in enumerate(zip(filled, across, strict=False)):
        sheet.set_column(at, at, width)
        sheet.write_string(HEAD, at, pen.say(column.head), pen.head())
    for at, (name, width) in enumerate((WRITTEN | KEYS).items(), start=len(filled)):
        sheet.set_column(at, at, width)
        looks = {"bg_color": "#E0A100", "font_color": "#1B2430"} if name in WRITTEN else {"font_size": 8}
        sheet.write_string(HEAD, at, in_language(contract.columns[name].headers, pen.language)[0], pen.head(**looks))


def _line(pen: Pen, sheet: Worksheet, place: int, row: Row, filled: Sequence[FilledColumn], catalog: Catalog) -> None:
    """Write one alert: what is known, then the cells to fill in, then the keys."""
    contract = catalog.contracts[CONTRACT]
    values = row | {
        "before": _before(pen, row),
        "limit": _limit(pen, row),
        "judged": _judged(pen, row, catalog),
        f"action_{pen.language}": opening(pen.localized(row, "action") or ""),
    }
    height = LEAST_LINES
    for at, column in enumerate(filled):
        value = pen.localized(values, column.name) if column.look == "prose" else values[column.name]
        pen.put(sheet, (place, at), value, column.look, row)
        if column.look in WRAPPED and value:
            height = max(height, lines_of(pen.text(value, column.look), column.width))
    names = [column.name for column in filled]
    pen.define(sheet, (place, names.index("measured")), row["metric"])
    if row["at_stake"] is not None:
        pen.explain(sheet, (place, names.index("at_stake")), opening(row[f"at_stake_{pen.language}"] or ""))
    sheet.set_row(place, ROW + 14 * (height - 1))
    for at, name in enumerate(WRITTEN, start=len(filled)):
        value = row[f"decided_{name}"] or (row["owner_zh"] if name == "responsible" else None)
        choices = contract.columns[name].values
        word = next((w for w in in_language(choices, pen.language) if choices[w] == value), value) if choices else value
        looks = {"bg_color": INPUT, "locked": False, "text_wrap": True, "font_color": DARK}
        pen.put(sheet, (place, at), word, "day" if name == "until" else "text", row, **looks)
    for at, name in enumerate(KEYS, start=len(filled) + len(WRITTEN)):
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
    period = days_label(row["judged_period"], row["grain"], pen.language) if row["judged_period"] else NOTHING
    return "\n".join(filter(None, (period, unjudged_of(catalog, row, pen.language))))


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


def _validate(pen: Pen, sheet: Worksheet, corner: tuple[int, int], contract: Contract) -> None:
    """Validate the meeting's cells exactly as the contract reads them. ``corner``: last row and first such column."""
    last, first = corner
    for at, name in enumerate(WRITTEN, start=first):
        choices = contract.columns[name].values
        rule: dict[str, Any] = {}
        if choices:
            source = list(in_language(choices, pen.language))
            rule = {"validate": "list", "source": source, "error_message": pen.say("error_choice")}
        elif name == "until":
            rule = {"validate": "date", "criteria": "between", **DAYS, "error_message": pen.say("error_day")}
        if rule:
            sheet.data_validation(HEAD + 1, at, last, at, {**rule, "error_title": pen.say("error")})
