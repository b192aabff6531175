/*
grain: one row per shop that is declared
note: >
  Complete up to a day: every kind of export expected from the shop covers each day of the two weeks before it; if none
  is expected, every kind that it ever delivered. NULL if none ever arrived. A stock list holds until the next one, so
  its days need not be consecutive.
*/
with shops as (
    select * from staging.stg_shops
),

freshness as (
    select distinct shop, input
    from ops.freshness
    where state != 'not_expected'
),

covered_days as (
    select input, shop, day
    from intermediate.int_covered_days
    where day <= $night
),

inputs as (
    select shop, input from freshness
    union
    select shop, input
    from covered_days
    anti join freshness using (shop)
),

spans as (
    select
        inputs.shop,
        inputs.input,
        min(covered_days.day) as first_day,
        max(covered_days.day) as last_day
    from inputs
    left join covered_days using (shop, input)
    group by inputs.shop, inputs.input
),

expected_spans as (
    select
        shop,
        input,
        last_day,
        if(input = 'stock', last_day, greatest(first_day, last_day - 13)) as first_day
    from spans
),

expected_days as (
    select
        shop,
        input,
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
    from expected_spans
),

first_gaps as (
    select
        expected_days.shop,
        expected_days.input,
        min(expected_days.day) as day
    from expected_days
    inner join shops using (shop)
    anti join covered_days
        on
            expected_days.shop = covered_days.shop
            and expected_days.input = covered_days.input
            and expected_days.day = covered_days.day
    where not list_contains(shops.closed_weekdays, lower(left(dayname(expected_days.day), 3)))
    group by expected_days.shop, expected_days.input
),

complete as (
    select
        spans.shop,
        if(bool_or(spans.last_day is null), null, min(coalesce(first_gaps.day - 1, spans.last_day))) as complete_until
    from spans
    left join first_gaps using (shop, input)
    group by spans.shop
)

select
    shops.shop,
    shops.title,
    complete.complete_until
from shops
left join complete using (shop)
order by complete.complete_until desc nulls last, shops.shop
