/*
grain: one row per KPI, shop, entity, grain and period of the rows in temp.metric_days
note: >
  Hours are counted in seconds and divided once. A numerator that is unknown on one day is unknown for the period, and so
  is what is at stake. Where a shortfall is priced, the price is the entity's own money by its numerator, else that of all
  entities of the shop.
*/
with metric_days as (
    select * from temp.metric_days
),

metrics as (
    select * from seed.metrics
),

metric_grains as (
    select * from seed.metric_grains
),

targets as (
    select * from staging.stg_targets
),

by_grain as (
    select
        metric_days.* exclude (grain, period_start),
        metric_grains.grain,
        coalesce(
            metric_days.period_start, cast(date_trunc(metric_grains.grain, metric_days.day) as date)
        ) as period_start,
        metrics.roll_up,
        metrics.is_whole,
        metrics.is_onward
    from metric_days
    inner join metrics using (metric)
    inner join metric_grains
        on
            metric_days.metric = metric_grains.metric
            and metric_days.entity_type = metric_grains.entity_type
            and coalesce(metric_days.grain, metric_grains.grain) = metric_grains.grain
    where metric_days.entity is not null
),

changed as (
    select *
    from by_grain
    where
        is_whole
        or (shop, grain, period_start) in (select shop, grain, period_start from changed_periods)
        or (is_onward and (shop, grain, period_start) in (select shop, grain, period_start from changed_onward_periods))
),

summed as (
    select
        metric,
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        if(bool_or(is_unknown), null, sum(numerator)) as numerator,
        sum(denominator) as denominator,
        if(bool_or(is_unknown), null, sum(at_stake)) as at_stake,
        max_by(struct_pack(numerator, denominator, value, at_stake), coalesce(day, period_start))
            filter (where roll_up = 'last' or roll_up = 'given') as newest,
        count(denominator) = count(*) and sum(denominator) > 0 as is_weighted,
        sum(if(roll_up = 'mean', cast(denominator as bigint) * cast(value as decimal(18, 6)), null)) as weighted_sum,
        avg(if(roll_up = 'mean', value, null)) as mean_value
    from changed
    group by metric, shop, entity_type, entity, grain, period_start
),

declared as (
    select
        summed.*,
        metrics.model_hash,
        metrics.roll_up,
        metrics.shortfall,
        metrics.needs_denominator,
        metrics.at_most_one,
        metrics.unit,
        targets.target
    from summed
    inner join metrics using (metric)
    left join targets using (shop, metric, grain, period_start)
),

valued as (
    select
        * exclude (numerator, denominator),
        case
            when roll_up = 'last' or roll_up = 'given' then cast(newest.numerator as decimal(18, 4))
            when roll_up = 'mean' then if(is_weighted, cast(cast(weighted_sum as double) as decimal(18, 4)), null)
            when unit = 'hours' then cast(cast(numerator as double) / 3600 as decimal(18, 4))
            else cast(numerator as decimal(18, 4))
        end as numerator,
        case
            when roll_up = 'last' or roll_up = 'given' then cast(newest.denominator as decimal(18, 4))
            when roll_up = 'mean' then if(is_weighted, cast(denominator as decimal(18, 4)), null)
            else cast(denominator as decimal(18, 4))
        end as denominator,
        case
            when roll_up = 'given' then newest.value
            when roll_up = 'last' then cast(cast(newest.numerator as decimal(18, 4)) as double)
            when roll_up = 'mean'
                then if(is_weighted, cast(weighted_sum as double) / cast(denominator as double), mean_value)
            when roll_up = 'sum' then cast(numerator as double)
            when unit = 'hours' then cast(numerator as double) / 3600 / nullif(cast(denominator as double), 0)
            when at_most_one and numerator > denominator
                then cast(denominator as double) / nullif(cast(denominator as double), 0)
            else cast(numerator as double) / nullif(cast(denominator as double), 0)
        end as value
    from declared
),

prices as (
    select
        metric,
        shop,
        grain,
        period_start,
        cast(sum(at_stake) as double) / nullif(cast(sum(numerator) as double), 0) as shop_price
    from valued
    where shortfall = 'priced' and entity_type != 'shop'
    group by metric, shop, grain, period_start
),

missed as (
    select
        valued.*,
        cast(not_below_zero(valued.target * valued.denominator - valued.numerator) as double) as gap,
        coalesce(
            cast(valued.at_stake as double) / nullif(cast(valued.numerator as double), 0), prices.shop_price
        ) as price
    from valued
    left join prices using (metric, shop, grain, period_start)
)

select
    metric,
    model_hash,
    shop,
    entity_type,
    entity,
    grain,
    period_start,
    numerator,
    denominator,
    if(needs_denominator and denominator <= 0, null, value) as value,
    cast(case
        when needs_denominator and denominator <= 0 then null
        when shortfall = 'money' then gap
        when shortfall = 'priced' then gap * price
        when roll_up = 'last' or roll_up = 'given' then newest.at_stake
        else at_stake
    end as decimal(18, 2)) as at_stake
from missed
