/*
grain: one row per traffic source of the shop in the period or seven days before, the greatest loss of visitors first
columns:
  channel: {title: {zh: 流量来源, en: Source}}
  visitors: {title: {zh: 访客数, en: Visitors}, unit: count}
  visitors_before: {title: {zh: 上期访客数, en: Before}, unit: count}
  pay_buyers: {title: {zh: 支付买家数, en: Buyers}, unit: count}
*/
with channel_day as (
    select
        *,
        day >= $first_day as is_now,
        day <= cast($last_day as date) - 7 as is_before
    from marts.fct_channel_day
    where shop = $shop and shop = $entity and day between cast($first_day as date) - 7 and $last_day
),

-- Fewer days of one period than of the other would pass for a loss.
days as (
    select
        count(distinct day) filter (where is_now) as days_now,
        count(distinct day) filter (where is_before) as days_before
    from channel_day
),

channels as (
    select
        channel,
        cast(sum(visitors) filter (where is_now) as bigint) as visitors,
        cast(sum(visitors) filter (where is_before) as bigint) as visitors_before,
        cast(sum(pay_buyers) filter (where is_now) as bigint) as pay_buyers
    from channel_day
    group by channel
)

select
    channels.channel,
    channels.visitors,
    if(days.days_now = days.days_before, channels.visitors_before, null) as visitors_before,
    channels.pay_buyers
from channels
cross join days
where channels.visitors is not null or days.days_now = days.days_before
order by
    coalesce(channels.visitors, 0) - coalesce(visitors_before, 0),
    channels.visitors desc,
    channels.channel
