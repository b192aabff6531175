"""Each small case reads alike, whatever container sellers save it in."""

from __future__ import annotations

import csv
import html
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from files import csv_bytes, xls_bytes, xlsx_bytes
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.shops import load_shops
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.preview.inspect import inspect

CASES = PROJECT.parent / "shared" / "cases"
FILES = sorted(path for path in CASES.glob("*/*") if path.suffix in (".csv", ".txt") and path.parent.name != "records")
CONTRACTS = load_contracts(PROJECT / "include")
SETTLED = 1_700_000_000

Lines = list[list[str]]


def zipped(lines: Lines) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("export.csv", csv_bytes(lines, "utf-8"))
    return buffer.getvalue()


def page(lines: Lines) -> bytes:
    rows = ("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f'<html><head><meta charset="utf-8"></head><table>{"".join(rows)}</table></html>'.encode()


CONTAINERS: dict[str, tuple[str, Callable[[Lines], bytes]]] = {
    "text with BOM": (".csv", lambda lines: csv_bytes(lines, "utf-8-sig")),
    "UTF-16 text named xls": (".xls", lambda lines: b"\xff\xfe" + csv_bytes(lines, "utf-16-le", delimiter="\t")),
    "web page named xls": (".xls", page),
    "zip": (".zip", zipped),
    "xls": (".xls", xls_bytes),
    "xlsx": (".xlsx", xlsx_bytes),
}


def lines_of(path: Path) -> Lines:
    """The file's cells; its own text is UTF-8 or GBK."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def seen(folder: Path, name: str, content: bytes) -> tuple[object, ...]:
    """Outcome of loading the file, for the first shop of the cases."""
    settings = Settings(home=folder)
    (folder / "shops.yaml").write_bytes((CASES / "shops.yaml").read_bytes())
    shops = load_shops(settings)
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (SETTLED, SETTLED))
    found = inspect(settings, CONTRACTS, shops, path, next(iter(shops)), checks=False)
    rows = [{name: value for name, value in row.items() if name != "line"} for row in found.first_rows]
    return found.verdict, found.rows, rows


@pytest.mark.slow
@pytest.mark.skipif(not FILES, reason="the cases are not here")
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_case_reads_alike_in_each_container(path: Path, container: str, tmp_path: Path) -> None:
    lines = lines_of(path)
    if path.parent.name == "two_digit_years":
        pytest.skip("its export is known to its own contract only")
    suffix, write = CONTAINERS[container]
    (tmp_path / "as_it_is").mkdir()
    expected = seen(tmp_path / "as_it_is", path.name, path.read_bytes())
    assert expected[1]
    assert seen(tmp_path, path.stem + suffix, write(lines)) == expected
