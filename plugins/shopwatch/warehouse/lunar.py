"""Months of the Chinese lunar calendar, from the tables of the library ``borax``."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2000, 2060


def lunar_months() -> list[dict[str, object]]:
    """Lunar months with first day, first day of the next, year, number, and whether leap or last of the year."""
    from borax.calendars.lunardate import LCalendars, LunarDate

    months = [
        (year, month, bool(is_leap), days)
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for month, days, is_leap in LCalendars.iter_year_month(year)
    ]
    rows: list[dict[str, object]] = []
    first: date = LunarDate(FIRST_YEAR, 1, 1, 0).to_solar_date()
    for place, (year, month, is_leap, days) in enumerate(months):
        after = first + timedelta(days=days)
        rows.append(
            {
                "first_day": first,
                "next_day": after,
                "lunar_year": year,
                "lunar_month": month,
                "is_leap_month": is_leap,
                "is_last_of_year": place + 1 == len(months) or months[place + 1][0] > year,
            }
        )
        first = after
    return rows
