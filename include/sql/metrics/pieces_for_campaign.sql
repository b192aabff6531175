/*
title: {zh: 活动加备件数, en: pieces for a coming campaign}
stage: 3
grains: {sku: [day]}
partition: whole
value: given
unit: pieces
direction: down
inputs: [stock, product_costs, campaign_plan]
numerator: {zh: 补货期内的活动天数, en: days of planned campaigns until new stock is sold}
denominator: {zh: 以往活动的销量倍数, en: sales of past campaigns as a multiple of the days before}
definition:
  zh: >-
    “补货天数 + 14 天”内每个活动日，比平常多卖的件数：日均销量 ×（以往活动的销量倍数 − 1）× 活动天数；以往活动的倍数是本店各场结束的活动
    日均件数与之前 28 天日均之比的中位数
  en: >-
    extra pieces that planned campaigns within the restock time plus 14 days are expected to sell: daily sales x (sales multiple - 1) x
    campaign days. The multiple is the median over the shop's finished campaigns: pieces per day divided by those of the 28 days before
caveat:
  zh: 加在建议补货件数之上；倍数是全店的，不分商品；没有结束过的活动就没有数；计划表改了，之前的日子也按新计划算
  en: >-
    comes on top of the pieces to order; one multiple for the whole shop, not one per product; no value before the first finished campaign;
    a changed plan also changes the values of past days
at_stake: {zh: 不适用, en: does not apply}
evidence: stock
source: manual 3 (products, hot sellers restocked), manual 4 (campaigns); stock and traffic exports, cost and campaign workbooks
*/
with cover as (
    select
        *,
        pieces_28_days / days_in_stock as pieces_a_day,
        cast(day + cast(restock_days as integer) + 14 as date) as last_day
    from marts.fct_stock_cover_day
    where days_in_stock >= 7 and restock_days is not null
),

plans as (
    select shop, plan_month || '/' || campaign as plan, starts_on, ends_on
    from staging.stg_campaign_plan
    where not is_cancelled and starts_on is not null and ends_on >= starts_on
),

sold as (
    select shop, day, sum(pay_pieces) as pieces
    from marts.fct_product_day
    group by shop, day
),

past as (
    select
        plans.shop,
        plans.ends_on,
        avg(sold.pieces) filter (where sold.day >= plans.starts_on)
        / nullif(avg(sold.pieces) filter (where sold.day < plans.starts_on), 0) as multiple
    from plans
    inner join sold
        on plans.shop = sold.shop and sold.day between plans.starts_on - 28 and plans.ends_on
    group by plans.shop, plans.plan, plans.starts_on, plans.ends_on
    having
        count(*) filter (where sold.day >= plans.starts_on) = plans.ends_on - plans.starts_on + 1
        and count(*) filter (where sold.day < plans.starts_on) >= 7
),

spans as (
    select distinct shop, day, last_day from cover
),

multiples as (
    select spans.shop, spans.day, spans.last_day, median(past.multiple) as multiple
    from spans
    inner join past on spans.shop = past.shop and past.ends_on < spans.day
    group by spans.shop, spans.day, spans.last_day
),

campaign_days as (
    select distinct
        shop,
        cast(unnest(generate_series(starts_on, ends_on, interval 1 day)) as date) as day
    from plans
),

coming as (
    select multiples.shop, multiples.day, multiples.last_day, multiples.multiple, count(*) as days
    from multiples
    inner join campaign_days
        on
            multiples.shop = campaign_days.shop
            and campaign_days.day > multiples.day
            and campaign_days.day <= multiples.last_day
    group by all
)

select
    cover.shop,
    'sku' as entity_type,
    cover.sku as entity,
    cover.day,
    coming.days as numerator,
    cast(coming.multiple as decimal(18, 4)) as denominator,
    ceil(not_below_zero(coming.multiple - 1) * cover.pieces_a_day * coming.days) as value
from cover
inner join coming using (shop, day, last_day)
