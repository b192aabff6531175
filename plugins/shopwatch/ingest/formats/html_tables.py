"""Tables of an HTML page named .xls, as many back ends export it; each table is a sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from shopwatch.ingest.formats.biff import WorkbookError
from shopwatch.ingest.formats.grids import Grid
from shopwatch.ingest.formats.markup import text_of

MOST_NESTED = 10
MOST_COLSPAN, MOST_ROWSPAN = 1_000, 65_534  # caps of browsers, https://html.spec.whatwg.org/#dom-tdth-colspan
SECTIONS = {"thead", "tbody", "tfoot"}
CELLS = {"td", "th"}
OF_A_TABLE = {"table", "tr", "caption", "col", "colgroup"} | SECTIONS | CELLS
BREAKS = {"address", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "ul"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NEVER_SHOWN = {"head", "script", "style", "template", "title"}
HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.I)
BLANKS = re.compile(r"[ \t\r\n\f]+")
ROUND_BREAK = re.compile(r"\s*\v\s*")

Attributes = list[tuple[str, str | None]]


def html_tables(data: bytes) -> list[Grid]:
    """Tables in the order of their start tags; the text of a nested table is also part of the outer cell.

    The text of a merged cell is at its top left. Raises WorkbookError: too large, too deep, unknown encoding.
    """
    page = _Page()
    page.feed(text_of(data))
    page.close()
    return page.tables


class _Table:
    """Table under construction, with the position of its next cell."""

    def __init__(self) -> None:
        self.grid = Grid()
        self._line, self._column, self._in_row = -1, 0, False
        self._covered_to: dict[int, int] = {}
        self._parts: list[str] | None = None
        self._place = 0

    def start_row(self) -> None:
        self.end_row()
        self._line, self._column, self._in_row = self._line + 1, 0, True

    def end_row(self) -> None:
        self.end_cell()
        self._in_row = False

    def end_section(self) -> None:
        """End a section. Row spans end with it."""
        self.end_row()
        self._covered_to.clear()

    def start_cell(self, columns: int, rows: int) -> None:
        if self._in_row:
            self.end_cell()
        else:
            self.start_row()
        while self._covered_to.get(self._column, -1) >= self._line:
            self._column += 1
        self._place, self._parts = self._column, []
        self._column += columns
        if rows != 1:
            last = self._line + (rows or MOST_ROWSPAN) - 1
            self._covered_to.update(dict.fromkeys(range(self._place, self._column), last))

    def add(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def end_cell(self) -> None:
        if self._parts is None:
            return
        text = BLANKS.sub(" ", "".join(self._parts).replace("\xa0", " "))
        self.grid.put(self._line, self._place, ROUND_BREAK.sub("\n", text).strip())
        self._parts = None


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Grid] = []
        self._open: list[_Table] = []
        self._hidden: str | None = None
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in OF_A_TABLE:
            self._hidden = None
            self._start(tag, dict(attrs))
        elif self._hidden:
            self._depth += tag == self._hidden
        elif tag in NEVER_SHOWN or (tag not in VOID and HIDDEN.search(dict(attrs).get("style") or "")):
            self._hidden, self._depth = tag, 1
        elif tag in BREAKS:
            self._add("\v")

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """End ``<![if …]>`` at the next ``>`` as browsers do; html.parser raises for unknown kinds."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    def _start(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._add("\v", but_last=tag != "table")
        if tag == "table":
            if len(self._open) == MOST_NESTED:
                raise WorkbookError("broken_workbook", error=f"more than {MOST_NESTED} tables in each other")
            self._open.append(_Table())
            self.tables.append(self._open[-1].grid)
        elif self._open:
            table = self._open[-1]
            if tag in SECTIONS:
                table.end_section()
            elif tag == "tr":
                table.start_row()
            elif tag in CELLS:
                columns, rows = (_span(attributes.get(name)) for name in ("colspan", "rowspan"))
                table.start_cell(min(columns or 1, MOST_COLSPAN), min(rows, MOST_ROWSPAN))

    def handle_endtag(self, tag: str) -> None:
        if tag in OF_A_TABLE:
            self._hidden = None
            self._end(tag)
        elif tag in ("body", "html"):
            while self._open:
                self._end("table")
        elif self._hidden:
            self._depth -= tag == self._hidden
            self._hidden = self._hidden if self._depth else None
        elif tag in BREAKS:
            self._add("\v")

    def _end(self, tag: str) -> None:
        if not self._open:
            return
        table = self._open[-1]
        if tag in CELLS:
            table.end_cell()
        elif tag == "tr":
            table.end_row()
        elif tag in SECTIONS:
            table.end_section()
        elif tag == "table":
            table.end_section()
            table.grid.is_whole = True
            self._open.pop()
            self._add("\v")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._add(data.replace("\v", " "))

    def _add(self, text: str, *, but_last: bool = False) -> None:
        for table in self._open[:-1] if but_last else self._open:
            table.add(text)


def _span(stated: str | None) -> int:
    found = re.match(r"\s*(\d{1,9})", stated or "")
    return int(found[1]) if found else 1
