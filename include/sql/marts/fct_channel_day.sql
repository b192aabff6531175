/*
grain: one row per shop, day and channel that buyers came by
partition: day
note: >
  A channel is a source of traffic at the second level of the platform's tree, at the first where it has no second.
  The platform attributes the money by its own rule: channels add up neither to the shop's revenue nor to its visitors.
columns:
  channel: Source of traffic, as the platform calls it
  visitors: Visitors who came by the channel, counted once a channel and day
  pay_buyers: Buyers from the channel who paid
  pay_amount: Money that the platform attributes to the channel, gross of later refunds
*/
with source_day as (
    select *
    from staging.stg_source_day
    semi join changed_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
),

levels as (
    select
        *,
        coalesce(source_2, '汇总') != '汇总' as is_second
    from source_day
    where coalesce(source_1, '汇总') != '汇总' and coalesce(source_3, '汇总') = '汇总'
),

channels as (
    select
        *,
        if(is_second, source_2, source_1) as channel
    from levels
    qualify is_second or not bool_or(is_second) over (partition by shop, day, source, source_1)
)

select
    channels.shop,
    channels.day,
    cast(date_trunc('week', channels.day) as date) as week_start,
    channels.channel,
    cast(sum(channels.visitors) as bigint) as visitors,
    cast(sum(channels.pay_buyers) as bigint) as pay_buyers,
    cast(sum(channels.pay_amount) as decimal(18, 2)) as pay_amount,
    any_value(shops.currency) as currency,
    min(channels.load_id) as load_id
from channels
inner join shops using (shop)
group by channels.shop, channels.day, channels.channel
