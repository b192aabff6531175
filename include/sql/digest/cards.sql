/*
grain: one row per alert that is firing, was resolved or was retracted: its numbers, name and last 8 periods
note: >
  value is what the rule compared (measured) in period: the last that was judged; of a resolved alert the one that cleared
  it, of a retracted one its last as it reads now (was: as it had read). verdict is that of period, unjudged are the
  periods after it. others are alerts of the same
  thing that a correction moved to another beginning: who was told of one knows of both.
*/
with alerts as (
    select * from ops.alerts
),

verdicts as (
    select * from ops.verdicts
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
),

-- While no period was ok, what begins later is still the same trouble.
recovered as (
    select alerts.key, min(verdicts.period_start) as first_ok
    from alerts
    inner join verdicts using (rule, shop, entity_type, entity)
    where alerts.state = 'retracted' and verdicts.verdict = 'ok' and verdicts.period_start >= alerts.last_period
    group by alerts.key
),

moved as (
    select
        alerts.key,
        list(others.key order by others.key) as others
    from alerts
    inner join alerts as others
        on
            alerts.rule = others.rule
            and alerts.shop = others.shop
            and alerts.entity_type = others.entity_type
            and alerts.entity = others.entity
            and alerts.key != others.key
            and others.since <= coalesce(alerts.resolved_at, alerts.last_period)
    left join recovered on others.key = recovered.key
    where
        alerts.since <= greatest(
            coalesce(others.resolved_at, others.last_period), coalesce(recovered.first_ok, date 'infinity')
        )
        and alerts.state != 'retracted'
        and others.state = 'retracted'
    group by alerts.key
),

-- What lives on under another key is not withdrawn.
gone as (
    select unnest(others) as key from moved
),

told_of as (
    select
        alerts.*,
        case alerts.state
            when 'firing' then alerts.judged_period
            when 'resolved' then alerts.resolved_at
            else alerts.last_period
        end as told_period
    from alerts
    semi join verdicts using (rule, shop, entity_type, entity)
    anti join gone using (key)
),

histories as (
    select
        told_of.key,
        list(
            struct_pack(
                period_start := verdicts.period_start,
                value := verdicts.measured,
                verdict := verdicts.verdict,
                reason := verdicts.reason
            )
            order by verdicts.period_start
        ) as history
    from told_of
    inner join verdicts using (rule, shop, entity_type, entity)
    where
        verdicts.period_start <= if(
            told_of.state = 'firing',
            coalesce(told_of.unjudged[4].period_start, date 'infinity'),
            told_of.told_period
        )
    group by told_of.key
),

as_told as (
    select
        told_of.key,
        verdicts.verdict,
        verdicts.measured,
        verdicts.threshold,
        verdicts.threshold_high,
        verdicts.numerator,
        verdicts.denominator
    from told_of
    inner join verdicts
        on
            told_of.rule = verdicts.rule
            and told_of.shop = verdicts.shop
            and told_of.entity_type = verdicts.entity_type
            and told_of.entity = verdicts.entity
            and told_of.told_period = verdicts.period_start
    where told_of.state != 'firing'
)

select
    told_of.key,
    coalesce(moved.others, []) as others,
    told_of.back_after,
    told_of.rule,
    told_of.state,
    told_of.severity,
    told_of.inhibited_by,
    told_of.shop,
    shops.title as shop_title,
    shops.currency,
    told_of.entity_type,
    told_of.entity,
    coalesce(entities.name, told_of.entity) as name,
    told_of.metric,
    coalesce(as_told.threshold, told_of.threshold) as threshold,
    coalesce(as_told.threshold_high, told_of.threshold_high) as threshold_high,
    coalesce(as_told.verdict, told_of.judged_verdict) as verdict,
    if(told_of.state = 'firing', told_of.measured, as_told.measured) as value,
    if(told_of.state = 'retracted', told_of.measured, null) as was,
    if(told_of.state = 'firing', told_of.numerator, as_told.numerator) as numerator,
    if(told_of.state = 'firing', told_of.denominator, as_told.denominator) as denominator,
    told_of.grain,
    told_of.since,
    told_of.told_period as period,
    if(told_of.state = 'firing', told_of.unjudged, []) as unjudged,
    coalesce(histories.history[-8:], []) as history,
    told_of.at_stake
from told_of
inner join shops using (shop)
left join histories using (key)
left join moved using (key)
left join as_told using (key)
left join entities
    on
        told_of.shop = entities.shop
        and told_of.entity_type = entities.entity_type
        and told_of.entity = entities.entity
order by told_of.at_stake desc nulls last, told_of.key
