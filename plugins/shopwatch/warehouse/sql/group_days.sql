-- Adds the rows of groups of shops to metric_days: those of their shops, amounts in the group's currency at the rate of the
-- day. An amount without a rate is unknown. Only KPIs of money keep their amount at stake.
insert into metric_days by name
with group_rows as (
    select
        metric_days.*,
        group_shops.shop_group,
        metrics.has_money,
        metrics.is_quotient_of_money,
        exchange_rates.rate
    from metric_days
    inner join seed.group_shops as group_shops using (shop)
    inner join seed.shops as shops using (shop)
    inner join seed.metrics as metrics using (metric)
    semi join (select metric from seed.metric_grains where entity_type = 'group') as of_groups using (metric)
    left join seed.exchange_rates as exchange_rates
        on
            group_shops.shop_group = exchange_rates.shop_group
            and shops.currency = exchange_rates.currency
            and coalesce(metric_days.day, metric_days.period_start) >= exchange_rates.first_day
            and (
                exchange_rates.last_day is null
                or coalesce(metric_days.day, metric_days.period_start) <= exchange_rates.last_day
            )
    where
        metric_days.entity_type = 'shop'
        and (
            group_shops.first_day is null
            or group_shops.first_day <= coalesce(metric_days.day, metric_days.period_start)
        )
)

select
    metric,
    shop_group as shop,
    'group' as entity_type,
    shop_group as entity,
    day,
    grain,
    period_start,
    cast(if(has_money, numerator * rate, numerator) as decimal(18, 4)) as numerator,
    cast(if(is_quotient_of_money, denominator * rate, denominator) as decimal(18, 4)) as denominator,
    value,
    cast(if(has_money, at_stake * rate, null) as decimal(18, 2)) as at_stake,
    coalesce(is_unknown, false) or (has_money and rate is null) as is_unknown
from group_rows
