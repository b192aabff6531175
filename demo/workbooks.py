"""Workbooks as handed in by people: the contracts' templates, filled with rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache

from demo.containers import stored
from demo.timetable import Export
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.core.settings import PROJECT
from shopwatch.review.templates import filled_workbook

Cell = str | float | date
Row = Mapping[str, Cell]


def workbook(folder: str, name: str, moment: datetime, rows: Sequence[Row], own: Sequence[str] = ()) -> Export:
    """Chinese workbook of the contract ``shopwatch_<name>``; ``own``: columns added by the user."""
    contract = _contracts()[f"shopwatch_{name}"]
    file = f"{contract.title.zh}_{moment:%Y%m%d}.xlsx"
    return Export(folder, file, moment, lambda: stored(filled_workbook(PROJECT / "include", contract, "zh", rows, own)))


@cache
def _contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "include")
