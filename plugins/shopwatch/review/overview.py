"""First sheet of the workbook: each shop's key figures as tiles, its revenue as a chart, the weeks as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from shopwatch.catalog.tables import Look
from shopwatch.core.i18n import Words, period_label
from shopwatch.review import sections
from shopwatch.review.cells import DARK, GREY, LIGHT, LINE, Pen, lines_of, neutral
from shopwatch.review.sheets import HEAD, begin, mark_words
from shopwatch.review.tables import Row, Tables
from shopwatch.review.wording import opening

WIDTH = 18
LEFT, TILES = 1, 7  # first column and number of the grid's columns
CHART_ROWS, TOP = 14, 10
NAME, REVENUE = 1, 4  # columns of the sheet of products
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
    """Writer of the sheet, shop by shop. ``rows``: rows by sheet; ``products``: name of the products sheet."""

    def __init__(
        self,
        pen: Pen,
        sheet: Worksheet,
        tables: Tables,
        page: Words,
        rows: Mapping[str, Sequence[Row]],
        products: str,
    ) -> None:
        self.pen = pen
        self.sheet = sheet
        self.tables = tables
        self.page = page
        self.rows = rows
        self.products = products
        self.row = 3

    def write(self, shops: Sequence[Row]) -> None:
        """Write the whole sheet."""
        week, pen = self.tables.week, self.pen
        title = pen.say("overview_title", period=self.page.period(week.start, "week"))
        begin(pen, self.sheet, title, pen.say("overview_note", day=self.page.day(week.as_of)))
        self.sheet.set_zoom(100)
        self.sheet.set_portrait()
        self.sheet.set_column(0, 0, 2)
        self.sheet.set_column(LEFT, LEFT + TILES - 1, WIDTH)
        self.sheet.set_row(2, 8)
        breaks = []
        for shop in shops:
            if self.row > 3:
                breaks.append(self.row)
            self._shop(shop)
        self.sheet.set_h_pagebreaks(breaks)

    def _shop(self, shop: Row) -> None:
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
            self._charts(shop, known)
        self._stages([row for row in self.rows.get("stages", ()) if row["shop"] == name])
        self._drivers([row for row in self.rows.get("drivers", ()) if row["shop"] == name])
        self.row += 1

    def _stages(self, rows: Sequence[Row]) -> None:
        """Write the scorecard: the standing of each stage, and its most important alert."""
        if not rows:
            return
        pen, sheet = self.pen, self.sheet
        self._heads(("stage", "standing", "at_stake", "alerts_open", "worst"), last=3)
        first = self.row
        for row in rows:
            alert = pen.localized(row, "rule_title")
            about = f"{row['worst_entity_name'] or row['worst_entity']}{self.page('colon')}" if alert else ""
            text = f"{about}{alert}{self.page('comma_of_words')}{pen.localized(row, 'action')}" if alert else ""
            for at, (name, look) in enumerate(STAGE_COLUMNS, start=LEFT):
                pen.put(sheet, (self.row, at), row[name], look, row)
            prose = pen.boxed(text_wrap=True, indent=1)
            sheet.merge_range(self.row, LEFT + 4, self.row, LEFT + TILES - 1, neutral(text), prose)
            sheet.set_row(self.row, 18 + 14 * (lines_of(text, 3 * WIDTH) - 1))
            self.row += 1
        mark_words(pen, sheet, (first, LEFT + 1, self.row - 1, LEFT + 1))
        self.row += 1

    def _drivers(self, rows: Sequence[Row]) -> None:
        """Write the main drivers of revenue: the factors, then the first few entities of each dimension."""
        if not rows:
            return
        pen, sheet = self.pen, self.sheet
        self._heads(("by", "effect", "share_of_change", "driver"), last=4)
        for row in [row for row in rows if row["dimension"] == "factor" or row["rank"] <= MOST_DRIVERS]:
            for at, (name, look) in enumerate(DRIVER_COLUMNS, start=LEFT):
                pen.put(sheet, (self.row, at), row[name], look, row)
            text = pen.say(row["driver_word"]) if row["driver_word"] else neutral(row["driver_name"] or "")
            sheet.merge_range(self.row, LEFT + 3, self.row, LEFT + TILES - 1, text, pen.boxed(indent=1))
            sheet.set_row(self.row, 18)
            self.row += 1
        self.row += 1

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
        titles = {row["metric"]: opening(row[f"title_{pen.language}"]) for row in self.tables.rows["definitions"]}
        units = {measure.column: measure.unit for measure in sections.MEASURES}
        shown = sections.tiles(self.page, week, shop, now, titles)
        heights = (22, 30, 20, 20, 18)
        for line, height in enumerate(heights):
            sheet.set_row(self.row + line, height)
        for at, tile in enumerate(shown, start=LEFT):
            looks = {"bg_color": LIGHT, "border": 0, "left": 2, "left_color": "#FFFFFF", "indent": 1, "align": "left"}
            sheet.write_string(self.row, at, tile.title, pen.style(font_color=GREY, **looks))
            value = (self.row + 1, at)
            if tile.why is None:
                pen.put(sheet, value, now[tile.key], LOOKS[units[tile.key]], now, font_size=15, bold=True, **looks)
            else:
                sheet.write_string(*value, tile.why, pen.style(font_color=GREY, **looks))
            pen.put(sheet, (self.row + 2, at), now[f"{tile.key}_change"], "change", now, **looks)
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

    def _charts(self, shop: Row, weeks: Sequence[Row]) -> None:
        """Write the charts, and below them the weeks that the first one shows."""
        pen, sheet = self.pen, self.sheet
        head = self.row + CHART_ROWS + 1
        first, last = head + 1, head + len(weeks)
        self._revenue_chart(shop, weeks, first, last)
        self._products_chart(shop)
        titles = [pen.say("week"), pen.say("revenue"), pen.say("on_last_week")]
        titles += [self.page(name) for name in ("orders_paid", "value_per_order", "spend", "roas")]
        sheet.set_row(head, 24)
        for at, title in enumerate(titles, start=LEFT):
            sheet.write_string(head, at, title, pen.head())
        for place, row in enumerate(weeks, start=first):
            sheet.set_row(place, 18)
            label = f"{period_label(row['week_start'], 'week')}  {row['week_start']:%m-%d}"
            sheet.write_string(place, LEFT, label, pen.boxed(align="center", bold=place == last))
            for at, (name, look) in enumerate(WEEK_COLUMNS, start=LEFT + 1):
                pen.put(sheet, (place, at), row[name], look, row, bold=place == last)
            target = pen.boxed(num_format=";;;", border=0)
            if row["revenue_target"] is not None:
                sheet.write_number(place, LEFT + TILES, float(row["revenue_target"]), target)
        self.row = last + 2

    def _revenue_chart(self, shop: Row, weeks: Sequence[Row], first: int, last: int) -> None:
        pen, name = self.pen, self.sheet.get_name()
        chart = pen.book.add_chart({"type": "column"})
        points = [
            {"fill": {"color": DARK if row["week_start"] == self.tables.week.start else "#A9C3CC"}} for row in weeks
        ]
        labels = [name, first, LEFT, last, LEFT]
        values = [name, first, LEFT + 1, last, LEFT + 1]
        bars = {"name": pen.say("revenue"), "categories": labels, "values": values, "gap": 45}
        chart.add_series({**bars, "points": points, "fill": {"color": "#A9C3CC"}})
        if any(row["revenue_target"] is not None for row in weeks):
            line = pen.book.add_chart({"type": "line"})
            aims = [name, first, LEFT + TILES, last, LEFT + TILES]
            looks = {"line": {"color": "#7A4B00", "dash_type": "dash", "width": 1.75}}
            line.add_series({"name": pen.say("target"), "categories": labels, "values": aims, **looks})
            chart.combine(line)
        chart.set_x_axis(self._words_axis())
        chart.set_y_axis(self._numbers_axis())
        chart.set_legend({"position": "bottom", "font": {"name": pen.say("font")}})
        self._place(chart, pen.say("revenue_chart", count=len(weeks), currency=shop["currency"]), LEFT, 4)

    def _products_chart(self, shop: Row) -> None:
        pen = self.pen
        shown = [row for row in self.rows.get("products", ()) if row["shop"] in pen.shops]
        own = [place for place, row in enumerate(shown, start=HEAD + 1) if row["shop"] == shop["shop"]][:TOP]
        if not own:
            return
        chart = pen.book.add_chart({"type": "bar"})
        names, values = ([self.products, own[0], at, own[-1], at] for at in (NAME, REVENUE))
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
        chart.set_chartarea({"border": {"color": LINE}})
        chart.set_size({"width": columns * (WIDTH * 7 + 5) - 8, "height": CHART_ROWS * 20 - 6})
        for line in range(CHART_ROWS):
            self.sheet.set_row(self.row + line, 15)
        self.sheet.insert_chart(self.row, column, chart, {"object_position": 1, "description": title})
