"""Days of a file, if its rows do not state them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from shopwatch.catalog.headers import plain, position_of
from shopwatch.ingest.detect import Detection, RejectedError

COARSE = frozenset(
    map(
        plain,
        (
            "Week",
            "Month",
            "Quarter",
            "Year",
            "By Week",
            "By Month",
            "Year month",
            "ISO week",
            "周",
            "月",
            "月份",
            "年月",
        ),
    )
)
"""Headers of columns that split a report by more than a day."""


def stated_day(found: Detection, path: str) -> date | None:
    """Day stated above the header row, else by folder and name; None if rows or export time determine it.

    Raises RejectedError if no day is stated, or several, or weeks or months: a sum cannot be split by day.
    """
    period, header = found.contract.period, _day_header(found)
    if period is None or header in found.titles:
        return None
    places = ((period.preamble, "\n".join(found.preamble)), (period.name, path))
    for pattern, text in places:
        stated = re.search(pattern, text) if pattern else None
        if stated:
            days = [_day(group) for group in stated.groups() if group]
            if len(set(days)) > 1 and header:
                raise RejectedError("not_by_day", first=days[0], last=days[-1], header=header)
            if len(set(days)) > 1:
                raise RejectedError("sums_up_days", first=days[0], last=days[-1])
            _reject_coarse_rows(found, header)
            return days[0]
    _reject_coarse_rows(found, header)
    if header and period.name is None:
        raise RejectedError("no_day_column", header=header)
    raise RejectedError("no_day", example=f"{found.path.stem}_2026-11-02{found.path.suffix}")


def _reject_coarse_rows(found: Detection, day_header: str | None) -> None:
    coarse = next((title for title in found.titles if plain(title) in COARSE), None)
    if day_header and coarse:
        raise RejectedError("coarse_rows", column=coarse, header=day_header)


def stated_span(found: Detection) -> tuple[date | None, date | None]:
    """First and last whole day of the period for which the file holds all events; (None, None) without a ``span``.

    The file ends within its last stated day, so the last whole day is the one before.
    """
    span = found.contract.span
    if span is None:
        return None, None
    cells = dict(zip(found.headers, found.first_record, strict=False))
    first, last = (_date(cells.get(plain(header), ""), found.contract.date_order) for header in (span.first, span.last))
    if first is None or last is None or last <= first:
        return None, None
    return first, last - timedelta(days=1)


def _date(text: str, order: object) -> date | None:
    """Date at the start of a cell: year first, else day and month in the contract's order; None if there is none."""
    if stated := re.match(r"\s*(\d{4})-(\d\d)-(\d\d)", text):
        year, month, day = map(int, stated.groups())
    elif stated := re.match(r"\s*(\d\d?)[./-](\d\d?)[./-](\d{4})", text):
        one, other, year = map(int, stated.groups())
        day, month = (other, one) if order == "month_first" else (one, other)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day_header(found: Detection) -> str | None:
    """Header of the row days, as in the file or else in the contract; None if rows never have days."""
    names = found.contract.day if isinstance(found.contract.day, tuple) else ()
    columns = [found.contract.columns[name] for name in names]
    there = (position_of(column.headers, found.headers) for column in columns)
    at = next((position for position in there if position is not None), None)
    return found.titles[at] if at is not None else columns[0].headers[0] if columns else None


def _day(text: str) -> date:
    """Parse 2026-11-02, 20261102, 2026年11月2日, ``Nov. 2, 2026`` or ``2 November 2026``. Raises RejectedError."""
    parts = [part.zfill(2) for part in re.findall(r"\d+|[A-Z][a-z]{2}", text)]
    for order in ("%Y%m%d", "%b%d%Y", "%d%b%Y"):
        try:
            return datetime.strptime("".join(parts), order).date()
        except ValueError:
            continue
    raise RejectedError("impossible_day", day=text)
