/*
grain: one row per day, from the Monday of the first week of which an export has data to the Sunday of the last
note: >
  Holidays and sale days differ by region: they are in dim_region_date. Weeks are ISO weeks, Monday to Sunday. Festivals
  here are those of the Chinese lunar calendar, on their own day, whether or not the day is off.
columns:
  iso_year: Year that the ISO week belongs to
  iso_week: Number of the ISO week
  week: ISO week as text, such as 2026-W46
  quarter: Number of the quarter
  month: Number of the month
  month_start: First day of the month
  weekday: Number of the weekday, Monday is 1
  is_weekend: Whether it is a Saturday or Sunday
  lunar_date: Lunar month and day in Chinese
  festival_zh: Lunar festival of the day, in Chinese
  festival_en: Lunar festival of the day, in English
*/
with coverage as (
    select day
    from staging.stg_coverage
    anti join seed.standing using (input)
),

lunar_months as (
    select * from seed.lunar_months
),

days as (
    select cast(unnest(generate_series(
        date_trunc('week', min(day)),
        date_trunc('week', max(day)) + interval 6 day,
        interval 1 day
    )) as date) as day
    from coverage
),

lunar as (
    select
        days.day,
        lunar_months.lunar_year,
        lunar_months.lunar_month,
        lunar_months.is_leap_month,
        days.day - lunar_months.first_day + 1 as lunar_day,
        days.day + 1 = lunar_months.next_day and lunar_months.is_last_of_year as is_new_years_eve
    from days
    left join lunar_months
        on days.day >= lunar_months.first_day and days.day < lunar_months.next_day
),

festivals as (
    select *
    from (
        values
        (1, 1, '春节', 'Lunar New Year'),
        (1, 15, '元宵节', 'Lantern Festival'),
        (5, 5, '端午节', 'Dragon Boat Festival'),
        (7, 7, '七夕', 'Qixi Festival'),
        (7, 15, '中元节', 'Ghost Festival'),
        (8, 15, '中秋节', 'Mid-Autumn Festival'),
        (9, 9, '重阳节', 'Double Ninth Festival'),
        (12, 8, '腊八节', 'Laba Festival'),
        (12, 23, '小年', 'Little New Year')
    ) as named (lunar_month, lunar_day, festival_zh, festival_en)
)

select
    lunar.day,
    isoyear(lunar.day) as iso_year,
    weekofyear(lunar.day) as iso_week,
    strftime(lunar.day, '%G-W%V') as week,
    cast(date_trunc('week', lunar.day) as date) as week_start,
    year(lunar.day) as year,
    quarter(lunar.day) as quarter,
    month(lunar.day) as month,
    cast(date_trunc('month', lunar.day) as date) as month_start,
    isodow(lunar.day) as weekday,
    isodow(lunar.day) > 5 as is_weekend,
    lunar.lunar_year,
    lunar.lunar_month,
    lunar.lunar_day,
    lunar.is_leap_month,
    if(lunar.is_leap_month, '闰', '')
    || ['正月', '二月', '三月', '四月', '五月', '六月', '七月', '八月', '九月', '十月', '冬月', '腊月'][lunar.lunar_month]
    || case
        when lunar.lunar_day = 10 then '初十'
        when lunar.lunar_day = 20 then '二十'
        when lunar.lunar_day = 30 then '三十'
        else ['初', '十', '廿'][lunar.lunar_day // 10 + 1]
            || ['一', '二', '三', '四', '五', '六', '七', '八', '九'][lunar.lunar_day % 10]
    end as lunar_date,
    if(lunar.is_new_years_eve, '除夕', festivals.festival_zh) as festival_zh,
    if(lunar.is_new_years_eve, 'Lunar New Year''s Eve', festivals.festival_en) as festival_en
from lunar
left join festivals
    on
        lunar.lunar_month = festivals.lunar_month
        and lunar.lunar_day = festivals.lunar_day
        and not lunar.is_leap_month
