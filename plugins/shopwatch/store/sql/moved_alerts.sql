/*
grain: one row per retracted alert (of $keys, or any) that a correction moved to another start, with the alert that it is now
note: Moved as in notify/sql/cards.sql (others). Of several alerts that it became, the one that began last.
*/
with alerts as (
    select * from store_alerts
),

verdicts as not materialized (
    select * from ops.verdicts
),

retracted as (
    select
        *,
        coalesce(resolved_at, last_period) as last_day
    from alerts
    where state = 'retracted' and coalesce(list_contains(cast($keys as varchar[]), key), true)
),

-- While no period was ok, what begins later is still the same trouble.
recovered as (
    select retracted.key, min(verdicts.period_start) as first_ok
    from retracted
    inner join verdicts using (rule, shop, entity_type, entity)
    where verdicts.verdict = 'ok' and verdicts.period_start >= retracted.last_period
    group by retracted.key
)

select retracted.key, max_by(alerts.key, alerts.since) as moved_to
from retracted
inner join alerts using (rule, shop, entity_type, entity)
left join recovered on retracted.key = recovered.key
where
    alerts.state != 'retracted'
    and retracted.since <= coalesce(alerts.resolved_at, alerts.last_period)
    and alerts.since <= greatest(retracted.last_day, coalesce(recovered.first_ok, date 'infinity'))
group by retracted.key
