/*
grain: one row per shop, metric, grain and period between the first and the last day that exports cover
note: >
  Days on which the shop never trades are not expected. How many of the period's days have an export of every input
  of the metric, and which have none. A day of ad spend that lacks one of the shop's ad accounts is a missing day,
  because the other accounts are not the whole spend. A day of which an export holds only half a list is missing too; where
  nothing else is missing on it, it is also in short_days, and its input is not in missing_inputs.
  Refunds and shipping times of orders (order_refunds, order_shipping)
  have every day whose orders are covered, except those on which the refunds of an order, or all shipping times, are unknown;
  so have the products of orders, their costs and ad spend (order_products, goods_costs, ad_spend), except those on which
  marts.fct_profit_day lacks them, and the orders of 30, 60 and 90 days (orders_of_30_days, ...), except those before which
  orders of one of these days are missing. Whether a shop has stopped selling (order_days) is asked
  up to the time at which an order export was written, also where that is after the horizon. What holds until it is
  replaced (targets, prices, plans) covers all of the
  shop's days.
  A group of shops (by its name in the column shop) covers a day if all of its shops do that trade on it, and, for KPIs of
  money, if it has a rate for each of their currencies (exchange_rates). A shop counts from the day on which it joined,
  also while none of its exports is there. missing_shops are those that lack something.
*/
-- Many metrics need the same inputs: one coverage serves them all.
with groups_with_rates as (
    select distinct group_shops.shop_group
    from seed.group_shops as group_shops
    inner join staging.stg_shops as shops using (shop)
    inner join seed.groups as groups on group_shops.shop_group = groups.shop
    where shops.currency != groups.currency
),

metrics as (
    select
        metric,
        list_sort(
            if(has_money and (select count(*) from groups_with_rates) > 0, list_append(inputs, 'exchange_rates'), inputs)
        ) as needs
    from seed.metrics
    where len(inputs) > 0
),

needed as (
    select needs, unnest(list_filter(needs, lambda input: input != 'exchange_rates')) as input
    from (select distinct needs from metrics)
),

incomplete_days as (
    select 'ad_day' as input, shop, day, null as short_export
    from intermediate.int_absent_ad_accounts
    union
    select input, shop, day, source as short_export
    from intermediate.int_short_days
    where is_incomplete
    union
    select 'order_refunds' as input, shop, day, null as short_export
    from marts.fct_shop_day
    where revenue is not null and refunded is null
    union
    select 'order_shipping' as input, shop, day, null as short_export
    from intermediate.int_unknown_shipping_days
    union
    select unnest(unknown) as input, shop, day, null as short_export
    from marts.fct_profit_day
    union
    select input, shop, day, null as short_export
    from intermediate.int_short_horizons
),

order_inputs as (
    select unnest([
        'order_refunds', 'order_shipping', 'order_products', 'goods_costs', 'ad_spend',
        'orders_of_30_days', 'orders_of_60_days', 'orders_of_90_days'
    ]) as input
),

standing_loads as (
    select
        input,
        shop,
        list(distinct load_id order by load_id) as load_ids
    from staging.stg_coverage
    semi join seed.standing using (input)
    group by input, shop
),

days as (
    select * from intermediate.int_days
),

covered_days as (
    select input, shop, day, load_ids
    from intermediate.int_covered_days
    union all
    select order_inputs.input, covered.shop, covered.day, covered.load_ids
    from intermediate.int_covered_days as covered
    cross join order_inputs
    where covered.input = 'orders'
    union all
    select
        standing_loads.input,
        standing_loads.shop,
        days.day,
        standing_loads.load_ids
    from standing_loads
    inner join days using (shop)
),

horizon as (
    select max(day) as last_day from covered_days
),

known_days as (
    select * from covered_days
    union all by name
    select *, 'order_days' as input from intermediate.int_order_days
),

used as (
    select
        known_days.shop,
        needed.needs,
        min(known_days.day) as first_day,
        max(known_days.day) as last_known
    from known_days
    inner join needed using (input)
    group by known_days.shop, needed.needs
),

shops as (
    select shop, closed_weekdays from staging.stg_shops
),

horizons as (
    select
        used.shop,
        used.needs,
        used.first_day,
        greatest(used.last_known, horizon.last_day) as last_day
    from used
    cross join horizon
),

every_day as (
    select
        horizons.shop,
        horizons.needs,
        needed.input,
        cast(date_trunc('week', horizons.first_day) as date) as first_week,
        cast(date_trunc('week', horizons.last_day) + interval 6 day as date) as last_week_end,
        cast(unnest(generate_series(
            greatest(
                least(date_trunc('week', horizons.first_day), date_trunc('month', horizons.first_day)),
                cast(first_covered_day() as timestamp)
            ),
            greatest(
                date_trunc('week', horizons.last_day) + interval 6 day,
                date_trunc('month', horizons.last_day) + interval 1 month - interval 1 day
            ),
            interval 1 day
        )) as date) as day
    from horizons
    inner join needed using (needs)
),

