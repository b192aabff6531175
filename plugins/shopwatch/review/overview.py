"""First sheet of the workbook: each shop's key figures as tiles, its revenue as a chart, the weeks as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.tables import Look
from shopwatch.core.i18n import Words, days_label, first_day_label
from shopwatch.review import sections
from shopwatch.review.cells import DARK, GREY, LIGHT, LINE, TONES, Pen, lines_of, neutral, number_format
from shopwatch.review.sheets import begin, mark_words
from shopwatch.review.tables import Row, Tables
from shopwatch.review.tiles import MEASURES, tiles
from shopwatch.review.wording import needs_cents

WIDTH = 18
LEFT, TILES = 1, 7  # first column and number of the grid's columns
CHART_ROWS, TOP = 14, 10
WEEKS, TARGETS, NAMES, REVENUES = range(LEFT + TILES, LEFT + TILES + 4)  # hidden columns that the charts read
PRINTED_AT = 66  # per cent: a shop's key figures and weeks on one page, its stages and drivers on the next
WEEK_COLUMNS: tuple[tuple[str, Look], ...] = (
    ("revenue", "money"),
    ("revenue_change", "change"),
    ("orders_paid", "count"),
    ("value_per_order", "money"),
    ("spend", "money"),
    ("roas", "ratio"),
)
STAGE_COLUMNS: tuple[tuple[str, Look], ...] = (
    ("stage_name", "word"),
    ("standing", "word"),
    ("at_stake", "money"),
    ("alerts", "count"),
)
DRIVER_COLUMNS: tuple[tuple[str, Look], ...] = (
    ("dimension_name", "word"),
    ("effect", "moved"),
    ("share_of_change", "share"),
)
MOST_DRIVERS = 3
LOOKS: Mapping[str, Look] = {"money": "money", "count": "count", "ratio": "ratio"}


class Overview:
    """Writer of the sheet, shop by shop."""

    def __init__(self, pen: Pen, sheet: Worksheet, tables: Tables, page: Words) -> None:
        self.pen = pen
        self.sheet = sheet
        self.tables = tables
        self.page = page
        self.row = 3
        self._breaks: list[int] = []

    def write(self, shops: Sequence[Row], products: Sequence[Row]) -> None:
        """Write the whole sheet. ``products``: rows of the week's products, for the charts."""
        week, pen, sheet = self.tables.week, self.pen, self.sheet
        title = pen.say("overview_title", period=self.page.period(week.start, "week"))
        begin(pen, sheet, title, pen.say("overview_note", day=self.page.day(week.as_of)))
        sheet.set_zoom(100)
        sheet.set_column(0, 0, 2)
        sheet.set_column(LEFT, LEFT + TILES - 1, WIDTH)
        sheet.set_column(WEEKS, REVENUES, None, None, {"hidden": True})
        sheet.set_row(2, 8)
        for shop in shops:
            if self.row > 3:
                self._breaks.append(self.row)
            self._shop(shop, [row for row in products if row["shop"] == shop["shop"]])
        sheet.repeat_rows(0)
        sheet.set_print_scale(PRINTED_AT)  # to fit pages would drop the breaks
        sheet.set_h_pagebreaks(self._breaks)
        sheet.print_area(0, 0, self.row, LEFT + TILES - 1)

    def _shop(self, shop: Row, products: Sequence[Row]) -> None:
        tables, name = self.tables, shop["shop"]
        weeks = tables.of("shop_weeks", name)
        now = next((row for row in weeks if row["week_start"] == tables.week.start), None)
        opened = [row for row in tables.of("alerts", name) if row["state"] != "resolved"]
        band = self.pen.style(font_size=14, bold=True, bg_color=DARK, font_color="#FFFFFF", indent=1)
        self._across(f"{self.pen.text(name, 'shop')}  {shop['currency']}", band, 26)
        strong = self.pen.style(bold=True, font_size=12, text_wrap=True)
        self._across(sections.headline(self.page, tables.week, shop, now), strong, 26)
        for line in sections.todo_lines(self.page, shop["currency"], opened, tables.of("products", name)):
            self._across(line, self.pen.style(text_wrap=True), 20)
        self.row += 1
        if now is not None:
            self._tiles(shop, now)
        known = [row for row in weeks if row["revenue"] is not None]
        if known:
            self._charts(shop, known, products)
        stages, drivers = tables.of("stages", name), tables.of("drivers", name)
        if stages or drivers:
            self._breaks.append(self.row)
        self._stages(stages)
        self._drivers(drivers)
        self.row += 1

    def _stages(self, rows: Sequence[Row]) -> None:
        """Write the scorecard: the standing of each stage, and its most important alert."""
        if not rows:
            return
        pen, sheet = self.pen, self.sheet
        self._heads(("stage", "standing", "at_stake", "alerts_open", "worst"), last=3)
        first = self.row
        for row in rows:
            text, values = self._worst(row), row | stage_words(row)
            for at, (name, look) in enumerate(STAGE_COLUMNS, start=LEFT):
                pen.put(sheet, (self.row, at), values[name], look, row)
            prose = pen.boxed(text_wrap=True, indent=1)
            sheet.merge_range(self.row, LEFT + 4, self.row, LEFT + TILES - 1, neutral(text), prose)
            sheet.set_row(self.row, 18 + 14 * (lines_of(text, 3 * WIDTH) - 1))
            self.row += 1
        mark_words(pen, sheet, (first, LEFT + 1, self.row - 1, LEFT + 1))
        self.row += 1

    def _worst(self, row: Row) -> str:
        """The stage's most important alert: what it is about, the problem, what to do; empty if there is none."""
        problem = self.pen.localized(row, "rule_title") or row["worst_rule"]
        if not problem:
            return ""
        action = self.pen.localized(row, "action")
        text = f"{row['worst_entity_name']}{self.page('colon')}{problem}"
        return f"{text}{self.page('semicolon')}{action}" if action else text

    def _drivers(self, rows: Sequence[Row]) -> None:
        """Write the main drivers of revenue: the factors, then the first few entities of each dimension."""
        if not rows:
            return
        pen, sheet = self.pen, self.sheet
        self._heads(("by", "effect", "share_of_change", "driver"), last=4)
        for row in [row for row in rows if row["dimension"] == "factor" or row["rank"] <= MOST_DRIVERS]:
            values = row | {"dimension_name": f"dimension_{row['dimension']}"}
            for at, (name, look) in enumerate(DRIVER_COLUMNS, start=LEFT):
                pen.put(sheet, (self.row, at), values[name], look, row)
            text = self._driver(row)
            sheet.merge_range(self.row, LEFT + 3, self.row, LEFT + TILES - 1, text, pen.boxed(indent=1))
            sheet.set_row(self.row, 18)
            self.row += 1
        self.row += 1

    def _driver(self, row: Row) -> str:
        if row["driver_kind"] != "driver":
            return self.pen.say(f"driver_{row['driver_kind']}")
        return (
            self.pen.say(f"factor_{row['driver']}")
            if row["dimension"] == "factor"
            else neutral(row["driver_name"] or "")
        )

    def _heads(self, names: Sequence[str], last: int) -> None:
        """Write the heads of a full-width table; the last one spans ``last`` columns."""
        self.sheet.set_row(self.row, 24)
        for at, name in enumerate(names[:-1], start=LEFT):
            self.sheet.write_string(self.row, at, self.pen.say(name), self.pen.head())
        right = LEFT + TILES - 1
        self.sheet.merge_range(self.row, right - last + 1, self.row, right, self.pen.say(names[-1]), self.pen.head())
        self.row += 1

    def _across(self, text: str, style: Any, height: float) -> None:
        """Write a full-width line."""
        lines = lines_of(text, WIDTH * TILES)
        self.sheet.set_row(self.row, height + 15 * (lines - 1))
        self.sheet.merge_range(self.row, LEFT, self.row, LEFT + TILES - 1, text, style)
        self.row += 1

    def _tiles(self, shop: Row, now: Row) -> None:
        """Write each key figure as a tile: name, value, change and target, one below the other."""
        pen, sheet, week = self.pen, self.sheet, self.tables.week
        units = {measure.column: measure.unit for measure in MEASURES}
        shown = tiles(self.page, week, shop, now, self.tables.definitions)
        heights = (22, 30, 20, 20, 18)
        for line, height in enumerate(heights):
            sheet.set_row(self.row + line, height)
        for at, tile in enumerate(shown, start=LEFT):
            looks = {"bg_color": LIGHT, "border": 0, "left": 2, "left_color": "#FFFFFF", "indent": 1, "align": "left"}
            sheet.write_string(self.row, at, tile.title, pen.style(font_color=GREY, **looks))
            pen.define(sheet, (self.row, at), tile.key)
            value = (self.row + 1, at)
            if tile.why is None:
                look = LOOKS[units[tile.key]]
                written = number_format(look, now, pen.language, cents=needs_cents([now[tile.key]]))
                pen.put(sheet, value, now[tile.key], look, now, num_format=written, font_size=15, bold=True, **looks)
            else:
                sheet.write_string(*value, tile.why, pen.style(font_color=GREY, **looks))
            moved = now[f"{tile.key}_change"] if tile.change else None
            pen.put(sheet, (self.row + 2, at), moved, "change", now, **{**looks, **TONES[tile.tone]})
            target = "" if tile.target is None else self.page("target", value=tile.target)
            sheet.write_string(self.row + 3, at, target, pen.style(font_color=GREY, **looks))
            word = "" if tile.is_missed is None else pen.say("target_missed" if tile.is_missed else "target_met")
            sheet.write_string(self.row + 4, at, word, pen.style(**looks))
        mark_words(pen, sheet, (self.row + 4, LEFT, self.row + 4, LEFT + TILES - 1))
        self.row += len(heights)
        notes = dict.fromkeys(f"{tile.title}: {note}" for tile in shown for note in tile.notes)
        if notes:
            self._across(self.page("comma").join(notes), pen.style(font_color=GREY, font_size=9, text_wrap=True), 18)
        self.row += 1

    def _charts(self, shop: Row, weeks: Sequence[Row], products: Sequence[Row]) -> None:
        """Write the charts, and below them the weeks that the first one shows."""
        pen, sheet = self.pen, self.sheet
        head = self.row + CHART_ROWS + 1
        first, last = head + 1, head + len(weeks)
        self._revenue_chart(shop, weeks, first, last)
        self._products_chart(shop, first, products)
        titles = [pen.say("week"), pen.say("revenue"), pen.say("on_last_week")]
        titles += [self.page(name) for name in ("orders_paid", "value_per_order", "spend", "roas")]
        sheet.set_row(head, 24)
        for at, title in enumerate(titles, start=LEFT):
            sheet.write_string(head, at, title, pen.head())
        for place, row in enumerate(weeks, start=first):
            sheet.set_row(place, 18)
            label = days_label(row["week_start"], "week", pen.language)
            sheet.write_string(place, LEFT, label, pen.boxed(align="center", bold=place == last))
            for at, (name, look) in enumerate(WEEK_COLUMNS, start=LEFT + 1):
                colours = pen.colours(row, row[name], "revenue") if look == "change" else {}
                pen.put(sheet, (place, at), row[name], look, row, bold=place == last, **colours)
            sheet.write_string(place, WEEKS, first_day_label(row["week_start"], "week"))
            if row["revenue_target"] is not None:
                sheet.write_number(place, TARGETS, float(row["revenue_target"]))
        self.row = last + 2

    def _revenue_chart(self, shop: Row, weeks: Sequence[Row], first: int, last: int) -> None:
        pen, name = self.pen, self.sheet.get_name()
        chart = pen.book.add_chart({"type": "column"})
        points = [
            {"fill": {"color": DARK if row["week_start"] == self.tables.week.start else "#A9C3CC"}} for row in weeks
        ]
        labels = [name, first, WEEKS, last, WEEKS]
        values = [name, first, LEFT + 1, last, LEFT + 1]
        bars = {"name": pen.say("revenue"), "categories": labels, "values": values, "gap": 45}
        chart.add_series({**bars, "points": points, "fill": {"color": "#A9C3CC"}})
        if any(row["revenue_target"] is not None for row in weeks):
            line = pen.book.add_chart({"type": "line"})
            aims = [name, first, TARGETS, last, TARGETS]
            looks = {"line": {"color": "#7A4B00", "dash_type": "dash", "width": 1.75}}
            line.add_series({"name": pen.say("target"), "categories": labels, "values": aims, **looks})
            chart.combine(line)
        chart.set_x_axis(self._words_axis())
        chart.set_y_axis(self._numbers_axis())
        chart.set_legend({"position": "bottom", "font": {"name": pen.say("font")}})
        self._place(chart, pen.say("revenue_chart", count=len(weeks), currency=shop["currency"]), LEFT, 4)

    def _products_chart(self, shop: Row, first: int, products: Sequence[Row]) -> None:
        """Draw the products with the most revenue; their numbers are in hidden cells from row ``first`` on."""
        pen, name = self.pen, self.sheet.get_name()
        sold = [row for row in products if row["revenue"] is not None]
        top = sorted(sold, key=_by_revenue)[:TOP]
        if not top:
            return
        for place, row in enumerate(top, start=first):
            self.sheet.write_string(place, NAMES, neutral(row["product_name"] or row["product_id"]))
            self.sheet.write_number(place, REVENUES, float(row["revenue"]))
        chart = pen.book.add_chart({"type": "bar"})
        names, values = ([name, first, at, first + len(top) - 1, at] for at in (NAMES, REVENUES))
        chart.add_series({"categories": names, "values": values, "fill": {"color": DARK}, "gap": 40})
        chart.set_x_axis(self._numbers_axis())
        chart.set_y_axis({**self._words_axis(), "reverse": True})
        chart.set_legend({"none": True})
        self._place(chart, pen.say("products_chart", currency=shop["currency"]), LEFT + 4, 3)

    def _words_axis(self) -> dict[str, Any]:
        return {"num_font": {"name": self.pen.say("font"), "size": 8}, "line": {"color": LINE}}

    def _numbers_axis(self) -> dict[str, Any]:
        grid = {"visible": True, "line": {"color": LINE}}
        return {**self._words_axis(), "num_format": "#,##0", "major_gridlines": grid, "min": 0}

    def _place(self, chart: Any, title: str, column: int, columns: int) -> None:
        font = {"name": self.pen.say("font"), "size": 11, "bold": True}
        chart.set_title({"name": title, "name_font": font})
        chart.show_hidden_data()
        chart.set_chartarea({"border": {"color": LINE}})
        chart.set_size({"width": columns * (WIDTH * 7 + 5) - 8, "height": CHART_ROWS * 20 - 6})
        for line in range(CHART_ROWS):
            self.sheet.set_row(self.row + line, 15)
        self.sheet.insert_chart(self.row, column, chart, {"object_position": 1, "description": title})


def stage_words(row: Row) -> dict[str, str]:
    """Keys of the texts for a stage's name and standing."""
    standing = "weakest" if row["is_weakest"] else "watch_stage" if row["state"] == "watch" else row["state"]
    return {"stage_name": f"stage_{row['stage']}", "standing": standing}


def _by_revenue(row: Row) -> tuple[Decimal, str]:
    return -row["revenue"], row["product_id"]
