/*
grain: one row per shop and week (Monday to Sunday) that exports cover
note: >
  The event of the week is the sale or holiday of the shop's region with the most days in it. week_last_year is the week
  of last year that it is compared with. Sales and lunar holidays move, so a week of an event is compared with the same
  week of the event a year before, counted from the week of its main day: the last day of a sale, the middle of a holiday. Every
  other week, and an event that last year's calendar does not have, is compared with the week 52 weeks earlier.
*/
with days as (
    select * from intermediate.int_days
),

calendar as (
    select * from seed.calendar
),

shops as (
    select shop, region
    from staging.stg_shops
    semi join marts.dim_shop using (shop)
),

week_starts as (
    select cast(unnest(generate_series(
        date_trunc('week', min(day)),
        date_trunc('week', max(day)),
        interval 7 day
    )) as date) as week_start
    from days
),

weeks as (
    select shops.shop, week_starts.week_start
    from week_starts
    cross join shops
),

occurrences as (
    select
        shops.shop,
        calendar.*,
        if(
            calendar.is_holiday,
            calendar.first_day + cast((calendar.last_day - calendar.first_day) // 2 as integer),
            calendar.last_day
        ) as main_day
    from calendar
    inner join shops on calendar.region is not distinct from shops.region
),

anchored as (
    select
        *,
        cast(date_trunc('week', main_day) as date) as main_week
    from occurrences
),

years as (
    select
        this_year.shop,
        this_year.event,
        this_year.first_day,
        max_by(last_year.main_week, last_year.main_day) as main_week_last_year
    from anchored as this_year
    inner join anchored as last_year
        on
            this_year.shop = last_year.shop
            and this_year.event = last_year.event
            and last_year.main_day between this_year.main_day - 430 and this_year.main_day - 300
    group by this_year.shop, this_year.event, this_year.first_day
),

eventful as (
    select
        weeks.shop,
        weeks.week_start,
        anchored.* exclude (shop),
        least(anchored.last_day, weeks.week_start + 6) - greatest(anchored.first_day, weeks.week_start) + 1 as event_days
    from weeks
    inner join anchored
        on
            anchored.shop = weeks.shop
            and anchored.first_day <= weeks.week_start + 6
            and anchored.last_day >= weeks.week_start
),

named as (
    select *
    from eventful
    qualify row_number() over (
        partition by shop, week_start
        order by event_days desc, is_holiday, event
    ) = 1
)

select
    weeks.shop,
    weeks.week_start,
    cast(weeks.week_start + 6 as date) as week_end,
    named.event,
    named.title_zh as event_zh,
    named.title_en as event_en,
    cast(named.event_days as bigint) as event_days,
    coalesce(not named.is_holiday, false) as is_sale,
    coalesce(named.is_holiday, false) as is_holiday,
    cast(coalesce(
        years.main_week_last_year + cast(weeks.week_start - named.main_week as integer),
        weeks.week_start - 364
    ) as date) as week_last_year
from weeks
left join named using (shop, week_start)
left join years on named.shop = years.shop and named.event = years.event and named.first_day = years.first_day
