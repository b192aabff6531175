/*
grain: one row: the published night, and how many rules of how many shops' newest closed period lack an export
*/
with night as (
    select night from meta.night
),

counts as (
    select * from ops.verdict_counts
),

newest as (
    select
        rule,
        shop,
        verdict
    from counts
    qualify period_start = max(period_start) over (partition by rule, shop)
),

blocked as (
    select distinct rule, shop
    from newest
    where verdict = 'blocked'
)

select
    night.night,
    cast(count(blocked.rule) as bigint) as blocked
from night
left join blocked on true
group by night.night
