"""One table in 2,290 polluted forms, after the Pollock benchmark of data loading: no row is wrong in silence.

The kinds of pollution, their names, the score and the weights by prevalence are those of Vitagliano et al., "Pollock: A
Data Loading Benchmark", PVLDB 16(8), 2023; the table is made up. A file that is refused scores nothing.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from shopwatch.catalog.contracts import Column, Contract, Version
from shopwatch.core.i18n import Title
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import RejectedError, detect_contract
from shopwatch.ingest.readers import read

HEADER = ["DATE", "TIME", "Qty", "PRODUCTID", "Price", "ProductType", "ProductDescription", "URL", "Comments"]
WIDTH, ROWS = len(HEADER), 83
TYPES = ["day", "text", "count", "id", "money", "text", "text", "text", "text"]
CONTRACT = Contract(
    export="products",
    title=Title(zh="", en=""),
    recognise=tuple(HEADER[:8]),
    table="products",
    mode="upsert",
    key=("productid",),
    version=Version(),
    day="version",
    date_order="day_first",
    column_order=tuple(HEADER),
    columns={
        header.lower(): Column(headers=(header,), type=kind, optional=header == "Comments")
        for header, kind in zip(HEADER, TYPES, strict=True)
    },
)
CON = duckdb.connect()
CLEAR = library_sql("ingest/clear")

Cells = list[list[str]]


@dataclass
class Cell:
    """A cell as it is written; ``value`` is what it means."""

    value: str
    quoted: bool
    extra: str = ""  # written before the value, inside the quotes

    def text(self, quote: str, escape: str) -> str:
        escaped = self.extra + self.value.replace(quote, escape + quote)
        return f"{quote}{escaped}{quote}" if self.quoted else escaped


@dataclass
class Line:
    cells: list[Cell]
    delimiters: list[str] = field(default_factory=list)
    end: str = "\r\n"

    def __post_init__(self) -> None:
        self.delimiters = self.delimiters or [","] * (len(self.cells) - 1)


def source() -> list[Line]:
    """Header and rows; descriptions and addresses stand in quotes, some types hold commas, inches or apostrophes."""
    kinds = ["Men's Boots", "Table, Round", 'Bike, 24"', "Lamp", "Women's  Rod 8 Wt.", 'Boxer, 5" Inseam']
    lines = [Line([Cell(name, 6 <= at <= 7) for at, name in enumerate(HEADER)])]
    for n in range(ROWS):
        kind = kinds[n % len(kinds)]
        note = f"A fine thing no. {n}, made to last." if n % 3 else f"Our 8\\'9\" thing no. {n} won't break"
        values = [
            f"{n % 28 + 1:02}/{n // 28 + 1:02}/2018", f"{n % 24:02}:{n % 4 * 15:02}", str(n % 5), f"AB-{1000 + n}",
            f"${n}.{n % 100:02}", kind, note, f"https://www.example.com/p/AB_{1000 + n}.html", "",
        ]  # fmt: skip
        quoted = [False] * 5 + ["," in kind or '"' in kind, True, True, False]
        lines.append(Line([Cell(value, q) for value, q in zip(values, quoted, strict=True)]))
    return lines


def written(lines: list[Line], quote: str = '"', escape: str = '"') -> str:
    text = ""
    for line in lines:
        text += "".join(f"{d}{c.text(quote, escape)}" for d, c in zip(["", *line.delimiters], line.cells, strict=True))
        text += line.end
    return text


def values(lines: list[Line]) -> Cells:
    return [[cell.extra + cell.value for cell in line.cells] for line in lines]


def polluted() -> Iterator[tuple[str, float, str, Cells]]:
    """Name, weight, text, and the clean table, its header first."""
    clean = values(source())

    def same(name: str, weight: float, text: str, table: Cells | None = None) -> tuple[str, float, str, Cells]:
        return name, weight, text, clean if table is None else table

    text = written(source())
    yield same("source", 1, text)
    yield same("file_no_payload", 15, "", [])
    yield same("file_no_trailing_newline", 184, text.removesuffix("\r\n"))
    yield same("file_double_trailing_newline", 5, text + "\r\n")
    yield same("file_no_header", 470, written(source()[1:]), clean[1:])
    for times in (2, 3):
        lines = [*[source()[0] for _ in range(times - 1)], *source()]
        names = [" ".join([name] * times) for name in HEADER]
        yield same(f"file_header_multirow_{times}", 47, written(lines), [names, *clean[1:]])
    yield same("file_preamble", 282, "PREAMBLE,,,,,,,,\r\n,,,,,,,,\r\n" + text)
    for name, width in (("less", 8), ("same", 9), ("more", 10)):
        second = [[*row, f"col{width}" if at == 0 else ""][:width] for at, row in enumerate(clean)]
        lines = [*source(), *(Line([Cell(c, "," in c) for c in row]) for row in second)]
        yield same(f"file_multitable_{name}", 188 / 3, written(lines), clean + second)
    yield same("file_header_only", 3, written(source()[:1]), clean[:1])
    yield same("file_one_data_row", 4, written(source()[:2]), clean[:2])
    for row in range(ROWS + 1):
        for col in range(WIDTH):
            lines = source()
            lines[row].cells.insert(col, Cell("", False))
            lines[row].delimiters.append(",")
            yield same(f"row_more_sep_row{row}_col{col}", 260 / 707, written(lines))
            if col:
                lines = source()
                lines[row].delimiters[col - 1] = ""
                yield same(f"row_less_sep_row{row}_col{col}", 260 / 707, written(lines))
            lines = source()
            lines[row].cells[col].extra = '"'
            yield same(f"row_extra_quote{row}_col{col}", 1 / 108, written(lines), values(lines))
        lines = source()
        lines[row].delimiters = [" "] * (WIDTH - 1)
        yield same(f"row_field_delimiter_{row}_0x20", 1 / 7, written(lines))
    yield same("file_record_delimiter_0xA", 1691, text.replace("\r\n", "\n"))
    yield same("file_record_delimiter_0xD", 7, text.replace("\r\n", "\r"))
    for name, delimiter, weight in (("0x3B", ";", 834), ("0x9", "\t", 4), ("0x2C_0x20", ", ", 101), ("0x20", " ", 4)):
        lines = source()
        for line in lines:
            line.delimiters = [delimiter] * (WIDTH - 1)
        yield same(f"file_field_delimiter_{name}", weight, written(lines))
    yield same("file_quotation_char_0x27", 11, written(source(), quote="'", escape="'"))
    yield same("file_escape_char_0x5C", 1, written(source(), escape="\\"))
    yield same("file_escape_char_0x00", 7, written(source(), escape=""))


def loaded(folder: Path, text: str) -> tuple[Cells, int, str]:
    """The header and rows that count, how many lines were told, and why the file was refused."""
    path = folder / "products.csv"
    path.write_bytes(text.encode())
    CON.execute(CLEAR)
    try:
        found = detect_contract(path, {"products": CONTRACT})
        counted = read(CON, found, folder / "scratch", "select * from source")
    except RejectedError as why:
        return [], 0, str(why)
    names = ", ".join(f"coalesce(c{i}, '')" for i in range(len(found.headers)))
    rows = [list(row) for row in CON.execute(f"select {names} from lines order by line").fetchall()]
    return [list(found.titles), *rows] if found.has_header else rows, counted.broken, ""


def wrong_in_silence(table: Cells, rows: Cells, told: int, reason: str) -> int:
    """Rows that count and stand in no clean table, and rows of it that are missing and were not told."""
    if reason:
        return 0
    clean, got = (Counter(map(tuple, t[1:])) for t in (table, rows))
    return (got - clean).total() + max(0, (clean - got).total() - told)


def test_a_file_without_a_header_is_read_by_the_declared_order(tmp_path: Path) -> None:
    assert loaded(tmp_path, written(source()[1:])) == (values(source())[1:], 0, "")


def measures(clean: list, got: list) -> list[float]:
    """Precision, recall and F1, as the benchmark has them."""
    if not clean:
        return [1, 1, 1]
    shared = (Counter(clean) & Counter(got)).total()
    if not shared:
        return [0, 0, 0]
    one, other = shared / len(clean), shared / len(got)
    return [one, other, 2 * one * other / (one + other)]


def score(table: Cells, rows: Cells, reason: str) -> float:
    """From 0 to 10: loaded at all, and three measures each of header, records and cells."""
    if reason and table:
        return 0
    found = [lines or [[]] for lines in (table, rows)]
    headers, records = [f[0] for f in found], [["\x1f".join(r) for r in f[1:]] for f in found]
    cells = [[cell for row in f for cell in row] for f in found]
    if not table:
        return 10
    return 1 + sum(measures(*headers) + measures(*records) + measures(*cells))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_polluted_file_is_wrong_in_silence(tmp_path: Path) -> None:
    silent, scores, weights = {}, {}, {}
    for name, weight, text, table in polluted():
        rows, told, reason = loaded(tmp_path, text)
        wrong = wrong_in_silence(table, rows, told, reason)
        if wrong:
            silent[name] = wrong
        scores[name], weights[name] = score(table, rows, reason), weight
    assert len(scores) == 2290
    assert not silent
    assert sum(scores.values()) / len(scores) >= 9.88
    assert sum(scores[n] * w for n, w in weights.items()) / sum(weights.values()) >= 9.59


def test_the_clean_table_comes_back_whole(tmp_path: Path) -> None:
    text = written(source())
    assert list(csv.reader(io.StringIO(text))) == values(source())
    assert loaded(tmp_path, text) == (values(source()), 0, "")
