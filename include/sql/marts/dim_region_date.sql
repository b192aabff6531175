/*
grain: one row per region of a shop and day of marts.dim_date
note: >
  Join a fact by its day and by the region of its shop (marts.dim_shop), with `is not distinct from` for shops without a
  region. Sales and holidays are those of the declared calendar and the public holidays of the region.
columns:
  region: Region of the shop; missing where none is declared
  sale: Key of the sale in the calendar
  sale_zh: Name of the sale in Chinese
  sale_en: Name of the sale in English
  is_sale: Whether the day is part of a sale
  holiday_zh: Name of the holiday in Chinese
  holiday_en: Name of the holiday in English
  is_holiday: Whether the day is part of a holiday
*/
with dates as (
    select day from marts.dim_date
),

calendar as (
    select * from seed.calendar
),

shops as (
    select region from staging.stg_shops
),

regions as (
    select distinct region from shops
),

sales as (
    select
        *,
        unnest(generate_series(first_day, last_day, interval 1 day)) as moment
    from calendar
    where not is_holiday
),

sale_days as (
    select
        region,
        cast(moment as date) as day,
        arg_min(event, first_day) as sale,
        arg_min(title_zh, first_day) as sale_zh,
        arg_min(title_en, first_day) as sale_en
    from sales
    group by all
),

holidays as (
    select
        *,
        unnest(generate_series(first_day, last_day, interval 1 day)) as moment
    from calendar
    where is_holiday
),

holiday_days as (
    select
        region,
        cast(moment as date) as day,
        arg_min(title_zh, first_day) as holiday_zh,
        arg_min(title_en, first_day) as holiday_en
    from holidays
    group by all
)

select
    regions.region,
    dates.day,
    sale_days.sale,
    sale_days.sale_zh,
    sale_days.sale_en,
    sale_days.day is not null as is_sale,
    holiday_days.holiday_zh,
    holiday_days.holiday_en,
    holiday_days.day is not null as is_holiday
from regions
cross join dates
left join sale_days
    on regions.region is not distinct from sale_days.region and dates.day = sale_days.day
left join holiday_days
    on regions.region is not distinct from holiday_days.region and dates.day = holiday_days.day