expected as (
    select
        every_day.*,
        not list_contains(shops.closed_weekdays, lower(left(dayname(every_day.day), 3))) as is_expected
    from every_day
    inner join shops using (shop)
),

held as (
    select
        expected.shop,
        expected.needs,
        expected.day,
        cast([] as varchar[]) as missing_shops,
        any_value(expected.is_expected) as is_expected,
        any_value(expected.day between expected.first_week and expected.last_week_end) as is_in_weeks,
        bool_and(known_days.day is not null and incomplete_days.day is null) as is_covered,
        list(distinct expected.input) filter (
            where (known_days.day is null and order_inputs.input is null)
            or (incomplete_days.day is not null and incomplete_days.short_export is null)
        ) as missing_inputs,
        list(distinct incomplete_days.short_export) filter (where incomplete_days.short_export is not null)
            as short_exports,
        flatten(list(known_days.load_ids) filter (where known_days.day is not null)) as load_ids
    from expected
    left join order_inputs using (input)
    left join known_days using (input, shop, day)
    left join incomplete_days using (input, shop, day)
    group by expected.shop, expected.needs, expected.day
),

group_shops as (
    select
        group_shops.shop_group,
        group_shops.shop,
        group_shops.first_day,
        shops.currency
    from seed.group_shops as group_shops
    inner join staging.stg_shops as shops using (shop)
),

group_days as (
    select
        group_shops.shop_group,
        held.needs,
        held.day,
        bool_or(held.is_in_weeks) as is_in_weeks
    from held
    inner join group_shops using (shop)
    group by group_shops.shop_group, held.needs, held.day
),

held_by_shops as (
    select
        group_days.*,
        group_shops.shop,
        coalesce(held.is_expected, true) as is_expected,
        coalesce(held.is_covered, false) as is_covered,
        if(held.shop is null, group_days.needs, held.missing_inputs) as missing_inputs,
        held.short_exports,
        held.load_ids,
        list_contains(group_days.needs, 'exchange_rates') and rates.rate is null as is_rate_missing
    from group_days
    inner join group_shops using (shop_group)
    left join held
        on group_shops.shop = held.shop and group_days.needs = held.needs and group_days.day = held.day
    left join seed.exchange_rates as rates
        on
            group_shops.shop_group = rates.shop_group
            and group_shops.currency = rates.currency
            and group_days.day >= rates.first_day
            and (rates.last_day is null or group_days.day <= rates.last_day)
    where group_shops.first_day is null or group_shops.first_day <= group_days.day
),

held_by_groups as (
    select
        shop_group as shop,
        needs,
        day,
        list_sort(list(shop) filter (where not is_covered)) as missing_shops,
        true as is_expected,
        any_value(is_in_weeks) as is_in_weeks,
        bool_and(is_covered and not is_rate_missing) as is_covered,
        nullif(
            list_distinct(list_concat(
                list_filter(
                    flatten(list(missing_inputs) filter (where not is_covered and missing_inputs is not null)),
                    lambda input: input != 'exchange_rates'
                ),
                if(bool_or(is_rate_missing), ['exchange_rates'], [])
            )),
            []
        ) as missing_inputs,
        flatten(list(short_exports) filter (where not is_covered and short_exports is not null)) as short_exports,
        flatten(list(load_ids) filter (where load_ids is not null)) as load_ids
    from held_by_shops
    where is_expected
    group by shop_group, needs, day
),

all_held as (
    select * from held
    union all by name
    select * from held_by_groups
),

by_period as (
    select *, 'day' as grain, day as period_start from all_held where is_in_weeks
    union all
    select *, 'week' as grain, cast(date_trunc('week', day) as date) as period_start from all_held where is_in_weeks
    union all
    select *, 'month' as grain, cast(date_trunc('month', day) as date) as period_start from all_held
),

periods as (
    select
        shop,
        needs,
        grain,
        period_start,
        cast(count(*) filter (where is_expected) as bigint) as days_expected,
        cast(count(*) filter (where is_expected and is_covered) as bigint) as days_covered,
        coalesce(list(day order by day) filter (where is_expected and not is_covered), []) as missing_days,
        coalesce(list_sort(list_distinct(flatten(list(missing_inputs) filter (where is_expected)))), []) as missing_inputs,
        coalesce(
            list(day order by day) filter (where is_expected and not is_covered and missing_inputs is null), []
        ) as short_days,
        coalesce(
            list_sort(list_distinct(flatten(
                list(short_exports) filter (where is_expected and missing_inputs is null)
            ))),
            []
        ) as short_exports,
        coalesce(list_sort(list_distinct(flatten(list(load_ids)))), []) as load_ids,
        coalesce(list_sort(list_distinct(flatten(list(missing_shops)))), []) as missing_shops
    from by_period
    group by shop, needs, grain, period_start
)

select
    periods.shop,
    metrics.metric,
    periods.grain,
    periods.period_start,
    periods.days_expected,
    periods.days_covered,
    periods.missing_days,
    periods.missing_inputs,
    periods.short_days,
    periods.short_exports,
    periods.load_ids,
    periods.missing_shops
from periods
inner join metrics using (needs)
where periods.period_start >= first_covered_day()
