"""Forecast error of what stock is ordered by, on real sales: pieces sold a day over 28 days, beside seasonal-naive.

Each Sunday the pieces of each product in the following 7 and 14 days are forecast from the days before alone. WAPE is
the sum of the absolute errors by the pieces sold (Kolassa and Schütz, Foresight 6, 2007); seasonal-naive repeats the
last one or two weeks. ``trend`` multiplies the mean by what the last two weeks were above or below it, at most by 2
and at least by 1/2.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

FILES = Path(__file__).resolve().parents[2] / "shared" / "data" / "uci_online_retail_by_day"
FORECASTS = """
with lines as (
    select StockCode as sku, cast(InvoiceDate as date) as day, cast(Quantity as integer) as quantity
    from read_csv($files, all_varchar = true)
    where
        cast(Quantity as integer) > 0
        and cast(UnitPrice as double) > 0
        and regexp_matches(StockCode, '^[0-9]{5}')    -- postage and fees have words
),

sold as (
    select sku, day, sum(quantity) as pieces
    from lines
    group by sku, day
),

calendar as (
    select cast(unnest(generate_series(min(day), max(day), interval 1 day)) as date) as day, max(day) as last_day
    from sold
),

days as (
    select products.sku, calendar.day, calendar.last_day, coalesce(sold.pieces, 0) as pieces
    from (select sku, min(day) as first_day from sold group by sku) as products
    inner join calendar on products.first_day <= calendar.day
    left join sold using (sku, day)
),

windows as (
    select
        sku,
        day,
        last_day,
        count(*) over (of_sku range between interval 27 day preceding and current row) as days_before,
        sum(pieces) over (of_sku range between interval 27 day preceding and current row) as pieces_28,
        sum(pieces) over (of_sku range between interval 13 day preceding and current row) as pieces_14,
        sum(pieces) over (of_sku range between interval 6 day preceding and current row) as pieces_7,
        sum(pieces) over (of_sku range between interval 1 day following and interval 7 day following) as next_7,
        sum(pieces) over (of_sku range between interval 1 day following and interval 14 day following) as next_14
    from days
    window of_sku as (partition by sku order by day)
),

forecasts as (
    select
        next_7,
        next_14,
        pieces_7,
        pieces_14,
        pieces_28 / 28 as a_day,
        a_day * least(2, greatest(0.5, 2 * pieces_14 / pieces_28)) as a_day_with_trend
    from windows
    where isodow(day) = 7 and days_before = 28 and pieces_28 >= 28 and day + 14 <= last_day
)

select
    count(*) as forecasts,
    sum(abs(next_7 - 7 * a_day)) / sum(next_7) as mean_7,
    sum(abs(next_7 - pieces_7)) / sum(next_7) as naive_7,
    sum(abs(next_7 - 7 * a_day_with_trend)) / sum(next_7) as trend_7,
    sum(abs(next_14 - 14 * a_day)) / sum(next_14) as mean_14,
    sum(abs(next_14 - pieces_14)) / sum(next_14) as naive_14,
    sum(abs(next_14 - 14 * a_day_with_trend)) / sum(next_14) as trend_14
from forecasts
"""


def main() -> None:
    """Print the errors of each forecast and span."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=Path, default=FILES, help="folder with the daily files of UCI Online Retail")
    folder = parser.parse_args().files
    if not any(folder.glob("*.csv")):
        print(f"no csv in {folder}: name the folder of UCI Online Retail's daily files with --files")
        return
    found = duckdb.execute(FORECASTS, {"files": str(folder / "*.csv")}).fetchone() or ()
    print(f"{found[0]:,} forecasts of products that sold 28 pieces or more in 28 days, WAPE:")
    for days, errors in ((7, found[1:4]), (14, found[4:])):
        mean, naive, trend = errors
        print(f"{days:2} days  28-day mean {mean:.1%}  seasonal-naive {naive:.1%}  mean with trend {trend:.1%}")


if __name__ == "__main__":
    main()
