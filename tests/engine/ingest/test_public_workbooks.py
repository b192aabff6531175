"""Workbooks of other projects' tests: what the library reads, or a refusal whose reason is true."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import fastexcel
import olefile
import pyarrow
import pytest

from shopwatch.core.settings import PROJECT
from shopwatch.ingest.formats.containers import RejectedError, content_of
from shopwatch.ingest.formats.sheets import Workbook

PUBLIC = sorted(
    path for path in (PROJECT.parent / "shared").glob("data/workbooks/*/*") if path.suffix in {".xls", ".xlsx"}
)
needs_public = pytest.mark.skipif(not PUBLIC, reason="the public workbooks are not here")
REASONS = {
    "broken_workbook",
    "broken_zip",
    "far_cells",
    "formulas_without_values",
    "locked_workbook",
    "no_workbook",
    "old_workbook",
    "torn_workbook",
    "zip_files",
}


def book(path: Path) -> Workbook:
    return Workbook(content_of(path))


def how_it_ends(path: Path) -> str:
    """``loaded``, or the code of the refusal."""
    try:
        book(path).cells(0)
    except RejectedError as why:
        return why.code
    return "loaded"


def own_reading(path: Path) -> list[pyarrow.Table]:
    reader = fastexcel.read_excel(path.read_bytes())
    return [
        reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_arrow()
        for sheet in range(len(reader.sheet_names))
    ]


def has_charts(path: Path) -> bool:
    """Whether an .xls holds charts, whose points the library takes for cells."""
    if not path.read_bytes().startswith(b"\xd0\xcf\x11\xe0"):
        return False
    with olefile.OleFileIO(path.read_bytes()) as file:
        name = "Workbook" if file.exists("Workbook") else "Book"
        return re.search(rb"\x09\x08[\x08\x10]\0\0[\x05\x06]\x20\0", file.openstream(name).read()) is not None


def differences(path: Path) -> list[tuple[str | None, str | None]]:
    """Cells in which ours is not what the library reads, where it is not known to be wrong."""
    ours = book(path)
    try:
        theirs = own_reading(path)
    except fastexcel.FastExcelError:  # a damaged frame that olefile can read
        return []
    if has_charts(path):
        return []
    found = []
    for sheet, other in enumerate(theirs):
        mine = ours.cells(sheet)
        assert mine.shape == (other.num_rows, other.num_columns)
        for column, expected in zip(mine.columns, other.columns, strict=True):
            pairs = zip(column.to_pylist(), expected.to_pylist(), strict=True)
            found += [(one, two) for one, two in pairs if one != two and not is_shown_better(one, two)]
    return found


def is_shown_better(ours: str | None, theirs: str | None) -> bool:
    """An error, which they leave empty; a time as a day about 1900; a second that they cut; a date as a number."""
    if theirs is None:
        return ours is not None and re.fullmatch(r"#(N/A|REF!|NAME\?|NUM!|NULL!|VALUE!|DIV/0!|\w+)", ours) is not None
    if re.fullmatch(r"\d+(\.\d+)?", theirs):
        return re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d+:\d\d:\d\d(\.\d+)?", ours or "") is not None
    return theirs.endswith(".999") or (
        re.match(r"(1899|190[0145])-", theirs) is not None
        and re.fullmatch(r"\d+:\d\d:\d\d(\.\d+)?", ours or "") is not None
    )


def read_all(paths: list[Path]) -> Counter[str]:
    """How the workbooks end: loaded, or the code of a refusal."""
    ends: Counter[str] = Counter()
    for path in paths:
        try:
            assert differences(path) == [], path.name
            ends["loaded"] += 1
        except RejectedError as why:
            ends[why.code] += 1
    assert set(ends) <= REASONS | {"loaded"}
    return ends


@needs_public
def test_a_sample_of_public_workbooks() -> None:
    small = [path for path in PUBLIC if path.stat().st_size < 40_000 and "OOM" not in path.name]
    ends = read_all(small[::12])
    assert ends["loaded"] > 0.85 * ends.total()


@needs_public
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_public_workbooks() -> None:
    ends = read_all([path for path in PUBLIC if "OOM" not in path.name])
    assert ends["loaded"] >= 610
    assert ends["torn_workbook"] <= 11
    assert ends["broken_workbook"] <= 6


@needs_public
def test_workbooks_that_ask_for_gigabytes() -> None:
    paths = [path for path in PUBLIC if "OOM" in path.name]
    assert {how_it_ends(path) for path in paths} <= {"loaded", "torn_workbook"}
