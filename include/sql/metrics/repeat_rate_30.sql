/*
title: {zh: 30天复购率, en: repeat rate in 30 days}
stage: 4
by: [shop]
partition: whole
unit: share
direction: up
inputs: [orders]
numerator: {zh: 30天内再次付款的新买家数, en: new buyers who paid again within 30 days}
denominator: {zh: 当期满30天的新买家数, en: new buyers of 30 days ago}
definition:
  zh: 首次付款到当期满30天的买家中，30天内又付过款的比例
  en: >-
    of the buyers whose first paid order became 30 days old in the period, the share who paid for another within these
    30 days
caveat:
  zh: 说的是30天前来的买家；第一份导出之前的订单无从得知，老买家会被当成新买家
  en: >-
    it is about buyers who came 30 days ago; orders before the first export are not known, so that a buyer of long ago
    looks new
at_stake: {zh: 不适用, en: does not apply}
source: manual 4 (marketing, repeat purchase rises); order exports
*/
with repeat_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_repeat_day
    where days_after = 30
),

summed as (
    select
        shop,
        grain,
        cast(date_trunc(grain, day) as date) as period_start,
        cast(sum(new_buyers) as bigint) as new_buyers,
        cast(sum(repeat_buyers) as bigint) as repeat_buyers
    from repeat_day
    group by all
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    grain,
    period_start,
    cast(repeat_buyers as decimal(18, 4)) as numerator,
    cast(new_buyers as decimal(18, 4)) as denominator,
    cast(repeat_buyers as double) / new_buyers as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
