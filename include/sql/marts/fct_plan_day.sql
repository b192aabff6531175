/*
grain: one row per planned campaign and day, from 31 days before it starts to 14 days after it ends
note: >
  Cancelled campaigns are left out. No export states which orders and ads belong to a campaign. Its revenue is therefore
  the shop's on the days of the campaign, as the plan's goal is meant, and its spend the shop's ad spend from the first
  day of the warm-up on: campaigns that overlap share both, and discounts are not in the spend. So far means up to the
  day; both are missing while an export of one of the campaign's days so far is missing.
columns:
  plan: Id of the planned campaign, its month and name
  day: Day in the shop's time zone
  days_to_start: Days until the campaign starts; below zero while it runs and after it
  spends_from: First day whose ad spend counts, that of the warm-up, else the start
  gaps: How many of department and budget the plan lacks
  is_warming_up: Whether the warm-up has begun by the day
  is_warmup_price_set: Whether the warm-up price holds on the day
  spend_so_far: Ad spend of the shop from the first day of the warm-up, or the start, up to the day or the end
  revenue_so_far: Revenue of the shop from the start up to the day or the end
  is_over: Whether the day is the campaign's last or after it
*/
with campaign_plan as (
    select
        *,
        plan_month || '/' || campaign as plan,
        least(coalesce(warmup_from, starts_on), starts_on) as spends_from
    from staging.stg_campaign_plan
    where not is_cancelled
),

shops as (
    select shop, currency from staging.stg_shops
),

int_days as (
    select * from intermediate.int_days
),

covered_days as (
    select shop, day, input from intermediate.int_covered_days
    where input in ('orders', 'ad_day')
),

shop_day as (
    select shop, day, revenue from marts.fct_shop_day
),

ad_day as (
    select shop, day, sum(spend) as spend
    from marts.fct_ad_day
    group by shop, day
),

reported as (
    select
        covered_days.shop,
        covered_days.day,
        if(bool_or(covered_days.input = 'orders'), coalesce(any_value(shop_day.revenue), 0), null) as revenue,
        if(bool_or(covered_days.input = 'ad_day'), coalesce(any_value(ad_day.spend), 0), null) as spend
    from covered_days
    left join shop_day using (shop, day)
    left join ad_day using (shop, day)
    group by covered_days.shop, covered_days.day
),

plan_days as (
    select campaign_plan.*, int_days.day
    from campaign_plan
    inner join int_days
        on
            campaign_plan.shop = int_days.shop
            and int_days.day between campaign_plan.starts_on - 31 and campaign_plan.ends_on + 14
),

money as (
    select
        plan_days.shop,
        plan_days.plan,
        plan_days.day,
        if(
            count(reported.spend) = least(plan_days.day, plan_days.ends_on) - plan_days.spends_from + 1,
            sum(reported.spend),
            null
        ) as spend_so_far,
        if(
            count(reported.revenue) filter (where reported.day >= plan_days.starts_on)
            = least(plan_days.day, plan_days.ends_on) - plan_days.starts_on + 1,
            sum(reported.revenue) filter (where reported.day >= plan_days.starts_on),
            null
        ) as revenue_so_far
    from plan_days
    inner join reported
        on
            plan_days.shop = reported.shop
            and reported.day between plan_days.spends_from and least(plan_days.day, plan_days.ends_on)
    group by
        plan_days.shop, plan_days.plan, plan_days.day, plan_days.starts_on, plan_days.ends_on, plan_days.spends_from
)

select
    plan_days.shop,
    plan_days.plan,
    plan_days.day,
    plan_days.campaign,
    plan_days.campaign_kind,
    plan_days.starts_on,
    plan_days.ends_on,
    plan_days.warmup_from,
    plan_days.warmup_price,
    plan_days.warmup_price_from,
    plan_days.spends_from,
    plan_days.owner,
    plan_days.budget,
    plan_days.revenue_goal,
    cast(plan_days.starts_on - plan_days.day as bigint) as days_to_start,
    cast((plan_days.owner is null)::integer + (plan_days.budget is null)::integer as bigint) as gaps,
    coalesce(plan_days.warmup_from <= plan_days.day, false) as is_warming_up,
    coalesce(plan_days.warmup_price is not null and plan_days.warmup_price_from <= plan_days.day, false)
        as is_warmup_price_set,
    cast(money.spend_so_far as decimal(18, 2)) as spend_so_far,
    cast(money.revenue_so_far as decimal(18, 2)) as revenue_so_far,
    plan_days.day >= plan_days.ends_on as is_over,
    shops.currency
from plan_days
inner join shops using (shop)
left join money using (shop, plan, day)
