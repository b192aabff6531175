"""Spans of a doubtful text that are copied as they stand hold what taking each record apart makes of them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shopwatch.catalog.contracts import Column, Contract, Version
from shopwatch.core.i18n import Title
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import PROJECT
from shopwatch.ingest import damaged_text as doubtful
from shopwatch.ingest.damaged_text import Records, Sorter
from shopwatch.ingest.detect import Detection

HEADER = ("id", "name", "paid")
FOUND = Detection(
    path=PROJECT,
    contract=Contract(
        export="notes",
        title=Title(zh="", en=""),
        recognise=HEADER,
        table="notes",
        mode="upsert",
        key=("id",),
        version=Version(),
        day="version",
        columns={name: Column(headers=(name,), type="text") for name in HEADER},
    ),
    container="text",
    header_line=1,
    headers=HEADER,
    titles=HEADER,
    preamble=(),
)
PIECES = (
    *("1,pot,10\n" for _ in range(4)),
    '2,"pot, big",10\n',
    '3,"a ""pot""",10\n',
    '4,"two\nlines",10\n',
    '5,"three\n\nlines",10\n',
    "6,ragged,10,\n",
    '7,"stray"x,10\n',
    '"8,open,10\n',
    '9,24",10\n',
    "10,dam\0aged,10\n",
    '="11",pot,10\n',
    "id,name,paid\n",
    "\n",
    ",,\n",
)


def sorted_text(text: str, *, copies_spans: bool) -> tuple[object, ...]:
    copy = io.BytesIO()
    cut = text.rfind("\n", 0, 200) + 1
    chunks = [b"id,name,paid\n" + text[:cut].encode(), text[cut:].encode()]
    try:
        records: Records = Sorter(FOUND, 3, copies_spans=copies_spans).write(filter(None, chunks), copy)
    except RejectedError as why:
        return why.code, why.values_json
    rows = [row for row in csv.reader(io.StringIO(copy.getvalue().decode(), newline="")) if row]
    assert len(rows) == len(records.good)
    counts = records.inside, records.blank, records.lines
    return rows, records.lines_of_good().tolist(), records.faults, counts


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.booleans(), st.sampled_from([20, 60, 200]))
@hypothesis_settings(max_examples=400, deadline=None)
def test_copied_spans_hold_the_same_records(text: str, ends: bool, span: int) -> None:
    text = text if ends else text.removesuffix("\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doubtful, "SPAN", span)
        assert sorted_text(text, copies_spans=True) == sorted_text(text, copies_spans=False)


def test_only_the_span_around_a_doubt_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    apart = doubtful.csv_records

    def count(lines, *arguments):  # type: ignore[no-untyped-def]
        for record in apart(lines, *arguments):
            looked_at.append("".join(record.lines))
            yield record

    monkeypatch.setattr(doubtful, "csv_records", count)
    rows = [f"{n},pot,10\n" for n in range(50_000)]
    rows[25_000] = "x,ragged,10,\n"
    found = sorted_text("".join(rows), copies_spans=True)
    assert found[2] == [doubtful.DamagedLine(25_002, "4/3", "ragged", '{"found":4,"expected":3}')]
    assert len(looked_at) < 15_000
